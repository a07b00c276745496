"""Routes whose caller holds a signed token of ours: the agents of one attempt, the bearer of one ticket."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from hubkin_kit.errors import NotSignedIn
from hubkin_kit.web.handler import BaseHandler
from hubkin_kit.web.signing import BadToken


class AttemptHandler(BaseHandler):
    """A route under ``/attempts/{attempt_id}``; the token names the attempt, no table is read."""

    async def authorize(self, scope: str) -> None:  # noqa: ARG002 - the token is the right
        """Check the token's signature, its time, and that it is this attempt's."""
        token = self.token()
        if token is None:
            raise NotSignedIn("The agent's token is missing.")
        if self.web.attempts.check(token) != self.path_kwargs.get("attempt_id"):
            raise BadToken("The token does not count.")


class TicketHandler(BaseHandler):
    """A route under ``/objects/{ticket}``; ``ticket`` holds what the ticket says."""

    ticket_type: ClassVar[type[msgspec.Struct]]
    ticket: Any = None

    async def authorize(self, scope: str) -> None:  # noqa: ARG002 - the ticket is the right
        """Check the ticket's signature and time; what it allows is for the subclass to check."""
        self.ticket = self.web.tickets.open(str(self.path_kwargs.get("ticket")), self.ticket_type)
