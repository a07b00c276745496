"""A real Chromium for tests that are a person in front of a screen.

It is Debian's, found by path; its own chatter to the outside is switched off, so that a closed
network does not slow it down.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def path() -> str | None:
    """Where Chromium is, None when there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def version() -> str:
    """The version of that Chromium."""
    done = subprocess.run([path() or "", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split()[1]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start it headless; as root without its sandbox, which root cannot have."""
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path(), args=flags)
        try:
            yield browser
        finally:
            browser.close()
