"""Reads numbers for curves, and progress, out of a command's ordinary output.  Pure; nothing here does I/O.

It is conservative: a name that is not plainly a metric counts only on a line that also says a step or an
epoch; times, addresses, versions and settings are no metrics.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple

from .vocabulary import AMBIGUOUS, METRICS, SETTINGS, SPLITS

#: What is longer is no line of numbers; the rest of it is passed over.
LINE_BYTES = 4096


@dataclass(frozen=True)
class Point:
    """One number of one curve."""

    name: str
    value: float
    step: Optional[int] = None


@dataclass(frozen=True)
class Progress:
    """How far the command says it is."""

    done: int
    total: Optional[int]
    unit: str


@dataclass(frozen=True)
class Line:
    """What one line said."""

    points: Tuple[Point, ...] = ()
    progress: Optional[Progress] = None
    step_unit: str = ""
    not_finite: int = 0


_NOTHING = Line()


_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b\][^\x07]*\x07")
# Most lines of most output end here, so it is cheap.
_WORTH_A_LOOK = re.compile(
    r"[\w'\")\]]\s?[=:]\s*(?:[-+.]?\d|tensor|np\.|numpy|-?nan|-?inf)|\d%\|"
    r"|\d/\d+ [\[━╸╺]|[Ss][Tt][Ee][Pp]|[Ii]ter|[Ee]poch|EPOCH|[Ll]oss|\b[Aa]cc"
)
_REPR = re.compile(r"\b\w*(?:Namespace|Config|Args|Arguments|Options)\(")
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf(?:inity)?)\b"
_WRAP = r"(?:(?:tensor|(?:np|numpy)\.float\d+)\(\s*)?"
_END = r"%?\.?(?=[\s,;)\]}|'\"]|$)"
_PAIR = re.compile(
    r"(?<![\w./@?&:\\-])"
    r"(?:(?P<split>train|training|val|valid|validation|test|eval|dev|average|avg|mean|total)[ _-])?"
    r"(?P<quote>['\"]?)(?P<name>[A-Za-z_][\w./@-]{0,63})(?P=quote)"
    r"(?:\s{0,16}[=:]\s{0,16}|(?P<gap>\s{1,16}))" + _WRAP + r"(?P<value>" + _NUMBER + r")" + _END,
    re.IGNORECASE,
)
_STEP = re.compile(
    r"(?<![\w-])['\"]?(?P<unit>global[_ ]step|step|iteration|iter|update|it|batch|epoch)['\"]?"
    r"\s{0,16}[=:#]?\s{0,16}[\[(]?\s{0,16}(?P<done>\d{1,12})(?=[\s,;)\]}|/'\"(]|[:.](?:\s|$)|$)"
    r"(?:\s*(?:/|of)\s*(?P<total>\d{1,12}))?",
    re.IGNORECASE,
)
_BRACKETED = re.compile(
    r"epoch:?\s*\[?(?P<epoch>\d+)\]?\s*\[\s*(?P<done>\d+)\s*/\s*(?P<total>\d+)", re.IGNORECASE
)
_BAR = re.compile(
    r"(?:\d{1,3}%\|[^|]*\|\s*(?P<done>\d+)/(?P<total>\d+)\s*\[(?P<clock>[^\]]*)\]?)"
    r"|(?:(?P<kdone>\d+)/(?P<ktotal>\d+)\s+(?:\[[=>.]+\]|[━╸╺]{2,}))"
)
_RATE = re.compile(r"[\d.?]+\s*(?:(?P<unit>[A-Za-z]+)/s|s/(?P<per>[A-Za-z]+))")
_ORDER = ("global_step", "step", "iteration", "iter", "update", "it", "batch", "epoch")


def parse_line(text: str) -> Line:
    """Read one line, without its end."""
    if len(text) > LINE_BYTES or not _WORTH_A_LOOK.search(text):
        return _NOTHING
    text = _ANSI.sub("", text).replace("\b", "")
    if _REPR.search(text):
        return _NOTHING
    unit, step, progress = _where(text)
    points: Dict[str, Point] = {}
    not_finite = 0
    for match in _PAIR.finditer(text):
        name = _metric_name(match, has_step=step is not None)
        if name is None:
            continue
        value = float(match.group("value"))
        if not math.isfinite(value):
            not_finite += 1
        elif name not in points:
            points[name] = Point(name, value, step)
    return Line(tuple(points.values()), progress, unit, not_finite)


def _where(text: str) -> Tuple[str, Optional[int], Optional[Progress]]:
    """Find the step (with its unit) and the progress that a line speaks of."""
    bar = _BAR.search(text)
    if bar is not None:
        done = int(bar.group("done") or bar.group("kdone"))
        total = int(bar.group("total") or bar.group("ktotal"))
        rate = _RATE.search(bar.group("clock") or "")
        unit = (rate.group("unit") or rate.group("per")) if rate is not None else "it"
        return "it", done, Progress(done, total, unit)
    bracketed = _BRACKETED.search(text)
    if bracketed is not None:
        done, total = int(bracketed.group("done")), int(bracketed.group("total"))
        return "it", done, Progress(done, total, "it")
    found: Dict[str, Tuple[int, Optional[int]]] = {}
    for match in _STEP.finditer(text):
        unit = match.group("unit").lower().replace(" ", "_")
        total_text = match.group("total")
        found.setdefault(unit, (int(match.group("done")), int(total_text) if total_text else None))
    progress = None
    for unit in reversed(_ORDER):
        done_of, total_of = found.get(unit, (0, None))
        if total_of is not None and done_of <= total_of:
            # The widest unit tells most: epoch 3/10 rather than batch 40/100.
            progress = Progress(done_of, total_of, unit)
            break
    for unit in _ORDER:
        if unit in found:
            return unit, found[unit][0], progress
    return "", None, progress


def _metric_name(match: "re.Match[str]", *, has_step: bool) -> Optional[str]:
    name = match.group("name").strip(".-/")
    split = match.group("split")
    low = name.lower()
    if not name or low in SETTINGS or low in SPLITS:
        return None
    is_known = _is_metric(low) and (has_step or low not in AMBIGUOUS)
    if match.group("gap") is not None and not is_known:
        # `loss 0.31` is a metric, `page 12` is a sentence.
        return None
    if not is_known and not has_step:
        return None
    return "%s_%s" % (split, name) if split else name


def _is_metric(low: str) -> bool:
    if low in METRICS or low.endswith("loss"):
        return True
    return any(part.rstrip("0123456789") in METRICS or part in METRICS for part in re.split(r"[/_.@-]", low))


@dataclass
class Curves:
    """Takes the output as it comes, in any pieces, and gives the points of its whole lines.

    Steps that begin again (a bar for each epoch) go on from where they were, one curve per name.
    """

    points: List[Point] = field(default_factory=list)
    progress: Optional[Progress] = None
    not_finite: int = 0
    #: Of each name: the unit of its steps, what was added to begin again, the last step as printed.
    steps: Dict[str, Tuple[str, int, int]] = field(default_factory=dict)
    _rest: bytes = b""
    _skipping: bool = False

    @property
    def unread(self) -> int:
        """Return how many of the bytes fed so far belong to a line that has no end yet."""
        return len(self._rest)

    def feed(self, data: bytes) -> None:
        """Read more output; add to `points`, `progress` and `not_finite`."""
        lines = (self._rest + data).replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            if not self._skipping:
                self._read(line)
            self._skipping = False
        if self._skipping or len(self._rest) > LINE_BYTES:
            self._skipping = True
            self._rest = b""

    def end(self) -> None:
        """Read the last line, which has no end."""
        if not self._skipping:
            self._read(self._rest)
        self._rest = b""

    def skip(self) -> None:
        """Forget the line that has begun: what comes next does not follow it."""
        self._rest = b""
        self._skipping = True

    def take(self) -> List[Point]:
        """Return the points since the last call; a bar that was drawn again at one step counts once."""
        points, self.points = self.points, []
        last = {(one.name, one.step): at for at, one in enumerate(points)}
        return [one for at, one in enumerate(points) if one.step is None or last[one.name, one.step] == at]

    def _read(self, line: bytes) -> None:
        said = parse_line(line.decode("utf-8", "replace"))
        self.not_finite += said.not_finite
        self.progress = said.progress or self.progress
        self.points.extend(self._placed(point, said.step_unit) for point in said.points)

    def _placed(self, point: Point, unit: str) -> Point:
        if point.step is None:
            return point
        first_unit, base, last = self.steps.get(point.name, (unit, 0, -1))
        if unit != first_unit:
            return Point(point.name, point.value)
        if point.step < last:
            base += last
        self.steps[point.name] = (first_unit, base, point.step)
        return Point(point.name, point.value, base + point.step)
