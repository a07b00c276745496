"""The real platform under `hubkin up --demo`: a notebook computes, is charged, survives what dies."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hubkin_platform.up import commands, record

from tests.hub.machine import Visitor, eventually, sweep
from tests.hub.test_spawn import environment
from tests.hub.test_up import Run


class WholeRun(Run):
    """`hubkin up` with the platform that people get."""

    program = commands.PROGRAM

    def passwords(self) -> dict[str, str]:
        return dict(re.findall(r"^  (\w+) +(\S+)$", self.said, re.MULTILINE))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeRun]:
    run = WholeRun(tmp_path_factory.mktemp("whole") / "data", "--demo")
    run.ready()
    yield run
    assert run.end(signal.SIGINT) == 0
    sweep(run.places.data)


@pytest.fixture(scope="module")
def ada(whole: WholeRun) -> Visitor:
    """Ada, with a notebook on the simulated GPU, for as long as these tests take."""
    return at_work(whole, "ada")


def at_work(whole: WholeRun, name: str) -> Visitor:
    """Sign somebody in and start their notebook on the simulated GPU."""
    visitor = Visitor(whole.url)
    start_page = visitor.sign_in(name, whole.passwords()[name])
    visitor.submit(start_page, {"profile": "sim-gpu"})
    pending = f"/hub/spawn-pending/{name}"
    eventually(lambda: f"/user/{name}/" in visitor.get(pending).url, seconds=90, what=f"{name}'s notebook")
    return visitor


def notebook(whole: WholeRun, name: str) -> tuple[int, dict[str, str]]:
    """Return pid and environment of somebody's server."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = environment(int(process.name))
            command = (process / "cmdline").read_text()
        except (OSError, UnicodeDecodeError):
            continue
        if f"HOME={whole.places.data}/homes/{name}\0" in told and "hubkin_spawners.server" in command:
            return int(process.name), dict(row.split("=", 1) for row in told.split("\0") if "=" in row)
    raise AssertionError(f"no notebook of {name} runs")


def api(whole: WholeRun, token: str, path: str) -> Any:
    answer = Visitor(whole.url).send(
        "GET", f"/services/hubkin/api/v1{path}", headers={"Authorization": f"Bearer {token}"}
    )
    return answer.json() if answer.status == 200 else None


async def computed(url: str, token: str, code: str) -> str:
    """Run code in a fresh kernel of the notebook, through the proxy, and return what it printed."""
    headers = {"Authorization": f"token {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.post(f"{url}/api/kernels", json={"name": "python3"}) as answer:
            kernel = (await answer.json())["id"]
        async with session.ws_connect(f"{url}/api/kernels/{kernel}/channels") as channels:
            header = {
                "msg_id": uuid.uuid4().hex,
                "msg_type": "execute_request",
                "session": "s",
                "username": "",
            }
            await channels.send_json(
                {
                    "header": {**header, "version": "5.3"},
                    "parent_header": {},
                    "metadata": {},
                    "content": {"code": code, "silent": False, "store_history": True, "allow_stdin": False},
                    "channel": "shell",
                }
            )
            async for message in channels:
                said = json.loads(message.data)
                if said["header"]["msg_type"] == "stream":
                    return str(said["content"]["text"])
    raise AssertionError("the kernel said nothing")


def test_a_kernel_computes_and_reaches_the_platform_with_its_token(whole: WholeRun, ada: Visitor) -> None:
    _, given = notebook(whole, "ada")
    code = (
        "import os, json, urllib.request as u\n"
        "r = u.Request(os.environ['HUBKIN_API_URL'] + '/me',"
        " headers={'Authorization': 'Bearer ' + os.environ['JUPYTERHUB_API_TOKEN']})\n"
        "print(json.load(u.urlopen(r))['name'], os.environ['HUBKIN_PROFILE'])"
    )

    said = asyncio.run(computed(f"{whole.url}/user/ada", given["JUPYTERHUB_API_TOKEN"], code))

    assert said.strip() == "ada sim-gpu"


@pytest.mark.parametrize("name", ["platform", "hub", "proxy"])
def test_whatever_is_killed_the_notebook_goes_on(whole: WholeRun, ada: Visitor, name: str) -> None:
    pid, given = notebook(whole, "ada")
    before = record.read(whole.places.state)
    assert before

    os.kill(before.children[name].pid, signal.SIGKILL)

    eventually(lambda: whole.ready().children[name].pid != before.children[name].pid, what=f"another {name}")
    eventually(
        lambda: api(whole, given["JUPYTERHUB_API_TOKEN"], "/me"), seconds=60, what="the platform's answer"
    )
    eventually(lambda: ada.get("/user/ada/api").status == 200, what="the notebook's answer")
    eventually(lambda: ada.get("/hub/home").status == 200, what="the hub's answer")
    assert notebook(whole, "ada")[0] == pid


def test_the_next_person_sees_what_is_left_and_is_refused_what_is_not(whole: WholeRun, ada: Visitor) -> None:
    bob = Visitor(whole.url, language="zh-CN")

    page = bob.sign_in("bob", whole.passwords()["bob"]).text

    assert "现在空闲 1 / 2" in page
    assert "余额：¥5.00" in page


def test_a_notebook_holds_unit_and_money_and_stopping_gives_both_back(whole: WholeRun, ada: Visitor) -> None:
    lea = at_work(whole, "lea")
    token = notebook(whole, "lea")[1]["JUPYTERHUB_API_TOKEN"]

    profiles = {one["name"]: one for one in api(whole, token, "/profiles")["items"]}
    held = api(whole, token, "/usage")["held"]["amount"]
    states = [server["state"] for server in api(whole, token, "/servers")["items"]]
    xsrf = lea.get("/hub/home").text.split('xsrf_token: "')[1].split('"')[0]
    lea.send("DELETE", "/hub/api/users/lea/server", headers={"X-XSRFToken": xsrf})
    page = eventually(
        lambda: (found := lea.get("/hub/spawn").text) and "1 of 2 free now" in found and found,
        what="the unit's return",
    )

    assert profiles["sim-gpu"]["free_units"] == 0
    assert held == "2.00"
    assert states == ["running"]
    # The first hour is no longer held, and what was used is less than a minute.
    assert re.search(r"You have ¥49\.9\d|You have ¥50\.00", page)
    assert 'value="sim-gpu" required checked' in page
