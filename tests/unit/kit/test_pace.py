"""How the loops keep a burst of news apart."""

from __future__ import annotations

import time

from hubkin_kit.pace import Pace


async def test_the_first_few_pass_at_once_and_the_rest_one_by_one() -> None:
    pace = Pace(0.05, at_once=3)
    began = time.monotonic()
    passed = []

    for _ in range(5):
        await pace.wait()
        passed.append(time.monotonic() - began)

    assert passed[2] < 0.04
    assert passed[3] >= 0.045
    assert passed[4] >= 0.09
