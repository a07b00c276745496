"""Datasets by the real `hubkin` program against the real platform: pushed, read by a job, pulled back."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.http.program.conftest import Program


@pytest.fixture
def folder(ada: Program) -> Path:
    """A folder with a small file and one of several parts."""
    folder = ada.folder / "digits"
    (folder / "train").mkdir(parents=True)
    (folder / "train" / "a.txt").write_text("41")
    (folder / "big").write_bytes(os.urandom(40 << 20))
    return folder


def pushed(ran: str) -> tuple[str, int]:
    version = json.loads(ran)
    return f"{version['owner']}/{version['name']}", version["version"]


def test_a_job_reads_what_was_pushed_and_it_comes_back(
    ada: Program, person: Callable[[str], Program], folder: Path
) -> None:
    first = ada("datasets", "push", "digits", "round", "--json")
    command = "test $(wc -c < $HUBKIN_DATA_X/big) = 41943040 && cat $HUBKIN_DATA_X/train/a.txt"

    job = ada("submit", "--no-code", "-y", "--wait", "-q", "--data", "x=round@v1", "--", "sh", "-c", command)

    assert pushed(first.out) == ("ada/round", 1)
    assert job.code == 0, job.err
    assert ada("logs", job.out.strip()).out == "41\n"
    assert ada("datasets", "pull", "round", "back").code == 0
    assert (ada.folder / "back" / "big").read_bytes() == (folder / "big").read_bytes()
    assert person("bob")("datasets", "pull", "ada/round").code == 4


def test_two_pushes_at_once_are_one_version_when_they_are_the_same(ada: Program, folder: Path) -> None:
    started = [ada.start("datasets", "push", "digits", "twice", "--json") for _ in range(2)]
    ends = [process.communicate(timeout=60) for process in started]

    assert [process.returncode for process in started] == [0, 0], ends
    assert {pushed(out) for out, _err in ends} == {("ada/twice", 1)}
    assert len(ada("datasets", "--name", "twice", "-q").out.split()) == 1


def test_two_pushes_at_once_of_other_files_are_two_versions(ada: Program, folder: Path) -> None:
    other = ada.folder / "other"
    other.mkdir()
    (other / "b.txt").write_text("1")

    started = [ada.start("datasets", "push", name, "race", "--json") for name in ("digits", "other")]
    ends = [process.communicate(timeout=60) for process in started]

    assert {pushed(out) for out, _err in ends} == {("ada/race", 1), ("ada/race", 2)}


def test_a_group_s_dataset_is_read_by_its_members(ada: Program, person: Callable[[str], Program]) -> None:
    (ada.folder / "shared").mkdir()
    (ada.folder / "shared" / "a").write_text("x")

    ran = ada("datasets", "push", "shared", "shared", "--owner", "vision-lab")

    assert ran.out == "vision-lab/shared@v1 · files: 1 · 1 B\n"
    assert person("bob")("datasets", "pull", "shared").out.startswith("vision-lab/shared@v1 is in shared")


def test_what_is_wrong_is_said_in_one_line(ada: Program) -> None:
    (ada.folder / "empty").mkdir()
    (ada.folder / "one").mkdir()
    (ada.folder / "one" / "a").write_text("x")
    said = {
        ("push", "nowhere", "x"): "There is no folder ",
        ("push", "empty", "x"): "has no files.",
        ("push", "one", "Bad Name"): "A dataset has a name of small letters",
        ("push", "one", "x", "--owner", "strangers"): "There is no space 'strangers'",
        ("pull", "nothing-of-that-name"): "There is no dataset 'nothing-of-that-name'",
        ("files", "one@two"): "'one@two' names no version.",
    }

    for words, sentence in said.items():
        ran = ada("datasets", *words)
        assert (ran.code != 0, ran.out, len(ran.err.splitlines())) == (True, "", 1), ran
        assert sentence in ran.err
