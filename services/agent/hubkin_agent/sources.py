"""Where numbers come from besides the output: the in-job module, TensorBoard's files, MLflow's file store.

Each source keeps a cursor per file (a byte offset) in a dictionary that the reporter makes durable.
"""

from __future__ import annotations

import json
import math
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

from . import tfevents
from .clock import now_micros
from .curves import Progress

_READ_BYTES = 262_144
_MOST_ENTRIES = 20_000
_SCAN_SECONDS = 3.0
_PRUNED = frozenset({".git", "__pycache__", "node_modules", ".hubkin"})
_MLFLOW = re.compile(r"(?:^|/)mlruns/[^/]+/[^/]+/metrics/(?P<name>.+)$")


@dataclass(frozen=True)
class Reported:
    """One number with its time."""

    name: str
    step: Optional[int]
    value: float
    at: int  #: microseconds UTC

    def to_wire(self) -> Dict[str, Any]:
        """Return it as the platform takes it."""
        return {"name": self.name, "step": self.step, "value": self.value, "at": self.at}


@dataclass
class ReportFile:
    """``report.jsonl``, written by `hubkin.report` in the command."""

    path: Path
    progress: Optional[Progress] = None

    def read(self, cursors: Dict[str, int]) -> List[Reported]:
        """Return what is new and move the cursor over whole lines."""
        data = _from(self.path, cursors.get("report", 0))
        whole = data[: data.rfind(b"\n") + 1]
        cursors["report"] = cursors.get("report", 0) + len(whole)
        return [one for line in whole.splitlines() for one in self._line(line)]

    def _line(self, line: bytes) -> Iterator[Reported]:
        try:
            said = json.loads(line)
            step, at = said.get("step"), int(said.get("at") or now_micros())
            values = {str(name): float(value) for name, value in said.get("values", {}).items()}
            progress = said.get("progress")
            if progress is not None:
                total = progress.get("total")
                unit = str(progress.get("unit", "it"))
                self.progress = Progress(int(progress["done"]), None if total is None else int(total), unit)
        except (ValueError, TypeError, KeyError, AttributeError):
            # The user's own code can write here: what is no report is passed over.
            return
        for name, value in values.items():
            yield Reported(name, int(step) if isinstance(step, (int, float)) else None, value, at)


class TrackerFiles:
    """Event files of TensorBoard and metric files of MLflow under some folders."""

    def __init__(self, folders: List[Path]) -> None:
        self._folders = folders
        self._found: List[Tuple[str, Path]] = []
        self._next_scan = 0.0
        self._bad: set = set()  # type: ignore[type-arg]  # Python 3.8

    def existing(self) -> Dict[str, int]:
        """Return cursors at the end of all that is there before the command starts: it is not this job's."""
        self._scan()
        return {key: path.stat().st_size for key, path in self._found if path.exists()}

    def read(self, cursors: Dict[str, int], *, rescan: bool = False) -> List[Reported]:
        """Return what is new and move the cursors."""
        if rescan or time.monotonic() >= self._next_scan:
            self._scan()
        points: List[Reported] = []
        for key, path in self._found:
            data = b"" if key in self._bad else _from(path, cursors.get(key, 0))
            if not data:
                continue
            metric = _MLFLOW.search(path.as_posix())
            if metric is not None:
                new, used = _mlflow(metric.group("name"), data)
            else:
                new, used = self._events(key, path, data, cursors)
            points.extend(new)
            cursors[key] = cursors.get(key, 0) + used
        return points

    def _events(
        self, key: str, path: Path, data: bytes, cursors: Dict[str, int]
    ) -> Tuple[List[Reported], int]:
        try:
            scalars, used = tfevents.read(data)
        except tfevents.NotEvents:
            self._bad.add(key)
            return [], 0
        if used == 0 and len(data) == _READ_BYTES:
            # A picture or a histogram: no scalar is that large.
            used = tfevents.first_frame_bytes(data)
        prefix = self._prefix(path, cursors)
        return [
            Reported(prefix + one.name, one.step, one.value, one.at or now_micros()) for one in scalars
        ], used

    def _prefix(self, path: Path, cursors: Dict[str, int]) -> str:
        """Name the runs apart when there are several: the first folder has plain names."""
        folder = "folder:" + str(path.parent)
        if folder not in cursors:
            cursors[folder] = sum(1 for key in cursors if key.startswith("folder:"))
        return "" if cursors[folder] == 0 else path.parent.name + "/"

    def _scan(self) -> None:
        began = time.monotonic()
        left = _MOST_ENTRIES
        found: Dict[str, Path] = {}
        for folder in self._folders:
            for parent, folders, names in os.walk(folder):
                folders[:] = sorted(name for name in folders if name not in _PRUNED)
                left -= len(names) + len(folders)
                for name in names:
                    path = Path(parent, name)
                    if "tfevents" in name or _MLFLOW.search(path.as_posix()):
                        found[str(path)] = path
                if left <= 0:
                    break
        self._found = sorted(found.items())
        # A slow file system is looked at less often.
        took = time.monotonic() - began
        self._next_scan = time.monotonic() + max(_SCAN_SECONDS, took * 20)


def _mlflow(name: str, data: bytes) -> Tuple[List[Reported], int]:
    """Read lines of ``timestamp value step``; the timestamp is in milliseconds."""
    whole = data[: data.rfind(b"\n") + 1]
    points = []
    for line in whole.splitlines():
        parts = line.split()
        try:
            points.append(Reported(name, int(parts[2]), float(parts[1]), int(parts[0]) * 1000))
        except (IndexError, ValueError):
            continue
    return points, len(whole)


def _from(path: Path, offset: int) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        return os.pread(fd, _READ_BYTES, offset) if os.fstat(fd).st_size > offset else b""
    except OSError:
        return b""
    finally:
        os.close(fd)


def finite(points: List[Reported]) -> List[Reported]:
    """Leave out what no curve can show."""
    return [one for one in points if math.isfinite(one.value)]
