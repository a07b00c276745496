"""The hub's pages in a real browser: read by axe, used by keyboard, and without JavaScript."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.hub.conftest import stop_server
from tests.hub.machine import Machine
from tests.repo.sources import ROOT
from tests.support import browser as real

AXE = ROOT / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def chromium(record_real_system: Callable[[str, str], None]) -> Iterator[Browser]:
    if real.path() is None:
        pytest.skip("needs Chromium")
    record_real_system("Chromium", real.version())
    with real.chromium() as browser:
        yield browser


def signed_in(page: Page, machine: Machine, name: str) -> None:
    page.goto(f"{machine.url}/hub/login")
    page.wait_for_function("document.activeElement?.name === 'username'")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(f"{name}-pw")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hub/spawn")


def complaints(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    found: Any = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [f"{rule['id']}: {node['html'][:120]}" for rule in found["violations"] for node in rule["nodes"]]


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_passes_axe_and_fits_a_narrow_screen(
    machine: Machine, chromium: Browser, locale: str, scheme: str
) -> None:
    if not AXE.exists():
        pytest.skip("needs axe-core (make front)")
    context = chromium.new_context(
        locale=locale,
        color_scheme=scheme,
        viewport={"width": 320, "height": 700},  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.goto(f"{machine.url}/hub/login")
    found = {"login": complaints(page)}
    wide = {"login": too_wide(page)}
    signed_in(page, machine, "root-admin")
    for path in ("spawn", "home", "token", "nowhere"):
        page.goto(f"{machine.url}/hub/{path}")
        found[path], wide[path] = complaints(page), too_wide(page)
    context.close()

    assert {path: said for path, said in found.items() if said} == {}
    assert {path for path, pixels in wide.items() if pixels and path != "token"} == set()


def too_wide(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_a_notebook_is_had_by_keyboard_and_its_start_is_told_in_steps(
    machine: Machine, chromium: Browser
) -> None:
    context = chromium.new_context(locale="en-US")
    page = context.new_page()
    signed_in(page, machine, "bob")

    page.locator("input[name=profile]:checked").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_selector("#progress-log li:nth-child(3)")
    steps = page.locator("#progress-log li span:first-child").all_inner_texts()
    page.wait_for_url("**/user/bob/lab**", timeout=60_000)
    page.wait_for_selector(".jp-LauncherCard", timeout=60_000)
    lab = page.inner_text("body")
    context.close()
    stop_server(machine, "bob")

    assert "news" not in lab
    assert steps[0] == "Asking for a place"
    assert steps[1].startswith("Place found (CPU)")


def test_without_javascript_a_notebook_is_had_all_the_same(machine: Machine, chromium: Browser) -> None:
    context = chromium.new_context(locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{machine.url}/hub/login")
    page.fill("#username_input", "cleo")
    page.fill("#password_input", "cleo-pw")
    page.click("#login_submit")
    page.check("input[value=cpu]")

    page.click("button[type=submit]")

    page.wait_for_url("**/user/cleo/**", timeout=60_000)
    context.close()
    stop_server(machine, "cleo")


def test_stopping_says_that_files_are_safe_and_leads_on(machine: Machine, chromium: Browser) -> None:
    context = chromium.new_context(locale="en-US")
    page = context.new_page()
    signed_in(page, machine, "ada")
    page.check("input[value=cpu]")
    page.click("button[type=submit]")
    page.wait_for_url("**/user/ada/lab**", timeout=60_000)

    page.goto(f"{machine.url}/hub/home")
    page.click("#stop")
    page.wait_for_selector("text=No notebook is running. Your files are kept, and nothing is charged.")
    page.goto(f"{machine.url}/user/ada/lab")

    assert "Your files are safe" in page.inner_text("main")
    assert page.get_attribute("#start", "href") == "/hub/spawn/ada?next=%2Fhub%2Fuser%2Fada%2Flab"
    context.close()
