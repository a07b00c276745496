"""What the file system refuses, as errors that a person may see."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from hubkin_kit.database import DatabaseReadOnly, DiskFull
from hubkin_kit.errors import Unavailable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_UNWRITABLE = frozenset({errno.EROFS})


class FolderReadOnly(DatabaseReadOnly):
    """The data folder is on a file system that cannot be written."""

    title = "The platform cannot write its data folder"


def full() -> DiskFull:
    """Return what to say where nothing more fits."""
    return DiskFull("The platform's disk is full. Nothing was changed. Tell an admin.")


def trouble_of(error: BaseException | None) -> Unavailable | None:
    """Return what an error of the file system means for whoever asked; None when it is another error."""
    if not isinstance(error, OSError):
        return None
    if error.errno in _FULL:
        return full()
    if error.errno in _UNWRITABLE:
        return FolderReadOnly(
            "The platform cannot write its data folder. Nothing was changed. Tell an admin."
        )
    return None


@contextmanager
def writing() -> Iterator[None]:
    """Turn what the file system refuses inside into such an error.

    Raises:
        DiskFull, FolderReadOnly: Not everything was written.
    """
    try:
        yield
    except OSError as error:
        trouble = trouble_of(error)
        if trouble is None:
            raise
        raise trouble from error
