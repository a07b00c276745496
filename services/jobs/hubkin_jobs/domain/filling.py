"""Fills ``${{ params.lr }}``, ``${{ data.imagenet }}`` and ``${{ models.base }}`` into a command.  Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from hubkin_jobs.domain.quotes import COMMENT, open_at

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
    """Fill in parameters as one word each, and where data lies, which only the replica knows.

    It is one word wherever it stands: bare, or between quotes of either kind, as in a command line that a
    program has quoted.
    """
    # In one go: a parameter's value is never read as a template.
    found = list(_ANY.finditer(run))
    # What is filled in opens nothing, nor does a template, whatever it looks like.
    opened = open_at(_ANY.sub(lambda match: "x" * len(match[0]), run), [match.start() for match in found])
    parts, end = [], 0
    for match, quote in zip(found, opened, strict=True):
        parts += [run[end : match.start()], _value(match, params, quote)]
        end = match.end()
    return "".join([*parts, run[end:]])


def _value(match: re.Match[str], params: Mapping[str, Any], quote: str) -> str:
    space, name = match[1], match[2]
    if quote == COMMENT:
        return match[0]  # a line's end in a value would end the comment
    if space != "params":
        variable = f"${{{variable_of(_KINDS[space], name)}}}"
        return variable if quote == '"' else f'{quote}"{variable}"{quote}'
    if name not in params:
        return match[0]
    # The quotes are closed before a word that has its own, and opened again.
    return quote + shlex.quote(str(params[name])) + quote


def unknown_inputs(run: str, *, data: Collection[str], models: Collection[str]) -> Iterator[str]:
    """Yield what a command uses and is not given, such as ``data.imagenet``."""
    given = {"data": data, "models": models}
    for space, name in _INPUT.findall(run):
        if name not in given[space]:
            yield f"{space}.{name}"
