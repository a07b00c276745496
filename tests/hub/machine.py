"""A real hub behind a real traefik with a small real platform, on free ports and in a folder of its own."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from hubkin_platform.up import ports, proxy, secret_files
from hubkin_platform.up.paths import Places

HERE = Path(__file__).parent
CONFIG = """
from hubkin_hub import configure
configure(c)
c.Spawner.consecutive_failure_limit = 5
c.Spawner.poll_interval = 2
"""


def eventually(check: Callable[[], Any], *, seconds: float = 30, what: str = "it") -> Any:
    """Return what ``check`` returns once that is true; it may fail with a connection error until then."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            found = check()
        except (OSError, http.client.HTTPException):
            found = None
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.05)


def sweep(data: Path) -> None:
    """Kill what still runs on a test's folder, found by its environment; a failed test may leave much."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(data) in told and int(process.name) != os.getpid():
            with suppress(ProcessLookupError):
                os.kill(int(process.name), signal.SIGKILL)


@dataclass
class Machine:
    """Processes of one installation, started by hand so that each test may kill one."""

    places: Places
    login: str
    config: str = CONFIG
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places.make()
        self.secrets = secret_files.ensure(self.places.secrets)
        self.ports = ports.choose(self.places.ports, public=ports._any_free(set()))
        self.url = f"http://127.0.0.1:{self.ports.public}"

    def start(self) -> None:
        proxy.write(self.places, port=self.ports.public, proxy_port=self.ports.proxy)
        self.places.hub_config.write_text(self.config)
        self.run("proxy", *proxy.command(self.places))
        self.start_platform()
        self.start_hub()

    def start_platform(self) -> None:
        script = str(HERE / "small_platform.py")
        port, secrets = str(self.ports.platform), str(self.places.secrets)
        self.run("platform", sys.executable, script, "--port", port, "--secrets", secrets)
        eventually(lambda: self.control() is not None, what="the platform's answer")

    def start_hub(self) -> None:
        self.run("hub", sys.executable, "-m", "hubkin_hub", "-f", str(self.places.hub_config))
        eventually(lambda: Visitor(self.url).get("/hub/login").status == 200, what="the hub's answer")

    def run(self, name: str, *command: str) -> None:
        environment = {
            **os.environ,
            "HUBKIN_DATA": str(self.places.data),
            "HUBKIN_SECRETS": str(self.places.secrets),
            "HUBKIN_PORT": str(self.ports.platform),
            "HUBKIN_LOGIN": self.login,
            "HUBKIN_ADMINS": "root-admin",
            "HUBKIN_PUBLIC_PORT": str(self.ports.public),
            "HUBKIN_HUB_PORT": str(self.ports.hub),
            "HUBKIN_PROXY_PORT": str(self.ports.proxy),
        }
        with (self.places.logs / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, cwd=self.places.data, start_new_session=True
            )

    def stop(self, name: str, *, how: signal.Signals = signal.SIGTERM) -> None:
        child = self.children.pop(name)
        child.send_signal(how)
        child.wait(20)

    def close(self) -> None:
        for name in list(self.children):
            self.stop(name)
        sweep(self.places.data)

    def running_servers(self) -> list[dict[str, Any]]:
        if "hub" not in self.children:
            return []
        answer = self.api("GET", "/users?state=active", token=self.secrets["control_token"])
        return list(answer.json()) if answer.status == 200 else []

    def control(self, refusal: dict[str, Any] | None = None, *, write: bool = False) -> Any:
        visitor = Visitor(f"http://127.0.0.1:{self.ports.platform}")
        if write:
            return visitor.send("PUT", "/services/hubkin/control", json.dumps({"refusal": refusal}).encode())
        return visitor.get("/services/hubkin/control").json()

    def api(self, method: str, path: str, *, token: str, body: Any = None) -> Answer:
        visitor = Visitor(self.url)
        data = None if body is None else json.dumps(body).encode()
        return visitor.send(method, f"/hub/api{path}", data, {"Authorization": f"token {token}"})

    def log(self, name: str) -> str:
        return (self.places.logs / f"{name}.log").read_text()


@dataclass(frozen=True)
class Answer:
    """What came back, after redirects."""

    status: int
    url: str
    text: str
    headers: Any

    def json(self) -> Any:
        return json.loads(self.text)


class Visitor:
    """A browser without JavaScript: cookies, redirects, forms."""

    def __init__(self, url: str, *, language: str = "en") -> None:
        self.url = url
        self.language = language
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def send(
        self, method: str, path: str, data: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        target = path if path.startswith("http") else self.url + path
        request = urllib.request.Request(
            target, data=data, method=method, headers={"Accept-Language": self.language, **(headers or {})}
        )
        try:
            with self.opener.open(request, timeout=30) as response:
                return Answer(response.status, response.url, response.read().decode(), response.headers)
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.url or "", error.read().decode(), error.headers)

    def get(self, path: str, **headers: str) -> Answer:
        return self.send(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def submit(self, page: Answer, fields: dict[str, str]) -> Answer:
        """Send the page's form as a browser would: its hidden fields, its action, and these values."""
        action = re.search(r"<form[^>]*action=\"([^\"]*)\"", page.text)
        assert action, page.text
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page.text))
        data = urllib.parse.urlencode({**hidden, **fields}).encode()
        return self.send("POST", urllib.parse.urljoin(page.url, action[1].replace("&amp;", "&")), data)

    def sign_in(self, name: str, password: str) -> Answer:
        return self.submit(self.get("/hub/login"), {"username": name, "password": password})
