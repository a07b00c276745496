"""``make demo``: the whole path, seen working.

A notebook's cell becomes a job, is priced, trained, watched and paid.  This starts the platform in demo mode,
opens ada's JupyterLab through the hub, runs the tutorial's notebook in her server's kernel, and ends with one
table.  It stays up until Ctrl-C; without a terminal it stops everything and exits 0.  A step that fails is
named, and the exit status is 1.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from hubkin import fmt
from hubkin.card import state_text
from hubkin.i18n import language, listed, translated
from hubkin_agent import is_alive
from hubkin_platform.up.jobs import running

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / ".demo"
LESSON = ROOT / "services" / "platform" / "hubkin_platform" / "lesson"
PERSON = "ada"
SECOND = "waits-its-turn"
FINAL = ("succeeded", "failed", "stopped", "suspended")
START_SECONDS = 120
TRAIN_SECONDS = 300


def _(message: str) -> str:
    """Translate one message by the catalog beside this file."""
    return translated(message, Path(__file__).parent)


class StepFailed(Exception):
    """A step did not come to its end; the sentence says why."""


def main() -> int:
    """Run the demo; return the exit status."""
    try:
        return asyncio.run(demo())
    except StepFailed as failure:
        print(f"\n✘ {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


async def demo() -> int:
    """Run every step."""
    shutil.rmtree(DATA, ignore_errors=True)
    async with platform() as (base, passwords):
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            person = Person(session, base, PERSON)
            await step(_("{person} signs in").format(person=PERSON), person.sign_in(passwords[PERSON]))
            await step(
                _("{person}'s JupyterLab starts through the hub").format(person=PERSON), person.start_server()
            )
            before = await step(_("the balance before"), person.rest("GET", "/usage"))
            kernel = await step(_("a kernel of her server opens the notebook"), person.open_notebook())
            plan = await step(_("the notebook runs; its last cell becomes a plan"), kernel.run_notebook())
            job = await step(_("the plan is submitted, as the card's button does"), person.submit(plan))
            second = await step(_("a second job is submitted meanwhile"), person.submit_second())
            why = await step(_("it says what it waits for"), person.explain(second["id"]))
            job = await step(_("two replicas train one model together"), person.until_over(job["id"]))
            if job["state"] != "succeeded":
                raise StepFailed(
                    f"{state_text(job['state'])}: {job['reason']['text']}\n{await person.tail(job['id'])}"
                )
            result = await step(_("the kernel gets the result"), kernel.result())
            second = await step(_("the second job has run as well"), person.until_over(second["id"]))
            model = await step(_("the network is registered as a model version"), person.register(job["id"]))
            curve = await step(_("its loss was read from its output"), person.curve(job["id"]))
            after = await step(_("the balance after"), person.rest("GET", "/usage"))
            await kernel.close()
        print(table(base, job, second, why, result, model, curve, before, after))
        words = " · ".join(f"{name} {word}" for name, word in passwords.items())
        print("\n" + _("Passwords: {words}").format(words=words))
        if sys.stdin.isatty():
            print(_("It stays up until Ctrl-C: {url}").format(url=base))
            await until_interrupted()
            print("\n" + _("Stopping …"), flush=True)
        else:
            print(_("In a terminal it would stay up until Ctrl-C; here it stops."))
    return 0


@asynccontextmanager
async def platform() -> AsyncIterator[tuple[str, dict[str, str]]]:
    """Run ``hubkin up --demo``; give its address and the passwords that it prints once."""
    command = [
        str(Path(sys.executable).parent / "hubkin"),
        "up",
        "--demo",
        "--data",
        str(DATA),
        "--no-browser",
    ]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield await step(_("the platform starts"), read_start(process))
    finally:
        # With a terminal, SIGINT would make it ask whether to leave while jobs run: into our pipe, unheard.
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.communicate(), 60)
        await stop_jobs()
        print("✔ " + _("everything is stopped"))


async def stop_jobs() -> None:
    """Stop the jobs that run on without the platform: the next demo begins with an empty folder."""
    for file in (DATA / "runs").glob("*/*/agent.pid"):
        agent = json.loads(file.read_text())
        if is_alive(agent["pid"], agent["start_time"]):
            os.kill(agent["pid"], signal.SIGTERM)

    async def look() -> bool:
        return not running(DATA / "runs")

    await wait_for(look, 60, _("jobs did not stop"))


async def read_start(process: asyncio.subprocess.Process) -> tuple[str, dict[str, str]]:
    """Read what the start prints until it says how to stop."""
    base, passwords, said = "", {}, []
    assert process.stdout is not None
    async with asyncio.timeout(START_SECONDS):
        while line := (await process.stdout.readline()).decode():
            said.append(line)
            if found := re.search(r"(http://\S+)", line):
                base = base or found[1].rstrip("/")
            if found := re.fullmatch(r"  (\w+)\s+(\S+)\n", line):
                passwords[found[1]] = found[2]
            if base and passwords and "Ctrl-C" in line:
                return base, passwords
    raise StepFailed(_("hubkin up ended early:") + "\n" + "".join(said))


class Person:
    """Somebody in front of a browser: signs in, has a server, uses the platform through it."""

    def __init__(self, session: aiohttp.ClientSession, base: str, name: str) -> None:
        self.session, self.base, self.name = session, base, name
        self.headers: dict[str, str] = {}

    async def sign_in(self, password: str) -> None:
        """Sign in with the form, and make a token for what follows."""
        async with self.session.get(f"{self.base}/hub/login") as page:
            await page.read()
        form = {"username": self.name, "password": password, "_xsrf": self._xsrf()}
        async with self.session.post(f"{self.base}/hub/login", data=form, allow_redirects=False) as answer:
            if answer.status != 302:
                raise StepFailed(_("the login form answered {status}").format(status=answer.status))
        async with self.session.get(f"{self.base}/hub/token") as page:
            await page.read()
        headers = {"X-XSRFToken": self._xsrf(), "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
        address = f"{self.base}/hub/api/users/{self.name}/tokens"
        async with self.session.post(address, json={"note": "make demo"}, headers=headers) as answer:
            self.headers = {"Authorization": f"token {(await answer.json())['token']}"}
        self.session.cookie_jar.clear()

    async def start_server(self) -> None:
        """Start JupyterLab with the free profile, and wait until it answers."""
        await self.call("POST", f"/hub/api/users/{self.name}/server", {"profile": "cpu"})
        await wait_for(self._server_is_ready, START_SECONDS, _("JupyterLab did not start"))

    async def open_notebook(self) -> Kernel:
        """Start a kernel for the notebook that `hubkin up --demo` has put into her home."""
        body = {
            "path": "train.ipynb",
            "name": "train.ipynb",
            "type": "notebook",
            "kernel": {"name": "python3"},
        }
        opened = await self.call("POST", f"/user/{self.name}/api/sessions", body)
        return await Kernel.connect(self, opened["kernel"]["id"])

    async def rest(self, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        """Call the platform through her server's extension, as Lab does."""
        headers = {"Idempotency-Key": f'"{key}"'} if key else {}
        return await self.call(method, f"/user/{self.name}/hubkin/api{path}", body, headers)

    async def submit(self, plan: dict[str, Any]) -> Any:
        """Press the card's Submit."""
        return await self.rest("POST", "/jobs", {"plan_id": plan["id"]}, key=f"plan-{plan['id']}")

    async def submit_second(self) -> Any:
        """Submit another job for the same pool."""
        spec = {"name": SECOND, "run": "echo it is my turn", "resources": {"gpu": "sim-gpu:1"}}
        return await self.rest("POST", "/jobs", {"spec": spec}, key=f"second-{uuid.uuid4().hex}")

    async def explain(self, job_id: str) -> Any:
        """Ask why a job waits, until the dispatcher has looked at it."""

        async def look() -> Any:
            found = await self.rest("GET", f"/jobs/{job_id}/explanation")
            return found if found["reasons"][0]["code"] != "accepted" else None

        why = await wait_for(look, 30, _("the second job was not explained"))
        if why["reasons"][0]["code"] != "no_free_gpu" or not why["waits_for_jobs"]:
            said = _("the second job should wait for a GPU, and says: {summary}")
            raise StepFailed(said.format(summary=why["summary"]))
        return why

    async def until_over(self, job_id: str) -> Any:
        """Wait for a job's end."""

        async def look() -> Any:
            job = await self.rest("GET", f"/jobs/{job_id}")
            return job if job["state"] in FINAL else None

        return await wait_for(look, TRAIN_SECONDS, _("the job did not end"))

    async def tail(self, job_id: str) -> str:
        """Return the end of a job's log."""
        page = await self.rest("GET", f"/jobs/{job_id}/logs?tail_bytes=4000")
        return "\n".join(f"  {line['replica']} │ {line['text']}" for line in page["lines"][-20:])

    async def register(self, job_id: str) -> Any:
        """Register the network that the job saved."""
        return await self.rest("POST", f"/jobs/{job_id}/register", {"name": "digits", "path": "network.npz"})

    async def curve(self, job_id: str) -> Any:
        """Return the loss curve."""
        found = await self.rest("GET", f"/jobs/{job_id}/metrics?name=loss")
        if not found["series"]:
            raise StepFailed(_("no loss was read from the output"))
        return found["series"][0]

    async def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Any:
        """Send one request; whatever is no success ends the demo with what was said."""
        sent = {"Accept-Language": language(), **self.headers, **(headers or {})}
        async with self.session.request(method, self.base + path, json=body, headers=sent) as answer:
            text = await answer.text()
            if answer.status >= 400:
                said = _("{method} {path} answered {status}: {text}")
                raise StepFailed(said.format(method=method, path=path, status=answer.status, text=text[:500]))
            return json.loads(text) if text.startswith(("{", "[")) else text

    async def _server_is_ready(self) -> bool:
        model = await self.call("GET", f"/hub/api/users/{self.name}")
        return bool((model.get("servers") or {}).get("", {}).get("ready"))

    def _xsrf(self) -> str:
        found = [cookie for cookie in self.session.cookie_jar if cookie.key == "_xsrf"]
        return max(found, key=lambda cookie: len(cookie["path"])).value


