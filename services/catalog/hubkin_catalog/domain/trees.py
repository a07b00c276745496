"""Digests, clean paths and trees: pure rules about versioned files."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

import msgspec
from hubkin_kit.errors import Field

from hubkin_catalog.errors import BadPath, BadTree

MIB = 1 << 20
MAX_PATH_BYTES = 1024
MAX_PART_BYTES = 255
MAX_DEPTH = 64
MODES = ("0644", "0755")

_DIGEST = re.compile(r"[0-9a-f]{64}")
#: Marks that turn text around or hide it: a name must read as what it is.
_HIDDEN = {chr(c) for c in (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF)}


@dataclass(frozen=True, slots=True)
class File:
    """One path of a version."""

    path: str
    size_bytes: int
    digest: str
    mode: str = "0644"


def part_bytes(size_bytes: int) -> int:
    """Return the part size by which a file of this size is hashed (and would be uploaded to S3)."""
    if size_bytes <= 128 << 30:
        return 16 * MIB
    return 64 * MIB if size_bytes <= 512 << 30 else 512 * MIB


class Digest:
    """The digest of a file: sha256 up to one part, above it sha256 of the parts' sha256.

    That is the S3 composite checksum, so a store can prove it by itself.
    """

    def __init__(self, size_bytes: int) -> None:
        self._part_bytes = part_bytes(size_bytes)
        self._single = size_bytes <= self._part_bytes
        self._parts: list[bytes] = []
        self._current = hashlib.sha256()
        self._filled = 0

    def update(self, data: bytes) -> None:
        """Take the next bytes."""
        view = memoryview(data)
        while view:
            room = self._part_bytes - self._filled
            self._current.update(view[:room])
            self._filled += len(view[:room])
            view = view[room:]
            if self._filled == self._part_bytes and not self._single:
                self._close_part()

    def hexdigest(self) -> str:
        """Return the digest of all bytes so far."""
        if self._single:
            return self._current.hexdigest()
        if self._filled:
            self._close_part()
        return hashlib.sha256(b"".join(self._parts)).hexdigest()

    def _close_part(self) -> None:
        self._parts.append(self._current.digest())
        self._current = hashlib.sha256()
        self._filled = 0


def is_digest(text: str) -> bool:
    """Whether the text is 64 lower-case hex digits."""
    return _DIGEST.fullmatch(text) is not None


def clean_path(text: str, *, pointer: str = "/path") -> str:
    """Return the path as it is stored: relative, NFC, without ``.`` and empty parts.

    Raises:
        BadPath: Absolute, with ``..`` or a drive letter, unprintable, hidden or reversing characters, too
        long or deep.
    """
    if "\0" in text or any(unicodedata.category(c) in ("Cc", "Cs") or c in _HIDDEN for c in text):
        raise _bad(text, "hidden", pointer)
    path = unicodedata.normalize("NFC", text)
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or ".." in parts or (parts and re.match(r"[A-Za-z]:", parts[0])) or "\\" in path:
        raise _bad(text, "outside", pointer)
    cleaned = "/".join(parts)
    if not parts or len(parts) > MAX_DEPTH or len(cleaned.encode()) > MAX_PATH_BYTES:
        raise _bad(text, "deep", pointer)
    if any(len(part.encode()) > MAX_PART_BYTES for part in parts):
        raise _bad(text, "long", pointer)
    return cleaned


def tree_digest(files: Iterable[File]) -> str:
    """Return the digest of a tree: equal content, equal digest, wherever its bytes lie."""
    whole = hashlib.sha256()
    for file in sorted(files, key=lambda f: f.path.encode()):
        whole.update(f"{file.path}\0{file.mode}\0{file.size_bytes}\0{file.digest}\n".encode())
    return whole.hexdigest()


def check_tree(files: list[File]) -> list[File]:
    """Return the files sorted by the bytes of their cleaned paths.

    Raises:
        BadPath, BadTree: A bad name, a duplicate, a file where a folder is, a bad digest, size or mode.
    """
    cleaned = []
    for n, file in enumerate(files):
        if not is_digest(file.digest) or file.size_bytes < 0 or file.mode not in MODES:
            raise BadTree(
                "File {n} ('{path}') has a bad digest, size or mode.",
                params={"n": n, "path": file.path[:80]},
                fields=(Field(f"/files/{n}", "bad_file"),),
            )
        path = clean_path(file.path, pointer=f"/files/{n}/path")
        cleaned.append(File(path, file.size_bytes, file.digest, file.mode))
    cleaned.sort(key=lambda f: f.path.encode())
    paths = {file.path for file in cleaned}
    folders = {str(parent) for path in paths for parent in PurePosixPath(path).parents}
    if len(paths) < len(cleaned) or paths & folders:
        raise BadTree("Two files have the same path, or one lies where a folder is.")
    return cleaned


#: Why a path is refused → sentence (msgid).
SENTENCES: dict[str, str] = {
    "hidden": "The file name '{path}' has control or hidden characters.",
    "outside": "The file name '{path}' leaves its folder.",
    "deep": "The file name '{path}' is empty, too long or too deep.",
    "long": "The file name '{path}' has a part that is too long.",
}


def _bad(path: str, why: str, pointer: str) -> BadPath:
    shown = path.encode("unicode_escape", "backslashreplace").decode()[:80]
    return BadPath(SENTENCES[why], params={"path": shown}, fields=(Field(pointer, "bad_path"),))


#: How long a ticket counts.
TICKET_SECONDS = 900


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """The right to put or get one object; signed, so that it needs no look-up."""

    method: str
    owner: str
    digest: str
    size_bytes: int
