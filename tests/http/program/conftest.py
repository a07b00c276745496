"""The real platform as a process, a small hub that knows its people, and the real `hubkin` program."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hubkin_resources import DEMO

from tests.http.small_hub import HubOnAThread, SmallHub
from tests.support.started import started_at


@dataclass
class Platform:
    """A platform that runs, and its people's tokens."""

    hub: SmallHub
    url: str
    tokens: dict[str, str]
    process: subprocess.Popen[bytes]


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("platform")
    (folder / "site.yaml").write_text(DEMO)
    with HubOnAThread() as hub:
        keys = {name: secrets.token_hex(32) for name in ("cookie_secret", "attempt_key", "ticket_key")}
        path = folder / "secrets.json"
        path.write_text(json.dumps({"hub_token": hub.own_token, **keys}))
        path.chmod(0o600)
        tokens = {name: hub.add(name, groups=("vision-lab",)) for name in ("ada", "bob", "cy")}
        log = folder / "log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "hubkin_platform",
                    "service",
                    f"--data={folder}",
                    "--port=0",
                    f"--HubkinPlatform.hub_api_url={hub.url}",
                    f"--HubkinPlatform.site={folder / 'site.yaml'}",
                ],
                stderr=sink,
            )
        try:
            yield Platform(hub, started_at(log, process), tokens, process)
        finally:
            process.terminate()
            process.wait(30)


@dataclass
class Ran:
    code: int
    out: str
    err: str


class Program:
    """The `hubkin` program of one person, in a folder of their own."""

    def __init__(self, platform: Platform, person: str, home: Path) -> None:
        self.folder = home / "work"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "HUBKIN_API_URL": platform.url,
            "HUBKIN_TOKEN": platform.tokens[person],
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(Path(sys.executable).parent / "hubkin"), *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *words: str) -> Ran:
        with self.start(*words) as process:
            out, err = process.communicate(timeout=90)
        return Ran(process.returncode, out, err)


@pytest.fixture
def person(platform: Platform, tmp_path: Path) -> Callable[[str], Program]:
    return lambda name: Program(platform, name, tmp_path / name)


@pytest.fixture
def ada(person: Callable[[str], Program]) -> Program:
    return person("ada")


@pytest.fixture
def bob(person: Callable[[str], Program]) -> Program:
    return person("bob")
