"""Sends the code folder of a cell, in the way in which the client sends folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, List, Sequence, Tuple

from hubkin.digest import Digest
from hubkin.digest import digest_of as digest_of_file
from hubkin.taken import Taken, TakenFile

from hubkin_magics.capture import TreeFile

if TYPE_CHECKING:
    from hubkin.transport import Transport


def digests_of(files: Sequence[TreeFile]) -> List[Tuple[str, str]]:
    """Return place and digest of each file.

    Raises:
        ChangedWhileRead: A file is not what it was a moment ago.
    """
    return [(file.place, _digest_of(file)) for file in files]


def send(transport: Transport, files: Sequence[TreeFile], digests: Sequence[Tuple[str, str]]) -> str:
    """Upload what is missing and commit; return the id of the code version.

    Raises:
        ChangedWhileRead: A file is not what it was a moment ago.
    """
    from hubkin import upload

    taken = Taken(Path(), tuple(_taken(file) for file in files))
    return str(upload.send(transport, taken, digests=dict(digests)).version["id"])


def _digest_of(file: TreeFile) -> str:
    if file.data is None:
        return digest_of_file(Path(file.path or ""), file.size)
    digest = Digest(file.size)
    digest.update(file.data)
    return digest.hexdigest()


def _taken(file: TreeFile) -> TakenFile:
    return TakenFile(file.place, Path(file.path or ""), file.size, file.mode, file.data)
