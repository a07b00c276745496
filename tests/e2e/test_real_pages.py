"""The pages on the real platform: real jobs, real money, several people at once."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support import axe
from tests.support.demo import Demo, call, demo

COUNT = (
    "import time\nfor i in range({n}):\n"
    "    print(f'step {{i}} loss={{2 / (1 + i):.4f}}', flush=True)\n    time.sleep({pause})"
)
PYTHON = 'python -c "{}"'


@pytest.fixture(scope="module")
def machine(
    tmp_path_factory: pytest.TempPathFactory, record_real_system: Callable[[str, str], None]
) -> Iterator[Demo]:
    import jupyterhub

    record_real_system("JupyterHub", jupyterhub.__version__)
    with demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture
def person(machine: Demo, new_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """Open a page as somebody; `language` is what their browser asks for."""

    def open_page(
        name: str, path: str = "/services/hubkin/", *, locale: str = "en-US", **options: Any
    ) -> Page:
        page = new_context(locale=locale, bypass_csp=True, **options).new_page()
        machine.sign_in(page, name, path)
        return page

    return open_page


def submit(page: Page, name: str, *, n: int, pause: float = 0.2, profile: str = "cpu") -> Any:
    """Submit a job that counts, as the person of the page."""
    spec: dict[str, Any] = {"name": name, "run": PYTHON.format(COUNT.format(n=n, pause=pause))}
    spec["resources"] = {"gpu": f"{profile}:1"} if profile != "cpu" else {"cpu": 1}
    return call(page, "POST", "/jobs", {"spec": spec})


def row(page: Page, name: str) -> Any:
    return page.locator(".hubkin-JobRow").filter(has_text=name)


def test_a_job_is_seen_from_its_birth_to_its_price_without_a_reload(person: Callable[..., Page]) -> None:
    page = person("ada")
    expect(page.get_by_text("Available")).to_be_visible()

    submit(page, "whole-life", n=10, profile="sim-gpu")

    expect(row(page, "whole-life")).to_be_visible(timeout=2_000)
    expect(row(page, "whole-life").get_by_text("Running")).to_be_visible(timeout=15_000)
    expect(row(page, "whole-life").get_by_text("Succeeded")).to_be_visible(timeout=20_000)
    expect(page.locator(".hubkin-Ledger li").filter(has_text="whole-life").first).to_be_visible(
        timeout=10_000
    )


def test_lines_and_curves_of_a_running_job_arrive_by_themselves(person: Callable[..., Page]) -> None:
    page = person("ada")
    submit(page, "prints", n=60, pause=0.25)
    page.get_by_role("link", name="prints").click()

    page.get_by_role("tab", name="Logs").click(timeout=15_000)
    expect(page.get_by_text(re.compile("step 5 loss"))).to_be_visible(timeout=10_000)
    page.get_by_role("tab", name="Curves").click()
    expect(page.get_by_text(re.compile("fell from 2 to"))).to_be_visible(timeout=10_000)
    page.get_by_role("button", name="Stop now").click()
    page.get_by_role("button", name="Stop job").click()

    expect(page.locator(".hubkin-Head").get_by_text("Stopped", exact=True)).to_be_visible(timeout=15_000)


def test_a_job_that_waits_says_why_in_the_readers_language(person: Callable[..., Page]) -> None:
    page = person("ada", locale="zh-CN")
    first = submit(page, "holds-all", n=600, profile="sim-gpu")
    second = submit(page, "holds-too", n=600, profile="sim-gpu")
    third = submit(page, "waits", n=1, profile="sim-gpu")

    page.get_by_role("link", name="waits").click()

    expect(page.get_by_role("tab", name="等待原因")).to_be_visible()
    expect(page.locator(".hubkin-Explanation-summary")).to_have_text(re.compile("[\u4e00-\u9fff]"))
    assert axe.violations(page) == []
    for job in (third, second, first):
        call(page, "POST", f"/jobs/{job['id']}/stop", {"mode": "now"})


def test_nobody_sees_the_jobs_of_others(person: Callable[..., Page]) -> None:
    job = submit(person("ada"), "private", n=1)

    page = person("bob", f"/services/hubkin/jobs/{job['id']}")

    expect(page.get_by_role("alert")).to_be_visible()
    assert "private" not in page.locator("main").inner_text()


def test_a_top_up_shows_on_its_owners_open_page(person: Callable[..., Page]) -> None:
    owner = person("bob")
    expect(owner.get_by_text("Available")).to_be_visible()
    admin = person("admin", "/services/hubkin/admin")
    admin.get_by_role("tab", name="People and balances").click()

    admin.get_by_role("button", name="Top up bob").click()
    admin.get_by_label("Amount in").fill("12.34")
    admin.get_by_label(re.compile("Note")).fill("transfer 2026-117")
    admin.get_by_role("dialog").get_by_role("button", name=re.compile("Top up by ¥12.34")).click()

    expect(owner.locator(".hubkin-Ledger li").filter(has_text="transfer 2026-117")).to_be_visible(
        timeout=5_000
    )


def test_an_admin_stops_a_job_with_a_reason_that_its_owner_reads(person: Callable[..., Page]) -> None:
    owner = person("bob")
    submit(owner, "runaway", n=600)
    admin = person("admin", "/services/hubkin/admin")
    expect(row(admin, "runaway").get_by_text("Running")).to_be_visible(timeout=15_000)

    row(admin, "runaway").hover()
    row(admin, "runaway").get_by_role("button", name="Stop").click()
    admin.get_by_label("Reason").fill("GPUs idle for 3 h")
    admin.get_by_role("dialog").get_by_role("button", name="Stop job").click()

    expect(row(owner, "runaway").get_by_text("GPUs idle for 3 h")).to_be_visible(timeout=20_000)


@pytest.mark.parametrize(
    ("locale", "logs", "note", "stop", "reason", "act"),
    [
        ("en-US", "Logs", "A job of bob. It is written down", "Stop…", "Reason", "Stop job"),
        ("zh-CN", "日志", "这是 bob 的任务", "停止…", "理由", "停止任务"),
    ],
)
def test_an_admin_opens_a_job_of_somebody_else_reads_its_log_and_can_only_stop_it(
    person: Callable[..., Page],
    locale: str,
    logs: str,
    note: str,
    stop: str,
    reason: str,
    act: str,
) -> None:
    name = f"opened-{locale.lower()}"
    bob = person("bob")
    job = submit(bob, name, n=600)
    admin = person("admin", "/services/hubkin/admin", locale=locale)

    row(admin, name).get_by_role("link", name=name).click()

    admin.wait_for_url(f"**/services/hubkin/admin/jobs/{job['id']}")
    expect(admin.get_by_text(note)).to_be_visible()
    admin.get_by_role("tab", name=logs).click(timeout=15_000)
    expect(admin.get_by_text("step 3 loss=")).to_be_visible(timeout=15_000)
    assert axe.violations(admin) == []
    admin.reload()
    buttons = admin.locator(".hubkin-Actions .hubkin-Button")
    expect(buttons.first).to_have_text(stop)
    expect(buttons).to_have_count(2)
    buttons.first.click()
    admin.get_by_label(reason).fill("GPUs idle")
    admin.get_by_role("dialog").get_by_role("button", name=act).click()
    expect(bob.get_by_text("Stopped by admin admin: GPUs idle").first).to_be_visible(timeout=15_000)


def test_only_admins_have_the_page_of_admins(person: Callable[..., Page]) -> None:
    page = person("ada", "/services/hubkin/admin")

    expect(page.get_by_role("link", name="Administration")).to_have_count(0)
    expect(page.get_by_text("This page is for admins of the platform.")).to_be_visible()


def test_who_signs_out_has_to_sign_in_again(person: Callable[..., Page], machine: Demo) -> None:
    page = person("bob")

    page.get_by_role("link", name="Sign out").click()

    expect(page.get_by_text("You are signed out.").or_(page.locator("input[name=username]"))).to_be_visible()
    page.goto(f"{machine.url}/services/hubkin/")
    expect(page.locator("input[name=username]")).to_be_visible()


def test_a_hidden_page_asks_the_platform_for_nothing(person: Callable[..., Page]) -> None:
    page = person("ada")
    expect(page.get_by_text("Available")).to_be_visible()
    page.evaluate(
        "() => { Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    submit(page, "unseen", n=1)
    page.wait_for_timeout(4_000)

    assert [url for url in asked if not url.endswith("/jobs")] == []


@pytest.mark.parametrize("path", ["/services/hubkin/", "/services/hubkin/admin"])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_the_real_pages_are_for_everyone(person: Callable[..., Page], path: str, locale: str) -> None:
    page = person("admin", path, locale=locale)
    page.locator(".hubkin-Skeleton").first.wait_for(state="detached")

    assert axe.violations(page) == []
