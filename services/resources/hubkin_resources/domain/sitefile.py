"""Reads the site file, one YAML (or JSON) file, and names each mistake with its line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import yaml
from hubkin_kit.errors import Field, HubkinError
from hubkin_kit.i18n import _
from hubkin_kit.ids import is_slug
from hubkin_kit.money import parse_amount

from hubkin_resources.domain.site import (
    ROLES,
    SECTIONS,
    PoolSection,
    ProfileSection,
    QuotaSection,
    Site,
    SiteSection,
)
from hubkin_resources.domain.sizes import parse_size
from hubkin_resources.domain.values import Machine, Pool, PoolKind, Profile, Quota, slug
from hubkin_resources.errors import SiteFileWrong


def parse_site(text: str, *, machine: Machine) -> Site:
    """Read a site file.

    Raises:
        SiteFileWrong: With the line of the first mistake.
    """
    return _Reader(text, machine).site()


class _Reader:
    """One reading of a file: knows the line of everything."""

    def __init__(self, text: str, machine: Machine) -> None:
        self._machine = machine
        self._lines: dict[str, int] = {}
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            raw = yaml.safe_load(text) if node is not None else {}
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise self._wrong_at(line, "", error.problem or error.context or "not YAML") from None
        except (yaml.YAMLError, ValueError) as error:
            raise self._wrong_at(1, "", str(error)) from None
        if node is not None:
            self._walk(node, "")
        self._file = self._convert(raw)

    def site(self) -> Site:
        """Check what the sections say about each other, and put them together."""
        file = self._file
        self._zone(file.time_zone)
        if not file.unit.strip() or len(file.unit) > 8 or not file.unit.isprintable():
            raise self._wrong("/unit", _("the unit of money is a short word such as CNY or 机时"))
        if not 1 <= file.cpu_factor <= 64:
            raise self._wrong("/cpu_factor", _("write 1 to 64"))
        pools = {name: self._pool(name, section) for name, section in file.pools.items()}
        profiles = tuple(self._profile(name, section, pools) for name, section in file.profiles.items())
        names = [profile.name for profile in profiles]
        for name in file.prices:
            self._known(f"/prices/{name}", name, names)
        prices = {name: self._amount(f"/prices/{name}", file.prices.get(name, 0)) for name in names}
        return Site(
            unit=file.unit,
            time_zone=file.time_zone,
            confirm_above_micros=None
            if file.confirm_above is None
            else self._amount("/confirm_above", file.confirm_above),
            pools=tuple(pools.values()),
            profiles=profiles,
            prices=prices,
            groups={name: self._people(name, roles) for name, roles in file.groups.items()},
            entitlements={
                name: None if section.groups is None else tuple(section.groups)
                for name, section in file.profiles.items()
            },
            opening_balances={
                name: self._amount(f"/opening_balances/{name}", amount)
                for name, amount in file.opening_balances.items()
            },
            quota=self._quota(file.quota),
            smtp=file.smtp,
        )

    def _pool(self, name: str, section: PoolSection) -> Pool:
        at = f"/pools/{name}"
        self._slug(at, name)
        if section.kind not in [kind.value for kind in PoolKind]:
            raise self._wrong(f"{at}/kind", _("a pool is of kind cpu or gpu"))
        if section.units is not None and not 0 <= section.units <= 10_000:
            raise self._wrong(f"{at}/units", _("write 0 to 10000"))
        kind, units = PoolKind(section.kind), section.units
        devices: tuple[str, ...] = ()
        if kind is PoolKind.CPU and units is None:
            units = self._machine.cores * self._file.cpu_factor
        if kind is PoolKind.GPU and not section.simulated:
            found = [
                g.uuid for g in self._machine.gpus if section.accelerator in (None, g.model, slug(g.model))
            ]
            devices = tuple(found if units is None else found[:units])
            if units is not None and len(found) < units:
                problem = f"this machine has {len(found)} of that model; simulated ones say simulated: true"
                raise self._wrong(f"{at}/units", problem)
            units = len(devices)
        if units is None:
            raise self._wrong(at, _("say how many units there are, as in units: 2"))
        return Pool(
            name=name,
            kind=kind,
            total_units=units,
            label=section.label,
            label_zh=section.label_zh,
            simulated=section.simulated,
            devices=devices,
        )

    def _profile(self, name: str, section: ProfileSection, pools: Mapping[str, Pool]) -> Profile:
        at = f"/profiles/{name}"
        self._slug(at, name)
        self._known(f"{at}/pool", section.pool, pools)
        pool = pools[section.pool]
        if (pool.kind is PoolKind.GPU) != (section.accelerator is not None):
            raise self._wrong(
                at, _("a profile of a gpu pool names its accelerator, one of a cpu pool has none")
            )
        if not 1 <= section.cpu <= 1024:
            raise self._wrong(f"{at}/cpu", _("write 1 to 1024 cores"))
        return Profile(
            name=name,
            label=section.label or name,
            label_zh=section.label_zh,
            pool=section.pool,
            accelerator=section.accelerator,
            simulated=pool.simulated,
            cpu=section.cpu,
            memory_bytes=self._size(f"{at}/memory", section.memory),
            notebook=section.notebook,
        )

    def _people(self, group: str, roles: Mapping[str, list[str]]) -> dict[str, str]:
        found: dict[str, str] = {}
        for role, people in roles.items():
            self._known(f"/groups/{group}/{role}", role, ROLES)
            for person in people:
                if person in found:
                    raise self._wrong(f"/groups/{group}/{role}", f"{person} has two roles in {group}")
                found[person] = role
        return found

    def _quota(self, section: QuotaSection) -> Quota:
        for name in ("jobs_running", "jobs_queued"):
            value = getattr(section, name)
            if value is not None and value < 1:
                raise self._wrong(f"/quota/{name}", _("write 1 or more, or leave it out for no ceiling"))
        return Quota(section.jobs_running, section.jobs_queued)

    def _zone(self, name: str) -> None:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise self._wrong("/time_zone", _("no such time zone; write one such as Asia/Shanghai")) from None

    def _amount(self, pointer: str, value: str | int | float) -> int:
        try:
            micros = parse_amount(value)
        except HubkinError:
            micros = -1
        if micros < 0:
            raise self._wrong(pointer, f"'{value}' is not an amount of money of 0 or more")
        return micros

    def _size(self, pointer: str, text: str) -> int:
        try:
            return parse_size(text, pointer=pointer)
        except HubkinError as error:
            raise self._wrong(pointer, str(error)) from None

    def _slug(self, pointer: str, name: str) -> None:
        if not is_slug(name):
            raise self._wrong(pointer, f"'{name}' is not a name: use a to z, 0 to 9 and -, 63 at most")

    def _known(self, pointer: str, name: str, known: Iterable[str]) -> None:
        if name not in (choices := list(known)):
            raise self._wrong(pointer, f"there is no '{name}'{_did_you_mean(name, choices)}")

    def _convert(self, raw: object) -> SiteSection:
        try:
            return msgspec.convert(raw, SiteSection)
        except msgspec.ValidationError as error:
            problem, _, path = str(error).partition(" - at `")
            pointer = self._pointer(path.rstrip("`"), raw)
            unknown = re.search(r"unknown field `(.+)`", problem)
            if unknown:
                pointer = f"{pointer}/{unknown[1]}"
                problem = f"there is no key '{unknown[1]}'{_did_you_mean(unknown[1], _keys_at(pointer))}"
            raise self._wrong(pointer, problem) from None

    def _pointer(self, path: str, raw: object) -> str:
        """Turn ``$.profiles[...].cpu`` into a pointer: the first entry for which the path is wrong."""
        pointer = "".join(
            f"/{part}" for part in re.findall(r"[^.\[\]$]+|\[\d+\]", path.replace("[...]", ".*"))
        )
        if "*" not in pointer:
            return pointer
        head, _, tail = pointer.partition("/*")
        entries = raw.get(head.strip("/"), {}) if isinstance(raw, dict) else {}
        section = SECTIONS.get(head.strip("/"))
        for name, value in entries.items() if isinstance(entries, dict) else ():
            try:
                msgspec.convert(value, section or Any)
            except msgspec.ValidationError:
                return f"{head}/{name}{tail}"
        return head

    def _walk(self, node: yaml.Node, pointer: str) -> None:
        self._lines.setdefault(pointer, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                at = f"{pointer}/{key.value}"
                if at in self._lines:
                    raise self._wrong_at(key.start_mark.line + 1, at, f"'{key.value}' is there twice")
                self._lines[at] = key.start_mark.line + 1
                self._walk(value, at)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._walk(value, f"{pointer}/{index}")

    def _wrong(self, pointer: str, problem: str) -> SiteFileWrong:
        at = pointer
        while at and at not in self._lines:
            at = at.rpartition("/")[0]
        return self._wrong_at(self._lines.get(at, 1), pointer, problem)

    def _wrong_at(self, line: int, pointer: str, problem: str) -> SiteFileWrong:
        return SiteFileWrong(
            "Line {line}: {problem}.",
            params={"line": line, "problem": problem.rstrip(".")},
            fields=(Field(pointer, "site_file"),),
        )


def _keys_at(pointer: str) -> list[str]:
    parts = pointer.strip("/").split("/")
    section = SECTIONS.get(parts[0], SiteSection) if len(parts) > 1 else SiteSection
    return [info.name for info in msgspec.structs.fields(section)]


def _did_you_mean(name: str, choices: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(choices), n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
