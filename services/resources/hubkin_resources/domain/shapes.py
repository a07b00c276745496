"""`fits`: from what somebody asks for to whole units of one profile, or to the nearest that can be had.

Without ``gpu`` a job takes a CPU profile, never an accelerator that was not asked for.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from hubkin.wire import Resources
from hubkin_kit.errors import Field, Invalid, WayOut

from hubkin_resources.domain.sizes import format_size, parse_size
from hubkin_resources.domain.values import PoolState, Profile, Shape
from hubkin_resources.errors import NeverFits, NoProfile, OverRatio

MAX_REPLICAS = 1000
MAX_UNITS = 10_000
#: More than there is, by whether it is GPUs and whether there are several replicas.
SENTENCES = {
    (True, False): "{wanted} units of {profile} needed, {total} in all.",
    (True, True): "{wanted} units of {profile} needed "
    "({replicas} replicas with {each} each), {total} in all.",
    (False, False): "{wanted} cores needed, {total} in all.",
    (False, True): "{wanted} cores needed ({replicas} replicas with {each} each), {total} in all.",
}


def fits(
    profiles: Sequence[Profile],
    pools: Mapping[str, PoolState],
    resources: Resources,
    *,
    replicas: int = 1,
) -> Shape:
    """Return the shape of a job.

    Args:
        profiles: Those that the owner may use, in the site's order; the first that suits is taken.
        pools: The pools by name; only their totals count, not what is free now.
        resources: What one replica asks for.
        replicas: How many; they start together or not at all.

    Raises:
        Invalid: Not a number, not a size, not above zero.
        NoProfile: No such profile, or none of that kind.
        OverRatio: More cores or memory than come with the units.
        NeverFits: More than the pool has.  Both name the nearest that fits, as ways out that patch the spec.
    """
    if not 1 <= replicas <= MAX_REPLICAS:
        raise Invalid(
            "'{value}' is not a count of replicas. Write a whole number from 1 to 1000, such as 2.",
            params={"value": replicas},
            fields=(Field("/replicas", "out_of_range"),),
        )
    if resources.cpu is not None and not 1 <= resources.cpu <= MAX_UNITS:
        raise Invalid(
            "'{value}' is not a count of cores. Write a whole number such as 4.",
            params={"value": resources.cpu},
            fields=(Field("/resources/cpu", "out_of_range"),),
        )
    memory = None if resources.memory is None else parse_size(resources.memory, pointer="/resources/memory")
    shm = None if resources.shm is None else parse_size(resources.shm, pointer="/resources/shm")
    wanted, units = _wanted(profiles, resources)
    refusals: list[OverRatio | NeverFits] = []
    for profile in wanted:
        try:
            return _shape(profile, pools, resources, units=units, memory=memory, shm=shm, replicas=replicas)
        except (OverRatio, NeverFits) as refusal:
            refusals.append(refusal)
    raise min(refusals, key=lambda refusal: refusal.nearest is None)


def _wanted(profiles: Sequence[Profile], resources: Resources) -> tuple[list[Profile], int | None]:
    """Return the profiles that are meant, and how many units of them; None units: as many as it takes."""
    asked = resources.gpu
    text = "" if asked is None else str(asked).strip()
    if text in ("", "0"):
        found = [profile for profile in profiles if not profile.is_gpu]
        if not found:
            raise NoProfile(
                "There is no profile without a GPU that you may use here.",
                fields=(Field("/resources", "no_profile"),),
            )
        return found, None
    name, colon, count = text.rpartition(":")
    if not colon:
        name, count = ("", text) if text.lstrip("-").isdigit() else (text, "1")
    units = int(count) if count.isascii() and count.isdigit() and len(count) < 9 else 0
    if not 1 <= units <= MAX_UNITS:
        raise Invalid(
            "'{value}' is not a count of GPUs. Write a whole number such as 1, "
            "or PROFILE:UNITS such as A100-80G:8.",
            params={"value": text[:60]},
            fields=(Field("/resources/gpu", "out_of_range"),),
        )
    found = [profile for profile in profiles if profile.is_gpu and name in ("", profile.name)]
    if not found:
        raise _no_gpu(profiles, name, units)
    return found, units


def _shape(
    profile: Profile,
    pools: Mapping[str, PoolState],
    resources: Resources,
    *,
    units: int | None,
    memory: int | None,
    shm: int | None,
    replicas: int,
) -> Shape:
    needed = max(
        -(-(resources.cpu or 0) // profile.cpu),
        -(-max(memory or 0, shm or 0) // profile.memory_bytes),
        1,
    )
    total = pools[profile.pool].total if profile.pool in pools else 0
    if units is None:
        # Cores decide how many units of a CPU profile; memory does only when no cores were named.
        units = needed if resources.cpu is None else -(-resources.cpu // profile.cpu)
    shape = _whole(profile, units, replicas, resources.cpu, memory, shm)
    if not _fits(shape, total):
        raise _never_fits(shape, total, is_within=needed <= units)
    if needed > units:
        raise _over_ratio(shape, needed=needed, total=total)
    return shape


def _whole(
    profile: Profile,
    units: int,
    replicas: int,
    cpu: int | None = None,
    memory: int | None = None,
    shm: int | None = None,
) -> Shape:
    return Shape(
        profile=profile,
        units=units,
        replicas=replicas,
        cpu=cpu or units * profile.cpu,
        memory_bytes=memory or units * profile.memory_bytes,
        shm_bytes=shm,
    )


def _over_ratio(shape: Shape, *, needed: int, total: int) -> OverRatio:
    profile, replicas = shape.profile, shape.replicas
    more, less = _whole(profile, needed, replicas), _whole(profile, shape.units, replicas)
    within = _patch(less, cpu=min(shape.cpu, less.cpu))
    ways = [
        WayOut("Take what comes with it: {cpu} cores and {memory}", within, code="less", params=_said(less))
    ]
    if _fits(more, total):
        patch = _patch(more, cpu=shape.cpu)
        ways.insert(0, WayOut("Take {units} units, which have it", patch, code="more", params=_said(more)))
    error = OverRatio(
        "{units} × {profile} come with {cpu} cores and {memory}, and more was asked for.",
        params={"profile": profile.name, **_said(less)},
        fields=(Field("/resources", "over_ratio"),),
        ways_out=tuple(ways),
    )
    error.nearest = more if _fits(more, total) else less
    return error


def _never_fits(shape: Shape, total: int, *, is_within: bool) -> NeverFits:
    profile, each = shape.profile, shape.pool_units
    choices: list[tuple[WayOut, Shape]] = []
    if total // each:
        less = _whole(profile, shape.units, total // each)
        patch = {"replicas": less.replicas} | ({} if is_within else _patch(less))
        way = WayOut("Take {replicas} replicas", patch, code="fewer_replicas", params=_said(less))
        choices.append((way, less))
    units = total // shape.replicas // (each // shape.units)
    if units:
        less = _whole(profile, units, shape.replicas)
        way = WayOut("Take {units} units each", _patch(less), code="fewer_units", params=_said(less))
        if shape.replicas == 1:
            way = WayOut("Take {units} units", _patch(less), code="fewer_units", params=_said(less))
        choices.append((way, less))
    error = NeverFits(
        SENTENCES[profile.is_gpu, shape.replicas > 1],
        params={
            "profile": profile.name,
            "wanted": each * shape.replicas,
            "each": each,
            "total": total,
            **_said(shape),
        },
        fields=(Field("/resources", "never_fits"),),
        ways_out=tuple(way for way, _ in choices),
    )
    error.nearest = max((less for _, less in choices), key=lambda s: s.pool_units * s.replicas, default=None)
    return error


def _no_gpu(profiles: Sequence[Profile], name: str, units: int) -> NoProfile:
    names = [profile.name for profile in profiles if profile.is_gpu]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5) or names[:1]
    ways = [
        WayOut("Take {profile}", {"resources": {"gpu": f"{n}:{units}"}}, code="other", params={"profile": n})
        for n in near
    ]
    fields = (Field("/resources/gpu", "no_profile"),)
    if not names:
        return NoProfile("There is no GPU that you may use here.", fields=fields)
    return NoProfile(
        "There is no GPU profile '{name}' that you may use. There are: {names}.",
        params={"name": name[:60], "names": list(names)},
        fields=fields,
        ways_out=tuple(ways),
    )


def _patch(shape: Shape, *, cpu: int | None = None) -> dict[str, Any]:
    """Say a shape as a merge patch of the spec: what is None takes what comes with the units."""
    if shape.profile.is_gpu:
        gpu = f"{shape.profile.name}:{shape.units}"
        return {"resources": {"gpu": gpu, "cpu": cpu, "memory": None, "shm": None}}
    return {"resources": {"gpu": None, "cpu": shape.cpu if cpu is None else cpu, "memory": None, "shm": None}}


def _said(shape: Shape) -> dict[str, object]:
    return {
        "units": shape.units,
        "replicas": shape.replicas,
        "cpu": shape.units * shape.profile.cpu,
        "memory": format_size(shape.units * shape.profile.memory_bytes),
    }


def _fits(shape: Shape, total: int) -> bool:
    return shape.pool_units * shape.replicas <= total
