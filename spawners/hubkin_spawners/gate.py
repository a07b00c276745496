"""The decision at the gate, without any network: what the platform's answer, or its silence, means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hubkin_spawners.offers import Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Yes.  ``server_id`` is empty when the platform was away and a free profile was started on trust."""

    spawn_id: str
    profile: str
    label: str
    server_id: str = ""
    simulated: bool = False
    env: dict[str, str] = field(default_factory=dict)
    cpus: tuple[int, ...] | None = None
    memory_bytes: int | None = None
    units: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """No, with the platform's own sentence, or the code of one of ours."""

    status: int
    code: str
    text: str = ""
    actions: tuple[tuple[str, str], ...] = ()


def read_answer(status: int, body: Any, *, spawn_id: str, units: int) -> Grant | Refusal | None:
    """Return what an answer to ``POST /gate`` says; ``None`` when it says nothing (5xx, garbage)."""
    if status >= 500 or not isinstance(body, dict):
        return None
    if status >= 300:
        return Refusal(
            status=status if 400 <= status < 500 else 403,
            code=str(body.get("code", "refused"))[:40],
            text=str(body.get("detail") or body.get("title") or "")[:1000],
            actions=tuple(_links(body.get("actions"))),
        )
    try:
        cpus = body.get("cpus")
        return Grant(
            spawn_id=spawn_id,
            server_id=str(body["server_id"]),
            profile=str(body["profile"]),
            label=str(body["profile_label"]),
            simulated=bool(body["simulated"]),
            env={str(name): str(value) for name, value in body["env"].items()},
            cpus=None if cpus is None else tuple(int(cpu) for cpu in cpus),
            memory_bytes=body.get("memory_bytes"),
            units=units,
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _links(actions: Any) -> list[tuple[str, str]]:
    """Return the ways out that are links into this site; a patch of a request is nothing a page can offer."""
    links = []
    for action in actions if isinstance(actions, list) else []:
        href, label = action.get("href"), action.get("label")
        if isinstance(href, str) and href.startswith("/") and not href.startswith("//") and label:
            links.append((str(label)[:80], href))
    return links


def when_away(offer: Offer | None, *, spawn_id: str, units: int) -> Grant | Refusal:
    """Return what happens while the platform does not answer: open for what is free, closed for what costs.

    A profile that nobody has seen a price of may cost something, so it is closed.
    """
    if offer is None or not offer.is_free:
        return Refusal(status=403, code="unavailable")
    return Grant(
        spawn_id=spawn_id, profile=offer.name, label=offer.label, simulated=offer.simulated, units=units
    )
