"""JupyterLab through the real hub: side bar, cards in a notebook, tabs, with a real kernel and real jobs."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support import axe
from tests.support.demo import Demo, demo

TRAIN = """%%train {name} --gpu sim-gpu:1
import time
for i in range({n}):
    print(f"step {{i}} loss={{2 / (1 + i):.4f}}", flush=True)
    time.sleep(0.25)
"""
CARD = "application/vnd.hubkin.job+json"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture(scope="module")
def started(machine: Demo, browser: Any) -> str:
    """The address of ada's JupyterLab, which she has started with the free profile."""
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    machine.sign_in(page, "ada", "/hub/spawn")
    page.get_by_role("button", name="Start").last.click()
    page.wait_for_url("**/user/ada/lab**", timeout=60_000)
    context.close()
    return f"{machine.url}/user/ada"


@pytest.fixture
def lab(machine: Demo, started: str, new_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """Open her JupyterLab with nothing in it, in a browser of its own."""

    def open_lab(path: str = "/lab?reset", **options: Any) -> Page:
        options = {"viewport": {"width": 1400, "height": 1000}, **options}
        page = new_context(bypass_csp=True, **options).new_page()
        machine.sign_in(page, "ada", "/hub/home")
        page.goto(started + path)
        page.locator("#hubkin-panel, [data-id=hubkin-panel]").first.wait_for(timeout=60_000)
        return page

    return open_lab


def notebook(page: Page, started: str, name: str, *cells: str, card: dict[str, Any] | None = None) -> None:
    """Put a notebook into her home and open it with a kernel; `card` is in the output of its cells."""
    data = {CARD: card, "text/plain": "a card"}
    outputs = [{"output_type": "display_data", "metadata": {}, "data": data}] if card else []
    empty = {"cell_type": "code", "metadata": {}, "outputs": outputs, "execution_count": None}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel},
        "cells": [{**empty, "id": f"c{n}", "source": source} for n, source in enumerate(cells)],
    }
    body = {"type": "notebook", "format": "json", "content": content}
    ask(page, "PUT", f"{started}/api/contents/{name}", body)
    page.goto(f"{started}/lab/tree/{name}?reset")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
    for _ in range(300):
        kernels = [
            each["kernel"] for each in ask(page, "GET", f"{started}/api/sessions") if each["path"] == name
        ]
        if any(kernel["execution_state"] == "idle" and kernel["connections"] for kernel in kernels):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the kernel does not answer")


def ask(page: Page, method: str, url: str, body: Any = None) -> Any:
    """Ask her Jupyter server as the page does."""
    return page.evaluate(
        """async ([url, method, body]) => {
            const cookies = document.cookie.split('; ').map(cookie => cookie.split('='));
            const xsrf = cookies.filter(cookie => cookie[0] === '_xsrf').pop();
            const headers = { 'X-XSRFToken': xsrf ? xsrf[1] : '', 'Content-Type': 'application/json' };
            headers['Idempotency-Key'] = `"${Math.random()}"`;
            const text = await (await fetch(url, { method, headers, body })).text();
            return text === '' ? null : JSON.parse(text);
        }""",
        [url, method, None if body is None else json.dumps(body)],
    )


def run_cell(page: Page, number: int) -> None:
    """Run a cell; JupyterLab drops what is run before its kernel answers, so it is run until it counts."""
    cell = page.locator(".jp-Notebook .jp-Cell").nth(number)
    for _ in range(10):
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        try:
            expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[(\*|\d+)\]"), timeout=3_000)
        except AssertionError:
            continue
        return
    raise AssertionError("the cell does not run")


def is_dirty(page: Page) -> bool:
    return page.locator(".lm-TabBar-tab.jp-mod-dirty").count() > 0


