"""Hostile lines, names, notes and reasons in a real browser without the pages' policy: they stay text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hubkin_resources import DEMO
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.demo import Demo, call, demo

IMAGE = "<img src=x onerror=hacked=1>"
HOSTILE = f"<script>hacked=1</script>{IMAGE}\"'><svg onload=hacked=1>"
#: What a job can write: HTML, a terminal's link that is a script, names of curves and files.
PROGRAM = f"""
import os, pathlib
html = {HOSTILE!r}
print(html)
print("\\x1b]8;;javascript:hacked=1\\x07a link\\x1b]8;;\\x07 \\x1b[31;1m" + html + "\\x1b[0m")
print("{{'" + html + "': 0.5, 'loss': 0.5}}")
print("loss=0.5 step=1")
out = pathlib.Path(os.environ["HUBKIN_OUTPUTS"])
(out / {IMAGE!r}).write_text(html)
(out / "page.html").write_text("<script>hacked=1</script>")
(out / "plot.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg' onload='hacked=1'/>")
raise ValueError(html)
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "data").mkdir(mode=0o700)
    site = DEMO.replace("label: Simulated GPU\n", f"label: 'GPU {IMAGE}'\n")
    site = site.replace("label_zh: 模拟 GPU\n", f"label_zh: 'GPU {IMAGE}'\n")
    (folder / "data" / "site.yaml").write_text(site)
    with demo(folder) as running:
        yield running


@pytest.fixture
def person(machine: Demo, new_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    def open_page(name: str, path: str = "/services/hubkin/") -> Page:
        page = new_context(bypass_csp=True).new_page()
        machine.sign_in(page, name, path)
        return page

    return open_page


def assert_is_text(page: Page) -> None:
    """Nothing of it became a part of the page."""
    page.wait_for_timeout(300)  # what would run has had the time to
    assert page.evaluate("typeof window.hacked") == "undefined"
    assert page.locator("img[src=x], svg[onload]").count() == 0
    assert page.locator("script").filter(has_text="hacked").count() == 0
    assert page.locator("a[href^='javascript:' i]").count() == 0


def submit(page: Page, **spec: Any) -> Any:
    return call(page, "POST", "/jobs", {"spec": {"resources": {"cpu": 1}, **spec}})


def row(page: Page, name: str) -> Any:
    return page.locator(".hubkin-JobRow").filter(has_text=name)


def test_what_a_job_is_called_and_says_and_leaves_stays_text_for_all_who_look(
    person: Callable[..., Page],
) -> None:
    page = person("ada")
    job = submit(
        page,
        name="hostile",
        run='python -c "$HOSTILE"',
        env={"HOSTILE": PROGRAM},
        params={"x": HOSTILE},
    )
    admin = person("admin", "/services/hubkin/admin")
    home = f"/services/hubkin/jobs/{job['id']}"

    expect(row(page, "hostile").get_by_text("Failed")).to_be_visible(timeout=30_000)
    assert_is_text(page)
    page.goto(page.url.split("/services")[0] + home)
    for tab in page.get_by_role("tab").all():
        tab.click()
        assert_is_text(page)
    page.get_by_role("tab", name="Logs").click()
    expect(page.get_by_text("a link").first).to_be_visible()
    expect(page.get_by_text("<script>hacked=1</script>").first).to_be_visible()
    assert_is_text(page)
    assert_is_text(admin)


def test_notes_and_reasons_and_labels_stay_text(person: Callable[..., Page]) -> None:
    page, admin = person("bob"), person("admin", "/services/hubkin/admin")
    job = submit(page, name="long", run="sleep 300", resources={"gpu": "sim-gpu:1"})
    expect(row(page, "long").get_by_text("Running")).to_be_visible(timeout=20_000)

    admin.get_by_role("tab", name="People and balances").click()
    admin.get_by_role("button", name="Top up bob").click()
    admin.get_by_label("Amount in").fill("1.50")
    admin.get_by_label(re.compile("Note")).fill(HOSTILE)
    admin.get_by_role("dialog").get_by_role("button", name=re.compile("Top up by ¥1.50")).click()
    expect(page.locator(".hubkin-Ledger li").filter(has_text="hacked=1").first).to_be_visible(timeout=5_000)
    call(admin, "POST", f"/admin/jobs/{job['id']}/stop", {"mode": "now", "reason": HOSTILE})

    expect(row(page, "long").get_by_text("Stopped", exact=True)).to_be_visible(timeout=20_000)
    assert_is_text(page)
    assert_is_text(admin)
    page.goto(page.url.split("/services")[0] + "/hub/spawn/bob")
    expect(page.get_by_text(IMAGE).first).to_be_visible()
    assert_is_text(page)


def test_a_kept_page_does_not_open_as_one(person: Callable[..., Page]) -> None:
    page = person("ada")
    job = submit(page, name="leaves", run="echo '<script>hacked=1</script>' > $HUBKIN_OUTPUTS/page.html")
    expect(row(page, "leaves").get_by_text("Succeeded")).to_be_visible(timeout=30_000)

    heard = page.evaluate(
        """async id => {
            const config = JSON.parse(document.getElementById('hubkin-config').textContent);
            const answer = await fetch(`${config.api}/jobs/${id}/files/page.html`, {
                headers: { 'X-XSRFToken': config.xsrf }
            });
            return ['content-type', 'content-disposition', 'x-content-type-options'].map(
                name => answer.headers.get(name)
            );
        }""",
        job["id"],
    )

    assert heard[0] == "application/octet-stream"
    assert heard[1].startswith("attachment")
    assert heard[2] == "nosniff"


def test_every_page_has_a_policy_under_which_no_script_of_others_runs(
    machine: Demo, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context().new_page()
    machine.sign_in(page, "admin")

    for path in (
        "/services/hubkin/",
        "/services/hubkin/admin",
        "/services/hubkin/jobs/none",
        "/services/hubkin/x",
    ):
        policy = page.goto(machine.url + path).headers["content-security-policy"]  # type: ignore[union-attr]

        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy.split("style-src")[0]
        assert "frame-ancestors 'none'" in policy
