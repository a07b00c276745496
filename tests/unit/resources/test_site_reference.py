"""The reference page of the site file shows one that can be read."""

from __future__ import annotations

import re
from pathlib import Path

from hubkin_resources import Gpu, Machine, parse_site
from hubkin_resources.domain import site

PAGE = Path(__file__).parents[3] / "docs/reference/site-file.md"


def example() -> str:
    found = re.search(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


def test_the_example_can_be_read() -> None:
    machine = Machine(cores=8, memory_bytes=2**36, gpus=(Gpu("GPU-0", "NVIDIA A100-SXM4-80GB", 2**36),))

    found = parse_site(example(), machine=machine)

    assert found.prices == {"cpu": 0, "a100-80g": 8_000_000}
    assert [pool.devices for pool in found.pools] == [(), ("GPU-0",), ()]
    assert found.entitlements["a100-80g"] == ("vision-lab",)


def test_the_example_names_every_key() -> None:
    sections = (site.SiteSection, site.PoolSection, site.ProfileSection, site.QuotaSection)
    keys = {name for section in sections for name in section.__struct_fields__}

    assert sorted(key for key in keys if not re.search(rf"\b{key}:", example())) == []
