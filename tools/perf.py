"""Runs the benchmarks, both sides in one run, and prints figures, ratios and goals; called by `make perf`.

A benchmark is a module `tests/perf/bench_*.py` with a function `run()` that gives `Measure`s, or raises
`Missing`.  Name parts of modules to run only those: `tools/perf.py submit`.
"""

import importlib
import json
import os
import platform
import sys
import time
import traceback
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.perf.measure import Measure, Missing  # noqa: E402 - the path comes first


def main(names: list[str]) -> int:
    """Run what is asked and return 1 when a goal was missed or a benchmark broke."""
    python = f"Python {platform.python_version()}"
    print(f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, {python}")
    measures: list[Measure] = []
    broken = 0
    for module in sorted((ROOT / "tests" / "perf").glob("bench_*.py")):
        if names and not any(name in module.stem for name in names):
            continue
        print(f"\n=== {module.stem.removeprefix('bench_')}", flush=True)
        began = time.monotonic()
        try:
            found = importlib.import_module(f"tests.perf.{module.stem}").run()
        except Missing as missing:
            print(f"skipped: {missing}")
            continue
        except Exception:  # noqa: BLE001 - one broken benchmark must not hide the figures of the others
            traceback.print_exc()
            broken += 1
            continue
        for measure in found:
            print(line(measure), flush=True)
        print(f"({time.monotonic() - began:.0f} s)")
        measures += found
    reports = ROOT / "reports"
    reports.mkdir(exist_ok=True)
    (reports / "perf.json").write_text(json.dumps([asdict(measure) for measure in measures], indent=1))
    missed = sum(not measure.is_met for measure in measures)
    print(f"\n{len(measures) - missed} goals met, {missed} missed, {broken} benchmarks broken")
    return 1 if missed or broken else 0


def line(measure: Measure) -> str:
    """One figure as a line."""
    other = ""
    if measure.against_value is not None and measure.ratio is not None:
        other = (
            f"   {measure.against}: {measure.against_value:,.4g} {measure.unit}, ratio {measure.ratio:.2f}"
        )
    verdict = "met" if measure.is_met else "MISSED"
    figure = f"{measure.value:>12,.4g} {measure.unit:<6}"
    return f"{measure.what:<44}{figure} goal {measure.goal:<16} {verdict}{other}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
