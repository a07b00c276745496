"""The start page's fields: a plain form of radio buttons that needs no JavaScript."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hubkin_hub.i18n import duration, money, speaker
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from hubkin_spawners.offers import Offer, Offers

GIB = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One profile as it is shown; ``chosen`` is preselected, ``reason`` says why it cannot be had."""

    name: str
    label: str
    simulated: bool
    machine: str
    price: str
    now: str
    full: bool
    lasts: str
    chosen: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPage:
    """What the start page says."""

    rows: tuple[Row, ...]
    refused: tuple[Row, ...]
    available: str
    away: bool
    trust_note: bool


def start_page(offers: Offers, *, wish: str | None, away: bool, language: str, trust_note: bool) -> StartPage:
    """Return the page for these offers; ``wish`` is the profile taken last time."""
    chosen = offers.default(wish, offers.last_profile)
    rows = [_row(offer, chosen=offer is chosen, away=away, language=language) for offer in offers.items]
    usable = {offer.name for offer in offers.items if offer.usable}
    return StartPage(
        rows=tuple(row for row in rows if row.name in usable),
        refused=tuple(row for row in rows if row.name not in usable),
        available="" if offers.available is None else money(offers.available, offers.unit),
        away=away,
        trust_note=trust_note,
    )


def _row(offer: Offer, *, chosen: bool, away: bool, language: str) -> Row:
    _ = speaker(language)
    lasts = ""
    if offer.lasts_seconds is not None and not offer.is_free:
        length = duration(offer.lasts_seconds, language)
        lasts = _("your money lasts about %(length)s", length=length)
    return Row(
        name=offer.name,
        label=offer.label,
        simulated=offer.simulated,
        machine=_machine(offer, language),
        price=_("free of charge")
        if offer.is_free
        else _("%(price)s per hour", price=money(offer.per_hour, offer.unit)),
        now="" if away else _now(offer, language),
        full=offer.is_full,
        lasts=lasts,
        chosen=chosen,
        reason=offer.reason or ("" if offer.usable else _("Not for your account.")),
    )


def _machine(offer: Offer, language: str) -> str:
    _ = speaker(language)
    parts = [_("%(cpus)s CPU", cpus=offer.cpu), f"{offer.memory_bytes / GIB:.1f}".removesuffix(".0") + " GiB"]
    if offer.accelerator is None:
        parts.append(_("no GPU"))
    return " · ".join(parts)


def _now(offer: Offer, language: str) -> str:
    _ = speaker(language)
    if offer.free_units is None:
        return _("starts now")
    if offer.free_units > 0:
        return _("%(free)s of %(total)s free now", free=offer.free_units, total=offer.total_units)
    if offer.waiting:
        return _("none free now, %(count)s waiting", count=offer.waiting)
    return _("none free now")


def render(page: StartPage, *, language: str) -> str:
    """Return the fields as HTML, every word of others escaped."""
    return _template().render(page=page, _=speaker(language))


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    environment: Any = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template: Template = environment.get_template("form.html")
    return template