def test_a_cell_becomes_a_plan_then_a_live_job_and_the_notebook_remembers_its_end(
    lab: Callable[..., Page], started: str
) -> None:
    page = lab()
    # A limit above what the site asks about: whatever ran before, this cell waits for a Submit.
    cell = TRAIN.format(name="from-a-cell", n=24).replace("sim-gpu:1", "sim-gpu:1 --cost 30")
    notebook(page, started, "first.ipynb", cell)
    run_cell(page, 0)
    card = page.locator(".hubkin-Card")

    submit = card.get_by_role("button", name="Submit", exact=True)
    expect(submit).to_be_visible(timeout=20_000)
    expect(card.get_by_text("¥2.00 per hour")).to_be_visible()
    submit.dblclick()
    expect(card.get_by_text("Running", exact=True)).to_be_visible(timeout=20_000)
    expect(card.get_by_text(re.compile("fell from 2 to"))).to_be_visible(timeout=15_000)
    page.keyboard.press("Control+s")
    page.wait_for_function("!document.querySelector('.lm-TabBar-tab.jp-mod-dirty')")
    expect(card.get_by_text("Succeeded", exact=True)).to_be_visible(timeout=30_000)
    page.keyboard.press("Control+s")
    page.wait_for_function("!document.querySelector('.lm-TabBar-tab.jp-mod-dirty')")

    saved = ask(page, "GET", f"{started}/api/contents/first.ipynb")["content"]["cells"][0]["outputs"]
    remembered = next(output["data"][CARD] for output in saved if CARD in output.get("data", {}))
    assert (remembered["kind"], remembered["snapshot"]["state"]) == ("job", "succeeded")
    jobs = ask(page, "GET", f"{started}/hubkin/api/jobs?q=from-a-cell")
    assert len(jobs["items"]) == 1


def test_a_live_card_does_not_mark_the_notebook_as_changed(lab: Callable[..., Page], started: str) -> None:
    page = lab()
    notebook(
        page, started, "quiet.ipynb", TRAIN.format(name="quiet", n=400).replace("quiet --", "quiet -y --")
    )
    run_cell(page, 0)
    card = page.locator(".hubkin-Card")
    expect(card.get_by_text("Running", exact=True)).to_be_visible(timeout=20_000)
    page.keyboard.press("Control+s")
    page.wait_for_function("!document.querySelector('.lm-TabBar-tab.jp-mod-dirty')")

    page.wait_for_timeout(4_000)

    assert not is_dirty(page)
    card.get_by_role("button", name="Stop now").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop job").click()
    expect(card.get_by_text("Stopped", exact=True)).to_be_visible(timeout=20_000)


def test_a_card_lives_again_after_a_reload_and_stops_while_the_kernel_is_busy(
    lab: Callable[..., Page], started: str
) -> None:
    page = lab()
    cells = (
        TRAIN.format(name="survivor", n=400).replace("survivor --", "survivor -y --"),
        "import time; time.sleep(60)",
    )
    notebook(page, started, "again.ipynb", *cells)
    run_cell(page, 0)
    expect(page.locator(".hubkin-Card").get_by_text("Running", exact=True)).to_be_visible(timeout=20_000)
    page.keyboard.press("Control+s")
    page.wait_for_function("!document.querySelector('.lm-TabBar-tab.jp-mod-dirty')")
    page.goto(f"{started}/lab/tree/again.ipynb?reset")
    card = page.locator(".hubkin-Card")
    expect(card.get_by_text("Running", exact=True)).to_be_visible(timeout=60_000)
    run_cell(page, 1)

    card.get_by_role("button", name="Stop now").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop job").click()

    expect(card.get_by_text("Stopped", exact=True)).to_be_visible(timeout=20_000)
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=busy]")).to_have_count(1)


def test_the_card_of_a_failed_cell_names_its_lines_and_what_should_have_travelled(
    lab: Callable[..., Page], started: str
) -> None:
    page = lab()
    file = {"type": "file", "format": "text", "content": "a,b"}
    ask(page, "PUT", f"{started}/api/contents/rows.csv", file)
    cell = (
        "%%train csvless -y\nimport csv\ndef main():\n    return list(csv.reader(open('rows.csv')))\nmain()"
    )
    notebook(page, started, "csvless.ipynb", cell)

    run_cell(page, 0)

    card = page.locator(".hubkin-Card")
    expect(card.locator(".hubkin-Head-reason")).to_contain_text(
        re.compile(r"Replica 0, In\[\d+\], line 4: FileNotFoundError"), timeout=30_000
    )
    expect(card.get_by_text(re.compile(r"^In\[\d+\], line 5, in <module>$"))).to_be_visible()
    expect(card.get_by_text("`rows.csv` (line 4) exists here but does not travel")).to_be_visible()
    expect(card.get_by_text(".hubkin/cell.py")).to_have_count(0)
    card.get_by_role("tab", name="Details").click()
    expect(card.get_by_text(re.compile(r"^csvless\.ipynb · In\[\d+\]$"))).to_be_visible()


