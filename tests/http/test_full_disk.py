"""The platform as a process on a disk that fills up, cannot be written, and has room again."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hubkin.transport import Transport, Unavailable

from tests.http.client import Answer, fetch
from tests.http.small_hub import SmallHub
from tests.support.process import Process, write_secrets
from tests.support.small_disk import SmallDisk, small_disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
async def process(disk: SmallDisk, hub: SmallHub) -> AsyncIterator[Process]:
    write_secrets(disk.path, hub)
    process = Process(disk.path, hub)
    yield process
    process.process.kill()
    process.process.wait()


async def healthy(process: Process, wanted: dict[str, str], *, language: str = "en") -> Answer:
    """Ask for the health until it says what is wanted."""
    deadline = time.monotonic() + 20
    while True:
        answer = await fetch(
            f"{process.origin}/services/hubkin/healthz", headers={"Accept-Language": language}
        )
        if wanted.items() <= answer.json.items():
            return answer
        assert time.monotonic() < deadline, answer.body
        await asyncio.sleep(0.1)


def expiries(data: Path) -> dict[str, int]:
    """Every loop's lease with its end: who runs renews it."""
    with closing(sqlite3.connect(f"file:{data}/hubkin.sqlite?mode=ro", uri=True)) as connection:
        return dict(connection.execute("SELECT name, expires_at FROM kit_leases"))


async def test_its_health_says_that_the_disk_is_full_until_it_is_not(
    process: Process, disk: SmallDisk
) -> None:
    await healthy(process, {"status": "ok"})

    disk.fill()
    full = await healthy(process, {"status": "degraded", "code": "disk_full"}, language="zh")
    disk.make_room()
    await healthy(process, {"status": "ok"})

    assert full.status == 200
    assert full.json["detail"] == "平台磁盘已满，未作任何更改。请告知管理员。"


async def test_its_loops_go_on_by_themselves_after_their_log_was_on_a_full_disk(
    process: Process, disk: SmallDisk
) -> None:
    await healthy(process, {"status": "ok"})
    disk.fill()
    with process.log.open("ab") as log:  # its last block has room for some lines more
        log.write(b"\n" * (-log.tell() % os.sysconf("SC_PAGE_SIZE")))
    await healthy(process, {"code": "disk_full"})
    at_least = max(expiries(disk.path).values())

    disk.make_room()

    deadline = time.monotonic() + 30
    while late := [name for name, expires_at in expiries(disk.path).items() if expires_at <= at_least]:
        assert time.monotonic() < deadline, f"{late} do not renew their leases any more"
        await asyncio.sleep(0.2)


async def test_a_file_that_does_not_fit_is_refused_with_a_sentence_and_leaves_nothing(
    process: Process, disk: SmallDisk, hub: SmallHub
) -> None:
    await healthy(process, {"status": "ok"})
    transport = Transport(f"{process.origin}/services/hubkin/api/v1", hub.add("ada"))
    content = os.urandom(8 << 20)
    claimed = {"digest": hashlib.sha256(content).hexdigest(), "size": len(content)}
    upload = await asyncio.to_thread(
        lambda: transport.request("POST", "/uploads", body={"declared_bytes": len(content)})
    )
    claims = await asyncio.to_thread(
        lambda: transport.request("POST", f"/uploads/{upload['id']}/claims", body={"objects": [claimed]})
    )
    url = claims["items"][0]["url"]
    disk.fill(but_bytes=4 << 20)

    with pytest.raises(Unavailable) as refused:
        await asyncio.to_thread(transport.upload, url, content, len(content))

    left = list((disk.path / "objects" / ".part").iterdir())
    disk.make_room()
    await asyncio.to_thread(transport.upload, url, content, len(content))
    transport.close()
    assert (refused.value.code, left) == ("disk_full", [])


async def test_what_has_no_room_is_refused_before_its_bytes_are_sent(
    process: Process, disk: SmallDisk, hub: SmallHub
) -> None:
    await healthy(process, {"status": "ok"})
    transport = Transport(f"{process.origin}/services/hubkin/api/v1", hub.add("ada"))
    upload = await asyncio.to_thread(lambda: transport.request("POST", "/uploads", body={}))

    def claim(size: int) -> None:
        body = {"objects": [{"digest": "a" * 64, "size": size}]}
        transport.request("POST", f"/uploads/{upload['id']}/claims", body=body)

    with pytest.raises(Unavailable) as refused:
        await asyncio.to_thread(claim, 100 << 20)
    await asyncio.to_thread(claim, 1 << 20)

    transport.close()
    assert refused.value.code == "disk_full"


async def test_it_ends_in_time_on_a_full_disk(process: Process, disk: SmallDisk) -> None:
    await healthy(process, {"status": "ok"})
    disk.fill()
    await healthy(process, {"code": "disk_full"})

    process.process.terminate()

    assert process.process.wait(timeout=6) == 0
