"""Several platform processes' worth of everything, on one database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hubkin_kit.database import Database

from tests.http.small_hub import SmallHub
from tests.http.whole import SITE
from tests.support.process import Process, write_secrets
from tests.support.rig import Rig
from tests.support.started import end_agents

Start = Callable[..., Process]

WRITERS = 4


@pytest.fixture
def writers(database_url: str) -> Iterator[list[Database]]:
    """Several processes' databases: each with a writing thread and connections of its own."""
    with ExitStack() as stack:
        opened = [Database(database_url, readers=1) for _ in range(WRITERS)]
        for database in opened:
            stack.callback(database.close)
        opened[0].create_all()
        yield opened


@pytest.fixture
async def rigs(tmp_path: Path, database_url: str) -> AsyncIterator[list[Rig]]:
    """Several platforms that decide about the same people, money and machines."""
    opened = []
    for n in range(WRITERS):
        folder = tmp_path / str(n)
        folder.mkdir()
        opened.append(Rig(folder, database_url=database_url))
    yield opened
    for rig in opened:
        await rig.close()


@pytest.fixture
def start(tmp_path: Path, hub: SmallHub, database_url: str) -> Iterator[Start]:
    """Start a platform on the database, more than once if need be; none is left behind."""
    write_secrets(tmp_path, hub)
    site = tmp_path / "site.yaml"
    site.write_text(SITE)
    flags = (f"--site={site}", f"--HubkinPlatform.database_url={database_url}")
    running: list[Process] = []

    def one(*more: str, port: int = 0) -> Process:
        running.append(Process(tmp_path, hub, *flags, *more, port=port))
        return running[-1]

    yield one
    for process in running:
        process.kill()
    end_agents(tmp_path / "runs")


@pytest.fixture
async def hub() -> AsyncIterator[SmallHub]:
    hub = SmallHub()
    yield hub
    await hub.close()
