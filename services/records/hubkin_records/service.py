"""What one can ask of records: hooks, and whether the journal is as it was written."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
from hubkin_kit import journal
from hubkin_kit.database import Transaction
from hubkin_kit.errors import Field
from hubkin_kit.i18n import _
from hubkin_kit.ids import new_id
from hubkin_kit.journal import Happening

from hubkin_records import store
from hubkin_records.domain import Hook, Kind, Moment, Notice, notice_of, seal
from hubkin_records.errors import BadHook, HookNotFound, TooManyHooks

if TYPE_CHECKING:
    from sqlalchemy import Connection

HOOKS_EACH = 20
NOTICES = "records-notices"
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person asks for."""

    kind: str
    target: str
    when: Sequence[str]
    language: str


def hooks_of(connection: Connection, owner: str) -> list[Hook]:
    """Return a person's hooks."""
    return store.hooks_of(connection, [owner])


def hook_of(connection: Connection, owner: str, hook_id: str) -> Hook:
    """Return one of a person's hooks.

    Raises:
        HookNotFound: Absent, or somebody else's.
    """
    found = store.hook(connection, hook_id)
    if found is None or found.owner != owner:
        raise HookNotFound("There is no hook '{id}'.", params={"id": hook_id[:80]})
    return found


def add_hook(tx: Transaction, owner: str, wish: Wish, *, sends_mail: bool) -> Hook:
    """Have notices go somewhere; returns the hook with its secret.

    Raises:
        BadHook: Nothing can be sent there.
        TooManyHooks: The person has as many as there may be.
    """
    check_wish(wish, sends_mail=sends_mail)
    if len(store.hooks_of(tx.connection, [owner])) >= HOOKS_EACH:
        raise TooManyHooks(
            "You have {most} hooks, as many as there may be. Remove one first.", params={"most": HOOKS_EACH}
        )
    new = Hook(
        id=new_id("hook"),
        owner=owner,
        kind=Kind(wish.kind),
        target=wish.target,
        when=frozenset(wish.when),
        secret="whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        language=wish.language,
    )
    store.add_hook(tx, new)
    journal.append(
        tx, "audit", owner=owner, subject=new.id, actor=owner, event="hook_added", kind=new.kind.value
    )
    return new


def remove_hook(tx: Transaction, owner: str, hook_id: str) -> None:
    """Send nothing there any more.

    Raises:
        HookNotFound: Absent, or somebody else's.
    """
    if not store.remove_hook(tx, owner, hook_id):
        raise HookNotFound("There is no hook '{id}'.", params={"id": hook_id[:80]})
    journal.append(tx, "audit", owner=owner, subject=hook_id, actor=owner, event="hook_removed")


def check_wish(wish: Wish, *, sends_mail: bool) -> None:
    """Refuse what can never arrive; where an address leads is looked at again at each delivery.

    Raises:
        BadHook: Names the field.
    """
    fields: list[Field] = []
    unknown = set(wish.when) - set(Moment)
    if unknown or not wish.when:
        known = [moment.value for moment in Moment]
        fields.append(Field("/when", "unknown_moment", _("Choose from {known}."), {"known": known}))
    if wish.kind == Kind.WEBHOOK:
        fields.extend(_wrong_address(wish.target))
    elif wish.kind == Kind.MAIL:
        if not _is_address(wish.target):
            fields.append(Field("/target", "bad_address", _("This is no mail address.")))
        if not sends_mail:
            fields.append(Field("/kind", "no_mail", _("This site sends no mail; take a webhook.")))
    else:
        fields.append(Field("/kind", "unknown_kind", _("The kind is webhook or mail.")))
    if fields:
        raise BadHook("Notices cannot go there: see the fields.", fields=tuple(fields))


def _is_address(text: str) -> bool:
    """Whether a mail can be written to it."""
    if len(text) > 254 or not _ADDRESS.fullmatch(text):
        return False
    try:
        Address(addr_spec=text)
    except (ValueError, IndexError, MessageError):
        return False
    return True


def take_notices(tx: Transaction, rows: Sequence[Happening]) -> int:
    """Put on their way what these rows of the journal tell; with the reader's cursor, so none twice."""
    if not rows:
        return 0
    notices = [notice for row in rows if (notice := notice_of(row)) is not None]
    hooks = store.hooks_of(tx.connection, sorted({notice.to for notice in notices}))
    going = [(notice, hook) for notice in notices for hook in hooks if notice.goes_to(hook)]
    store.add_deliveries(tx, [_delivery(notice, hook) for notice, hook in going])
    journal.move_cursor(tx, NOTICES, rows[-1].seq)
    return len(going)


def unseen(connection: Connection, *, limit: int) -> list[Happening]:
    """Return the rows that were not looked at for notices yet."""
    return journal.read_after(connection, journal.cursor_of(connection, NOTICES), limit=limit)


def seal_next(tx: Transaction, *, limit: int) -> int:
    """Seal what was numbered since the last seal; return how many rows."""
    before, digest = store.last_seal(tx.connection)
    rows = journal.read_after(tx.connection, before, limit=limit)
    if rows:
        store.add_seal(tx, from_seq=rows[0].seq, to_seq=rows[-1].seq, digest=seal(digest, rows))
    return len(rows)


def broken_seal(connection: Connection) -> int | None:
    """Return where the first part of the journal begins that is not as it was sealed, None when all is."""
    digest = ""
    for from_seq, to_seq, sealed in store.all_seals(connection):
        rows = journal.read_between(
            connection, from_seq - 1, to_seq, owners=None, limit=to_seq - from_seq + 1
        )
        digest = seal(digest, rows)
        if digest != sealed or len(rows) != to_seq - from_seq + 1:
            return from_seq
    return None


def _delivery(notice: Notice, hook: Hook) -> dict[str, object]:
    return {
        "id": new_id("msg"),
        "hook_id": hook.id,
        "seq": notice.seq,
        "about": notice.about,
        "body": msgspec.json.encode(notice.body).decode(),
    }


def _wrong_address(target: str) -> list[Field]:
    try:
        parts = urlsplit(target)
        is_fine = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.username is None
            and (parts.port or 1) > 0
            and len(target) <= 2000
            and target.isascii()
            and target.isprintable()
            and " " not in target
        )
    except ValueError:
        is_fine = False
    if is_fine:
        return []
    return [Field("/target", "bad_address", _("Write an address such as https://ci.example.org/hook."))]
