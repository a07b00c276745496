"""A person in a browser: Chromium, and a fresh page in either language.

These tests are plain functions, not coroutines: Playwright's synchronous driver has a loop of its own.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support import browser as browsers


@pytest.fixture(scope="session")
def browser(record_real_system: Callable[[str, str], None]) -> Iterator[Browser]:
    """One Chromium for all."""
    if browsers.path() is None:
        pytest.skip("needs Chromium")
    record_real_system("Chromium", browsers.version())
    with browsers.chromium() as running:
        yield running


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Make contexts (one is one person); all are closed at the end.  `locale="zh-CN"` is a Chinese one."""
    contexts: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        options = {"locale": "en-US", "viewport": {"width": 1280, "height": 900}, **options}
        contexts.append(browser.new_context(**options))  # type: ignore[arg-type]
        return contexts[-1]

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page of an English reader."""
    return new_context().new_page()
