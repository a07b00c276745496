"""Money over HTTP.

GET  /usage           my account, or one of my groups', at a glance
GET  /usage/entries   its lines, newest first
GET  /accounts        everybody's account, for admins
POST /topups          put money on an account, for admins; the same Idempotency-Key does it once
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
from hubkin import wire
from hubkin_kit.database import Database
from hubkin_kit.errors import Field, Invalid, NotFound
from hubkin_kit.ids import new_id
from hubkin_kit.money import parse_amount
from hubkin_kit.web import (
    BILLING_ADMIN,
    BILLING_READ,
    HubkinHandler,
    ListQuery,
    Operation,
    Route,
    cut,
    read_cursor,
    write_cursor,
)

from hubkin_billing.domain import Entry, month_start
from hubkin_billing.service.ledger import top_up
from hubkin_billing.service.reading import accounts, statement, usage
from hubkin_billing.service.views import (
    People,
    Reader,
    account_view,
    entry_view,
    named_in,
    people_in,
    usage_view,
)

if TYPE_CHECKING:
    from hubkin_kit.database import Transaction
    from sqlalchemy import Connection

NOTE_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Books:
    """What the routes of money need."""

    database: Database
    people: People
    time_zone: str = "UTC"

    def since(self) -> int:
        """Return when this month began."""
        return month_start(self.database.clock.now(), self.time_zone)


class UsageQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Whose account: mine, or one of my groups'."""

    owner: Annotated[str, msgspec.Meta(max_length=255)] | None = None


class EntriesQuery(ListQuery, kw_only=True):
    """Whose lines: an account's id, or the name of its owner."""

    account: Annotated[str, msgspec.Meta(max_length=255)] | None = None


def routes(database: Database, people: People, *, time_zone: str = "UTC") -> list[Route]:
    """Return the routes of billing."""
    mine = {"books": Books(database, people, time_zone)}
    return [
        Route("/usage", UsageHandler, mine),
        Route("/usage/entries", EntriesHandler, mine),
        Route("/accounts", AccountsHandler, mine),
        Route("/topups", TopupsHandler, mine),
    ]


class BooksHandler(HubkinHandler):
    """A route about money."""

    def initialize(self, books: Books) -> None:
        """Receive what it needs."""
        self.books = books

    def reader(self, connection: Connection, ids: set[str]) -> Reader:
        """Return whom the texts are for, knowing these names."""
        names = self.books.people.names(connection, ids)
        return Reader(self.web.translator, self.language, self.web.unit, names)

    def account(self, connection: Connection, name: str | None) -> str:
        """Return the owner whose account is meant, when the caller may read it.

        Raises:
            NotFound: There is none, or it is somebody else's: the same.
        """
        if not name:
            return self.caller.user_id
        owner_id = self.books.people.find(connection, name)
        if owner_id is None or (
            owner_id not in self.caller.owners and BILLING_ADMIN not in self.caller.scopes
        ):
            raise NotFound("There is no account '{name}'.", params={"name": name[:80]})
        return owner_id


class UsageHandler(BooksHandler):
    """``/usage``."""

    scopes: ClassVar = {"GET": BILLING_READ}
    operations: ClassVar = {
        "GET": Operation(summary="An account at a glance", answer=wire.Usage, query=UsageQuery)
    }

    async def get(self) -> None:
        """Show the balance, what is held and spent, and the newest lines."""
        self.reply(200, await self.books.database.read(self._show))

    def _show(self, connection: Connection) -> wire.Usage:
        owner_id = self.account(connection, self.query(UsageQuery).owner)
        summary = usage(connection, owner_id, month_start=self.books.since())
        return usage_view(summary, self.reader(connection, people_in(summary)))


class EntriesHandler(BooksHandler):
    """``/usage/entries``."""

    scopes: ClassVar = {"GET": BILLING_READ}
    operations: ClassVar = {
        "GET": Operation(
            summary="The lines of an account, newest first", answer=wire.Page[wire.Entry], query=EntriesQuery
        )
    }

    async def get(self) -> None:
        """Show one page of lines."""
        self.reply(200, await self.books.database.read(self._show))

    def _show(self, connection: Connection) -> wire.Page[wire.Entry]:
        query = self.query(EntriesQuery)
        before = read_cursor(query.cursor, tuple[int])
        owner_id = self.account(connection, query.account)
        shown, next_id = statement(
            connection, owner_id, limit=query.limit, before_id=before[0] if before is not None else None
        )
        reader = self.reader(connection, named_in(shown))
        return wire.Page(
            items=[entry_view(entry, reader) for entry in shown],
            next_cursor=None if next_id is None else write_cursor(next_id),
        )


class AccountsHandler(BooksHandler):
    """``/accounts``."""

    scopes: ClassVar = {"GET": BILLING_ADMIN}
    operations: ClassVar = {
        "GET": Operation(
            summary="People and groups with their balances", answer=wire.Page[wire.Account], query=ListQuery
        )
    }

    async def get(self) -> None:
        """Show one page of accounts, by name."""
        self.reply(200, await self.books.database.read(self._show))

    def _show(self, connection: Connection) -> wire.Page[wire.Account]:
        query = self.query(ListQuery)
        after = read_cursor(query.cursor, tuple[str, str]) or ("", "")
        found = self.books.people.page(connection, after, query.limit + 1)
        shown, next_cursor = cut(found, query.limit, lambda owner: (owner[2], owner[0]))
        reader = Reader(
            self.web.translator, self.language, self.web.unit, {owner_id: name for owner_id, _, name in shown}
        )
        summaries = accounts(
            connection, [owner_id for owner_id, _, _ in shown], month_start=self.books.since()
        )
        return wire.Page(
            items=[
                account_view(summary, kind, reader)
                for summary, (_, kind, _) in zip(summaries, shown, strict=True)
            ],
            next_cursor=next_cursor,
        )


class TopupsHandler(BooksHandler):
    """``/topups``."""

    scopes: ClassVar = {"POST": BILLING_ADMIN}
    operations: ClassVar = {
        "POST": Operation(
            summary="Put money on an account",
            request=wire.TopupRequest,
            answer=wire.Entry,
            status=201,
            creates=True,
        )
    }

    async def post(self) -> None:
        """Put money on an account; the answer has the balance before and after."""
        request = self.read(wire.TopupRequest)
        amount = parse_amount(request.amount, pointer="/amount")
        note = _note(request.note)
        key = f"{self.caller.user_id}:{self.idempotency_key() or new_id('key')}"

        def write(tx: Transaction) -> Entry:
            owner_id = self.books.people.find(tx.connection, request.owner)
            if owner_id is None:
                raise NotFound(
                    "There is no user or group called '{name}'.",
                    params={"name": request.owner[:80]},
                    fields=(Field("/owner", "not_found"),),
                )
            return top_up(tx, owner_id, amount, note=note, actor=self.caller.user_id, key=key)

        entry = await self.books.database.write(write)
        reader = await self.books.database.read(lambda c: self.reader(c, named_in([entry])))
        self.reply(201, entry_view(entry, reader))


def _note(text: str) -> str:
    note = text.strip()
    if not note or len(note) > NOTE_LENGTH or not note.isprintable():
        raise Invalid(
            "Say in a note why, in at most {limit} characters on one line.",
            params={"limit": NOTE_LENGTH},
            fields=(Field("/note", "bad_note"),),
        )
    return note