class Kernel:
    """A kernel of her server, spoken to as a browser does: the Jupyter protocol over a WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    @classmethod
    async def connect(cls, person: Person, kernel_id: str) -> Kernel:
        """Open the kernel's channels."""
        address = (
            f"{person.base.replace('http', 'ws', 1)}/user/{person.name}/api/kernels/{kernel_id}/channels"
        )
        return cls(await person.session.ws_connect(address, headers=person.headers, max_msg_size=0))

    async def close(self) -> None:
        """Leave the kernel alone; it goes on."""
        await self._socket.close()

    async def run_notebook(self) -> dict[str, Any]:
        """Run the notebook's cells as they are; return the plan that its last one makes."""
        notebook = json.loads((LESSON / "train.ipynb").read_text())
        outputs: list[dict[str, Any]] = []
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                outputs = await self.run("".join(cell["source"]))
        for output in outputs:
            card = output.get("data", {}).get("application/vnd.hubkin.job+json")
            if card and card["kind"] == "plan":
                plan: dict[str, Any] = card["snapshot"]
                return plan
        raise StepFailed(_("the cell made no plan: {outputs}").format(outputs=outputs))

    async def result(self) -> Any:
        """Ask the kernel for the job's result, as its user would."""
        outputs = await self.run("import hubkin, json; print(json.dumps(hubkin.last().result()))")
        return json.loads("".join(output.get("text", "") for output in outputs))

    async def run(self, code: str) -> list[dict[str, Any]]:
        """Run code, and return its outputs."""
        message_id = uuid.uuid4().hex
        header = {"msg_id": message_id, "msg_type": "execute_request", "version": "5.4", "session": "demo",
                  "username": "demo"}  # fmt: skip
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": True,
                   "user_expressions": {}, "stop_on_error": True}  # fmt: skip
        await self._socket.send_json(
            {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        )
        outputs: list[dict[str, Any]] = []
        async with asyncio.timeout(TRAIN_SECONDS):
            while True:
                message = json.loads((await self._socket.receive()).data)
                if message["parent_header"].get("msg_id") != message_id:
                    continue
                kind = message["msg_type"]
                if kind == "error":
                    raise StepFailed(
                        _("the cell failed:") + "\n" + "\n".join(message["content"]["traceback"])
                    )
                if kind in ("stream", "display_data", "execute_result"):
                    outputs.append(message["content"])
                if kind == "status" and message["content"]["execution_state"] == "idle":
                    return outputs


async def step(name: str, work: Awaitable[Any]) -> Any:
    """Do one step of the demo and say so; a failure is named."""
    began = time.monotonic()
    try:
        done = await work
    except StepFailed as failure:
        raise StepFailed(_("{step}: {what}").format(step=name, what=failure)) from None
    except (aiohttp.ClientError, TimeoutError, KeyError, ValueError) as error:
        what = f"{type(error).__name__}: {error}"
        raise StepFailed(_("{step}: {what}").format(step=name, what=what)) from error
    seconds = f"{time.monotonic() - began:.1f}"
    print("✔ " + _("{step} ({seconds} s)").format(step=name, seconds=seconds), flush=True)
    return done


async def wait_for(look: Callable[[], Awaitable[Any]], seconds: float, complaint: str) -> Any:
    """Look until something is found."""
    deadline = time.monotonic() + seconds
    while not (found := await look()):
        if time.monotonic() > deadline:
            raise StepFailed(_("{complaint} within {seconds} s").format(complaint=complaint, seconds=seconds))
        await asyncio.sleep(0.2)
    return found


async def until_interrupted() -> None:
    """Wait for Ctrl-C."""
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()


def table(
    base: str, job: Any, second: Any, why: Any, result: Any, model: Any, curve: Any, before: Any, after: Any
) -> str:
    """Return the last word: what happened, in numbers."""
    names = listed(f"{name['name']} ({name['source']})" for name in job["capture"]["names"])
    modules = listed(job["capture"]["modules"]) or "–"
    label = _("{label} (simulated)") if job["simulated"] else "{label}"
    second_ended = _("then {state} after {seconds} s").format(
        state=state_text(second["state"]), seconds=f"{second['waited_seconds']:.1f}"
    )
    rows = [
        (_("job"), f"{job['name']} · {job['id']} · {state_text(job['state'])}"),
        (_("ran on"), f"{len(job['replicas'])} × " + label.format(label=job["profile_label"])),
        (_("captured"), _("{names}; modules {modules}").format(names=names, modules=modules)),
        (_("waited"), _("{seconds} s").format(seconds=f"{job['waited_seconds']:.1f}")),
        (
            _("loss"),
            f"{curve['first']:.4f} → {curve['last']:.4f} · "
            + _("{count} points").format(count=curve["total_points"]),
        ),
        (_("held-out accuracy"), f"{result['accuracy']:.1%}"),
        ("job.result()", json.dumps(result)),
        (
            _("model version"),
            f"{model['name']}@v{model['version']} · "
            + _("files: {count}").format(count=model["files"])
            + f" · {fmt.size(model['bytes'])}",
        ),
        (_("held / charged"), f"{fmt.money(job['per_hour'])} / {fmt.money(job['charged'])}"),
        (_("second job"), f"{second['name']} · {why['summary']}"),
        ("", second_ended),
        (_("balance"), f"{_exact(before['balance'])} → {_exact(after['balance'])}"),
        (_("addresses"), f"{base}/user/{PERSON}/lab/tree/train.ipynb"),
        ("", f"{base}{job['href']}"),
        ("", f"{base}/services/hubkin/admin"),
    ]
    wide = max(fmt.width(row[0]) for row in rows)
    return "\n" + "\n".join(f"  {fmt.padded(label, wide)}  {text}" for label, text in rows)


def _exact(value: Mapping[str, Any]) -> str:
    """Return an amount to its last digit: what a short demonstration costs would be rounded away."""
    symbol = fmt.SYMBOLS.get(value["unit"])
    return f"{symbol}{value['amount']}" if symbol else f"{value['amount']} {value['unit']}"


if __name__ == "__main__":
    sys.exit(main())
