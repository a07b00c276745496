"""The line that starts a replica's processes."""

from __future__ import annotations

import pytest
from hubkin_jobs.domain.launch import launched

MEET = (
    "-m torch.distributed.run --nnodes=2 --node-rank=$RANK --nproc-per-node=4 "
    "--master-addr=$MASTER_ADDR --master-port=$MASTER_PORT"
)


def test_without_a_launcher_the_command_is_what_was_asked_for() -> None:
    assert launched("python train.py | tee log", launcher="none", replicas=2, processes=4) == (
        "python train.py | tee log"
    )


@pytest.mark.parametrize(
    ("command", "interpreter", "rest"),
    [
        ("train.py --lr 0.1", "python", "train.py --lr 0.1"),
        ("-m lab.train --lr 0.1", "python", "-m lab.train --lr 0.1"),
        ("python train.py", "python", "train.py"),
        ("exec /env/bin/python3.12 -m lab.train", "/env/bin/python3.12", "-m lab.train"),
        ("'/my env/bin/python' train.py", "'/my env/bin/python'", "train.py"),
        ("python -u train.py", "python", "--no-python python -u train.py"),
        ("./train.sh fast", "python", "--no-python ./train.sh fast"),
    ],
)
def test_torchrun_starts_a_command_with_the_interpreter_it_names(
    command: str, interpreter: str, rest: str
) -> None:
    line = launched(command, launcher="torchrun", replicas=2, processes=4)

    assert line == f"exec {interpreter} {MEET} {rest}"
