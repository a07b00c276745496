"""Fetches the files of a version into a folder: each whole or not at all, and only those that are not there.

Standard library only: ``hubkin.data`` uses it in any kernel.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from hubkin.digest import PIECE_BYTES, Digest, digest_of
from hubkin.errors import Sentence
from hubkin.fmt import size
from hubkin.i18n import _
from hubkin.moving import FETCHING, READING, Tally
from hubkin.problems import Forbidden, Unavailable, Unreachable

if TYPE_CHECKING:
    from hubkin.transport import Transport

FILES_A_PAGE = 200
#: Up to this size a file comes over a connection that is there.
SMALL_BYTES = 1 << 20


class DamagedFile(Sentence, RuntimeError):
    """The bytes that arrived are not those that were kept."""

    code = "damaged_file"


class NoRoom(Sentence, OSError):
    """The disk here is full; what has come whole stays, and counts the next time."""

    code = "no_room"


class InTheWay(Sentence, FileExistsError):
    """Another file is where one of the version goes."""

    code = "in_the_way"


@dataclass(frozen=True)
class Pulled:
    """How many files came, how many were there, and the digest of all of them."""

    folder: Path
    fetched: int
    there: int
    tree: str


def pull(
    transport: Transport,
    version_id: str,
    folder: Path,
    *,
    force: bool = False,
    tally: Tally | None = None,
) -> Pulled:
    """Fetch what of a version is not in the folder yet; other files in the folder are left alone.

    Args:
        transport: The platform.
        version_id: The version.
        folder: Made when it is not there.
        force: Replace files that are others than the version's.
        tally: Is told how far it is.

    Raises:
        InTheWay: Another file is there; nothing was fetched.
        NoRoom: The disk is full.
        DamagedFile: Bytes did not arrive as they were kept.
    """
    return _Pulling(transport, version_id, Path(folder), tally or Tally()).done(force=force)


class _Pulling:
    """One pull, in the order of `done`."""

    def __init__(self, transport: Transport, version_id: str, folder: Path, tally: Tally) -> None:
        self._transport, self._folder, self._tally = transport, folder, tally
        self._path = f"/versions/{version_id}/files"
        self._missing: list[dict[str, Any]] = []
        self._others: list[str] = []

    def done(self, *, force: bool) -> Pulled:
        rows = list(self._rows())
        for row in rows:
            inside(self._folder, row["path"])
        self._tally.begin(READING, files=len(rows), size_bytes=_bytes_of(rows))
        self._tally.each(self._look_at, rows)
        if self._others and not force:
            text = _("{path} is there already and is another file. Say --force, or another folder.")
            raise InTheWay(text.format(path=self._folder / min(self._others)))
        needed = _bytes_of(self._missing)
        self._check_room(needed)
        self._folder.mkdir(parents=True, exist_ok=True)  # also for a version without files
        self._tally.begin(FETCHING, files=len(self._missing), size_bytes=needed)
        self._tally.each(self._fetch, sorted(self._missing, key=lambda row: str(row["path"])))
        return Pulled(self._folder, len(self._missing), len(rows) - len(self._missing), tree_of(rows))

    def _rows(self) -> Iterator[dict[str, Any]]:
        """Every file of the version, with the page it stood on."""
        cursor: str | None = None
        while True:
            page = self._page(cursor)
            yield from ({**row, "cursor": cursor} for row in page["items"])
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def _page(self, cursor: str | None) -> dict[str, Any]:
        query = {"limit": FILES_A_PAGE, "cursor": cursor}
        page: dict[str, Any] = self._transport.request("GET", self._path, query=query)
        return page

    def _look_at(self, row: dict[str, Any]) -> None:
        target = inside(self._folder, row["path"])
        if not target.exists() and not target.is_symlink():
            self._missing.append(row)
        elif (
            not target.is_file()
            or target.stat().st_size != row["size_bytes"]
            or digest_of(target, row["size_bytes"]) != row["digest"]
        ):
            self._missing.append(row)
            self._others.append(row["path"])
        self._tally.add(files=1, size_bytes=row["size_bytes"])

    def _check_room(self, needed: int) -> None:
        place = next(path for path in (self._folder, *self._folder.absolute().parents) if path.exists())
        free = shutil.disk_usage(place).free
        if needed > free:
            text = _("{path} has {free} free; what is to come takes {needed}. Nothing was fetched.")
            raise NoRoom(text.format(path=place, free=size(free), needed=size(needed)))

    def _fetch(self, row: dict[str, Any]) -> None:
        target = inside(self._folder, row["path"])
        if target.is_dir() and not target.is_symlink():
            raise InTheWay(_("{path} is a folder; a file goes there. Move it away.").format(path=target))
        try:
            self._save(row, row["url"], target)
        except Forbidden as error:
            if error.code != "ticket_refused":
                raise
            # Its quarter of an hour is over.
            fresh = {one["path"]: one["url"] for one in self._page(row["cursor"])["items"]}
            self._save(row, fresh[row["path"]], target)
        self._tally.add(files=1)

    def _save(self, row: Mapping[str, Any], url: str, target: Path) -> None:
        save(self._transport, url, target, row, tally=self._tally)
        target.chmod(0o755 if row.get("mode") == "0755" else 0o644)


def save(
    transport: Transport, url: str, target: Path, row: Mapping[str, Any], *, tally: Tally | None = None
) -> None:
    """Fetch one file whole or not at all; `row` says its ``path``, ``size_bytes`` and ``digest``.

    Raises:
        DamagedFile, NoRoom: There is no file, or the one that was there.
        Unreachable: There was no answer, after retries.
    """
    from hubkin.transport import TRIES, pause

    tally = tally or Tally()
    with _room_for(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        # A name may be as long as the file system takes, in bytes: four for a character at most.
        draft = target.with_name(f".{target.name[:50]}.{os.getpid()}-{threading.get_ident()}.part")
        try:
            for attempt in range(1, TRIES + 1):
                try:
                    _receive(transport, url, draft, row, tally)
                    break
                except (Unreachable, Unavailable):
                    if attempt == TRIES:
                        raise
                    pause(attempt)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)


def inside(folder: Path, path: str) -> Path:
    """Where a file goes; a path that leaves the folder is refused whoever sent it."""
    parts = PurePosixPath(path).parts
    if not parts or ".." in parts or PurePosixPath(path).is_absolute():
        raise DamagedFile(_("'{path}' leaves its folder; it is not fetched.").format(path=path[:200]))
    return folder.joinpath(*parts)


def _receive(transport: Transport, url: str, draft: Path, row: Mapping[str, Any], tally: Tally) -> None:
    digest, count = Digest(row["size_bytes"]), 0
    is_whole = False
    try:
        with draft.open("wb") as sink:
            for piece in _pieces(transport, url, row["size_bytes"]):
                sink.write(piece)
                digest.update(piece)
                count += len(piece)
                tally.add(size_bytes=len(piece))
        if count < row["size_bytes"]:
            raise Unreachable(transport.url, _("the answer broke off"))
        if count != row["size_bytes"] or digest.hexdigest() != row["digest"]:
            raise DamagedFile(_("{path} did not arrive whole. Fetch it again.").format(path=row["path"]))
        is_whole = True
    finally:
        if not is_whole:
            with suppress(Exception):  # whoever stopped us does not count any more
                tally.add(size_bytes=-count)


def _pieces(transport: Transport, url: str, size_bytes: int) -> Iterator[bytes]:
    if size_bytes <= SMALL_BYTES and not url.startswith("/jobs/"):
        yield transport.read(url)
        return
    with transport.download(url) as source:
        while piece := source.read(PIECE_BYTES):
            yield piece


@contextmanager
def _room_for(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        text = _("The disk is full: {path} has no room. What has come whole stays for the next time.")
        raise NoRoom(text.format(path=target)) from None


def _bytes_of(rows: list[dict[str, Any]]) -> int:
    return sum(int(row["size_bytes"]) for row in rows)


def tree_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """The digest by which a platform knows these files together."""
    whole = hashlib.sha256()
    for row in sorted(rows, key=lambda row: str(row["path"]).encode()):
        mode = row.get("mode", "0644")
        whole.update(f"{row['path']}\0{mode}\0{row['size_bytes']}\0{row['digest']}\n".encode())
    return whole.hexdigest()
