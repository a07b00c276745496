"""Broken addresses: whatever is in a path, the answer is a problem with a sentence, on every route."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hubkin_kit.web import Route
from hubkin_platform.parts import described

from tests.http.small_hub import SmallHub
from tests.http.whole import Whole

BROKEN = {
    "nul": "a%00b",
    "only nul": "%00",
    "no UTF-8": "%ff",
    "overlong dot": "%c0%ae%c0%ae",
    "surrogate": "%ed%a0%80",
    "half an escape": "a%2",
    "no escape": "a%zz",
    "up": "%2e%2e",
    "up and down": "..%2f..%2fetc%2fpasswd",
    "backslash": "..%5c..%5cetc",
    "line feed": "a%0d%0ab",
    "bell": "a%07b",
    "long": "a" * 5000,
    "direction": "%e2%80%aeabc",
}
WITH_PARTS = [
    (route, method) for route in described() for method in route.handler.scopes if "{" in route.path
]


@pytest.fixture
async def whole(tmp_path: Path, hub: SmallHub, database_url: str) -> AsyncIterator[Whole]:
    whole = Whole(tmp_path, hub, database_url)
    yield whole
    await whole.close()


def address(route: Route, broken: str, which: int) -> str:
    """The route with one of its parts broken."""
    parts = iter(range(10))
    return re.sub(r"\{\w+(\.\.\.)?\}", lambda _: broken if next(parts) == which else "0", route.path)


@pytest.mark.parametrize(("route", "method"), WITH_PARTS, ids=lambda x: getattr(x, "path", x))
async def test_a_broken_address_is_answered_with_a_sentence(whole: Whole, route: Route, method: str) -> None:
    wrong = {}
    for who in ("root", "gate", "nobody"):
        for name, broken in BROKEN.items():
            for which in range(route.path.count("{")):
                answer = await whole.ask(who, method, address(route, broken, which), {})
                is_problem = answer.headers.get("Content-Type") == "application/problem+json"
                if answer.status >= 400 and not (
                    is_problem
                    and 400 <= answer.status < 500
                    and answer.json["detail"]
                    and answer.json["title"]
                ):
                    wrong[who, name, which] = (answer.status, answer.body[:80])

    assert wrong == {}
