"""Sends a folder as a code version: digests first, then only the bytes that the platform does not have."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubkin.codefolder import Taken, TakenFile
from hubkin.i18n import _

if TYPE_CHECKING:
    from hubkin.transport import Transport

CLAIMS_AT_ONCE = 500
PUTS_AT_ONCE = 4
_MIB = 1024 * 1024


class ChangedWhileRead(RuntimeError):
    """A file changed while it was sent; sending again is safe."""

    code = "changed_while_read"


def send(transport: Transport, taken: Taken) -> dict[str, Any]:
    """Upload what is missing and commit the version.

    Returns:
        The version (see `hubkin.wire.Version`); its ``id`` is what a spec's ``code`` names.

    Raises:
        ChangedWhileRead: A file is not what it was a moment ago.
    """
    digests = {file.path: digest_of(file.source, file.size_bytes) for file in taken.files}
    opening = {"kind": "algorithm", "declared_bytes": taken.total_bytes, "declared_files": len(taken.files)}
    upload = transport.request("POST", "/uploads", body=opening)
    by_digest = {digests[file.path]: file for file in taken.files}
    missing = list(_missing(transport, upload["id"], by_digest))
    with ThreadPoolExecutor(PUTS_AT_ONCE) as pool:
        list(pool.map(lambda one: _put(transport, one[0], one[1], one[2]), missing))
    rows = [
        {"path": file.path, "size": file.size_bytes, "digest": digests[file.path], "mode": file.mode}
        for file in taken.files
    ]
    version: dict[str, Any] = transport.request(
        "POST", f"/uploads/{upload['id']}/commit", body={"files": rows}
    )
    return version


def digest_of(path: Path, size_bytes: int) -> str:
    """The platform's name of a file's bytes: sha256; above one part the sha256 of the parts' sha256.

    Raises:
        ChangedWhileRead: The file no longer has this size.
    """
    part_bytes = part_size(size_bytes)
    parts: list[bytes] = []
    read = 0
    with path.open("rb") as file:
        while chunk := file.read(part_bytes):
            read += len(chunk)
            parts.append(hashlib.sha256(chunk).digest())
    if read != size_bytes:
        raise ChangedWhileRead(_("{path} changed while it was read.").format(path=path))
    if len(parts) > 1:
        return hashlib.sha256(b"".join(parts)).hexdigest()
    return (parts[0] if parts else hashlib.sha256(b"").digest()).hex()


def part_size(size_bytes: int) -> int:
    """How big one part of a file of this size is."""
    if size_bytes <= 128 * 1024 * _MIB:
        return 16 * _MIB
    return (64 if size_bytes <= 512 * 1024 * _MIB else 512) * _MIB


def _missing(
    transport: Transport, upload_id: str, by_digest: dict[str, TakenFile]
) -> Iterator[tuple[str, TakenFile, str]]:
    wanted = [{"digest": digest, "size": file.size_bytes} for digest, file in by_digest.items()]
    for start in range(0, len(wanted), CLAIMS_AT_ONCE):
        batch = {"objects": wanted[start : start + CLAIMS_AT_ONCE]}
        answer = transport.request("POST", f"/uploads/{upload_id}/claims", body=batch)
        for claim in answer["items"]:
            if not claim["have"]:
                yield claim["url"], by_digest[claim["digest"]], claim["digest"]


def _put(transport: Transport, url: str, file: TakenFile, digest: str) -> None:
    if digest_of(file.source, file.size_bytes) != digest:
        raise ChangedWhileRead(_("{path} changed while it was read.").format(path=file.source))
    with file.source.open("rb") as body:
        transport.upload(url, body, file.size_bytes)
