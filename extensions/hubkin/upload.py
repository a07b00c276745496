"""Sends a folder as a version of code or of a dataset: digests first, then only the bytes that are missing.

One way for both: constant memory, several files at once, and nothing of ours to clean up after Ctrl-C, for
the platform answers what it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubkin.digest import changed, digest_of
from hubkin.moving import READING, SENDING, Body, Tally
from hubkin.problems import Forbidden, Invalid

if TYPE_CHECKING:
    from hubkin.taken import Taken, TakenFile
    from hubkin.transport import Transport

CLAIMS_AT_ONCE = 500
#: A ticket counts for a quarter of an hour: no more is claimed at once than goes through a slow line by then.
BYTES_AT_ONCE = 256 << 20
#: Up to this size a file is read whole, so that its upload can use a connection that is there.
SMALL_BYTES = 1 << 20


@dataclass(frozen=True)
class Sent:
    """The version as the platform has it, and whether it was made now: else the newest had the same files."""

    version: dict[str, Any]
    is_new: bool


def send(
    transport: Transport,
    taken: Taken,
    *,
    kind: str = "algorithm",
    name: str | None = None,
    owner: str | None = None,
    note: str | None = None,
    digests: Mapping[str, str] | None = None,
    tally: Tally | None = None,
) -> Sent:
    """Upload what is missing and commit the version.

    Args:
        transport: The platform.
        taken: The files.
        kind: ``algorithm`` (code) or ``dataset``.
        name: The dataset's name.
        owner: The group that will own it, otherwise the caller.
        note: What is new in the version.
        digests: By path, where somebody has read the files already.
        tally: Is told how far it is.

    Raises:
        ChangedWhileRead: A file is not what it was a moment ago; no version was made.
        ProblemError, Unreachable: No version was made; what was sent is there for the next time.
    """
    sending = _Sending(transport, tally or Tally(), digests or {})
    return sending.done(taken, kind=kind, name=name, owner=owner, note=note)


class _Sending:
    """One upload, in the order of `done`."""

    def __init__(self, transport: Transport, tally: Tally, digests: Mapping[str, str]) -> None:
        self._transport, self._tally = transport, tally
        self._digests = dict(digests)

    def done(self, taken: Taken, *, note: str | None, **opening: str | None) -> Sent:
        said = {key: value for key, value in opening.items() if value is not None}
        body = {**said, "declared_bytes": taken.total_bytes, "declared_files": len(taken.files)}
        self._upload = self._transport.request("POST", "/uploads", body=body)["id"]
        self._tally.begin(READING, files=len(taken.files), size_bytes=taken.total_bytes)
        self._tally.each(self._look_at, [file for file in taken.files if file.path not in self._digests])
        objects = {self._digests[file.path]: file for file in taken.files}
        total = sum(file.size_bytes for file in objects.values())
        self._tally.begin(SENDING, files=len(objects), size_bytes=total)
        for batch in batches(objects.items()):
            self._tally.each(self._put, self._missing(batch))
        return self._committed(taken, note)

    def _look_at(self, file: TakenFile) -> None:
        self._digests[file.path] = digest_of(file.source, file.size_bytes, self._tally.add_bytes)
        self._tally.add(files=1)

    def _missing(self, batch: list[tuple[str, TakenFile]]) -> list[tuple[str, TakenFile, str]]:
        """The objects that the platform lacks, each with where to put it."""
        wanted = [{"digest": digest, "size": file.size_bytes} for digest, file in batch]
        answer = self._transport.request("POST", f"/uploads/{self._upload}/claims", body={"objects": wanted})
        by_digest = dict(batch)
        missing = []
        for claim in answer["items"]:
            file = by_digest[claim["digest"]]
            if claim["have"]:
                self._tally.add(files=1, size_bytes=file.size_bytes)
            else:
                missing.append((claim["digest"], file, claim["url"]))
        return missing

    def _put(self, one: tuple[str, TakenFile, str]) -> None:
        digest, file, url = one
        try:
            self._put_to(url, file)
        except Forbidden as error:
            if error.code != "ticket_refused":
                raise
            for again in self._missing([(digest, file)]):  # its quarter of an hour is over
                self._put_to(again[2], file)
                self._tally.add(files=1)
            return
        self._tally.add(files=1)

    def _put_to(self, url: str, file: TakenFile) -> None:
        if file.data is not None:
            self._transport.upload(url, file.data, file.size_bytes)
            self._tally.add(size_bytes=file.size_bytes)
            return
        with Body(file.source, file.size_bytes, self._tally) as body:
            try:
                if file.size_bytes <= SMALL_BYTES:
                    self._transport.upload(url, body.read(), file.size_bytes)
                else:
                    self._transport.upload(url, body, file.size_bytes)
            except Invalid as error:
                raise (changed(file.source) if error.code == "bytes_differ" else error) from None
            except Forbidden:
                self._tally.add(size_bytes=-body.tell())
                raise

    def _committed(self, taken: Taken, note: str | None) -> Sent:
        rows = [
            {
                "path": file.path,
                "size": file.size_bytes,
                "digest": self._digests[file.path],
                "mode": file.mode,
            }
            for file in taken.files
        ]
        body = {"files": rows, **({"note": note} if note else {})}
        status, version = self._transport.answer("POST", f"/uploads/{self._upload}/commit", body=body)
        return Sent(version, status == 201)


def batches(objects: Iterable[tuple[str, TakenFile]]) -> Iterator[list[tuple[str, TakenFile]]]:
    """So many objects as are claimed at once; a large one alone."""
    batch: list[tuple[str, TakenFile]] = []
    size = 0
    for digest, file in objects:
        if batch and (len(batch) == CLAIMS_AT_ONCE or size + file.size_bytes > BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append((digest, file))
        size += file.size_bytes
    if batch:
        yield batch
