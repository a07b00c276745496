"""Lays a version out as files: its own copy to write to, or files that nobody is to write to."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from hubkin_catalog.domain.trees import File
from hubkin_catalog.ports import BlobStore

COPY_BYTES = 1 << 20


def lay_out(
    blobs: BlobStore, keys: Mapping[str, str], tree: Sequence[File], folder: Path, *, writable: bool
) -> None:
    """Fill a folder.

    Args:
        blobs: Where the bytes are.
        keys: Digest → object.
        tree: What the version holds.
        folder: An empty folder.
        writable: Whether files and folders get write bits; without them, files are links where possible.

    Raises:
        FileNotFoundError: An object is gone.
    """
    for file in tree:
        _file(blobs, keys[file.digest], folder / file.path, file, writable=writable)
    if not writable:
        for parent, _, _ in os.walk(folder):
            Path(parent).chmod(0o555)


def _file(blobs: BlobStore, key: str, target: Path, file: File, *, writable: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source = blobs.local_path(key)
    if source is not None and not writable and _may_share(file) and _is_linked(source, target):
        return
    with blobs.open(key) as reader, target.open("wb") as copy:
        shutil.copyfileobj(reader, copy, COPY_BYTES)
    mode = 0o755 if file.mode == "0755" else 0o644
    target.chmod(mode if writable else mode & 0o555)


def _may_share(file: File) -> bool:
    """Whether a job may have the very file of the store.

    Root writes to files without write bits, so a slip in a job of root's would spoil every version that has
    these bytes.  What can be executed has other bits than the store's file.
    """
    return os.geteuid() != 0 and file.mode != "0755"


def _is_linked(source: Path, target: Path) -> bool:
    """Link a file; False where that cannot be, as across file systems or with too many links already."""
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    return True
