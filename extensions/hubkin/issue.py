"""One thing that is wrong with a job file, and how it is said."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubkin.i18n import _, gap


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong: where, a stable code, and a sentence."""

    pointer: str
    code: str
    text: str
    line: int | None = None


def describe(issue: Issue, path: Path | None = None) -> str:
    """``train.yaml:3: Unknown key 'rum'. Did you mean 'run'?``."""
    where = ":".join(str(part) for part in (path, issue.line) if part is not None)
    return f"{where}: {issue.text}" if where else issue.text


def meant(word: str, known: Iterable[str]) -> str:
    """`` Did you mean 'bert-7'?`` with a space before it, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return gap() + _("Did you mean '{word}'?").format(word=close[0]) if close else ""


def at(spec: Mapping[str, Any], pointer: str) -> Any:
    """The value at a pointer of plain keys, or `None`."""
    value: Any = spec
    for key in pointer.strip("/").split("/"):
        value = value.get(key) if isinstance(value, dict) else None
    return value
