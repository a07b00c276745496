"""Lines of the file to be, each with the line it came from; edits keep that link."""

from __future__ import annotations

import ast
import io
import tokenize
from typing import Dict, List, Mapping, Sequence, Set, Tuple

from hubkin_magics.capture.history import first_line, statement_text
from hubkin_magics.capture.names import has_await, uses_of

#: A line of text and its line in the cell.
Row = Tuple[str, int]
#: The line of a row that we wrote ourselves.
OURS = 0

AWAIT_HEAD = (
    "import asyncio as _hubkin_asyncio\n"
    "_hubkin_loop = _hubkin_asyncio.new_event_loop()\n"
    "_hubkin_asyncio.set_event_loop(_hubkin_loop)"
)


def rows_of(text: str, line: int = 1) -> List[Row]:
    """Number the lines of a text."""
    return [(row, line + offset) for offset, row in enumerate(text.split("\n"))]


def replaced(text: str, node: ast.expr, new: str) -> str:
    """Replace an expression of the text, keeping the number of lines."""
    lines = text.split("\n")
    start, end = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    head = lines[start].encode()[: node.col_offset].decode()
    tail = lines[end].encode()[node.end_col_offset :].decode()
    blank = [""] * (end - start)
    # Blank lines after the statement, not inside it, so that what follows keeps its line.
    return "\n".join([*lines[:start], head + new + tail, *blank, *lines[end + 1 :]])


def cell_rows(text: str, body: Sequence[ast.stmt], after: Mapping[int, str], hoisted: Set[int]) -> List[Row]:
    """Return the rows of a whole cell.

    Args:
        text: The cell as Python.
        body: Its statements.
        after: Lines to add after a statement, by its index.
        hoisted: Statements that stand at the top of the file instead.
    """
    if not after and not hoisted and not any(has_await(node) for node in body):
        return rows_of(text)
    rows: List[Row] = []
    lines = text.split("\n")
    done = 0
    for group in _groups(body):
        first, last = first_line(body[group[0]]), max(_end(body[index]) for index in group)
        rows.extend(rows_of("\n".join(lines[done : first - 1]), done + 1) if first - 1 > done else [])
        for index in group:
            rows.extend(_statement_rows(text, body, index, is_hoisted=index in hoisted))
            if index in after:
                rows.append((after[index], first_line(body[index])))
        done = last
    if done < len(lines):
        rows.extend(rows_of("\n".join(lines[done:]), done + 1))
    return rows


def _groups(body: Sequence[ast.stmt]) -> List[List[int]]:
    """Group statements that share a line."""
    groups: List[List[int]] = []
    end = 0
    for index, node in enumerate(body):
        if groups and first_line(node) <= end:
            groups[-1].append(index)
        else:
            groups.append([index])
        end = max(end, _end(node))
    return groups


def _statement_rows(text: str, body: Sequence[ast.stmt], index: int, *, is_hoisted: bool) -> List[Row]:
    node = body[index]
    rows = rows_of(statement_text(text, body, index), first_line(node))
    if is_hoisted:
        return [("# " + row, line) for row, line in rows]
    if not has_await(node):
        return rows
    if isinstance(node, ast.Expr):  # without the `;` that may follow it
        rows = rows_of(ast.get_source_segment(text, node) or ast.unparse(node), node.lineno)
    return _wrapped(node, rows)


def _wrapped(node: ast.stmt, rows: List[Row]) -> List[Row]:
    """Wrap one awaiting statement in a coroutine of its own; all run on one loop, as in a notebook."""
    names = sorted(uses_of([node]).bound)
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        plain = ast.copy_location(ast.Assign(targets=[node.target], value=node.value), node)
        rows = [(ast.unparse(ast.fix_missing_locations(plain)), rows[0][1])]
    head: List[Row] = [("async def _hubkin_step():", OURS)]
    if names:
        head.append((f"    global {', '.join(names)}", OURS))
    if isinstance(node, ast.Expr):
        body = [("    return (", OURS), *rows, ("    )", OURS)]
    else:
        body = _indented(rows)
    return [*head, *body, ("_hubkin_loop.run_until_complete(_hubkin_step())", OURS)]


def _indented(rows: List[Row]) -> List[Row]:
    """Indent the lines that start a logical line; the inside of a string must not move."""
    text = "\n".join(row for row, _ in rows) + "\n"
    inside = _inside(text)
    return [
        (row if number in inside or not row.strip() else "    " + row, line)
        for number, (row, line) in enumerate(rows, 1)
    ]


def _inside(text: str) -> Set[int]:
    """Return the lines that begin inside a string (from 3.12 on, f-strings are several tokens)."""
    inside: Set[int] = set()
    opened: List[int] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        name = tokenize.tok_name[token.type]
        if name == "STRING":
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
        elif name in ("FSTRING_START", "TSTRING_START"):
            opened.append(token.start[0])
        elif name in ("FSTRING_END", "TSTRING_END"):
            inside.update(range(opened.pop() + 1, token.end[0] + 1))
    return inside


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def future_statements(body: Sequence[ast.stmt]) -> Dict[int, List[str]]:
    """Return the ``from __future__`` imports of a cell, by statement."""
    found: Dict[int, List[str]] = {}
    for index, node in enumerate(body):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            found[index] = [alias.name for alias in node.names]
    return found
