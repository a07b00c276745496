"""The site file: what it says, and where it is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hubkin_platform.up import demo
from hubkin_platform.up.paths import Places
from hubkin_resources import Gpu, Machine, SiteFileWrong, default_site, demo_site, parse_site, this_machine
from hubkin_resources.domain.defaults import DEMO
from hubkin_resources.domain.values import slug
from hypothesis import example, given
from hypothesis import strategies as st

GIB = 2**30
A100 = "NVIDIA A100-SXM4-80GB"


def machine(*models: str) -> Machine:
    gpus = tuple(Gpu(f"GPU-{n}", model, 80 * GIB) for n, model in enumerate(models))
    return Machine(cores=8, memory_bytes=64 * GIB, gpus=gpus)


def wrong(text: str, *models: str) -> str:
    with pytest.raises(SiteFileWrong) as refusal:
        parse_site(text, machine=machine(*models))
    return str(refusal.value)


def test_the_demo_has_a_free_cpu_and_two_simulated_gpus_with_a_price() -> None:
    site = demo_site(machine())

    assert site.prices == {"cpu": 0, "sim-gpu": 2_000_000}
    assert [(p.name, p.simulated, p.label_in("zh_CN")) for p in site.profiles] == [
        ("cpu", False, "CPU"),
        ("sim-gpu", True, "模拟 GPU"),
    ]
    assert site.groups == {"vision-lab": {"lea": "lead", "ada": "member", "bob": "viewer"}}
    assert site.confirm_above_micros == 20_000_000


def test_the_site_file_that_the_demo_writes_can_be_read(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.make()
    demo.prepare(places, renew=False)

    site = parse_site(places.site.read_text("utf-8"), machine=machine())

    assert site.prices == {"cpu": 0, "sim-gpu": 2_000_000}
    assert site.groups["vision-lab"] == {"lea": "lead", "ada": "member", "bob": "viewer"}


def test_a_laptop_without_a_file_has_free_cores_and_nothing_simulated() -> None:
    site = default_site(machine())

    assert [profile.name for profile in site.profiles] == ["cpu"]
    assert site.prices == {"cpu": 0}
    assert site.pools[0].total_units == 32


def test_real_gpus_become_a_profile_per_model() -> None:
    site = default_site(machine(A100, "NVIDIA GeForce RTX 4090", A100))

    gpus = [profile for profile in site.profiles if profile.is_gpu]
    assert [(p.name, p.cpu, p.memory_bytes) for p in gpus] == [
        ("a100-sxm4-80gb", 2, 21 * GIB),
        ("rtx-4090", 2, 21 * GIB),
    ]
    assert {pool.name: pool.devices for pool in site.pools} == {
        "cpu": (),
        "a100-sxm4-80gb": ("GPU-0", "GPU-2"),
        "rtx-4090": ("GPU-1",),
    }


def test_this_machine_can_be_described() -> None:
    found = this_machine()

    assert found.cores >= 1
    assert default_site(found).profiles[0].name == "cpu"


def test_json_is_read_as_well() -> None:
    text = json.dumps(
        {"unit": "机时", "pools": {"cpu": {"kind": "cpu"}}, "profiles": {"cpu": {"pool": "cpu"}}}
    )

    assert parse_site(text, machine=machine()).unit == "机时"


def test_an_empty_file_is_a_site_without_anything() -> None:
    assert parse_site("", machine=machine()).profiles == ()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("unit: CNY", "unti: CNY", "Line 1: there is no key 'unti'; did you mean 'unit'?."),
        ("units: 2,", "unitz: 2,", "Line 6: there is no key 'unitz'; did you mean 'units'?."),
        ("    cpu: 1\n", "    cpu: one\n", "Line 14: Expected `int`, got `str`."),
        ("    pool: sim\n", "    pool: sin\n", "Line 10: there is no 'sin'; did you mean 'sim'?."),
        ("  sim-gpu: 2.00", "  sim-gpux: 2.00", "Line 17: there is no 'sim-gpux'; did you mean 'sim-gpu'?."),
        ("  sim-gpu: 2.00", "  sim-gpu: -1", "Line 17: '-1' is not an amount of money of 0 or more."),
        ("  sim-gpu: 2.00", "  sim-gpu: .nan", "Line 17: 'nan' is not an amount of money of 0 or more."),
        (
            "  sim-gpu: 2.00",
            "  sim-gpu: 0.0000001",
            "Line 17: '1e-07' is not an amount of money of 0 or more.",
        ),
        ("lead: [lea]", "leed: [lea]", "Line 19: there is no 'leed'; did you mean 'lead'?."),
        ("member: [ada]", "member: [ada, lea]", "Line 19: lea has two roles in vision-lab."),
        ("Asia/Shanghai", "Asia/Shangai", "Line 2: no such time zone; write one such as Asia/Shanghai."),
        (
            "simulated: true",
            "simulated: false",
            "Line 6: this machine has 0 of that model; simulated ones say simulated: true.",
        ),
        ("    memory: 2GiB", "    memory: 2", "Line 15: Expected `str`, got `int`."),
        (
            "    memory: 2GiB",
            "    memory: '2'",
            "Line 15: '2' is not a size. Write a number with a unit, such as 500MB or 16GiB.",
        ),
        ("  cpu: {kind: cpu}", "  cpu: {kind: cpu}\n  cpu: {kind: cpu}", "Line 6: 'cpu' is there twice."),
        (
            "    accelerator: sim-gpu\n",
            "",
            "Line 9: a profile of a gpu pool names its accelerator, one of a cpu pool has none.",
        ),
        (
            "  sim-gpu:\n",
            "  Sim GPU:\n",
            "Line 9: 'Sim GPU' is not a name: use a to z, 0 to 9 and -, 63 at most.",
        ),
        ("unit: CNY", "unit: [", "Line 3: expected"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, says: str) -> None:
    assert old in DEMO

    assert wrong(DEMO.replace(old, new, 1)).startswith(says)


@example("=")
@example("a: 9999-99-99")
@example("? [a]: b")
@given(st.text(max_size=60))
def test_any_text_is_a_site_or_a_mistake_with_a_line(text: str) -> None:
    lines = [1]
    try:
        parse_site(text, machine=machine())
    except SiteFileWrong as refusal:
        lines.append(refusal.params["line"])

    assert min(lines) >= 1


@given(st.text(max_size=80))
def test_any_model_becomes_a_name(model: str) -> None:
    assert slug(model)
    assert set(slug(model)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
