"""A retried write has the outcome of the first one.

Keys are unique per owner and remember request and answer for a day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select, tuple_

from hubkin_kit.clock import HOUR
from hubkin_kit.database import Transaction
from hubkin_kit.errors import Field, Invalid
from hubkin_kit.insert import insert_all
from hubkin_kit.tables import idempotency

KEPT_HOURS = 24
KEY_LENGTH = 128


class KeyReused(Invalid):
    """The same key came with another body."""

    code = "key_reused"
    title = "This Idempotency-Key was used for another request"


# Every submission passes it: to build a statement anew costs more than to run it.
_FOUND = select(
    idempotency.c.owner,
    idempotency.c.key,
    idempotency.c.request_hash,
    idempotency.c.status,
    idempotency.c.answer,
).where(tuple_(idempotency.c.owner, idempotency.c.key).in_(bindparam("pairs", expanding=True)))


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was answered the first time: a status and a reference (an id) or a body."""

    request_hash: str
    status: int
    answer: str


def fingerprint(body: bytes) -> str:
    """Return the hash by which two bodies are told apart."""
    return hashlib.sha256(body).hexdigest()


def find_all(connection: Connection, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Remembered]:
    """Return what is remembered of these (owner, key) pairs."""
    pairs = list(keys)
    if not pairs:
        return {}
    return {
        (owner, key): Remembered(*rest) for owner, key, *rest in connection.execute(_FOUND, {"pairs": pairs})
    }


def find(connection: Connection, owner: str, key: str, request_hash: str) -> Remembered | None:
    """Return the first answer to this key, None when it is new.

    Raises:
        KeyReused: The key came with another body before.
    """
    found = find_all(connection, [(owner, key)]).get((owner, key))
    if found and found.request_hash != request_hash:
        raise reused(key)
    return found


def reused(key: str) -> KeyReused:
    """Say that a key may not be used twice for different things."""
    return KeyReused(
        "The Idempotency-Key '{key}' was used before with a different body. Nothing was changed.",
        params={"key": key[:60]},
        fields=(Field("", "key_reused"),),
    )


def remember(tx: Transaction, rows: list[dict[str, object]]) -> None:
    """Keep answers: dicts of owner, key, request_hash, status, answer.  The primary key decides races."""
    if rows:
        insert_all(tx, idempotency, [{**row, "at": tx.now} for row in rows])


def forget_old(tx: Transaction) -> int:
    """Drop keys older than a day; return how many."""
    return tx.execute(delete(idempotency).where(idempotency.c.at < tx.now - KEPT_HOURS * HOUR)).rowcount
