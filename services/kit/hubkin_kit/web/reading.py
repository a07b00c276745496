"""Bodies and queries become closed structs at the door; what does not fit is named by its JSON pointer."""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, Union

import msgspec

from hubkin_kit.errors import Field, Invalid, Malformed
from hubkin_kit.i18n import _

Shape = TypeVar("Shape")

_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?P<key>key in )?(?P<path>\$[^`]*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
_EXPECTED = re.compile(r"Expected `(.*?)`, got `(.*)`", re.DOTALL)
_BYTE = re.compile(r"\(byte (\d+)\)")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")


def read_json(body: bytes, shape: type[Shape]) -> Shape:
    """Read a body.

    Raises:
        Malformed: It is not JSON; the position is named.
        Invalid: It is JSON of another shape; the field is named, and the key that was probably meant.
    """
    if not body.strip():
        raise Malformed("The request has no body; a JSON object is expected.", fields=(Field("", "no_body"),))
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise _wrong_shape(str(error), shape) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_json(str(error), body) from None
    except RecursionError:
        raise Malformed(
            "The body is nested too deeply.", code="too_deep", fields=(Field("", "too_deep"),)
        ) from None


def read_query(arguments: Mapping[str, list[bytes]], shape: type[Shape] | None) -> Shape | None:
    """Read query parameters; a struct's list fields may repeat, the others may not.

    Raises:
        Malformed: An unknown parameter, one that is given twice, or a value that does not fit.
    """
    if shape is None:
        if arguments:
            raise _unknown_parameter(next(iter(arguments)), [])
        return None
    is_list = _parameters(shape)  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for name, given in arguments.items():
        if name not in is_list:
            raise _unknown_parameter(name, list(is_list))
        texts = [_text(name, value) for value in given]
        if is_list[name]:
            values[name] = texts
        elif len(texts) > 1:
            raise Malformed(
                "The parameter '{name}' is given more than once.",
                params={"name": name[:60]},
                fields=(Field(f"/{name}", "given_twice"),),
            )
        else:
            values[name] = texts[0]
    try:
        return msgspec.convert(values, type=shape, strict=False)
    except msgspec.ValidationError as error:
        what, pointer = _located(str(error))
        raise Malformed(
            "The parameter '{name}' does not fit: {what}.",
            params={"name": pointer[1:].partition("/")[0] or what, "what": what[:200]},
            fields=(Field(pointer, "bad_parameter"),),
            code="bad_parameter",
        ) from None


@cache
def _parameters(shape: type) -> dict[str, bool]:
    """The names of a struct's fields and whether each may repeat; found once, not at every request."""
    return {field.encode_name: _is_list(field.type) for field in msgspec.structs.fields(shape)}


def fields_at(shape: Any, path: str) -> list[str]:
    """Return the keys that are known at a msgspec path such as ``$.spec.resources``."""
    for name, _index in _STEP.findall(path):
        shape = _inner(shape)
        if name and _is_struct(shape):
            found = [f.type for f in msgspec.structs.fields(shape) if f.encode_name == name]
            if not found:
                return []
            shape = found[0]
        else:
            arguments = [a for a in typing.get_args(shape) if _is_struct(_inner(a))]
            if not arguments:
                return []
            shape = arguments[-1]
    shape = _inner(shape)
    return [f.encode_name for f in msgspec.structs.fields(shape)] if _is_struct(shape) else []


def _wrong_shape(text: str, shape: type) -> Invalid:
    what, pointer = _located(text)
    if unknown := _UNKNOWN.fullmatch(what):
        path = _AT.match(text)["path"] or "$"  # type: ignore[index]
        return _unknown_key(unknown[1], pointer, fields_at(shape, path))
    if missing := _MISSING.fullmatch(what):
        return Invalid(
            "'{name}' is missing.",
            params={"name": missing[1]},
            code="missing",
            fields=(Field(f"{pointer}/{_escaped(missing[1])}", "missing", _("This field is required.")),),
        )
    if expected := _EXPECTED.fullmatch(what):
        return Invalid(
            "{pointer} must be {expected}, not {got}.",
            params={"pointer": pointer or "/", "expected": expected[1][:100], "got": expected[2][:100]},
            code="wrong_type",
            fields=(Field(pointer, "wrong_type"),),
        )
    return Invalid(
        "{pointer} does not fit: {what}.",
        params={"pointer": pointer or "/", "what": what[:300]},
        fields=(Field(pointer, "invalid"),),
    )


def _unknown_key(name: str, pointer: str, known: list[str]) -> Invalid:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    field = Field(
        f"{pointer}/{_escaped(name[:80])}",
        "unknown_key",
        _("Did you mean '{near}'?") if near else _("Known here: {known}."),
        {"near": near[0] if near else "", "known": known},
    )
    return Invalid(
        _("There is no key '{name}' here. Did you mean '{near}'?")
        if near
        else _("There is no key '{name}' here."),
        params={"name": name[:80], "near": near[0] if near else "", "known": known},
        code="unknown_key",
        fields=(field,),
    )


def _unknown_parameter(name: str, known: list[str]) -> Malformed:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return Malformed(
        _("There is no parameter '{name}' here. Did you mean '{near}'?")
        if near
        else _("There is no parameter '{name}' here."),
        params={"name": name[:80], "near": near[0] if near else "", "known": known},
        code="unknown_parameter",
        fields=(Field(f"/{_escaped(name[:80])}", "unknown_parameter"),),
    )


def _not_json(text: str, body: bytes) -> Malformed:
    position = int(m[1]) if (m := _BYTE.search(text)) else len(body)
    before = body[:position]
    return Malformed(
        "The body is not JSON: line {line}, column {column}.",
        params={
            "line": before.count(b"\n") + 1,
            "column": position - (before.rfind(b"\n") + 1) + 1,
            "byte": position,
        },
        code="not_json",
        fields=(Field("", "not_json"),),
    )


def _located(text: str) -> tuple[str, str]:
    """Split msgspec's message into what is wrong and a JSON pointer to where."""
    match = _AT.match(text)
    path = (match["path"] if match else None) or "$"
    steps = ("*" if index == "..." else index or _escaped(name) for name, index in _STEP.findall(path))
    return (match["what"] if match else text), "".join(f"/{step}" for step in steps)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Malformed(
            "The parameter '{name}' is not UTF-8.",
            params={"name": name[:60]},
            fields=(Field(f"/{name}", "not_utf8"),),
        ) from None


def _inner(shape: Any) -> Any:
    """Look through Annotated and Optional."""
    if hasattr(shape, "__metadata__"):
        return _inner(shape.__origin__)
    if typing.get_origin(shape) in (Union, types.UnionType):
        rest = [a for a in typing.get_args(shape) if a is not type(None)]
        return _inner(rest[0]) if len(rest) == 1 else shape
    return shape


def _is_struct(shape: Any) -> bool:
    return isinstance(shape, type) and issubclass(shape, msgspec.Struct)


def _is_list(shape: Any) -> bool:
    return typing.get_origin(_inner(shape)) is list
