"""What an account other than root finds where its data is laid out: links that it cannot write through."""

from __future__ import annotations

import hashlib
import os
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hubkin_catalog import DirectoryStore, File
from hubkin_catalog.service.staging import lay_out
from hubkin_jobs.adapters.local import remove_tree

NOBODY = 65534
DATA = b"1,2,3"
FILE = File("train/a.csv", len(DATA), hashlib.sha256(DATA).hexdigest())


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that an ordinary account may fill; pytest's own is closed to it."""
    with tempfile.TemporaryDirectory() as path:
        Path(path).chmod(0o777)
        yield Path(path)


def as_nobody(work: Callable[[], None]) -> None:
    """Run something in a child of another account; what it asserts there fails here."""
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            work()
        except BaseException:  # noqa: BLE001 - a child that goes on would be a second test run
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def laid_out(folder: Path) -> Path:
    store = DirectoryStore(folder / "objects")
    writer = store.writer("objects/aa/x", size_bytes=len(DATA), digest=FILE.digest)
    writer.write(DATA)
    writer.commit()
    place = folder / "place"
    place.mkdir()
    lay_out(store, {FILE.digest: "objects/aa/x"}, [FILE], place, writable=False)
    return place


def test_its_files_are_those_of_the_store(folder: Path) -> None:
    def work() -> None:
        assert (laid_out(folder) / FILE.path).stat().st_nlink == 2

    as_nobody(work)


def test_nothing_in_it_can_be_written_made_or_removed(folder: Path) -> None:
    def work() -> None:
        file = laid_out(folder) / FILE.path
        with pytest.raises(PermissionError):
            file.write_bytes(b"spoilt")
        with pytest.raises(PermissionError):
            file.unlink()
        with pytest.raises(PermissionError):
            (file.parent / "new").touch()

    as_nobody(work)


def test_it_is_removed_all_the_same_and_the_store_keeps_its_bytes(folder: Path) -> None:
    def work() -> None:
        remove_tree(laid_out(folder))

        assert not (folder / "place").exists()
        assert (folder / "objects/objects/aa/x").read_bytes() == DATA

    as_nobody(work)
