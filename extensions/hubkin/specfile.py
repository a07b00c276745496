"""Reads a job file and says what is wrong with it, by line, without a platform.

What only the platform knows (profiles, prices, who may what) it says itself when the job is planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hubkin import yaml12
from hubkin.i18n import _
from hubkin.issue import Issue, describe, meant
from hubkin.speccheck import check


@dataclass(frozen=True)
class JobFile:
    """A job file as read: ``spec`` is a plain JSON value, ``issues`` is empty when nothing is wrong."""

    spec: dict[str, Any]
    issues: tuple[Issue, ...] = ()
    path: Path | None = None
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """What a relative ``code:`` is relative to: the file's own folder."""
        return self.path.parent if self.path else Path.cwd()


class BadJobFile(ValueError):
    """A job file that cannot be submitted; ``issues`` says why, the first one is the message."""

    code = "invalid"

    def __init__(self, issues: tuple[Issue, ...], path: Path | None = None) -> None:
        self.issues = issues
        self.path = path
        super().__init__("\n".join(describe(issue, path) for issue in issues))


def read(path: str | Path, params: Mapping[str, Any] | None = None) -> JobFile:
    """Read and check a job file; `params` replaces values of its ``params``.

    Raises:
        OSError: The file cannot be read.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return JobFile({}, (Issue("", "invalid", _("This file is not text in UTF-8."), 1),), path)
    return parse(text, params=params, path=path)


def parse(text: str, *, params: Mapping[str, Any] | None = None, path: Path | None = None) -> JobFile:
    """Read and check the text of a job file."""
    try:
        value, lines = yaml12.load(text)
    except yaml12.NotYaml as error:
        sentence = _("This is not YAML: {problem}.").format(problem=error.problem)
        return JobFile({}, (Issue("", "invalid", sentence, error.line),), path)
    if not isinstance(value, dict):
        sentence = _("A job file is a list of keys and values, such as `run: python train.py`.")
        return JobFile({}, (Issue("", "invalid", sentence, 1),), path)
    spec, found = with_params(value, params or {})
    return JobFile(spec, located([*found, *check(spec)], lines), path, lines)


def with_params(spec: dict[str, Any], params: Mapping[str, Any]) -> tuple[dict[str, Any], list[Issue]]:
    """The spec with these values in its ``params``; a name that it does not have is an issue."""
    own = spec.get("params")
    own = own if isinstance(own, dict) else {}
    unknown = [name for name in params if name not in own]
    issues = [
        Issue(
            "/params",
            "unknown_param",
            _("This job has no parameter '{name}'.").format(name=name) + meant(name, own),
        )
        for name in unknown
    ]
    return ({**spec, "params": {**own, **params}} if params else spec), issues


def located(issues: Iterable[Issue], lines: Mapping[str, int]) -> tuple[Issue, ...]:
    """The issues with the lines they are about, where there is a file."""
    return tuple(replace(issue, line=_line(lines, issue.pointer)) if lines else issue for issue in issues)


def _line(lines: Mapping[str, int], pointer: str) -> int | None:
    while pointer and pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return lines.get(pointer, 1)
