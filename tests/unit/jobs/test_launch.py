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
        ("train.py --note 'a && b; c' > log 2>&1", "python", "train.py --note 'a && b; c' > log 2>&1"),
        ("/env/bin/python a.py \\\n --lr 1", "/env/bin/python", "a.py \\\n --lr 1"),
        ("a.py --tag x#1; b.py", "python", "--no-python /bin/sh -c 'a.py --tag x#1; b.py'"),
        ("python a.py && python b.py", "python", "--no-python /bin/sh -c 'python a.py && python b.py'"),
        (
            "/env/bin/python a.py && b",
            "/env/bin/python",
            "--no-python /bin/sh -c '/env/bin/python a.py && b'",
        ),
        ("/env/bin/python -u a.py", "/env/bin/python", "--no-python /env/bin/python -u a.py"),
        ("python a.py\npython b.py\n", "python", "--no-python /bin/sh -c 'python a.py\npython b.py'"),
        ("N=1 python a.py", "python", "--no-python /bin/sh -c 'N=1 python a.py'"),
    ],
)
def test_torchrun_starts_a_command_with_the_interpreter_it_names(
    command: str, interpreter: str, rest: str
) -> None:
    line = launched(command, launcher="torchrun", replicas=2, processes=4)

    assert line == f"exec {interpreter} {MEET} {rest}"
