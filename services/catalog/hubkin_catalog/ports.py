"""The object store, as the catalog needs it: a directory on a laptop, any S3 in production."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Protocol


class BlobStore(Protocol):
    """Objects by key, immutable once put.

    An implementation is correct when it passes ``hubkin_catalog.testing.BlobStoreContract``.
    """

    def writer(self, key: str, *, size_bytes: int, digest: str) -> BlobWriter:
        """Open a new object of known size and digest; nothing is visible before ``commit``."""
        ...

    def open(self, key: str) -> BinaryIO:
        """Open an object to read; FileNotFoundError when it is not there."""
        ...

    def size(self, key: str) -> int | None:
        """Return the size in bytes, None when it is not there."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object; again is fine."""
        ...

    def fits(self, size_bytes: int) -> bool:
        """Whether so many bytes have room now; a store without an end always says so."""
        ...

    def local_path(self, key: str) -> Path | None:
        """Return where the object lies on this machine, when it does."""
        ...


class BlobWriter(Protocol):
    """An object on its way."""

    def write(self, data: bytes) -> None:
        """Take the next bytes; more than announced raise BytesDiffer."""
        ...

    def commit(self) -> bool:
        """Make the object visible, whole and durable; False when the same key was there first (and stays)."""
        ...

    def abort(self) -> None:
        """Leave nothing behind; after a commit this does nothing."""
        ...
