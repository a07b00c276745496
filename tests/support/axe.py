"""axe-core, the judge of WCAG 2.2 AA in a page; it comes with the front end's packages."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

SCRIPT = Path(__file__).resolve().parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Page, within: str = "html") -> list[str]:
    """What axe finds wrong, a line each: rule, element, why."""
    if not SCRIPT.exists():
        pytest.skip("needs the front end's packages (make front)")
    page.evaluate(SCRIPT.read_text())
    found: dict[str, Any] = page.evaluate(
        "([within, rules]) => axe.run({ include: [within] }, { runOnly: rules })", [within, RULES]
    )
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
