"""``HubkinGate``: put before any spawner, asks the platform for each start and tells it how it went.

Everything that decides is in ``options``, ``offers`` and ``gate``; this class carries it to the hub and the
wire.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar, cast

from hubkin_hub.i18n import speaker, speaks
from hubkin_hub.pages import language_of
from jupyterhub.spawner import Spawner, SpawnException
from jupyterhub.utils import isoformat
from traitlets import Float, Unicode

from hubkin_spawners import form, refusals
from hubkin_spawners.gate import Grant, Refusal, read_answer, when_away
from hubkin_spawners.offers import Memory, Offers, read_offers
from hubkin_spawners.options import BadOption, Choice, parse
from hubkin_spawners.platform import Answer, Away, Platform
from hubkin_spawners.steps import Steps
from hubkin_spawners.untold import Untold

speaks(Path(__file__).parent)

#: How soon an end that the platform has not heard of is said again, and how seldom at the most.
REPEAT_SECONDS = 2.0
LONGEST_REPEAT_SECONDS = 60.0


class HubkinGate(Spawner):
    """No notebook starts that the platform has not allowed, priced and placed."""

    platform_api_url = Unicode(
        config=True,
        help="The base of the platform's REST interface, e.g. `http://hubkin:8010/services/hubkin/api/v1`.",
    )
    gate_token = Unicode(config=True, help="The hub token of the service `hubkin-gate`.")
    gate_timeout_seconds = Float(
        2.0,
        min=0.1,
        config=True,
        help="How long to wait for the platform, in seconds; then free profiles start, priced ones do not.",
    )
    facts_file = Unicode(
        config=True,
        help="Where to keep names and prices of profiles over restarts of the hub; empty: in memory only.",
    )
    ends_file = Unicode(
        config=True,
        help="Where to keep which ends of servers the platform has not heard of, over restarts of the hub; "
        "empty: in memory only.",
    )
    trust_note = False  #: whether all notebooks are processes of one Unix account

    memory: ClassVar[Memory] = Memory()
    ends: ClassVar[Untold] = Untold()
    repeating: ClassVar[asyncio.Task[None] | None] = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.grant: Grant | None = None
        self.steps = Steps()
        self.untold: dict[str, Any] | None = None
        self._language = "en"
        self._told_ended: Grant | None = None
        self._is_stopping = False

    # --- the start page
    # --------------------------------------------------------------------------------------------

    async def start_page(self) -> form.StartPage:
        """Return what the start page shows; never fails, and says so when the platform is away."""
        language, offers, away = self.language, Offers(), False
        try:
            offers = await self._offers(language)
        except Away as error:
            self.log.warning("The platform did not say what it sells: %s", error)
            offers, away = self.memory.recall(self.facts_file), True
        last = self.orm_spawner.user_options if self.orm_spawner else None
        try:
            choice = parse(last)
        except BadOption:
            choice = Choice()
        return form.start_page(
            offers, wish=choice.profile, away=away, language=language, trust_note=self.trust_note
        )

    async def get_options_form(self) -> str:
        """Return the start page's fields as HTML, for hubs without our page around them."""
        return form.render(await self.start_page(), language=self.language)

    def run_options_from_form(self, form_data: dict[str, Any]) -> dict[str, Any]:
        """Read the form."""
        return self._parsed({key: value for key, value in form_data.items() if key != "_xsrf"}).as_options()

    def options_from_query(self, query_data: dict[str, Any]) -> dict[str, Any]:
        """Read a link such as ``/hub/spawn?opt-profile=cpu``."""
        return self._parsed(query_data).as_options()

    async def _offers(self, language: str) -> Offers:
        query = {"user": self.user.name, "groups": ",".join(self._groups()), "created": self._created()}
        answer = await self._platform.ask("GET", "/offers", query=query, language=language)
        if answer.status == 404:
            answer = await self._platform.ask("GET", "/profiles", language=language)
        if answer.status != 200:
            raise Away(f"HTTP {answer.status}")
        try:
            offers = read_offers(answer.body)
        except ValueError as error:
            raise Away(str(error)) from error
        self.memory.keep(offers, self.facts_file)
        return offers

    # --- one start and its end
    # -------------------------------------------------------------------------------------

    async def _run_apply_user_options(self, user_options: Any) -> None:
        """Refuse bad options before anything starts, as a mistake of the person and not of the hub."""
        self._parsed(user_options)
        if self.apply_user_options:
            await super()._run_apply_user_options(user_options)

    async def start(self) -> Any:
        """Ask, start, and tell the platform which process it is."""
        self.steps.begin()
        await self._tell_ends()
        self.grant = await self.ask_gate(self._parsed(self.user_options))
        self.steps.reach("lab", label=self.grant.label)
        if self.grant.memory_bytes:
            self.mem_limit = self.grant.memory_bytes
        where = await super().start()
        self.steps.reach("answer")
        await self._tell(self.grant, {"state": "running", **self.process_facts()})
        return where

    async def stop(self, now: bool = False) -> None:
        """Stop the server and tell the platform, which stops charging."""
        grant, self._is_stopping = self.grant, True
        try:
            await super().stop(now)
        finally:
            self._is_stopping = False
        await self._ended(grant, "stopped")

    async def poll(self) -> int | None:
        """Look after the server; what the platform has not heard yet is said again here."""
        grant, untold = self.grant, self.untold
        status = await super().poll()
        if status is not None:
            # The hub calls no `stop` for a server that has ended by itself.
            # Many spawners look while they stop: that is no end by itself.
            await self._ended(grant, "stopped" if self._is_stopping else "exited")
        elif grant is not None and (untold is not None or not grant.server_id):
            await self._catch_up(grant)
        await self._tell_ends()
        return cast("int | None", status)

    async def _ended(self, grant: Grant | None, reason: str) -> None:
        """Tell the platform of an end and why, until it has heard: now, at each look and start, meanwhile."""
        self.grant = None
        if grant is None or not grant.server_id or grant == self._told_ended:
            return
        self._told_ended = grant
        self.ends.keep(grant.server_id, {"state": "stopped", "reason": reason}, self.ends_file)
        await self._tell_ends()
        if self.ends.has_any(self.ends_file) and (self.repeating is None or self.repeating.done()):
            HubkinGate.repeating = asyncio.create_task(self._repeat_ends())

    async def _tell_ends(self) -> None:
        """Say which servers are over and the platform does not know."""
        if not self.ends.has_any(self.ends_file):
            return
        try:
            await self.ends.tell(self._platform, self.ends_file)
        except Away as error:
            self.log.warning("The platform has not heard of the end of a server: %s", error)

    async def _repeat_ends(self) -> None:
        """Say it again and again, less and less often, until the platform has heard all."""
        pause = REPEAT_SECONDS
        while self.ends.has_any(self.ends_file):
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_REPEAT_SECONDS)
            await self._tell_ends()

    async def ask_gate(self, choice: Choice) -> Grant:
        """Return the platform's yes.

        Raises:
            SpawnException: A no, with its sentence.
        """
        spawn_id = f"spawn-{secrets.token_hex(16)}"
        if choice.profile is None:
            choice = await self._site_default()
        try:
            decision = await self._gate(spawn_id, choice.profile, choice.units)
        except Away as error:
            self.log.warning("The platform did not answer the gate for %s: %s", self._log_name, error)
            known = self.memory.recall(self.facts_file).named(choice.profile)
            decision = when_away(known, spawn_id=spawn_id, units=choice.units)
        if isinstance(decision, Refusal):
            raise self._refused(decision)
        return decision

    async def _gate(self, spawn_id: str, profile: str | None, units: int) -> Grant | Refusal:
        request = {
            "user": self.user.name,
            "server_name": self.name,
            "spawn_id": spawn_id,
            "profile": profile,
            "units": units,
            "groups": self._groups(),
            "user_created": self._created() or None,
        }
        answer = await self._platform.ask("POST", "/gate", body=request, language=self.language)
        decision = read_answer(answer.status, answer.body, spawn_id=spawn_id, units=units)
        if decision is None:
            raise Away("an answer of another shape")
        return decision

    async def _catch_up(self, grant: Grant) -> None:
        """Bring the platform up to date about a server that started while it was away."""
        try:
            if not grant.server_id:
                late = await self._gate(grant.spawn_id, grant.profile, grant.units)
                if isinstance(late, Refusal):
                    self.log.warning("The platform refuses %s after its start: %s", self._log_name, late.code)
                    return
                self.grant = grant = late
            await self._tell(grant, {"state": "running", **self.process_facts()})
        except Away:
            self.log.debug("The platform is still away")

    async def _tell(self, grant: Grant, facts: dict[str, Any]) -> Answer | None:
        """Send what was seen; kept for the next look when the platform is away."""
        if not grant.server_id:
            return None
        try:
            answer = await self._platform.ask("PUT", f"/servers/{grant.server_id}/facts", body=facts)
        except Away as error:
            self.log.warning(
                "The platform has not heard that %s is %s: %s", self._log_name, facts["state"], error
            )
            self.untold = facts
            return None
        self.untold = None
        return answer

    # --- what spawners fill in
    # -------------------------------------------------------------------------------------

    def process_facts(self) -> dict[str, Any]:
        """Return how the platform can see for itself whether the server runs: ``pid`` and ``start_time``."""
        return {}

    def get_env(self) -> dict[str, str]:
        """Return the server's environment with what the platform gave it."""
        env: dict[str, str] = super().get_env()
        env["HUBKIN_API_URL"] = self.platform_api_url
        env["HUBKIN_LANG"] = self.language  # what kernels and terminals speak
        if self.grant is not None:
            env["HUBKIN_PROFILE"] = self.grant.profile
            env.update(self.grant.env)
        return env

    def get_state(self) -> dict[str, Any]:
        """Return what a restarted hub needs to know about a running server."""
        state: dict[str, Any] = super().get_state()
        if self.grant is not None:
            kept = ("spawn_id", "server_id", "profile", "label", "units")
            state["hubkin"] = {name: getattr(self.grant, name) for name in kept}
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Take it up again."""
        super().load_state(state)
        if "hubkin" in state:
            self.grant = Grant(**state["hubkin"])

    def clear_state(self) -> None:
        """Forget the server that ended."""
        super().clear_state()
        self.grant = None
        self.untold = None

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Say each step of the start by its name."""
        async for event in self.steps.events(self.language):
            yield event

    # --- small things
    # ----------------------------------------------------------------------------------------------

    @property
    def language(self) -> str:
        """The language of whoever is looking; between requests that of the last one."""
        if self.handler is not None:
            self._language = language_of(self.handler)
        return self._language

    @property
    def _platform(self) -> Platform:
        return Platform(
            api_url=self.platform_api_url, token=self.gate_token, timeout_seconds=self.gate_timeout_seconds
        )

    def _groups(self) -> list[str]:
        return sorted(group.name for group in self.user.orm_user.groups)

    def _created(self) -> str:
        """When the hub created this person: a namesake who came after is somebody else."""
        return isoformat(self.user.orm_user.created) or ""

    async def _site_default(self) -> Choice:
        try:
            offers = await self._offers(self.language)
        except Away:
            offers = self.memory.recall(self.facts_file)
        offer = offers.default(offers.last_profile)
        return Choice(profile=offer.name if offer is not None else "cpu")

    def _parsed(self, options: Any) -> Choice:
        try:
            return parse(options)
        except BadOption as bad:
            _ = speaker(self.language)
            raise self._refused(Refusal(status=400, code="options", text=_(bad.text, **bad.values))) from bad

    def _refused(self, refusal: Refusal) -> SpawnException:
        """Return the exception that the hub counts as the person's matter and shows as it is."""
        sentence, page = refusals.say(refusal, language=self.language)
        error = SpawnException(sentence, reason=refusal.code, message_html=page, status_code=refusal.status)
        # What the hub's pages show, where they take it from.
        vars(error).update(jupyterhub_message=sentence, jupyterhub_html_message=page)
        return error
