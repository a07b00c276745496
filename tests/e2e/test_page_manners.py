"""How the pages behave: what they ask for, how they recover, what the keyboard and two languages can do."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.recorded import STATIC, Recorded, a_job, a_reason, recorded


@pytest.fixture
def platform() -> Iterator[Recorded]:
    if not (STATIC / "manifest.json").exists():
        pytest.skip("needs the built pages (make front)")
    with recorded() as running:
        yield running


def opened(page: Page, platform: Recorded, path: str = "") -> Page:
    """The page with its first rows and its stream open."""
    page.goto(platform.url + path)
    page.locator(".hubkin-Skeleton").first.wait_for(state="detached")
    until(page, lambda: len(platform.streams) == 1)
    return page


def until(page: Page, is_so: Callable[[], object]) -> None:
    """Wait, on the browser's clock, until the server has seen something."""
    for _ in range(200):
        if is_so():
            return
        page.wait_for_timeout(25)
    raise AssertionError("it did not happen in 5 s")


def hide(page: Page, *, hidden: bool) -> None:
    """Tell the page that its tab went out of sight, or came back."""
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def test_a_change_shows_without_any_fetch(page: Page, platform: Recorded) -> None:
    opened(page, platform)
    asked = len(platform.asked)

    platform.send(
        "job", a_job(1, "bert-7", "failed", revision=2, reason=a_reason("exit_code", "It left with code 3."))
    )

    expect(page.get_by_text("It left with code 3.")).to_be_visible()
    assert len(platform.asked) == asked


def test_a_hidden_page_has_no_stream_and_asks_for_nothing(page: Page, platform: Recorded) -> None:
    opened(page, platform)
    asked = len(platform.asked)

    hide(page, hidden=True)
    until(page, lambda: platform.send("usage", platform.answers["GET /usage"]) or platform.streams == [])
    page.wait_for_timeout(1500)

    assert len(platform.asked) == asked


def test_a_page_that_is_seen_again_resumes_where_it_was(page: Page, platform: Recorded) -> None:
    opened(page, platform)
    platform.send("job", a_job(1, "bert-7", "running", revision=2, latest={"loss": 0.25}))
    seq = len(platform.asked) + 1
    expect(page.locator(".hubkin-JobRow").first).to_be_visible()

    hide(page, hidden=True)
    hide(page, hidden=False)
    until(page, lambda: platform.count("GET", "/events") == 2)

    assert [asked[2] for asked in platform.asked if asked[1] == "/events"] == [None, str(seq)]


def test_the_page_says_since_when_the_platform_is_away_and_recovers_by_itself(
    page: Page, platform: Recorded
) -> None:
    opened(page, platform)

    platform.is_away = True
    for stream in platform.streams:
        stream.put(None)
    expect(page.get_by_text("Can't reach the platform since").first).to_be_visible(timeout=10_000)
    rows_meanwhile = page.locator(".hubkin-JobRow").count()
    platform.is_away = False

    expect(page.get_by_text("Can't reach the platform since")).to_have_count(0, timeout=15_000)
    assert rows_meanwhile == 8


