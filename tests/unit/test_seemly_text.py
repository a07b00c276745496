"""Somebody's text is shown alike by the platform, the command line and, by the same cases, the screens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hubkin import seemly as client
from hubkin_kit.i18n import seemly

CASES = json.loads((Path(__file__).parents[1] / "support" / "seemly.json").read_text("utf-8"))


@pytest.mark.parametrize(("text", "name", "line"), CASES)
def test_it_is_shown_as_everywhere(text: str, name: str, line: str) -> None:
    assert seemly(text) == client.seemly(text) == name
    assert client.seemly_line(text, colour=True) == line
    assert client.seemly_line(text, colour=False).replace("\t", " ") == name
