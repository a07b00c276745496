"""A notebook on a disk that is full: refused with a sentence, and started once there is room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hubkin_hub.passwords import PasswordFile, hash_password
from hubkin_platform.up.paths import Places

from tests.hub.conftest import signed_in
from tests.hub.machine import Machine, eventually
from tests.support.small_disk import SmallDisk, small_disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", size="100m") as disk:
        yield disk


@pytest.fixture
def machine(disk: SmallDisk, hub_and_proxy: None) -> Iterator[Machine]:
    made = Machine(Places(disk.path / "data"), login="password")
    PasswordFile(made.places.passwords).write({"ada": hash_password("ada-pw")})
    made.start()
    yield made
    disk.make_room()
    made.close()


def test_a_notebook_is_refused_on_a_full_disk_and_starts_when_there_is_room(
    machine: Machine, disk: SmallDisk
) -> None:
    ada, chinese = signed_in(machine, "ada"), signed_in(machine, "ada", language="zh-CN")
    disk.fill(but_bytes=20 << 20)

    refused = ada.submit(ada.get("/hub/spawn"), {"profile": "cpu"})
    again = chinese.submit(chinese.get("/hub/spawn"), {"profile": "cpu"})
    asked = machine.control()["gate_calls"]
    disk.make_room()
    ada.submit(ada.get("/hub/spawn"), {"profile": "cpu"})

    assert "The disk with your files is full, so no notebook can start." in refused.text
    assert "您的文件所在的磁盘已满" in again.text
    assert asked == []
    eventually(lambda: "/user/ada/" in ada.get("/hub/spawn-pending/ada").url, seconds=60, what="the notebook")
