"""Which names code needs, and when."""

from __future__ import annotations

import ast

import pytest
from hubkin_magics.capture.names import _comprehension_names, uses_of


@pytest.mark.parametrize(
    ("code", "early", "late", "hoped"),
    [
        ("x + y", {"x", "y"}, set(), set()),
        ("x = 1\nx + y", {"y"}, set(), set()),
        ("x = x + 1", {"x"}, set(), set()),
        ("x += 1", {"x"}, set(), set()),
        ("x: int", {"int"}, set(), set()),
        ("def f(a, b=c):\n    return a + d", {"c"}, {"d"}, set()),
        ("@deco(arg)\nclass A(Base, metaclass=M): pass", {"deco", "arg", "Base", "M"}, set(), set()),
        ("class A:\n    x = y\n    def f(self): return z", {"y"}, {"z"}, set()),
        ("def f():\n    global n\n    n += 1", set(), set(), {"n"}),
        ("[x for x in xs if x > low]", {"xs", "low"}, set(), set()),
        ("f = lambda x: x + y", set(), {"y"}, set()),
        ("if c:\n    x = 1\nx", {"c"}, set(), {"x"}),
        ("if c:\n    x = 1\nelse:\n    x = 2\nx", {"c"}, set(), set()),
        ("try:\n    import a\nexcept ImportError:\n    a = None\na", {"ImportError"}, set(), set()),
        ("try:\n    x\nexcept NameError:\n    pass", {"NameError"}, set(), {"x"}),
        ("for i in xs:\n    i + k", {"xs", "k"}, set(), set()),
        ("for t[i] in xs: pass", {"t", "i", "xs"}, set(), set()),
        ("with a as b, b.c() as d: d", {"a"}, set(), set()),
        ("while (n := f()): n", {"f"}, set(), set()),
        ("print(n := 1, n)", {"print"}, set(), {"n"}),
        ("del x", {"x"}, set(), set()),
        ("import a.b\na.b.c", set(), set(), set()),
        ("x.y = 1", {"x"}, set(), set()),
    ],
)  # fmt: skip
def test_names_are_needed_when_they_are_read(code: str, early: set, late: set, hoped: set) -> None:
    uses = uses_of(ast.parse(code).body)

    assert (set(uses.early), set(uses.late), set(uses.hoped)) == (early, late, hoped)


@pytest.mark.parametrize(
    ("code", "own"),
    [
        ("[x for x in y]", {"x"}),
        ("[x for x in x]", set()),
        ("{k: v for k, v in d.items()}", {"k", "v"}),
        ("[x for x in y] + [x]", set()),
        ("[a for row in m for a in row if a]", {"row", "a"}),
    ],
)
def test_a_comprehension_s_own_names_are_not_needed(code: str, own: set) -> None:
    assert _comprehension_names(ast.parse(code).body[0]) == own
