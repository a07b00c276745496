"""Every screen of the pages in five dresses (theme, language, width): it passes axe and fits its window."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.support import axe
from tests.support.recorded import STATIC, Recorded, recorded

DRESSES = {
    "light-en": {"language": "en", "color_scheme": "light", "width": 1280},
    "dark-zh": {"language": "zh-CN", "color_scheme": "dark", "width": 1280},
    "contrast-en-narrow": {"language": "en", "color_scheme": "light", "contrast": "more", "width": 320},
    "contrast-dark-zh-narrow": {
        "language": "zh-CN",
        "color_scheme": "dark",
        "contrast": "more",
        "width": 320,
    },
    "forced-colours-en": {"language": "en", "forced_colors": "active", "width": 1280},
}
# Screen → path, and what is pressed there in either language.
SCREENS = {
    "home": ("", None),
    "no-match": ("?q=nothing", None),
    "running": ("jobs/job-01", None),
    "log": ("jobs/job-01", ("Logs", "日志")),
    "details": ("jobs/job-01", ("Details", "详情")),
    "waiting": ("jobs/job-02", None),
    "failed": ("jobs/job-05", None),
    "result": ("jobs/job-04", ("Result", "结果")),
    "files": ("jobs/job-04", ("Files", "文件")),
    "unknown": ("jobs/job-99", None),
    "everyone": ("admin", None),
    "people": ("admin", ("People and balances", "人员与余额")),
}


@pytest.fixture
def platform() -> Iterator[Recorded]:
    if not (STATIC / "manifest.json").exists():
        pytest.skip("needs the built pages (make front)")
    with recorded() as running:
        yield running


@pytest.fixture
def dressed(
    new_context: Callable[..., BrowserContext], platform: Recorded, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A page in one of the dresses; an error in its console fails the test."""
    options = dict(DRESSES[request.param])
    platform.language = str(options.pop("language"))
    width = options.pop("width")
    context = new_context(viewport={"width": width, "height": 800}, bypass_csp=True, **options)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert faults == []


@pytest.mark.parametrize("dressed", DRESSES, indirect=True)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_is_for_everyone(dressed: Page, platform: Recorded, screen: str, tmp_path: Path) -> None:
    path, pressed = SCREENS[screen]
    dressed.goto(platform.url + path)
    if pressed:
        word = pressed[0] if platform.language == "en" else pressed[1]
        dressed.get_by_role("tab", name=word, exact=True).click()
    settled(dressed)
    dressed.screenshot(path=tmp_path / f"{screen}.png", full_page=True)

    assert axe.violations(dressed) == []
    assert dressed.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("dressed", DRESSES, indirect=True)
@pytest.mark.parametrize("question", ["stop", "topup", "admin-stop"])
def test_a_question_is_for_everyone(dressed: Page, platform: Recorded, question: str, tmp_path: Path) -> None:
    if question == "stop":
        dressed.goto(f"{platform.url}jobs/job-01")
        dressed.locator(".hubkin-Head .hubkin-Button").first.click()
    else:
        dressed.goto(f"{platform.url}admin")
        dressed.get_by_role("tab").nth(1 if question == "topup" else 0).click()
        if question == "admin-stop":
            dressed.locator(".hubkin-JobRow").first.hover()
        button = ".hubkin-Table .hubkin-Button" if question == "topup" else ".hubkin-JobRow-verb"
        dressed.locator(button).first.click()
    dressed.get_by_role("dialog").wait_for()
    dressed.screenshot(path=tmp_path / f"{question}.png")

    assert axe.violations(dressed, "dialog") == []


def settled(page: Page) -> None:
    """Wait until nothing is being fetched for the view any more."""
    page.locator("main").wait_for()
    page.locator(".hubkin-Skeleton").first.wait_for(state="detached")
    page.wait_for_function("document.getAnimations().every(each => each.playState !== 'running')")
