"""What a replica leaves: finds it, names it, and hands it to the platform by content.

Runs after every process of the command has ended, so nothing changes under it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Callable, Dict, Iterator, List, Optional, Set, Tuple

from .client import Answer, Away, Backoff, Client
from .names import MOST_PARTS, BadName, Kept, clean
from .rundir import Spec, write_whole

log = logging.getLogger("hubkin_agent")

_PART_BYTES = 16 << 20
_GIB = 1 << 30
#: Never kept out of the code folder.
_NOT_CODE = frozenset({".hubkin", ".git", "__pycache__"})
#: Named one by one up to here; the rest is only counted.
_MOST_SKIPPED = 1000
_MOST_SENDS = 3
#: So many files of one replica the platform takes.
MOST_FILES = 20_000
_MOST_REFUSALS = 3

Listing = Dict[str, Tuple[int, int, int]]


@dataclass(frozen=True)
class Found:
    """One file to keep."""

    path: str
    source: Path
    size: int
    mode: str
    digest: str = ""

    def to_wire(self) -> Dict[str, Any]:
        """Return it as the platform takes it."""
        return {"path": self.path, "size": self.size, "digest": self.digest, "mode": self.mode}


@dataclass
class Findings:
    """What is kept, and what is not and why."""

    files: List[Found] = field(default_factory=list)
    skipped: List[Dict[str, str]] = field(default_factory=list)
    more_skipped: int = 0

    def skip(self, path: str, reason: str) -> None:
        """Name a path that is not kept."""
        if len(self.skipped) >= _MOST_SKIPPED:
            self.more_skipped += 1
            return
        shown = path.encode("utf-8", "backslashreplace").decode()
        self.skipped.append({"path": shown, "reason": reason})

    def skipped_on_wire(self) -> List[Dict[str, str]]:
        """Return what is not kept, with one last entry for those that are too many to name."""
        if not self.more_skipped:
            return self.skipped
        return [*self.skipped, {"path": "", "reason": "%d more" % self.more_skipped}]


def listing(code: Path, *, but: Path) -> Listing:
    """Return size, change time and inode of every file under the code folder, to compare with later."""
    seen: Listing = {}
    for name, entry in _walk(code, code, but, _NOT_CODE):
        about = entry.stat(follow_symlinks=False)
        seen[name] = (about.st_size, about.st_mtime_ns, about.st_ino)
    return seen


def write_listing(path: Path, seen: Listing) -> None:
    """Keep a listing over a kill of the agent."""
    write_whole(path, json.dumps(seen))


def read_listing(path: Path) -> Optional[Listing]:
    """Return a kept listing; None when there is none, so that nothing can be said to be new."""
    try:
        return {name: tuple(about) for name, about in json.loads(path.read_bytes()).items()}
    except (OSError, ValueError):
        return None


def find(spec: Spec, before: Optional[Listing]) -> Findings:
    """Find the files to keep: everything in outputs, and what is new or changed in code."""
    findings = Findings()
    outputs, code = (Path(os.path.realpath(folder)) for folder in (spec.outputs, spec.code))
    kept = Kept(spec.keep)
    inside = (outputs, code)
    candidates = [(name, entry) for name, entry in _walk(outputs, outputs, None, frozenset())]
    if before is not None:
        candidates += [
            (name, entry)
            for name, entry in _walk(code, code, outputs, _NOT_CODE)
            if before.get(name) != _about(entry)
        ]
    taken = _Taken()
    for name, entry in candidates:
        _consider(findings, name, entry, inside, taken, kept)
    return _within(findings, spec.max_output_bytes)


def digest(file: IO[bytes], size: int) -> str:
    """Return the catalog's digest of a file: sha256, of large ones over the sha256 of their parts.

    Raises:
        ValueError: The file does not have `size` bytes (any more).
    """
    part_bytes = _PART_BYTES if size <= 128 * _GIB else 4 * _PART_BYTES if size <= 512 * _GIB else 512 << 20
    parts: List[bytes] = []
    left = size
    while left or not parts:
        length = min(left, part_bytes)
        parts.append(_sha256(file, length))
        left -= length
    if file.read(1):
        raise ValueError("The file grew while it was read.")
    return parts[0].hex() if size <= part_bytes else hashlib.sha256(b"".join(parts)).hexdigest()


class _Refused(Exception):
    """The platform will not take the outputs; asking again in the same words seldom helps."""


class Keeper:
    """Uploads findings; what the platform has already is not sent again."""

    def __init__(self, client: Client, findings: Findings) -> None:
        self._client = client
        self._findings = findings
        self._sent: Dict[str, int] = {}

    def run(self, keep_on: Callable[[float], bool]) -> bool:
        """Upload and commit; `keep_on(seconds since the last success)` says whether to try again.

        Returns:
            Whether nothing more is to be done: the platform has everything, or will not take it.
        """
        backoff = Backoff()
        heard_at = time.monotonic()
        refusals = 0
        while True:
            try:
                if self._round():
                    return True
                backoff.succeeded()
                heard_at = time.monotonic()
            except _Refused as refusal:
                log.warning("outputs_refused why=%s", refusal)
                refusals += 1
                if refusals >= _MOST_REFUSALS:
                    return True
                time.sleep(backoff.failed())
            except Away as away:
                log.info("outputs_delayed why=%s", away)
                wait = backoff.failed()
                if not keep_on(time.monotonic() - heard_at + wait):
                    return False
                time.sleep(wait)

    def _round(self) -> bool:
        """Ask what is missing, send one of it or commit; return whether it is committed."""
        files = [one.to_wire() for one in self._findings.files]
        wanted = self._accepted(self._client.post("/outputs", {"files": files})).json().get("put", [])
        by_digest = {one.digest: one for one in self._findings.files}
        for want in wanted:
            found = by_digest.get(want.get("digest"))
            if found is None or not self._send(found, want["url"]):
                return False
        if wanted:
            return False
        skipped = self._findings.skipped_on_wire()
        self._accepted(self._client.post("/outputs/commit", {"files": files, "skipped": skipped}))
        return True

    def _send(self, found: Found, url: str) -> bool:
        try:
            with _open(found.source) as file:
                answer = self._client.put_blob(url, file, found.size)
        except FileNotFoundError:
            self._findings.files.remove(found)
            self._findings.skip(found.path, "unreadable")
            return False
        # 412: somebody else brought the same bytes meanwhile.
        if not answer.is_ok and answer.status != 412:
            raise Away("An output was answered %d." % answer.status)
        self._sent[found.digest] = self._sent.get(found.digest, 0) + 1
        if self._sent[found.digest] > _MOST_SENDS:
            raise Away("%s was taken %d times and is still asked for." % (found.path, _MOST_SENDS))
        return True

    def _accepted(self, answer: Answer) -> Answer:
        if not answer.is_ok:
            raise _Refused("%d: %r" % (answer.status, answer.body[:500]))
        return answer


def _walk(
    top: Path, folder: Path, but: Optional[Path], pruned: "frozenset[str]"
) -> Iterator[Tuple[str, "os.DirEntry[str]"]]:
    """Give everything below a folder that is no folder, in order, with its path from the top."""
    try:
        entries = sorted(os.scandir(folder), key=lambda one: one.name)
    except OSError:
        return
    is_too_deep = len(folder.parts) - len(top.parts) >= MOST_PARTS
    for entry in entries:
        # What is too deep is given as it is, for its name alone is refused.
        if entry.is_dir(follow_symlinks=False) and not is_too_deep:
            if entry.name not in pruned and (but is None or Path(entry.path) != but):
                yield from _walk(top, Path(entry.path), but, pruned)
        else:
            yield os.path.relpath(entry.path, top), entry


class _Taken:
    """The paths so far: outputs and code become one tree, where nothing lies under a file."""

    def __init__(self) -> None:
        self._files: Set[str] = set()
        self._folders: Set[str] = set()

    def add(self, path: str) -> bool:
        """Take a path unless it is a file or a folder already, or lies under a file."""
        parts = path.split("/")
        folders = {"/".join(parts[:count]) for count in range(1, len(parts))}
        if path in self._files or path in self._folders or folders & self._files:
            return False
        self._files.add(path)
        self._folders |= folders
        return True


def _about(entry: "os.DirEntry[str]") -> Tuple[int, int, int]:
    about = entry.stat(follow_symlinks=False)
    return about.st_size, about.st_mtime_ns, about.st_ino


def _consider(
    findings: Findings,
    name: str,
    entry: "os.DirEntry[str]",
    inside: Tuple[Path, ...],
    taken: "_Taken",
    kept: Kept,
) -> None:
    """Decide about one path: a file to keep, or a reason."""
    try:
        path = clean(name)
    except BadName:
        findings.skip(name, "bad_name")
        return
    if not taken.add(path):
        findings.skip(path, "duplicate")
        return
    if path not in kept and not path.startswith(".hubkin/"):
        findings.skip(path, "not_in_keep")
        return
    source, reason = _source(entry, inside)
    if source is None:
        findings.skip(path, reason)
        return
    try:
        with _open(source) as file:
            about = os.fstat(file.fileno())
            mode = "0755" if about.st_mode & 0o100 else "0644"
            findings.files.append(Found(path, source, about.st_size, mode))
    except OSError:
        findings.skip(path, "unreadable")


def _source(entry: "os.DirEntry[str]", inside: Tuple[Path, ...]) -> Tuple[Optional[Path], str]:
    """Return the real file that an entry stands for, or the reason why there is none."""
    if not entry.is_symlink():
        is_file = stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode)
        return (Path(entry.path), "") if is_file else (None, "not_a_file")
    try:
        target = Path(os.path.realpath(entry.path))
        about = target.stat()
    except (OSError, RuntimeError):
        return None, "link_to_nothing"
    if not any(folder in target.parents for folder in inside):
        return None, "link_leads_out"
    return (target, "") if stat.S_ISREG(about.st_mode) else (None, "link_to_folder")


def _within(findings: Findings, most_bytes: int) -> Findings:
    """Leave out what does not fit any more, and add the digests of what does.  Results come first."""
    left = most_bytes
    files, findings.files = findings.files, []
    for found in sorted(files, key=lambda one: not one.path.startswith(".hubkin/")):
        if found.size > left:
            findings.skip(found.path, "over_limit")
            continue
        if len(findings.files) >= MOST_FILES:
            findings.skip(found.path, "too_many")
            continue
        try:
            with _open(found.source) as file:
                whole = digest(file, found.size)
        except (OSError, ValueError):
            findings.skip(found.path, "unreadable")
            continue
        left -= found.size
        findings.files.append(Found(found.path, found.source, found.size, found.mode, whole))
    return findings


def _sha256(file: IO[bytes], length: int) -> bytes:
    whole = hashlib.sha256()
    while length:
        data = file.read(min(length, 1 << 20))
        if not data:
            raise ValueError("The file ended early.")
        whole.update(data)
        length -= len(data)
    return whole.digest()


def _open(path: Path) -> IO[bytes]:
    """Open a file that must be just that: never a link, never a FIFO that would block."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    return os.fdopen(fd, "rb")
