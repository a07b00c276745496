"""What can be seen to be wrong with a job's spec without a platform: keys, types, units, references."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hubkin.fmt import parse_duration, parse_size
from hubkin.i18n import _
from hubkin.issue import Issue, at, meant
from hubkin.reference import is_name, is_reference, variable_of
from hubkin.speckeys import unknown_keys, wrong_types
from hubkin.yaml12 import escape

REFERENCE = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
GPU = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(:[1-9][0-9]{0,4})?")

#: Key of a spec → what kind of thing it names.
INPUTS = {"data": "dataset", "models": "model"}
DURATIONS = ("/limits/duration", "/limits/idle", "/on_stop/grace")
SIZES = ("/resources/memory", "/resources/shm")


def check(spec: dict[str, Any]) -> list[Issue]:
    """Everything that is wrong with a spec and can be seen without a platform."""
    issues = unknown_keys(spec)
    issues += _unit_issues(spec)
    seen = {issue.pointer for issue in issues}
    issues += [issue for issue in wrong_types(spec) if not any(issue.pointer.startswith(one) for one in seen)]
    seen = {issue.pointer for issue in issues}
    issues += [issue for rule in _RULES for issue in rule(spec) if issue.pointer not in seen]
    return issues


def _unit_issues(spec: dict[str, Any]) -> list[Issue]:
    issues = []
    kinds: tuple[tuple[tuple[str, ...], Callable[[str], int | None], str, str], ...] = (
        (DURATIONS, parse_duration, "h", _("a duration such as 30m, 8h or 2d")),
        (SIZES, parse_size, "GB", _("a size such as 16GB")),
    )
    for pointers, reader, unit, kind in kinds:
        for pointer in pointers:
            value = at(spec, pointer)
            key = pointer.rpartition("/")[2]
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                text = _("{key}: {value} needs a unit, e.g. {example}.")
                text = text.format(key=key, value=value, example=f"{value}{unit}")
            elif isinstance(value, str) and reader(value) is None:
                text = _("{key}: '{value}' is not {kind}.").format(key=key, value=value[:40], kind=kind)
            else:
                continue
            issues.append(Issue(pointer, "wrong_unit", text))
    return issues


def _run_is_there(spec: dict[str, Any]) -> list[Issue]:
    run = spec.get("run")
    if isinstance(run, str) and run.strip():
        return []
    return [Issue("/run", "missing", _("A job needs `run:`, the command to run."))]


def _name_is_a_name(spec: dict[str, Any]) -> list[Issue]:
    name = spec.get("name")
    if not isinstance(name, str) or SLUG.fullmatch(name):
        return []
    text = _("The name '{name}' must be lower-case letters, digits and hyphens, at most 63.").format(
        name=name[:80]
    )
    return [Issue("/name", "invalid", text)]


def _gpu_is_gpu(spec: dict[str, Any]) -> list[Issue]:
    gpu = at(spec, "/resources/gpu")
    fine = gpu is None or (isinstance(gpu, int) and gpu > 0) or (isinstance(gpu, str) and GPU.fullmatch(gpu))
    if fine:
        return []
    text = _("gpu: '{value}' is not a count, a profile, or PROFILE:UNITS such as A100-80G:8.")
    return [Issue("/resources/gpu", "invalid", text.format(value=str(gpu)[:40]))]


def _counts_are_positive(spec: dict[str, Any]) -> list[Issue]:
    issues = []
    for pointer in ("/replicas", "/resources/cpu"):
        value = at(spec, pointer)
        if isinstance(value, int) and not isinstance(value, bool) and value < 1:
            text = _("{key} must be at least 1.").format(key=pointer.rpartition("/")[2])
            issues.append(Issue(pointer, "out_of_range", text))
    return issues


def _cost_is_money(spec: dict[str, Any]) -> list[Issue]:
    cost = at(spec, "/limits/cost")
    if cost is None or isinstance(cost, bool):
        return []
    if re.fullmatch(r"\d{1,12}(\.\d{1,6})?", str(cost)) and float(cost) > 0:
        return []
    text = _("cost: '{value}' is not an amount of money such as 1600 or 12.50.").format(value=str(cost)[:40])
    return [Issue("/limits/cost", "invalid", text)]


def _inputs_are_named(spec: dict[str, Any]) -> list[Issue]:
    issues = []
    for key in INPUTS:
        for name, reference in _keys(spec, key).items():
            pointer = f"/{key}/{escape(str(name))}"
            if not is_name(str(name)):
                text = _("The name '{name}' must be lower-case letters, digits and hyphens, at most 63.")
                issues.append(Issue(pointer, "bad_name", text.format(name=str(name)[:80])))
            elif isinstance(reference, str) and not is_reference(reference):
                text = _("'{reference}' names no version. Write NAME, NAME@v3 or OWNER/NAME@v3.")
                issues.append(Issue(pointer, "bad_reference", text.format(reference=reference[:80])))
    return issues


def _references_exist(spec: dict[str, Any]) -> list[Issue]:
    known = [f"{space}.{name}" for space in ("params", *INPUTS) for name in _keys(spec, space)]
    env = spec.get("env")
    places = {
        "/run": spec.get("run"),
        **{f"/env/{k}": v for k, v in (env if isinstance(env, dict) else {}).items()},
    }
    issues = []
    for pointer, text in places.items():
        for name in REFERENCE.findall(text) if isinstance(text, str) else []:
            space, _dot, key = name.partition(".")
            if space in INPUTS and pointer != "/run":
                sentence = _("Only 'run' can say where data is. Let the program read {variable}.")
                variable = variable_of(INPUTS[space], key[:63])
                issues.append(Issue(pointer, "not_here", sentence.format(variable=variable)))
                continue
            if name in known:
                continue
            sentence = _("${{{{ {name} }}}} is not known.").format(name=name[:60])
            issues.append(Issue(pointer, "unknown_param", sentence + meant(name, known)))
    return issues


def _keys(spec: dict[str, Any], key: str) -> dict[str, Any]:
    below = spec.get(key)
    return below if isinstance(below, dict) else {}


_RULES = (
    _run_is_there,
    _name_is_a_name,
    _gpu_is_gpu,
    _counts_are_positive,
    _cost_is_money,
    _inputs_are_named,
    _references_exist,
)
