"""What of a folder travels."""

import hashlib
import os
from pathlib import Path

import pytest
from hubkin import codefolder
from hubkin.digest import digest_of, part_size


def put(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def taken(root: Path) -> list[str]:
    return [file.path for file in codefolder.take(root).files]


def test_gitignore_is_respected_and_deeper_files_decide(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            ".gitignore": "*.log\nbuild/\n",
            "a.py": "",
            "a.log": "",
            "build/x": "",
            "sub/.gitignore": "!keep.log\n",
            "sub/keep.log": "",
            "sub/other.log": "",
        },
    )

    assert taken(tmp_path) == [".gitignore", "a.py", "sub/.gitignore", "sub/keep.log"]


def test_what_nobody_wants_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, {".git/config": "", "__pycache__/a.pyc": "", ".venv/x": "", "a.py": ""})

    assert taken(tmp_path) == ["a.py"]


def test_links_inside_travel_and_links_outside_are_named(tmp_path: Path) -> None:
    put(tmp_path, {"code/a.py": "x", "secret": "s"})
    (tmp_path / "code" / "in.py").symlink_to("a.py")
    (tmp_path / "code" / "out").symlink_to("../secret")

    found = codefolder.take(tmp_path / "code")

    assert [file.path for file in found.files] == ["a.py", "in.py"]
    assert found.notes == ("left out out: it is a link that leads out of the folder",)


def test_an_executable_stays_one(tmp_path: Path) -> None:
    put(tmp_path, {"run.sh": ""})
    (tmp_path / "run.sh").chmod(0o755)

    assert codefolder.take(tmp_path).files[0].mode == "0755"


def test_a_pipe_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert codefolder.take(tmp_path).notes == ("left out pipe: it is not a file",)


def test_a_whole_home_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    with pytest.raises(codefolder.BadFolder, match="is a whole home or disk"):
        codefolder.take(tmp_path)


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(codefolder, "MAX_BYTES", 10)
    put(tmp_path, {"a": "x" * 11})

    with pytest.raises(codefolder.BadFolder, match="hubkinignore"):
        codefolder.take(tmp_path)


def test_a_big_file_is_named_by_its_parts(tmp_path: Path) -> None:
    part = part_size(1)
    data = b"a" * part + b"b" * 10
    (tmp_path / "big").write_bytes(data)
    parts = [hashlib.sha256(data[:part]).digest(), hashlib.sha256(data[part:]).digest()]

    assert digest_of(tmp_path / "big", len(data)) == hashlib.sha256(b"".join(parts)).hexdigest()


def test_a_small_file_is_named_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"abc")

    assert digest_of(tmp_path / "small", 3) == hashlib.sha256(b"abc").hexdigest()
