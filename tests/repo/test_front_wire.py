"""The front end's types say what the wire says: same structs, same fields, same nulls."""

import re
import types
import typing
from pathlib import Path

import msgspec
import pytest
from hubkin import wire

WIRE_TS = Path(__file__).resolve().parents[2] / "labextension" / "src" / "core" / "wire.ts"
INTERFACE = re.compile(r"export interface I(\w+)(?:<T>)? \{\n(.*?)\n\}", re.DOTALL)
FIELD = re.compile(r"^ {2}(\w+)(\??): (.+);$", re.MULTILINE)


def interfaces() -> dict[str, dict[str, tuple[bool, str]]]:
    """Interface → field → whether it may be left out, and its type."""
    return {
        name: {field: (bool(optional), kind) for field, optional, kind in FIELD.findall(body)}
        for name, body in INTERFACE.findall(WIRE_TS.read_text())
    }


def in_typescript(kind: object) -> str:
    """A Python type as the front end writes it."""
    if isinstance(kind, typing.TypeVar):
        return "T"
    if isinstance(kind, types.UnionType):
        return " | ".join(in_typescript(each) for each in kind.__args__)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is list:
        inner = in_typescript(arguments[0])
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if origin is dict:
        return f"Record<string, {in_typescript(arguments[1])}>"
    simple = {str: "string", int: "number", float: "number", bool: "boolean", types.NoneType: "null"}
    if kind is typing.Any:
        return "unknown"
    if kind in simple:
        return simple[typing.cast(type, kind)]
    return f"I{typing.cast(type, kind).__name__}"


@pytest.mark.parametrize("name", interfaces())
def test_a_type_of_the_front_end_is_a_struct_of_the_wire(name: str) -> None:
    struct = getattr(wire, name)
    # What a request may leave out, and what every answer has.
    is_request = issubclass(struct, wire.Closed)

    assert interfaces()[name] == {
        field.name: (is_request and not field.required, in_typescript(field.type))
        for field in msgspec.structs.fields(struct)
    }
