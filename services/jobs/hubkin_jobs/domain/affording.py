"""What somebody can do whose account does not reach for a job: pure; what is nearest to their wish first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubkin_kit.errors import WayOut

#: Nobody is offered a job that ends before it has begun.
SHORTEST_SECONDS = 60


#: code of a way out → its sentence (msgid).
SENTENCES = {
    "fewer_units": "Take {units} units",
    "fewer_replicas": "Take {replicas} replicas",
    "shorter": "Let it run for {most} at most (--max {most})",
    "other_owner": "Let {payer} pay, whose account reaches for it",
    "ask_lead": "Ask the lead of {payer} to have its account topped up by {missing}",
    "ask_admin": "Ask an admin to top your account up by {missing}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A job that cannot be paid for, and what there is."""

    profile: str
    is_gpu: bool
    units: int
    replicas: int
    grace_seconds: int
    micros_per_hour: int
    hold_micros: int
    available_micros: int
    is_capped: bool
    """Whether what is set aside is its own cost limit, so that a smaller job needs as much."""
    owner: str
    is_group: bool
    others: tuple[tuple[str, int], ...] = ()
    """Other spaces in which the submitter may spend, with what is available there."""

    @property
    def is_too_much(self) -> bool:
        """Whether it would be refused."""
        return self.hold_micros > max(0, self.available_micros)


def ways_out(need: Need) -> tuple[WayOut, ...]:
    """Return what would be accepted instead, and whom to ask for money; patches are of the specification."""
    patches = {**_smaller(need), **_shorter(need)}
    ways = [way(code, patch) for code, patch in patches.items()]
    payers = [name for name, available in need.others if available >= need.hold_micros]
    ways += [way("other_owner", {"owner": name}) for name in payers]
    return (*ways, top_up(need.owner, is_group=need.is_group))


def way(code: str, patch: dict[str, Any]) -> WayOut:
    """Return the way out that changes the specification so; its words follow from the change."""
    return WayOut(SENTENCES[code], patch, code=code, params=said_of(patch))


def top_up(owner: str, *, is_group: bool) -> WayOut:
    """Say whom to ask for the money that is missing."""
    code = "ask_lead" if is_group else "ask_admin"
    return WayOut(SENTENCES[code], code=code, params={"payer": owner})


def said_of(patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a change is called by in its sentence."""
    found: dict[str, Any] = {}
    if "resources" in patch:
        found["units"] = int(patch["resources"]["gpu"].rpartition(":")[2])
    if "replicas" in patch:
        found["replicas"] = patch["replicas"]
    if "limits" in patch:
        found["most"] = patch["limits"]["duration"]
    if "owner" in patch:
        found["payer"] = patch["owner"]
    return found


def _smaller(need: Need) -> dict[str, dict[str, Any]]:
    if need.is_capped or need.available_micros <= 0:
        return {}
    found: dict[str, dict[str, Any]] = {}
    units = need.units * need.available_micros // need.hold_micros
    if need.is_gpu and 0 < units < need.units:
        found["fewer_units"] = {"resources": {"gpu": f"{need.profile}:{units}"}}
    replicas = need.replicas * need.available_micros // need.hold_micros
    if 0 < replicas < need.replicas:
        found["fewer_replicas"] = {"replicas": replicas}
    return found


def _shorter(need: Need) -> dict[str, dict[str, Any]]:
    affordable = max(0, need.available_micros) * 3600 // need.micros_per_hour
    seconds = (affordable - need.grace_seconds) // 60 * 60
    if need.is_capped or seconds < SHORTEST_SECONDS:
        return {}
    return {"shorter": {"limits": {"duration": f"{seconds // 60}m"}}}
