"""What the platform sells, as the start page and the gate know it; kept for when it is away."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One profile with its price and what is free now; ``reason`` says why it is not to be had."""

    name: str
    label: str
    accelerator: str | None
    simulated: bool
    cpu: int
    memory_bytes: int
    per_hour: str
    unit: str
    free_units: int | None
    total_units: int | None
    waiting: int
    usable: bool
    reason: str
    lasts_seconds: int | None

    @property
    def is_free(self) -> bool:
        """Whether an hour of it costs nothing."""
        return Decimal(self.per_hour) == 0

    @property
    def is_full(self) -> bool:
        """Whether nothing of it is free at this moment."""
        return self.free_units == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """Everything the start page shows."""

    items: tuple[Offer, ...] = ()
    available: str | None = None
    unit: str = ""
    last_profile: str | None = None

    def named(self, name: str | None) -> Offer | None:
        """Return the offer of that name, if there is one."""
        return next((offer for offer in self.items if offer.name == name), None)

    def default(self, *wishes: str | None) -> Offer | None:
        """Return the first wish that can be had, else the first free of charge, else the first of all."""
        usable = [offer for offer in self.items if offer.usable]
        wished = [offer for wish in wishes for offer in usable if offer.name == wish]
        free = [offer for offer in usable if offer.is_free]
        return next(iter([*wished, *free, *usable]), None)

    def kept(self) -> Offers:
        """Return what stays true while the platform is away: names and prices, no moment and no person."""
        timeless: dict[str, Any] = {
            "free_units": None,
            "waiting": 0,
            "lasts_seconds": None,
            "usable": True,
            "reason": "",
        }
        return Offers(items=tuple(replace(offer, **timeless) for offer in self.items))


def read_offers(body: Any) -> Offers:
    """Return the offers in an answer of ``GET /offers`` or ``GET /profiles``.

    Raises:
        ValueError: The answer has another shape.
    """
    try:
        available = body.get("available")
        offers = [_offer(item, available) for item in body["items"]]
        return Offers(
            items=tuple(offer for offer in offers if offer is not None),
            available=None if available is None else str(Decimal(available["amount"])),
            unit=available["unit"] if available else "",
            last_profile=body.get("last_profile"),
        )
    except (AttributeError, KeyError, TypeError, InvalidOperation) as error:
        raise ValueError(f"not a list of profiles: {error!r}") from error


def _offer(item: dict[str, Any], available: dict[str, Any] | None) -> Offer | None:
    profile = item.get("profile", item)
    if not profile.get("notebook", True):
        return None
    price = Decimal(profile["per_hour"]["amount"])
    lasts = item.get("lasts_seconds")
    if lasts is None and available is not None and price > 0:
        lasts = int(max(Decimal(available["amount"]), Decimal(0)) / price * 3600)
    return Offer(
        name=str(profile["name"]),
        label=str(profile["label"]),
        accelerator=profile.get("accelerator"),
        simulated=bool(profile["simulated"]),
        cpu=int(profile["cpu"]),
        memory_bytes=int(profile["memory_bytes"]),
        per_hour=f"{price:.2f}" if price.normalize().as_tuple().exponent >= -2 else f"{price.normalize():f}",  # type: ignore[operator]
        unit=str(profile["per_hour"]["unit"]),
        free_units=profile.get("free_units"),
        total_units=profile.get("total_units"),
        waiting=int(profile.get("waiting") or 0),
        usable=bool(item.get("usable", True)),
        reason=_text(item.get("reason")),
        lasts_seconds=lasts,
    )


def _text(reason: Any) -> str:
    return reason if isinstance(reason, str) else str((reason or {}).get("text", ""))


class Memory:
    """The last offers seen, in this process and, where a file is given, over restarts of the hub."""

    def __init__(self) -> None:
        self._last: dict[str, Offers] = {}

    def keep(self, offers: Offers, file: str) -> None:
        """Remember names and prices."""
        kept = offers.kept()
        if self._last.get(file) == kept:
            return
        self._last[file] = kept
        if not file:
            return
        rows = [
            {**asdict(offer), "per_hour": {"amount": offer.per_hour, "unit": offer.unit}}
            for offer in kept.items
        ]
        fresh = Path(f"{file}.{os.getpid()}.new")
        fresh.write_text(json.dumps({"items": rows}))
        fresh.replace(file)

    def recall(self, file: str) -> Offers:
        """Return what was kept last; nothing, if nothing was."""
        if file not in self._last and file:
            try:
                self._last[file] = read_offers(json.loads(Path(file).read_text())).kept()
            except (FileNotFoundError, ValueError):
                return Offers()
        return self._last.get(file, Offers())
