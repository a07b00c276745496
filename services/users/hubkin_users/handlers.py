"""People over HTTP.

GET /me            who I am, in which spaces I can work, what my token may do
PUT /preferences   my language and the profile that I chose last
DELETE /callers/{name}   from the hub: somebody logged out or is gone
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, cast

from hubkin import wire
from hubkin_kit.database import Database
from hubkin_kit.errors import Field, Invalid
from hubkin_kit.i18n import LANGUAGES
from hubkin_kit.ids import is_slug
from hubkin_kit.web import JOBS_READ, SERVERS_GATE, HubkinHandler, Operation, Route

from hubkin_users.domain import Identity
from hubkin_users.service import set_preferences


@dataclass(frozen=True, slots=True)
class Desk:
    """What the routes of people need."""

    database: Database
    forget: Callable[[str], None]
    """Called with a name when what is remembered of that person is out of date."""
    trust_note: str | None = None
    """A text (msgid) about who is trusted here, on a machine whose users are one account."""


def routes(
    database: Database, *, forget: Callable[[str], None], trust_note: str | None = None
) -> list[Route]:
    """Return the routes of users."""
    mine = {"desk": Desk(database, forget, trust_note)}
    return [
        Route("/me", MeHandler, mine),
        Route("/preferences", PreferencesHandler, mine),
        Route("/callers/{name}", CallerHandler, mine),
    ]


class DeskHandler(HubkinHandler):
    """A route about the caller."""

    def initialize(self, desk: Desk) -> None:
        """Receive what it needs."""
        self.desk = desk

    @property
    def person(self) -> Identity:
        """The caller; services do not reach these routes."""
        return cast(Identity, self.caller)


class MeHandler(DeskHandler):
    """``/me``."""

    scopes: ClassVar = {"GET": JOBS_READ}
    operations: ClassVar = {"GET": Operation(summary="Who I am", answer=wire.Me)}

    async def get(self) -> None:
        """Show the caller to themselves."""
        person = self.person
        own = wire.Space(owner=person.name, label=person.name, role="owner")
        groups = [wire.Space(owner=g.name, label=g.name, role=g.role.value) for g in person.groups]
        note = self.desk.trust_note
        self.reply(
            200,
            wire.Me(
                name=person.name,
                user_id=person.user_id,
                language=self.language,
                spaces=[own, *groups],
                scopes=sorted(person.scopes),
                admin=person.is_admin,
                unit=self.web.unit,
                trust_note=self.said(note) if note else None,
            ),
        )


class PreferencesHandler(DeskHandler):
    """``/preferences``."""

    scopes: ClassVar = {"PUT": JOBS_READ}
    operations: ClassVar = {
        "PUT": Operation(
            summary="Remember my choices; what is left out stays",
            request=wire.Preferences,
            answer=wire.Preferences,
        )
    }

    async def put(self) -> None:
        """Keep the caller's choices."""
        request = self.read(wire.Preferences)
        if request.language not in (None, "", *LANGUAGES):
            raise Invalid(
                "There is no language '{language}' here. There are: {languages}.",
                params={"language": str(request.language)[:20], "languages": LANGUAGES},
                fields=(Field("/language", "unknown_language"),),
            )
        if request.last_profile and not is_slug(request.last_profile):
            raise Invalid(
                "'{profile}' is not the name of a profile.",
                params={"profile": request.last_profile[:63]},
                fields=(Field("/last_profile", "not_a_name"),),
            )
        kept = await self.desk.database.write(
            lambda tx: set_preferences(
                tx, self.person.user_id, language=request.language, last_profile=request.last_profile
            )
        )
        self.desk.forget(self.person.name)
        self.reply(
            200,
            wire.Preferences(language=kept.language or None, last_profile=kept.last_profile or None),
        )


class CallerHandler(DeskHandler):
    """``/callers/{name}``: what is remembered of a person's tokens."""

    for_services: ClassVar[bool] = True
    scopes: ClassVar = {"DELETE": SERVERS_GATE}
    operations: ClassVar = {
        "DELETE": Operation(summary="Forget whose tokens are a person's: they left", status=204)
    }

    async def delete(self, name: str) -> None:
        """Ask the hub again when this person's tokens are next seen."""
        self.desk.forget(name)
        self.no_content()