def test_what_a_job_prints_and_leaves_neither_disturbs_its_card_nor_disappears(
    lab: Callable[..., Page], started: str
) -> None:
    page = lab()
    cell = (
        "%%train hostile -y\nimport hubkin, sys\n"
        "sys.stdout.write('a\\x1b[2Jb \\x1b[31mred\\x1b[0m \\u202egnp.exe \\0 <script>1</script>\\n')\n"
        "sys.stdout.write('A' * 20_000 + '\\n')\n"
        "for n in range(5):\n    (hubkin.outputs / f'leak-{n}').symlink_to('/etc/passwd')\n"
        "raise RuntimeError('bad \\x1b[31mred\\x1b[0m \\u202etxt')"
    )
    notebook(page, started, "hostile.ipynb", cell)

    run_cell(page, 0)

    card = page.locator(".hubkin-Card")
    shown = "RuntimeError: bad red \ufffdtxt"
    expect(card.locator(".hubkin-Head-reason")).to_contain_text(shown, timeout=30_000)
    expect(card.locator(".hubkin-Traceback strong")).to_have_text(shown)
    card.get_by_role("tab", name="Logs").click()
    expect(card.get_by_text("ab red \ufffdgnp.exe \ufffd <script>1</script>")).to_be_visible()
    expect(card.get_by_text("15000 more characters")).to_be_attached()
    card.get_by_role("tab", name="Files").click()
    expect(card.get_by_text("Not kept (5): leak-0, leak-1, leak-2")).to_be_visible()


def test_the_side_bar_opens_a_job_in_a_tab_that_is_there_after_a_reload(
    lab: Callable[..., Page], started: str
) -> None:
    page = lab()
    ask(page, "POST", f"{started}/hubkin/api/jobs", {"spec": {"name": "in-a-tab", "run": "true"}})
    page.locator("[data-id=hubkin-panel]").click()
    panel = page.locator("#hubkin-panel")
    expect(panel.get_by_text("Available")).to_be_visible()
    panel.locator(".hubkin-JobRow-open").first.click()
    tab = page.locator(".jp-MainAreaWidget .hubkin-Head-name")
    expect(tab).to_be_visible()
    name = tab.inner_text()
    page.wait_for_timeout(1_500)  # JupyterLab writes its layout a second after the last change.

    page.goto(f"{started}/lab")

    expect(page.locator(".jp-MainAreaWidget .hubkin-Head-name")).to_have_text(name, timeout=60_000)


def test_commands_are_in_the_palette(lab: Callable[..., Page]) -> None:
    page = lab()

    page.keyboard.press("Control+Shift+c")
    page.locator(".lm-CommandPalette-input").fill("show my usage")
    page.keyboard.press("Enter")

    expect(page.locator("#hubkin-panel").get_by_text("Available")).to_be_visible()


