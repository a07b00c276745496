"""The whole product on this machine, as ``hubkin up --demo`` starts it, for a person in a browser."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubkin_platform.up.ports import _any_free
from playwright.sync_api import Page

START_SECONDS = 90
PASSWORD = re.compile(r"^ {2}([\w-]+) +(\S+)$", re.MULTILINE)
HUBKIN = Path(sys.executable).with_name("hubkin")


@dataclass(frozen=True)
class Demo:
    """A running demo: where it is, and who may sign in."""

    url: str
    passwords: dict[str, str]
    data: Path

    def sign_in(self, page: Page, name: str, path: str = "/services/hubkin/") -> None:
        """Open a page as somebody who has to sign in first."""
        page.goto(self.url + path)
        page.fill("input[name=username]", name)
        page.fill("input[name=password]", self.passwords[name])
        page.keyboard.press("Enter")
        page.wait_for_url(f"{self.url}{path}**")

    def log(self, name: str) -> str:
        """What a process has written."""
        return (self.data / "logs" / f"{name}.log").read_text()


@contextmanager
def demo(folder: Path) -> Iterator[Demo]:
    """Start a demo on data of its own; stop it with everything it started."""
    data, output = folder / "data", folder / "up.out"
    port = _any_free(set())
    words = ["up", "--demo", "--no-browser", "--data", str(data), "--port", str(port)]
    environment = {**os.environ, "LANG": "C.UTF-8"}
    with output.open("wb") as out:
        process = subprocess.Popen(
            [HUBKIN, *words], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while "hubkin uninstall" not in output.read_text():
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.1)
        yield Demo(f"http://127.0.0.1:{port}", dict(PASSWORD.findall(output.read_text())), data)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def call(page: Page, method: str, path: str, body: Any = None) -> Any:
    """Ask the platform's API as the person whose page this is; the answer must be a success."""
    status, answer = page.evaluate(
        """async ([method, path, body]) => {
            const config = JSON.parse(document.getElementById('hubkin-config').textContent);
            const key = Array.from(crypto.getRandomValues(new Uint8Array(16))).join('');
            const headers = { 'X-XSRFToken': config.xsrf, 'Content-Type': 'application/json' };
            if (method === 'POST') headers['Idempotency-Key'] = `"${key}"`;
            const answer = await fetch(config.api + path, { method, headers, body });
            return [answer.status, await answer.text()];
        }""",
        [method, path, None if body is None else json.dumps(body)],
    )
    assert status < 300, answer
    return json.loads(answer) if answer else None
