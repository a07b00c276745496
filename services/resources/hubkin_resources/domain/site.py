"""What an admin of a small site decides: the sections of its file, and what they say together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from hubkin_resources.domain.values import Pool, Profile, Quota

ROLES = ("lead", "member", "viewer")
#: A core of one machine is handed out this many times unless the site says otherwise.
CPU_FACTOR = 4


class _Closed(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A section of the file."""


class PoolSection(_Closed, kw_only=True):
    """``units``: how many GPUs; for a CPU pool how many cores, otherwise this machine's × ``cpu_factor``."""

    kind: str = "gpu"
    units: int | None = None
    label: str = ""
    label_zh: str = ""
    simulated: bool = False
    accelerator: str | None = None


class ProfileSection(_Closed, kw_only=True):
    """``groups``: only these may use it; without them everyone may."""

    pool: str
    label: str = ""
    label_zh: str = ""
    accelerator: str | None = None
    cpu: int = 1
    memory: str = "2GiB"
    notebook: bool = True
    groups: list[str] | None = None


class QuotaSection(_Closed, kw_only=True):
    """Ceilings for each person."""

    jobs_running: int | None = None
    jobs_queued: int | None = None


class Smtp(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Where mail goes out."""

    host: str
    port: int = 25
    sender: str
    user: str | None = None
    password_file: str | None = None
    starttls: bool = False


class SiteSection(_Closed, kw_only=True):
    """The whole file."""

    unit: str = "CNY"
    time_zone: str = "UTC"
    confirm_above: str | int | float | None = None
    cpu_factor: int = CPU_FACTOR
    pools: dict[str, PoolSection] = {}
    profiles: dict[str, ProfileSection] = {}
    prices: dict[str, str | int | float] = {}
    groups: dict[str, dict[str, list[str]]] = {}
    opening_balances: dict[str, str | int | float] = {}
    quota: QuotaSection = msgspec.field(default_factory=QuotaSection)
    smtp: Smtp | None = None


SECTIONS: dict[str, type[msgspec.Struct]] = {
    "pools": PoolSection,
    "profiles": ProfileSection,
    "quota": QuotaSection,
    "smtp": Smtp,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site's decisions, checked: every name that is used is defined, amounts are micro-units."""

    unit: str = "CNY"
    time_zone: str = "UTC"
    confirm_above_micros: int | None = None
    pools: tuple[Pool, ...] = ()
    profiles: tuple[Profile, ...] = ()
    prices: Mapping[str, int] = field(default_factory=dict)
    """Profile → micro-units per unit and hour, for every profile; 0 is free."""
    groups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Group → person → role."""
    entitlements: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    """Profile → the groups that may use it; None is everyone."""
    opening_balances: Mapping[str, int] = field(default_factory=dict)
    """Name of a person or group → micro-units, put up once."""
    quota: Quota = field(default_factory=Quota)
    smtp: Smtp | None = None
