"""Sends the code folder: digests first, then only the bytes that the platform does not have."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Dict, List, Sequence, Tuple

from hubkin_magics.capture import TreeFile

if TYPE_CHECKING:
    from hubkin.transport import Transport

CLAIMS_AT_ONCE = 500
PUTS_AT_ONCE = 4
#: Up to this size a file is read whole, so that its upload can use a connection that is there.
SMALL_BYTES = 1 << 20
_MIB = 1024 * 1024
_PART_BYTES = 16 * _MIB


def digests_of(files: Sequence[TreeFile]) -> List[Tuple[str, str]]:
    """Return place and digest of each file."""
    return [(file.place, digest_of(file)) for file in files]


def digest_of(file: TreeFile) -> str:
    """Return the platform's name of the bytes: sha256; above one part the sha256 of the parts' sha256."""
    if file.data is not None:
        parts = [file.data[at : at + _PART_BYTES] for at in range(0, len(file.data), _PART_BYTES)]
        hashes = [hashlib.sha256(part).digest() for part in parts]
    else:
        assert file.path is not None
        with open(file.path, "rb") as source:
            hashes = [hashlib.sha256(part).digest() for part in iter(lambda: source.read(_PART_BYTES), b"")]
    if len(hashes) > 1:
        return hashlib.sha256(b"".join(hashes)).hexdigest()
    return (hashes[0] if hashes else hashlib.sha256(b"").digest()).hex()


def send(transport: Transport, files: Sequence[TreeFile], digests: Sequence[Tuple[str, str]]) -> str:
    """Upload what is missing and commit; return the id of the code version.

    The platform checks every digest: a file that changed meanwhile is refused.
    """
    by_digest: Dict[str, TreeFile] = {digest: file for file, (_, digest) in zip(files, digests)}
    total = sum(file.size for file in files)
    opening = {"kind": "algorithm", "declared_bytes": total, "declared_files": len(files)}
    upload = transport.request("POST", "/uploads", body=opening)
    wanted = [{"digest": digest, "size": file.size} for digest, file in by_digest.items()]
    with ThreadPoolExecutor(PUTS_AT_ONCE) as pool:
        for start in range(0, len(wanted), CLAIMS_AT_ONCE):
            batch = {"objects": wanted[start : start + CLAIMS_AT_ONCE]}
            answer = transport.request("POST", f"/uploads/{upload['id']}/claims", body=batch)
            missing = [claim for claim in answer["items"] if not claim["have"]]
            list(pool.map(lambda claim: _put(transport, claim["url"], by_digest[claim["digest"]]), missing))
    rows = [
        {"path": file.place, "size": file.size, "digest": digest, "mode": file.mode}
        for file, (_, digest) in zip(files, digests)
    ]
    version: Any = transport.request("POST", f"/uploads/{upload['id']}/commit", body={"files": rows})
    return str(version["id"])


def _put(transport: Transport, url: str, file: TreeFile) -> None:
    if file.data is not None:
        transport.upload(url, file.data, file.size)
        return
    assert file.path is not None
    with open(file.path, "rb") as source:
        if file.size <= SMALL_BYTES:
            transport.upload(url, source.read(), file.size)
        else:
            transport.upload(url, source, file.size)