def test_the_keyboard_alone_finds_opens_and_stops_a_job(page: Page, platform: Recorded) -> None:
    platform.answers["POST /jobs/job-01/stop"] = a_job(1, "bert-7", "stopping", revision=2)
    opened(page, platform)

    page.locator(".hubkin-JobRow-open").first.focus()
    page.keyboard.press("/")
    page.keyboard.type("bert")
    expect(page.locator(".hubkin-JobRow")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Stopping")).to_be_visible()
    page.keyboard.press("Enter")

    expect(page).to_have_url(f"{platform.url}jobs/job-01")


def test_escape_closes_a_question_and_the_focus_is_back(page: Page, platform: Recorded) -> None:
    opened(page, platform, "jobs/job-01")
    button = page.get_by_role("button", name="Stop now")
    button.press("Enter")

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_a_filter_is_in_the_address_and_the_address_is_a_filter(page: Page, platform: Recorded) -> None:
    opened(page, platform)

    page.get_by_label("Filter jobs by state").select_option("failed")
    expect(page.locator(".hubkin-JobRow")).to_have_count(1)
    address = page.url
    page.goto("about:blank")
    page.goto(address)

    expect(page.locator(".hubkin-JobRow")).to_have_count(1)
    assert address.endswith("?show=failed")


def test_the_language_changes_at_once_and_is_remembered(page: Page, platform: Recorded) -> None:
    opened(page, platform)

    page.get_by_role("button", name="中文").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("任务与用量")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    until(page, lambda: ("PUT", "/preferences", {"language": "zh-CN"}) in platform.asked)


def test_back_goes_from_a_job_to_the_list(page: Page, platform: Recorded) -> None:
    opened(page, platform)
    page.get_by_role("link", name="gpt-9").click()
    expect(page.get_by_text("RuntimeError: CUDA out of memory").first).to_be_visible()

    page.go_back()

    expect(page.locator(".hubkin-JobRow").first).to_be_visible()


def test_markup_in_a_log_stays_text_and_a_progress_bar_is_one_line(page: Page, platform: Recorded) -> None:
    opened(page, platform, "jobs/job-01")

    page.get_by_role("tab", name="Logs").click()

    expect(page.get_by_text("<script>alert('no')</script>")).to_be_visible()
    expect(page.get_by_text("100%|#####|")).to_have_count(1)
    expect(page.get_by_text(" 10%|#    |")).to_have_count(0)


def test_the_search_walks_the_hits_of_the_log(page: Page, platform: Recorded) -> None:
    opened(page, platform, "jobs/job-01")
    page.get_by_role("tab", name="Logs").click()

    page.get_by_label("Search the log").fill("step 3")
    expect(page.get_by_role("status").filter(has_text="of")).to_have_text("1 of 11")
    page.get_by_label("Search the log").press("Enter")

    expect(page.get_by_role("status").filter(has_text="of")).to_have_text("2 of 11")
    expect(page.locator("[data-hit]")).to_contain_text("step 300")


def test_new_lines_of_the_log_arrive_by_a_hint(page: Page, platform: Recorded) -> None:
    opened(page, platform, "jobs/job-01")
    page.get_by_role("tab", name="Logs").click()
    expect(page.get_by_text("checkpoint saved")).to_be_visible()

    platform.answers["GET /jobs/job-01/logs"] = a_piece("the very last line")
    platform.send("log", {"job_id": "job-01", "replica": 0, "bytes": 90})

    expect(page.get_by_text("the very last line")).to_be_visible()


def a_piece(text: str) -> dict[str, Any]:
    line = {"replica": 0, "at": "2026-11-24T08:00:00Z", "text": text}
    return {"lines": [line], "cursor": "end-2", "complete": True, "gaps": []}


def test_a_long_log_draws_only_what_is_seen(page: Page, platform: Recorded) -> None:
    lines = [
        {"replica": 0, "at": "2026-11-24T08:00:00Z", "text": f"line {number}"} for number in range(100_000)
    ]
    platform.answers["GET /jobs/job-01/logs"] = {
        "lines": lines,
        "cursor": "end",
        "complete": True,
        "gaps": [],
    }
    opened(page, platform, "jobs/job-01")

    page.get_by_role("tab", name="Logs").click()

    expect(page.get_by_text("line 99999")).to_be_visible()
    assert page.evaluate("document.querySelectorAll('*').length") < 1500


def test_a_long_list_has_few_elements(page: Page, platform: Recorded) -> None:
    platform.answers["GET /jobs"]["items"] = [
        a_job(number, f"job {number}", "running") for number in range(50)
    ]
    opened(page, platform)

    expect(page.locator(".hubkin-JobRow")).to_have_count(50)
    assert page.evaluate("document.querySelectorAll('*').length") < 1500
