"""From a wish to a shape, or to the nearest shape that can be had."""

from __future__ import annotations

import re
import time

import msgspec
import pytest
from hubkin.wire import JobSpec, Resources
from hubkin_kit.errors import HubkinError, Invalid
from hubkin_resources import (
    NeverFits,
    NoProfile,
    OverRatio,
    Pool,
    PoolKind,
    PoolState,
    Profile,
    Shape,
    fits,
    format_size,
    parse_size,
)
from hypothesis import given
from hypothesis import strategies as st

GIB = 2**30
CPU = Profile(name="cpu", label="CPU", pool="cpu", cpu=1, memory_bytes=2 * GIB)
SIM = Profile(
    name="sim-gpu",
    label="Sim",
    label_zh="模拟",
    pool="sim",
    cpu=2,
    memory_bytes=8 * GIB,
    accelerator="sim-gpu",
)
BIG = Profile(name="big", label="Big", pool="big", cpu=16, memory_bytes=64 * GIB, accelerator="big")
ALL = (CPU, SIM, BIG)


def pools(**totals: int) -> dict[str, PoolState]:
    return {
        name: PoolState(
            Pool(name=name, kind=PoolKind.CPU if name == "cpu" else PoolKind.GPU, total_units=total)
        )
        for name, total in ({"cpu": 8, "sim": 2, "big": 0} | totals).items()
    }


def shape(replicas: int = 1, profiles=ALL, totals=None, **resources) -> Shape:
    return fits(profiles, pools(**(totals or {})), Resources(**resources), replicas=replicas)


def patched(resources: Resources, replicas: int, patch: dict) -> tuple[Resources, int]:
    """Apply a merge patch of the spec, as a client does."""
    spec = msgspec.to_builtins(JobSpec(run="true", resources=resources, replicas=replicas))
    for key, value in patch.items():
        spec[key] = {**spec[key], **value} if isinstance(value, dict) else value
    read = msgspec.convert(spec, JobSpec)
    return read.resources, read.replicas


def test_without_a_gpu_it_is_one_unit_of_the_cpu_profile() -> None:
    found = shape()

    assert (found.profile, found.units, found.cpu, found.memory_bytes) == (CPU, 1, 1, 2 * GIB)


@pytest.mark.parametrize("gpu", [None, 0, "0", ""])
def test_a_gpu_that_was_not_asked_for_is_not_taken(gpu) -> None:
    with pytest.raises(NoProfile):
        shape(profiles=(SIM, BIG), gpu=gpu)


def test_cores_become_units_of_the_cpu_profile() -> None:
    assert shape(cpu=5).units == 5


def test_memory_alone_becomes_units_of_the_cpu_profile() -> None:
    found = shape(memory="5GiB")

    assert (found.units, found.memory_bytes) == (3, 5 * GIB)


@pytest.mark.parametrize(
    ("gpu", "units"), [("sim-gpu:2", 2), ("sim-gpu", 1), (2, 2), ("2", 2), (" sim-gpu:1 ", 1)]
)
def test_a_gpu_is_asked_for_by_profile_and_units_or_by_number(gpu, units: int) -> None:
    found = shape(gpu=gpu)

    assert (found.profile, found.units, found.pool_units) == (SIM, units, units)


def test_a_number_of_gpus_goes_to_the_first_profile_where_it_fits() -> None:
    assert shape(gpu=4, totals={"big": 4}).profile == BIG


@pytest.mark.parametrize(
    "gpu", [-1, "sim-gpu:0", "sim-gpu:-1", "sim-gpu:x", "sim-gpu:", "sim-gpu:1.5", "99999999999", "٣"]
)
def test_a_number_of_gpus_that_is_none_is_refused(gpu) -> None:
    with pytest.raises(Invalid) as refusal:
        shape(gpu=gpu)
    assert refusal.value.fields[0].pointer == "/resources/gpu"


def test_an_unknown_profile_is_answered_with_the_nearest() -> None:
    with pytest.raises(NoProfile) as refusal:
        shape(gpu="sim-gqu:2")
    assert refusal.value.ways_out[0].patch == {"resources": {"gpu": "sim-gpu:2"}}


def test_a_profile_that_one_may_not_use_is_unknown() -> None:
    with pytest.raises(NoProfile, match="There is no GPU that you may use here"):
        shape(profiles=(CPU,), gpu="sim-gpu:1")


def test_more_cores_than_come_with_the_units_is_over_ratio_with_both_ways_out() -> None:
    with pytest.raises(OverRatio) as refusal:
        shape(gpu="sim-gpu:1", cpu=3)
    assert refusal.value.nearest.units == 2
    assert [way.code for way in refusal.value.ways_out] == ["more", "less"]
    assert refusal.value.ways_out[0].patch["resources"]["gpu"] == "sim-gpu:2"


def test_more_memory_than_any_number_of_units_has_offers_what_comes_with_it() -> None:
    with pytest.raises(OverRatio) as refusal:
        shape(gpu="sim-gpu:2", memory="17GiB")
    assert [way.code for way in refusal.value.ways_out] == ["less"]


