"""Objects in a directory of this machine.

Each is written aside, checked, made durable, then linked into place: create-only, never half.
"""

from __future__ import annotations

import os
import secrets
import shutil
from io import BufferedWriter
from pathlib import Path
from typing import BinaryIO

from hubkin_catalog.domain.trees import Digest
from hubkin_catalog.errors import BytesDiffer


class DirectoryStore:
    """A `BlobStore` in a directory; object files are read-only, so that a hard link of one is as well."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._part = root / ".part"
        self._part.mkdir(parents=True, exist_ok=True, mode=0o700)

    def writer(self, key: str, *, size_bytes: int, digest: str) -> DirectoryWriter:
        """Open a new object of known size and digest."""
        return DirectoryWriter(self._part / secrets.token_hex(8), self._path(key), size_bytes, digest)

    def open(self, key: str) -> BinaryIO:
        """Open an object to read."""
        return self._path(key).open("rb")

    def size(self, key: str) -> int | None:
        """Return the size in bytes, None when it is not there."""
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            return None

    def delete(self, key: str) -> None:
        """Remove an object; again is fine."""
        self._path(key).unlink(missing_ok=True)

    def fits(self, size_bytes: int) -> bool:
        """Whether so many bytes have room now."""
        return size_bytes <= shutil.disk_usage(self._root).free

    def local_path(self, key: str) -> Path:
        """Return where the object lies."""
        return self._path(key)

    def _path(self, key: str) -> Path:
        path = (self._root / key).resolve()
        if not path.is_relative_to(self._root.resolve()):
            raise ValueError(f"the key {key!r} leaves the store")
        return path


class DirectoryWriter:
    """An object on its way into the directory."""

    def __init__(self, part: Path, path: Path, size_bytes: int, digest: str) -> None:
        self._part = part
        self._path = path
        self._size_bytes = size_bytes
        self._expected = digest
        self._digest = Digest(size_bytes)
        self._written = 0
        self._file: BufferedWriter = part.open("xb")

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self._written += len(data)
        if self._written > self._size_bytes:
            raise BytesDiffer("More bytes came than the {size} announced.", params={"size": self._size_bytes})
        self._digest.update(data)
        self._file.write(data)

    def commit(self) -> bool:
        """Make the object visible, whole and durable."""
        if self._written != self._size_bytes or self._digest.hexdigest() != self._expected:
            raise BytesDiffer("The bytes that came are not the ones that were announced.")
        os.fchmod(self._file.fileno(), 0o444)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(self._part, self._path)
        except FileExistsError:
            # One digest may be of two: of a large file, and of the digests of its parts.
            if self._path.stat().st_size != self._size_bytes:
                raise BytesDiffer("The bytes that came are not the ones that were announced.") from None
            return False
        finally:
            self._part.unlink(missing_ok=True)
        return True

    def abort(self) -> None:
        """Leave nothing behind."""
        try:
            self._file.close()
        except OSError:  # what was still to be written is not wanted any more
            self._file.raw.close()
        self._part.unlink(missing_ok=True)
