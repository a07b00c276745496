"""Runs every tier of tests in turn and prints what they ran against; called by `make test`.

Each tier is a run of its own (of pytest, or of npm), bounded in time, and leaves a JUnit
file in `reports/`.  At the end come a table and one line, `N passed, N failed, N skipped`;
the exit code is 1 when anything failed.  Name tiers to run only those: `tools/tiers.py unit http`.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "reports"
BIN = Path(sys.executable).parent
GRACE_SECONDS = 10
#: For all tiers together: whoever calls us has a limit too, and wants to read the table.
TOTAL_SECONDS = 75 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One kind of test, with one question."""

    name: str
    asks: str
    limit_seconds: int
    npm: str = ""
    npm_checks: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    """Tests of other tiers that are asked again here."""
    options: tuple[str, ...] = ()

    def command(self) -> list[str]:
        """How the tier is run."""
        if self.npm:
            reporters = ["--reporter=default", "--reporter=junit", f"--outputFile.junit={self.junit}"]
            return ["npm", "run", "--silent", self.npm, "--", *reporters]
        return [
            str(BIN / "pytest"),
            f"tests/{self.name}",
            *self.also,
            "-q",
            *self.options,
            f"--junitxml={self.junit}",
            f"--tier-report={self.report}",
        ]

    @property
    def folder(self) -> Path:
        """Where the command runs."""
        return ROOT / "labextension" if self.npm else ROOT

    @property
    def has_tests(self) -> bool:
        """Whether there is anything to run."""
        return (ROOT / "labextension/package.json" if self.npm else ROOT / "tests" / self.name).exists()

    @property
    def junit(self) -> Path:
        """The JUnit file of the run."""
        return REPORTS / f"{self.name}.xml"

    @property
    def report(self) -> Path:
        """The real systems of the run, as `tests/conftest.py` writes them."""
        return REPORTS / f"{self.name}.json"


#: What leans on the database, and only little on anything that takes time.
ON_EVERY_DATABASE = (
    "tests/unit/kit",
    "tests/unit/billing",
    "tests/unit/users",
    "tests/unit/resources",
    "tests/unit/catalog",
    "tests/contract/billing",
    "tests/contract/servers",
    "tests/contract/jobs/test_life.py",
    "tests/http/test_datasets.py",
    "tests/migration",
)
FRONT_CHECKS = ("check:strings", "format:check", "lint", "types")

TIERS = (
    Tier(name="unit", asks="is it right?", limit_seconds=600),
    Tier(name="repo", asks="do our own rules hold?", limit_seconds=600),
    Tier(name="http", asks="what do clients see?", limit_seconds=900),
    Tier(name="contract", asks="does every adapter keep the port's promises?", limit_seconds=900),
    Tier(name="migration", asks="old code on new tables?", limit_seconds=300),
    Tier(
        name="databases",
        asks="is it the same on PostgreSQL and MariaDB?",
        limit_seconds=900,
        also=ON_EVERY_DATABASE,
        options=("--databases=postgresql,mariadb",),
    ),
    Tier(name="magics", asks="what does a cell become?", limit_seconds=600),
    Tier(name="front", asks="do the views show it?", limit_seconds=600, npm="test", npm_checks=FRONT_CHECKS),
    Tier(name="hub", asks="does a real hub go along?", limit_seconds=1200),
    Tier(name="e2e", asks="can a person do it, in a browser?", limit_seconds=1500),
)


@dataclass(slots=True, kw_only=True)
class Result:
    """What came of one tier."""

    tier: Tier
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    real: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0


def main(names: list[str]) -> int:
    """Run the tiers and return the exit code."""
    # Started in the background, we inherit an ignored SIGINT, and so would every program under test.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    unknown = set(names) - {tier.name for tier in TIERS}
    if unknown:
        sys.exit(f"no tier is called {', '.join(sorted(unknown))}")
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir()
    deadline = time.monotonic() + TOTAL_SECONDS
    chosen = [tier for tier in TIERS if tier.has_tests and (not names or tier.name in names)]
    results = [run(tier, deadline) for tier in chosen]
    table(results)
    total: Counter[str] = sum((result.counts for result in results), Counter())
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped", flush=True)
    return 1 if total["failed"] or not total["passed"] else 0


