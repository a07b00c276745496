"""Hooks over HTTP: where notices of my jobs go.

GET    /hooks        mine
POST   /hooks        add one; the answer holds the secret, this once
DELETE /hooks/{id}   send nothing there any more
"""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from hubkin import wire
from hubkin_kit import idempotency
from hubkin_kit.database import Database, Transaction
from hubkin_kit.errors import Field, Invalid
from hubkin_kit.web import JOBS_SUBMIT, HubkinHandler, Operation, Route

from hubkin_records import service
from hubkin_records.domain import Hook
from hubkin_records.service import Wish


def routes(database: Database, *, sends_mail: bool) -> list[Route]:
    """Return the routes of records."""
    mine = {"database": database, "sends_mail": sends_mail}
    return [Route("/hooks", HooksHandler, mine), Route("/hooks/{hook_id}", HookHandler, mine)]


class HooksBase(HubkinHandler):
    """A route about hooks."""

    def initialize(self, database: Database, *, sends_mail: bool) -> None:
        """Receive what it needs."""
        self.database = database
        self.sends_mail = sends_mail


class HooksHandler(HooksBase):
    """``/hooks``."""

    scopes: ClassVar = {"GET": JOBS_SUBMIT, "POST": JOBS_SUBMIT}
    operations: ClassVar = {
        "GET": Operation(summary="List my hooks", answer=wire.Page[wire.Hook]),
        "POST": Operation(
            summary="Have notices of my jobs go somewhere",
            request=wire.Hook,
            answer=wire.Hook,
            status=201,
            creates=True,
        ),
    }

    async def get(self) -> None:
        """List the caller's hooks, without their secrets."""
        found = await self.database.read(partial(service.hooks_of, owner=self.caller.user_id))
        self.reply(200, wire.Page[wire.Hook](items=[_view(hook) for hook in found]))

    async def post(self) -> None:
        """Add a hook."""
        body = self.read(wire.Hook)
        if body.id is not None or body.secret is not None:
            raise Invalid(
                "The platform makes id and secret itself.",
                fields=(Field("/secret" if body.id is None else "/id", "not_yours"),),
            )
        wish = Wish(kind=body.kind, target=body.target, when=body.when, language=self.language)
        new = await self.database.write(partial(self._add, self.caller.user_id, wish))
        self.reply(201, _view(new, secret=new.secret))

    def _add(self, owner: str, wish: Wish, tx: Transaction) -> Hook:
        key = self.idempotency_key()
        if key is None:
            return service.add_hook(tx, owner, wish, sends_mail=self.sends_mail)
        first = idempotency.find(tx.connection, owner, key, self.request_hash)
        if first is not None:
            return service.hook_of(tx.connection, owner, first.answer)
        new = service.add_hook(tx, owner, wish, sends_mail=self.sends_mail)
        row = {"owner": owner, "key": key, "request_hash": self.request_hash, "status": 201, "answer": new.id}
        idempotency.remember(tx, [row])
        return new


class HookHandler(HooksBase):
    """``/hooks/{id}``."""

    scopes: ClassVar = {"DELETE": JOBS_SUBMIT}
    operations: ClassVar = {"DELETE": Operation(summary="Remove a hook", status=204)}

    async def delete(self, hook_id: str) -> None:
        """Remove one of the caller's hooks."""
        owner = self.caller.user_id
        await self.database.write(lambda tx: service.remove_hook(tx, owner, hook_id))
        self.no_content()


def _view(hook: Hook, *, secret: str | None = None) -> wire.Hook:
    return wire.Hook(
        id=hook.id, kind=hook.kind.value, target=hook.target, when=sorted(hook.when), secret=secret
    )
