"""The keys of a job file and their types, read off the wire structs: there is no second list of them."""

from __future__ import annotations

import re
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from hubkin.i18n import N_, _
from hubkin.issue import Issue, meant
from hubkin.wire import JobSpec
from hubkin.yaml12 import escape

#: Keys of the language that this version does not run yet: said so, instead of "unknown".
LATER = (
    "notebook", "image", "pip", "secrets", "sweep", "tasks", "main", "min_succeeded", "max_failed",
    "track", "retry", "priority", "schedule", "ports", "placement", "charge_to",
)  # fmt: skip

KINDS = {
    "int": N_("a whole number"),
    "float": N_("a number"),
    "str": N_("text"),
    "bool": N_("true or false"),
    "array": N_("a list"),
    "object": N_("keys and values"),
    "null": N_("nothing"),
}

_EXPECTED = re.compile(r"Expected `(?P<want>[^`]+)`, got `(?P<got>[^`]+)`")
_WHERE = re.compile(r" - at `\$(?P<path>.*)`$")


def unknown_keys(spec: dict[str, Any]) -> list[Issue]:
    """Every key that no struct has, with the one that was probably meant."""
    return _unknown(spec, JobSpec, "")


def wrong_types(spec: dict[str, Any]) -> list[Issue]:
    """The first wrong type below each top-level key, and in a mapping below each name."""
    hints = get_type_hints(JobSpec)
    issues = []
    for key, value in spec.items():
        if key not in hints:
            continue
        if get_origin(hints[key]) is dict and isinstance(value, dict):
            kind = get_args(hints[key])[1]
            parts = [(f"{key}/{escape(str(name))}", below, kind) for name, below in value.items()]
        else:
            parts = [(key, value, hints[key])]
        issues += [issue for part in parts for issue in _wrong(*part)]
    return issues


def _wrong(place: str, value: Any, kind: Any) -> list[Issue]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        issue = _translate(str(error), place)
        return [issue] if issue else []
    return []


def _unknown(value: dict[str, Any], struct: type[msgspec.Struct], pointer: str) -> list[Issue]:
    hints = get_type_hints(struct)
    issues = []
    for key, below in value.items():
        here = f"{pointer}/{escape(key)}"
        if key not in hints:
            issues.append(Issue(here, "unknown_key", _sentence(key, pointer, list(hints))))
        elif isinstance(below, dict):
            inner = _struct_of(hints[key])
            issues += _unknown(below, inner, here) if inner else []
    return issues


def _sentence(key: str, pointer: str, known: list[str]) -> str:
    if not pointer and key in LATER:
        return _("'{key}' is not in this version of Hubkin yet.").format(key=key)
    return _("Unknown key '{key}'.").format(key=key[:60]) + meant(key, known)


def _struct_of(hint: Any) -> type[msgspec.Struct] | None:
    for one in (hint, *get_args(hint)):
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            return one
    return None


def _translate(message: str, key: str) -> Issue | None:
    """Our sentence for one of msgspec's; unknown keys are left to `unknown_keys`."""
    match = _EXPECTED.search(message)
    if not match:
        return None
    where = _WHERE.search(message)
    path = re.findall(r"\.([^.\[]+)|\[(\d+)\]", where["path"]) if where else []
    pointer = "/".join(["", key, *(name or index for name, index in path)])
    kinds = [part.strip() for part in match["want"].split("|")]
    wanted = _(" or ").join(_(KINDS.get(kind, kind)) for kind in kinds if kind != "null")
    got = _(KINDS.get(match["got"], match["got"]))
    text = _("{key} must be {wanted}, not {got}.")
    return Issue(pointer, "wrong_type", text.format(key=_name(pointer), wanted=wanted, got=got))


def _name(pointer: str) -> str:
    """The last key of a pointer: ``replicas``, ``keep[1]``."""
    above, key = pointer.split("/")[-2:]
    return f"{above}[{key}]" if key.isdigit() else key