def run(tier: Tier, deadline: float | None = None) -> Result:
    """Run one tier within its time (and before the deadline of all) and read what it left."""
    if deadline is not None:
        left = max(0, int(deadline - time.monotonic()))
        tier = replace(tier, limit_seconds=min(tier.limit_seconds, left))
    print(f"\n=== {tier.name}: {tier.asks}", flush=True)
    began = time.monotonic()
    result = Result(tier=tier)
    for script in tier.npm_checks:
        passed = call(tier, ["npm", "run", "--silent", script]) == 0
        result.counts["passed" if passed else "failed"] += 1
        if not passed:
            result.failed.append(f"npm run {script}")
    code = call(tier, tier.command())
    result.seconds = time.monotonic() - began
    result.real = real_systems(tier)
    for outcome, name, reason in cases(tier.junit):
        result.counts[outcome] += 1
        if outcome == "skipped":
            result.reasons[reason] += 1
        if outcome == "failed":
            result.failed.append(name)
    if code and not any(failed for failed in result.failed if not failed.startswith("npm run ")):
        result.counts["failed"] += 1
        result.failed.append(
            f"the run itself ended with {'no answer in time' if code == -1 else f'code {code}'}"
        )
    return result


def real_systems(tier: Tier) -> dict[str, str]:
    """What the tier's tests said they ran against."""
    if tier.npm:
        version = subprocess.run(
            ["node", "--version"], env=_environment(tier), capture_output=True, check=False
        )
        return {"Node": version.stdout.decode().strip().removeprefix("v")}
    if not tier.report.exists():
        return {}
    return dict(json.loads(tier.report.read_text())["real"])


def call(tier: Tier, command: list[str]) -> int:
    """The exit code of a command of the tier; -1 when its time was up.

    The command has a process group of its own, so that what it started ends with it.
    """
    process = subprocess.Popen(
        command, cwd=tier.folder, env=_environment(tier), stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return process.wait(tier.limit_seconds)
    except subprocess.TimeoutExpired:
        print(f"=== {tier.name}: stopped after {tier.limit_seconds} s", flush=True)
        return -1
    finally:
        end_group(process)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the process group, politely first: interrupted, pytest still writes its report."""
    for number, wait_seconds in (
        (signal.SIGINT, GRACE_SECONDS),
        (signal.SIGTERM, GRACE_SECONDS),
        (signal.SIGKILL, 1),
    ):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + wait_seconds
        while time.monotonic() < deadline and (process.poll() is None or group_lives(process.pid)):
            time.sleep(0.05)


def group_lives(group: int) -> bool:
    """Whether any process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _environment(tier: Tier) -> dict[str, str]:
    """Our tools first; for npm the machine's own Node first, and ours where there is none."""
    path = [os.environ["PATH"], str(BIN)] if tier.npm else [str(BIN), os.environ["PATH"]]
    return {**os.environ, "PATH": os.pathsep.join(path)}


def cases(junit: Path) -> Iterator[tuple[str, str, str]]:
    """Every test of a JUnit file as (outcome, name, reason).

    A test that fails and then fails again while it is taken down is one failed test.
    """
    if not junit.exists():
        return
    seen: dict[str, tuple[str, str, str]] = {}
    for number, case in enumerate(ET.parse(junit).iter("testcase")):
        name = f"{case.get('classname', '')}::{case.get('name', number)}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            seen[name] = ("failed", name, "")
        elif skipped is not None:
            seen.setdefault(name, ("skipped", name, skipped.get("message") or "no reason given"))
        else:
            seen.setdefault(name, ("passed", name, ""))
    yield from seen.values()


def table(results: list[Result]) -> None:
    """Print what ran, against what, and what did not run and why."""
    print("\n" + "=" * 100)
    numbers = f"{'tests':>7}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}"
    print(f"{'tier':<10}{numbers}  real things it ran against")
    for result in results:
        counts = result.counts
        real = ", ".join(f"{name} {version}" for name, version in sorted(result.real.items())) or "-"
        print(
            f"{result.tier.name:<10}{counts.total():>7}{counts['passed']:>8}{counts['failed']:>8}"
            f"{counts['skipped']:>9}{result.seconds:>9.1f}  {real}"
        )
    for result in results:
        for reason, times in result.reasons.most_common():
            print(f"skipped in {result.tier.name}, {times}×: {reason}")
        for name in result.failed:
            print(f"FAILED in {result.tier.name}: {name}")
    print("=" * 100)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
