"""The client against a small real platform, away from this machine's own settings."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hubkin import session
from hubkin.cli.main import run

from tests.unit.client.small_platform import Running, World


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with nothing in it, and none of this machine's variables."""
    for name in (
        "HUBKIN_API_URL",
        "HUBKIN_TOKEN",
        "HUBKIN_OWNER",
        "HUBKIN_LANG",
        "HUBKIN_DATA",
        "JUPYTERHUB_API_TOKEN",
        "NO_COLOR",
        "LC_ALL",
        "LC_MESSAGES",
        "LANG",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("CONFIG", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.setattr(session, "_default", None)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def platform(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A platform that is running, with ada signed in."""
    with Running(World()) as world:
        monkeypatch.setenv("HUBKIN_API_URL", world.url)
        monkeypatch.setenv("HUBKIN_TOKEN", "secret")
        yield world
        if session._default is not None:
            session._default.close()


@dataclass
class Ran:
    """What a command line did."""

    code: int
    out: str
    err: str


class Terminal(io.StringIO):
    """A stream that a person sees or types on."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def hubkin(home: Path) -> Callable[..., Ran]:
    """Run a command line as the program does, without a process of its own."""

    def call(*words: str, typed: str | None = None, terminal: bool = False) -> Ran:
        out, err = (Terminal() if terminal else io.StringIO()), io.StringIO()
        code = run(list(words), out, err, stdin=None if typed is None else Terminal(typed))
        return Ran(code, out.getvalue(), err.getvalue())

    return call
