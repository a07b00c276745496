"""What a job file's author hears."""

from pathlib import Path

import pytest
from hubkin.i18n import use_language
from hubkin.issue import describe
from hubkin.specfile import parse, read


def said(text: str, **params: object) -> list[str]:
    return [describe(issue) for issue in parse(text, params=params).issues]


def test_a_good_file_has_no_issues() -> None:
    text = """
name: bert-7
run: python train.py --lr ${{ params.lr }}
params: {lr: 3.0e-4, epochs: 10}
replicas: 4
resources: {gpu: "A100-80G:8", memory: 64GB}
outputs: {keep: [ckpt/**, "*.json"], model: {name: resnet-cifar, best: val/acc max}}
limits: {duration: 8h, cost: 1600, idle: 30m}
notify: {when: [start, end], to: me}
"""

    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("run: a\nrum: b", "2: Unknown key 'rum'. Did you mean 'run'?"),
        ("run: a\nresources: {\n  gpus: 1}", "3: Unknown key 'gpus'. Did you mean 'gpu'?"),
        ("run: a\nresources:\n  memory: 16", "3: memory: 16 needs a unit, e.g. 16GB."),
        ("run: a\nlimits:\n  duration: 8", "3: duration: 8 needs a unit, e.g. 8h."),
        ("run: a\nlimits: {duration: 8x}", "2: duration: '8x' is not a duration such as 30m, 8h or 2d."),
        ("run: a\nlimits: {cost: -5}", "2: cost: '-5' is not an amount of money such as 1600 or 12.50."),
        ("run: a\nlimits: {cost: .nan}", "2: cost: 'nan' is not an amount of money such as 1600 or 12.50."),
        ("run: a\nreplicas: four", "2: replicas must be a whole number, not text."),
        ("run: a\nreplicas: 0", "2: replicas must be at least 1."),
        ("run: a\noutputs:\n  keep:\n  - a\n  - 5", "5: keep[1] must be text, not a whole number."),
        ("run: a\nsweep: {x: y}", "2: 'sweep' is not in this version of Hubkin yet."),
        ("run: a\ndata: {x: 3}", "2: x must be text, not a whole number."),
        (
            "run: a\ndata:\n  x: y@@",
            "3: 'y@@' names no version. Write NAME, NAME@v3 or OWNER/NAME@v3.",
        ),
        (
            "run: a\nmodels:\n  Base: y",
            "3: The name 'Base' must be lower-case letters, digits and hyphens, at most 63.",
        ),
        (
            "run: cp ${{ data.digit }}\ndata: {digits: digits}",
            "1: ${{ data.digit }} is not known. Did you mean 'data.digits'?",
        ),
        (
            "run: a\nenv: {X: '${{ data.my-digits }}'}\ndata: {my-digits: digits}",
            "2: Only 'run' can say where data is. Let the program read HUBKIN_DATA_MY_DIGITS.",
        ),
        ("run: cp ${{ models.base }}", "1: ${{ models.base }} is not known."),
        (
            "run: a ${{ params.lr }}\nparams: {lrs: 1}",
            "1: ${{ params.lr }} is not known. Did you mean 'params.lrs'?",
        ),
        ("run: a ${{ secrets.X }}", "1: ${{ secrets.X }} is not known."),
        (
            "name: ../up\nrun: a",
            "1: The name '../up' must be lower-case letters, digits and hyphens, at most 63.",
        ),
        (
            "run: a\nresources: {gpu: 0}",
            "2: gpu: '0' is not a count, a profile, or PROFILE:UNITS such as A100-80G:8.",
        ),
        ("name: x", "1: A job needs `run:`, the command to run."),
        ("run: a\nrun: b", "2: This is not YAML: the key 'run' is there twice."),
        ("- a", "1: A job file is a list of keys and values, such as `run: python train.py`."),
        ("run: [", "1: This is not YAML: expected the node content, but found '<stream end>'."),
        ("", "A job file is a list of keys and values, such as `run: python train.py`."),
    ],
)
def test_each_mistake_has_a_line_and_a_way_out(text: str, sentence: str) -> None:
    assert sentence in said(text) or sentence in [line.partition(": ")[2] for line in said(text)]


def test_it_is_yaml_1_2() -> None:
    spec = parse(
        "run: a\nparams: {on: no, at: 12:30, lr: 1e-4, oct: 010, hex: 0x10, none: null, yes: true}"
    ).spec

    assert spec["params"] == {
        "on": "no",
        "at": "12:30",
        "lr": 1e-4,
        "oct": 10,
        "hex": 16,
        "none": None,
        "yes": True,
    }


def test_aliases_cannot_blow_up() -> None:
    bomb = "\n".join(
        ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
        + [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    )

    assert "too many values" in said(bomb)[0]


def test_a_parameter_that_the_file_does_not_have_is_refused() -> None:
    assert said("run: a\nparams: {lr: 1}", lrr=2) == [
        "2: This job has no parameter 'lrr'. Did you mean 'lr'?"
    ]


def test_a_parameter_replaces_the_value_of_the_file() -> None:
    assert parse("run: a\nparams: {lr: 1, wd: 0}", params={"lr": 2}).spec["params"] == {"lr": 2, "wd": 0}


def test_it_speaks_chinese() -> None:
    with use_language("zh_CN.UTF-8"):
        assert said("run: a\nresources: {memory: 16}") == ["2: memory：16 需要单位，例如 16GB。"]


def test_a_file_that_is_not_text_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xff\xfe\x00")

    assert [issue.text for issue in read(path).issues] == ["This file is not text in UTF-8."]