def test_nothing_is_asked_again_while_nothing_happens(lab: Callable[..., Page]) -> None:
    page = lab()
    page.locator("[data-id=hubkin-panel]").click()
    expect(page.locator("#hubkin-panel").get_by_text("Available")).to_be_visible()
    page.wait_for_timeout(2_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.wait_for_timeout(12_000)

    assert [url for url in asked if "/hubkin/" in url] == []


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_side_bar_card_and_tab_are_for_everyone(
    lab: Callable[..., Page], started: str, theme: str, tmp_path: Path
) -> None:
    page = lab()
    spec = {"name": "dressed", "run": "echo loss=1"}
    job = ask(page, "POST", f"{started}/hubkin/api/jobs", {"spec": spec})
    card = {"v": 1, "platform": "", "kind": "job", "id": job["id"], "snapshot": job}
    notebook(page, started, "dressed.ipynb", "pass", card=card)
    page.locator(".hubkin-Card h2").wait_for(timeout=60_000)
    page.locator("[data-id=hubkin-panel]").click()
    page.get_by_role("menuitem", name="Settings").click()
    page.locator(".lm-Menu-item", has_text="Theme").first.hover()
    page.locator(".lm-Menu-item", has_text=re.compile(f"^{theme}$")).click()
    page.locator(f"body[data-jp-theme-name='{theme}']").wait_for(state="attached")
    page.wait_for_timeout(500)  # The style sheet of the theme is drawn.
    page.screenshot(path=tmp_path / "lab.png")

    assert axe.violations(page, "#hubkin-panel") == []
    assert axe.violations(page, ".hubkin-Card") == []


def test_it_follows_the_system_where_jupyterlab_does(lab: Callable[..., Page], started: str) -> None:
    page = lab(color_scheme="light")
    settings = f"{started}/lab/api/settings/@jupyterlab/apputils-extension:themes"
    ask(page, "PUT", settings, {"raw": json.dumps({"adaptive-theme": True})})
    page.goto(f"{started}/lab?reset")
    page.locator("[data-id=hubkin-panel]").click(timeout=60_000)
    panel = page.locator("#hubkin-panel")
    expect(panel.get_by_text("Available")).to_be_visible()

    page.emulate_media(color_scheme="dark")

    page.locator("body[data-jp-theme-light=false]").wait_for(state="attached")
    page.wait_for_function(
        """() => [document.querySelector('#hubkin-panel')].every(
            each => getComputedStyle(each).backgroundColor.match(/\\d+/g).every(part => Number(part) < 60))"""
    )
    ask(page, "PUT", settings, {"raw": "{}"})


def test_jupyterlab_and_our_parts_are_chinese_in_a_chinese_browser_without_a_click(
    lab: Callable[..., Page],
) -> None:
    page = lab(locale="zh-CN")

    page.locator("[data-id=hubkin-panel]").click()

    expect(page.locator("#hubkin-panel").get_by_text("可用", exact=True)).to_be_visible()
    expect(page.locator(".lm-MenuBar-itemLabel").first).to_have_text("文件")


def test_jupyterlab_and_our_parts_are_english_again_for_who_switched_to_it(
    lab: Callable[..., Page], machine: Demo
) -> None:
    page = lab(locale="zh-CN")
    page.context.add_cookies([{"name": "hubkin-language", "value": "en", "url": machine.url}])

    page.reload()
    page.locator("[data-id=hubkin-panel]").click(timeout=60_000)

    expect(page.locator("#hubkin-panel").get_by_text("Available", exact=True)).to_be_visible()
    expect(page.locator(".lm-MenuBar-itemLabel").first).to_have_text("File")


PUSH = """import hubkin, pathlib
pathlib.Path("digits").mkdir(exist_ok=True)
pathlib.Path("digits/a.txt").write_text("41")
hubkin.client().datasets.push("digits", "digits").version"""
READ = """%%train {name} --gpu sim-gpu:1 --cost 30 --as job
def main():
    return int((hubkin.data("digits") / "a.txt").read_text()) + 1
main()"""


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_what_a_cell_reads_is_on_its_plan_and_in_its_job(
    lab: Callable[..., Page], started: str, tmp_path: Path, locale: str
) -> None:
    page = lab(locale=locale)
    reads, submit, details = ("Reads", "Submit", "Details") if locale == "en-US" else ("读取", "提交", "详情")
    name = f"reader-{locale.lower()}"
    notebook(page, started, f"{name}.ipynb", PUSH, READ.format(name=name), "job.result('1m')")
    cells = page.locator(".jp-Notebook .jp-Cell")
    run_cell(page, 0)
    expect(cells.nth(0).locator(".jp-OutputArea-output").last).to_have_text("1", timeout=20_000)
    run_cell(page, 1)
    card = page.locator(".hubkin-Card")

    inputs = card.get_by_role("table", name=reads)
    expect(inputs).to_contain_text("ada/digits@v1", timeout=20_000)
    assert axe.violations(page, ".hubkin-Card") == []
    page.screenshot(path=tmp_path / "plan.png")
    card.get_by_role("button", name=submit, exact=True).click()
    run_cell(page, 2)
    expect(cells.nth(2).locator(".jp-OutputArea-output").last).to_have_text("42", timeout=40_000)
    card.get_by_role("tab", name=details).click()
    expect(inputs).to_contain_text("ada/digits@v1")
    page.screenshot(path=tmp_path / "job.png")
