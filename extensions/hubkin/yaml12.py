"""YAML 1.2 with a line number for every key; used by the job file and by project settings.

PyYAML reads YAML 1.1, where ``on`` and ``no`` are booleans, ``12:30`` is the number 750, and ``1e-4`` is
text.  Its composer is kept; only the table of plain scalars is the core schema of YAML 1.2.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

MAX_BYTES = 1_000_000
MAX_VALUES = 50_000  # aliases may multiply; this many values are enough for any job file

Lines = dict[str, int]

_PLAIN = (
    ("bool", re.compile(r"true|True|TRUE|false|False|FALSE"), "tTfF"),
    ("null", re.compile(r"~|null|Null|NULL|"), ["~", "n", "N", ""]),
    ("int", re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"), "-+0123456789"),
    (
        "float",
        re.compile(
            r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
        ),
        "-+.0123456789",
    ),
)


class NotYaml(ValueError):
    """The text is no YAML 1.2; ``line`` counts from 1."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


class _Loader(yaml.SafeLoader):
    """SafeLoader whose plain scalars are those of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


for _name, _pattern, _first in _PLAIN:
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern.pattern})$"), _first
    )


def load(text: str) -> tuple[Any, Lines]:
    """Read one document.

    Returns:
        The plain value, and the line (from 1) of every value by JSON pointer: ``{"/resources/gpu": 7}``.

    Raises:
        NotYaml: It is no YAML, has a key twice, a tag of its own, or is far too big.
    """
    if len(text) > MAX_BYTES:
        raise NotYaml("the file is bigger than 1 MB", 1)
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotYaml(error.problem or str(error), mark.line + 1 if mark else 1) from None
    except yaml.YAMLError as error:
        raise NotYaml(str(error).partition("\n")[0], 1) from None
    lines: Lines = {}
    return _Builder(lines).value(root, "") if root is not None else None, lines


class _Builder:
    """Turns composed nodes into plain values and writes their lines down."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.values = 0

    def value(self, node: yaml.Node, pointer: str) -> Any:
        self.values += 1
        line = node.start_mark.line + 1
        if self.values > MAX_VALUES or pointer.count("/") > 40:
            raise NotYaml("the file has too many values", line)
        self.lines.setdefault(pointer, line)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, pointer)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, f"{pointer}/{index}") for index, child in enumerate(node.value)]
        return _scalar(node)

    def mapping(self, node: yaml.MappingNode, pointer: str) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise NotYaml("a key must be text", line)
            key = str(key_node.value)
            if key in result:
                raise NotYaml(f"the key '{key}' is there twice", line)
            below = f"{pointer}/{escape(key)}"
            self.lines[below] = line
            result[key] = self.value(value_node, below)
        return result


def escape(key: str) -> str:
    """One part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def _scalar(node: yaml.Node) -> Any:
    kind, text = node.tag.rpartition(":")[2], node.value
    if kind == "str":
        return text
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    try:
        if kind == "int":
            return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
        if kind == "float":
            return float(re.sub(r"\.(?=inf|nan)", "", text.lower()))
    except ValueError:
        pass
    raise NotYaml(f"'{text[:40]}' has a tag or form that job files do not use", node.start_mark.line + 1)
