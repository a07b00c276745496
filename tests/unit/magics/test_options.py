"""The first line of a ``%%train`` cell, and the spec that comes of it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hubkin import wire
from hubkin_magics.capture import Capture, TreeFile
from hubkin_magics.failures import BadOptions
from hubkin_magics.options import TrainOptions, flags, parse
from hubkin_magics.specs import digest_of, name_of, report_of, spec_of

FULL = (
    "bert-7 --gpu A100-80G:8 --replicas 4 --launcher torchrun --max 8h --cost 1600 -p lr=1e-4 n=2 "
    "-p name='a b' --send cfg,model --include 4 5 --with a.txt 'b c/*' --code src --as job -y --env A=1 "
    "--after prep --keep ckpt/** --model resnet:best.pt --best 'val/acc max' --grace 10m --owner lab "
    "--memory 16GB --shm 8GB --data imagenet@v3 train=lab/chat-zh@v12 --use-model base=qwen@champion"
)


def a_capture(**changes: Any) -> Capture:
    file = TreeFile(".hubkin/cell.py", 3, b"1+1")
    said = {"files": (file,), "taken": (), "modules": (), "added": (), "pip": (), "env": {}, "params": {}}
    return Capture(**{**said, "has_setup": False, "warnings": (), **changes})  # type: ignore[arg-type]


def test_every_option_is_read() -> None:
    options = parse(FULL)

    assert options is not None
    assert (options.name, options.gpu, options.replicas, options.launcher) == (
        "bert-7",
        "A100-80G:8",
        4,
        "torchrun",
    )
    assert options.params == {"lr": "1e-4", "n": "2", "name": "a b"}
    assert (options.send, options.include, options.with_files) == (
        ("cfg", "model"),
        (4, 5),
        ("a.txt", "b c/*"),
    )
    assert options.data == {"imagenet": "imagenet@v3", "train": "lab/chat-zh@v12"}
    assert options.use_models == {"base": "qwen@champion"}
    assert (options.duration, options.cost, options.bind, options.yes) == ("8h", "1600", "job", True)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--gup 1", "Did you mean --gpu"),
        ("--zzz", "--help"),
        ("--replicas two", "--replicas is wrong: 'two' is not a whole number"),
        ("--gpu", "--gpu wants a value"),
        ("-p lr", "NAME=VALUE"),
        ("-p 1a=2", "NAME=VALUE"),
        ("--env A", "NAME=VALUE"),
        ("--include x", "number of a cell"),
        ("--as 1x", "Python name"),
        ("--as class", "Python name"),
        ("--as _", "Python name"),
        ("--launcher slurm", "one of none, torchrun"),
        ("'open", "quotation"),
        ("--data /data/x@@", "'/data/x@@' names no version"),
        ("--data A=x", "The name 'A' must be lower-case"),
        ("--data x=a x=b", "'x' is given twice"),
    ],
)
def test_what_is_not_understood_is_said(line: str, said: str) -> None:
    with pytest.raises(BadOptions, match=said):
        parse(line)


def test_help_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse("--help") is None
    assert "--replicas" in capsys.readouterr().out


def test_completion_knows_every_option() -> None:
    assert {"--gpu", "--send", "-y", "--dry-run"} <= set(flags())


def test_the_spec_is_one_that_the_wire_knows() -> None:
    options = parse(FULL)
    assert options is not None

    spec = spec_of(options, a_capture(), name="bert-7", code="ver-1", python="/opt/py/bin/python")

    struct = msgspec.convert(spec, wire.JobSpec)
    assert (struct.name, struct.code, struct.owner, struct.after) == ("bert-7", "ver-1", "lab", ["prep"])
    assert struct.run == "exec /opt/py/bin/python -m hubkin.cell .hubkin/cell.py"
    assert struct.env["PATH"].startswith("/opt/py/bin:")
    assert (struct.limits.duration, struct.limits.cost) == ("8h", "1600")
    assert struct.outputs.model is not None
    assert (struct.outputs.model.name, struct.outputs.model.path) == ("resnet", "best.pt")
    assert struct.on_stop.grace == "10m"
    assert struct.models == {"base": "qwen@champion"}


def test_a_plain_cell_asks_for_little() -> None:
    spec = spec_of(TrainOptions(), a_capture(), name="cell-1", code="ver-1", python="/a b/python")

    assert spec == {
        "name": "cell-1",
        "code": "ver-1",
        "run": "exec '/a b/python' -m hubkin.cell .hubkin/cell.py",
        "replicas": 1,
        "launcher": "none",
    }


def test_what_the_first_line_says_counts_more_than_what_the_code_asks_for() -> None:
    options = TrainOptions(data={"x": "lab/x@v2"})
    captured = a_capture(data={"x": "x", "y": "y"}, models={"m": "m"})

    spec = spec_of(options, captured, name="c", code="v", python="/p/python")

    assert (spec["data"], spec["models"]) == ({"x": "lab/x@v2", "y": "y"}, {"m": "m"})


def test_setup_commands_run_before_the_cell() -> None:
    spec = spec_of(TrainOptions(), a_capture(has_setup=True), name="c", code="v", python="/p/python")

    assert spec["run"].startswith("sh .hubkin/setup.sh && exec /p/python")
    assert "PATH" in spec["env"]


def test_the_report_is_one_that_the_wire_knows() -> None:
    captured = a_capture(uses_torch_distributed=True)

    report = report_of(TrainOptions(), captured, digest="d")

    struct = msgspec.convert(report, wire.CaptureReport)
    assert "--launcher torchrun" in struct.notes[0]


@pytest.mark.parametrize(
    ("given", "notebook", "name"),
    [
        ("bert-7", "x.ipynb", "bert-7"),
        (None, "work/My Study.ipynb", "my-study-3"),
        (None, "实验.ipynb", "cell-3"),
        (None, None, "cell-3"),
    ],
)
def test_a_job_has_a_name_of_its_notebook(given: str | None, notebook: str | None, name: str) -> None:
    assert name_of(TrainOptions(name=given), notebook=notebook, number=3) == name


def test_the_same_cell_asked_for_otherwise_is_the_same_cell() -> None:
    files = [("a.py", "1"), ("b.py", "2")]
    first = digest_of("cell", TrainOptions(gpu="1", yes=True, bind="job"), files)

    assert digest_of("cell", TrainOptions(gpu="1", again=True), files[::-1]) == first
    assert digest_of("cell", TrainOptions(gpu="2"), files) != first
    assert digest_of("cell", TrainOptions(gpu="1"), [("a.py", "3")]) != first