def test_a_gang_larger_than_the_pool_never_fits_and_says_what_does() -> None:
    with pytest.raises(NeverFits) as refusal:
        shape(gpu="sim-gpu:2", replicas=3)
    assert refusal.value.code == "never_fits"
    assert refusal.value.nearest.replicas * refusal.value.nearest.units == 2
    assert refusal.value.ways_out[0].patch == {"replicas": 1}


@pytest.mark.parametrize(
    ("wish", "replicas", "said"),
    [
        ({"gpu": "sim-gpu:9"}, 1, "9 units of sim-gpu needed, 2 in all."),
        ({"gpu": "sim-gpu:2"}, 3, "6 units of sim-gpu needed (3 replicas with 2 each), 2 in all."),
        ({"cpu": 9}, 1, "9 cores needed, 8 in all."),
        ({"cpu": 5}, 2, "10 cores needed (2 replicas with 5 each), 8 in all."),
    ],
)
def test_more_than_there_is_is_said_without_sums_of_one(wish: dict, replicas: int, said: str) -> None:
    with pytest.raises(NeverFits) as refusal:
        shape(**wish, replicas=replicas)

    assert refusal.value.detail.format(**refusal.value.params) == said


def test_a_pool_without_units_has_no_nearest() -> None:
    with pytest.raises(NeverFits) as refusal:
        shape(gpu="big:1")
    assert refusal.value.nearest is None


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"cpu": 0}, "/resources/cpu"),
        ({"cpu": -4}, "/resources/cpu"),
        ({"memory": "16"}, "/resources/memory"),
        ({"memory": "-1GiB"}, "/resources/memory"),
        ({"memory": "NaN"}, "/resources/memory"),
        ({"memory": "0GiB"}, "/resources/memory"),
        ({"memory": "999999999999TiB"}, "/resources/memory"),
        ({"shm": "viel"}, "/resources/shm"),
        ({"replicas": 0}, "/replicas"),
        ({"replicas": 10**6}, "/replicas"),
    ],
)
def test_bad_numbers_are_named_by_their_field(wish: dict, pointer: str) -> None:
    with pytest.raises(Invalid) as refusal:
        shape(**wish)
    assert refusal.value.fields[0].pointer == pointer


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("16GiB", 16 * GIB),
        ("16Gi", 16 * GIB),
        ("16G", 16 * 10**9),
        ("1.5GiB", 3 * GIB // 2),
        ("500 mb", 5 * 10**8),
    ],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert parse_size(text, pointer="/x") == size


@given(st.integers(1, 2**20))
def test_a_written_size_is_read_as_the_same(mebibytes: int) -> None:
    size = mebibytes * 2**20

    assert parse_size(format_size(size), pointer="/x") == size


WISHES = st.builds(
    Resources,
    gpu=st.none()
    | st.integers(-2, 20)
    | st.sampled_from(["sim-gpu", "big", "nope", "cpu:1"])
    | st.builds("{}:{}".format, st.sampled_from(["sim-gpu", "big", "hug"]), st.integers(-1, 12))
    | st.text(max_size=12),
    cpu=st.none() | st.integers(-1, 40),
    memory=st.none()
    | st.builds("{}{}".format, st.integers(0, 99), st.sampled_from(["GiB", "G", "TiB", "kb", ""])),
    shm=st.none() | st.builds("{}GiB".format, st.integers(0, 20)),
)
TOTALS = st.fixed_dictionaries(
    {"cpu": st.integers(0, 64), "sim": st.integers(0, 8), "big": st.integers(0, 8)}
)


def answer(wish: Resources, replicas: int, totals: dict) -> Shape | HubkinError:
    try:
        return fits(ALL, pools(**totals), wish, replicas=replicas)
    except HubkinError as refusal:
        return refusal


@given(WISHES, st.integers(-1, 12), TOTALS)
def test_every_wish_gets_a_shape_that_fits_or_a_reason(wish: Resources, replicas: int, totals: dict) -> None:
    found = answer(wish, replicas, totals)

    if isinstance(found, HubkinError):
        assert found.status == 422
        assert not set(re.findall(r"{(\w+)}", found.detail)) - found.params.keys()
        return
    assert found.pool_units * replicas <= totals[found.profile.pool]
    assert found.cpu <= found.units * found.profile.cpu
    assert found.memory_bytes <= found.units * found.profile.memory_bytes
    assert found.profile.is_gpu == (str(wish.gpu or "").strip() not in ("", "0"))


@given(WISHES, st.integers(1, 12), TOTALS)
def test_every_way_out_is_one(wish: Resources, replicas: int, totals: dict) -> None:
    found = answer(wish, replicas, totals)

    if isinstance(found, OverRatio | NeverFits):
        for way in found.ways_out:
            better, fewer = patched(wish, replicas, way.patch)
            assert isinstance(answer(better, fewer, totals), Shape)
        assert bool(found.ways_out) == (found.nearest is not None)


def test_a_decision_takes_well_under_a_millisecond() -> None:
    there = pools()
    wish = Resources(gpu=9)
    answer(wish, 1, {})

    started = time.process_time()
    for _ in range(200):
        with pytest.raises(NeverFits):
            fits(ALL, there, wish)
    assert (time.process_time() - started) / 200 < 0.001
