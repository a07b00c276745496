"""``hubkin submit``: what reaches the platform."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.unit.client.conftest import Ran
from tests.unit.client.small_platform import World

Hubkin = Callable[..., Ran]


def only(platform: World) -> dict[str, object]:
    """The spec of the one job."""
    (job,) = platform.jobs.values()
    return dict(json.loads(json.dumps(_plain(job.spec))).items())


def _plain(spec: object) -> object:
    import msgspec

    return msgspec.to_builtins(spec)


def test_a_command_takes_this_folder_and_no_gpu(hubkin: Hubkin, platform: World, home: Path) -> None:
    (home / "train.py").write_text("print(1)")

    ran = hubkin("submit", "--", "python", "train.py", "--text", "a b")

    spec = only(platform)
    assert ran.code == 0
    assert spec["run"] == "python train.py --text 'a b'"
    assert spec["name"] == "train"
    assert spec["code"] == "ver-1"
    assert spec["resources"] == {"gpu": None, "cpu": None, "memory": None, "shm": None}
    assert list(platform.objects.values()) == [b"print(1)"]
    assert ran.out.startswith("train  job-00001  queued\n")


def test_flags_reach_the_spec(hubkin: Hubkin, platform: World) -> None:
    hubkin(
        "submit",
        "--gpu",
        "2",
        "--replicas",
        "4",
        "--max",
        "8h",
        "--cost",
        "1600",
        "--name",
        "x",
        "--owner",
        "lab",
        "--env",
        "A=1",
        "--no-code",
        "--",
        "true",
    )

    spec = only(platform)
    assert spec["resources"]["gpu"] == 2
    assert spec["limits"] == {"duration": "8h", "cost": "1600", "idle": None}
    assert (spec["replicas"], spec["name"], spec["owner"], spec["env"]) == (4, "x", "lab", {"A": "1"})
    assert spec["code"] is None


def test_a_file_with_parameters_and_its_folder(hubkin: Hubkin, platform: World, home: Path) -> None:
    (home / "sub").mkdir()
    (home / "sub" / "my job.yaml").write_text("run: python t.py ${{ params.lr }}\nparams: {lr: 1, on: a}\n")
    (home / "sub" / "t.py").write_text("")

    assert hubkin("submit", "sub/my job.yaml", "-p", "lr=1e-4", "--param", "on=no").code == 0
    spec = only(platform)
    assert spec["params"] == {"lr": 1e-4, "on": "no"}
    assert spec["name"] == "my-job"
    assert [file.path for file in platform.commits[0].files] == ["my job.yaml", "t.py"]


def test_a_wrong_file_reaches_nobody(hubkin: Hubkin, platform: World, home: Path) -> None:
    (home / "bad.yaml").write_text("run: a\nresources: {memory: 16}\n")

    ran = hubkin("submit", "bad.yaml")

    assert ran.code == 2
    assert ran.err == "bad.yaml:2: memory: 16 needs a unit, e.g. 16GB.\n"
    assert platform.requests == []


def test_a_dry_run_changes_nothing(hubkin: Hubkin, platform: World, home: Path) -> None:
    (home / "train.py").write_text("")

    ran = hubkin("submit", "--dry-run", "--", "python", "train.py")

    assert ran.code == 0
    assert "¥2.00 per hour · ¥2.00 held at the start · your money lasts 2 h" in ran.out
    assert (platform.jobs, platform.objects) == ({}, {})


def test_a_plan_that_wants_a_yes_gets_one_from_a_person(hubkin: Hubkin, platform: World) -> None:
    platform.plan_confirm = True

    assert hubkin("submit", "--no-code", "--", "true").code == 2
    assert hubkin("submit", "--no-code", "--", "true", typed="n\n").code == 2
    assert hubkin("submit", "--no-code", "--no-input", "--", "true", typed="y\n").code == 2
    assert platform.jobs == {}
    assert hubkin("submit", "--no-code", "--", "true", typed="y\n").code == 0
    assert hubkin("submit", "--no-code", "-y", "--", "true").code == 0


def test_the_same_key_submits_once(hubkin: Hubkin, platform: World) -> None:
    words = ("submit", "--no-code", "--idempotency-key", "run-17", "-q", "--", "true")

    assert hubkin(*words).out == hubkin(*words).out
    assert len(platform.jobs) == 1


def test_what_the_platform_has_is_not_sent_again(hubkin: Hubkin, platform: World, home: Path) -> None:
    (home / "a.py").write_text("a")
    hubkin("submit", "--", "true")
    (home / "b.py").write_text("b")

    hubkin("submit", "--", "true")

    assert [path for method, path in platform.requests if method == "PUT"].__len__() == 2


def test_the_word_after_two_hyphens_is_not_ours(hubkin: Hubkin, platform: World) -> None:
    hubkin("submit", "--no-code", "--", "train", "--help", "-q", "--", "x")

    assert only(platform)["run"] == "train --help -q -- x"


def test_one_text_is_a_line_for_the_shell(hubkin: Hubkin, platform: World, home: Path) -> None:
    assert hubkin("submit", "--no-code", "--", "cat a b; ls").code == 0

    spec = only(platform)
    assert (spec["run"], spec["name"]) == ("cat a b; ls", "cat")


def test_one_program_with_a_space_in_its_name_is_a_word(hubkin: Hubkin, platform: World, home: Path) -> None:
    (home / "my train").touch()

    assert hubkin("submit", "--no-code", "--", "my train").code == 0

    assert only(platform)["run"] == "'my train'"
