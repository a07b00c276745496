"""The browser itself: without it, no other test here says anything."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page


def test_a_page_is_rendered(page: Page) -> None:
    page.set_content("<button onclick=\"this.textContent='pressed'\">press</button>")

    page.get_by_role("button").click()

    assert page.get_by_role("button").text_content() == "pressed"


def test_a_chinese_reader_asks_for_chinese(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(locale="zh-CN").new_page()

    assert page.evaluate("navigator.language") == "zh-CN"
