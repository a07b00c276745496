"""Fills ``${{ params.lr }}``, ``${{ data.imagenet }}`` and ``${{ models.base }}`` into a command.  Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Mapping
from typing import Any

_PARAM = re.compile(r"\$\{\{\s*params\.(\w+)\s*\}\}")
_INPUT = re.compile(r"\$\{\{\s*(data|models)\.([\w-]+)\s*\}\}")
_ANY = re.compile(r"\$\{\{\s*(params|data|models)\.([\w-]+)\s*\}\}")
_KINDS = {"data": "dataset", "models": "model"}
_PREFIXES = {"dataset": "HUBKIN_DATA_", "model": "HUBKIN_MODEL_"}


def variable_of(kind: str, name: str) -> str:
    """Return the variable that says where a job finds a dataset or model, e.g. ``HUBKIN_DATA_IMAGENET``."""
    return _PREFIXES[kind] + name.replace("-", "_").upper()


def filled_value(text: str, params: Mapping[str, Any]) -> str:
    """Fill parameters into the value of a variable, which no shell reads."""
    return _PARAM.sub(lambda m: str(params[m[1]]) if m[1] in params else m[0], text)


def names_input(text: str) -> str | None:
    """Return the variable of the first dataset or model that a text names, None when it names none."""
    found = _INPUT.search(text)
    return variable_of(_KINDS[found[1]], found[2]) if found else None


def filled(run: str, params: Mapping[str, Any]) -> str:
    """Fill in parameters, quoted for the shell, and where data lies, which only the replica knows."""

    def value(match: re.Match[str]) -> str:
        space, name = match[1], match[2]
        if space != "params":
            return f'"${{{variable_of(_KINDS[space], name)}}}"'
        return shlex.quote(str(params[name])) if name in params else match[0]

    # In one go: a parameter's value is never read as a template.
    return _ANY.sub(value, run)


def unknown_inputs(run: str, *, data: Collection[str], models: Collection[str]) -> Iterator[str]:
    """Yield what a command uses and is not given, such as ``data.imagenet``."""
    given = {"data": data, "models": models}
    for space, name in _INPUT.findall(run):
        if name not in given[space]:
            yield f"{space}.{name}"
