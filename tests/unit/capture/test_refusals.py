"""What a capture refuses, with the fix, before anything is queued."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hubkin_magics.capture import Refused

from tests.unit.capture.kernels import Notebook

MAIN = "def main(lr: float = 0.1, n: int = 1, fast: bool = False): pass\nmain()"
BIG = "x = '" + "a" * 5000 + "'"

#: title → (executed cells, cell, options, codes)
REFUSED = {
    "a live object": (("x = iter([1])",), "print(x)", {}, ["live_object"]),
    "a live object behind two functions": (
        ("x = iter([1])", "def f(): return x", "def g(): return f()"),
        "print(g())",
        {},
        ["live_object"],
    ),
    "every live object at once": (("x = iter([1]); y = iter([2])",), "print(x, y)", {}, ["live_object"] * 2),
    "a value computed by a call": (("import os\nx = os.getpid()",), "print(x)", {}, ["live_object"]),
    "an instance of the notebook's class": (("class C: pass", "c = C()"), "print(c)", {}, ["live_object"]),
    "a default dict that was filled": (
        ("from collections import defaultdict", "d = defaultdict(list)", "d['a'].append(1)"),
        "print(d)",
        {},
        ["live_object"],
    ),
    "a literal over 4 kB": ((BIG,), "print(x)", {}, ["too_large"]),
    "a name that nobody defined": ((), "x = 1\nprint(nowhere)", {}, ["undefined"]),
    "a name of a cell that ran as a job": (
        ("%%train --gpu 1\ndef f(): return 1\nf()",),
        "print(f())",
        {},
        ["ran_as_job"],
    ),
    "a name that was deleted": (("x = 1", "del x"), "print(x)", {}, ["undefined"]),
    "the notebook's outputs": (("x = 1",), "print(Out[1])", {}, ["notebook_only"]),
    "a syntax error": ((), "x = 1\nif x\n    pass", {}, ["syntax_error"]),
    "a return outside of a function": ((), "return 1", {}, ["syntax_error"]),
    "an empty cell": ((), "\n  \n", {}, ["empty_cell"]),
    "a cell of comments": ((), "# nothing\n%matplotlib inline", {}, ["empty_cell"]),
    "a null byte": ((), "x = '\0'", {}, ["syntax_error"]),
    "a magic": ((), "x = 1\n%timeit x", {}, ["magic_refused"]),
    "a cell magic inside": ((), "x = 1\n%%bash\nls", {}, ["magic_refused", "undefined"]),
    "an assigned shell command": ((), "files = !ls", {}, ["magic_refused"]),
    "an assigned magic": ((), "t = %time 1", {}, ["magic_refused"]),
    "help": ((), "print?", {}, ["magic_refused"]),
    "a shell command after a statement": ((), "x = 1\n!ls", {}, ["shell_after_statement"]),
    "a shell command in a block": ((), "if True:\n    !ls", {}, ["magic_refused"]),
    "a shell command with a Python value": (("d = 'x'",), "!ls {d}", {}, ["shell_uses_python"]),
    "env that only asks": ((), "%env HOME", {}, ["magic_refused"]),
    "conda": ((), "%conda install x", {}, ["magic_refused"]),
    "get_ipython": ((), "get_ipython().system('ls')", {}, ["get_ipython_refused"]),
    "input in a captured function": (("def f(): return input('?')",), "f()", {}, ["input_refused"]),
    "input": ((), "input()", {}, ["input_refused"]),
    "an unknown param of main": ((), MAIN, {"params": {"l": "1"}}, ["unknown_param"]),
    "a param of a cell without any": ((), "print(1)", {"params": {"lr": "1"}}, ["no_params"]),
    "a param that is no number": ((), MAIN, {"params": {"lr": "fast"}}, ["bad_param"]),
    "a param that is no integer": ((), MAIN, {"params": {"n": "1.5"}}, ["bad_param"]),
    "a param that is no flag": ((), MAIN, {"params": {"fast": "maybe"}}, ["bad_param"]),
    "a text for a number without annotation": (
        (),
        "lr = 0.1\nprint(lr)",
        {"params": {"lr": "x"}},
        ["bad_param"],
    ),
    "an included cell that never ran": ((), "print(1)", {"include": (9,)}, ["not_executed"]),
    "an included cell that needs a live object": (
        ("x = iter([1])", "y = x"),
        "print(y)",
        {"include": (2,)},
        ["live_object"],
    ),
    "an included cell with a magic": (
        ("%timeit 1\ny = 1",),
        "print(y)",
        {"include": (1,)},
        ["magic_refused", "undefined"],
    ),
    "a sent name that is not there": ((), "print(1)", {"send": ("x",)}, ["unknown_name"]),
    "a file that is not there": ((), "print(1)", {"with_files": ("no.txt",)}, ["missing_file"]),
    "a file outside the folder": ((), "print(1)", {"with_files": ("../outside.txt",)}, ["outside_folder"]),
    "a code folder that is not there": ((), "print(1)", {"code": "no"}, ["missing_folder"]),
}


@pytest.fixture(autouse=True)
def _outside(tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("x")


def refusal(notebook: Notebook, cell: str, **options) -> Refused:
    with pytest.raises(Refused) as caught:
        notebook.capture(cell, **options)
    return caught.value


@pytest.mark.parametrize("title", REFUSED)
def test_it_is_refused_with_a_code(title: str, notebook: Notebook) -> None:
    history, cell, options, codes = REFUSED[title]
    notebook.run(*(source for source in history if "timeit" not in source))
    if any("timeit" in source for source in history):
        notebook.sources.append(history[0])

    problems = refusal(notebook, cell, **options).problems

    found = [problem.code for problem in problems]
    assert found == codes
    assert all(problem.text.strip() and "{" not in problem.text.replace("{d}", "") for problem in problems)


@pytest.mark.parametrize(
    "cell",
    [
        "nonlocal x",
        "return 1",
        "from __future__ import braces",
        "[(yield 1) for x in y]",
        "x = 1\nglobal x",
        "if",
    ],
)
def test_a_cell_that_python_refused_is_no_part_of_the_history(cell: str, notebook: Notebook) -> None:
    notebook.sources.append(cell)
    notebook.run("def f(): return 1")

    captured = notebook.capture("f()")

    assert [taken.name for taken in captured.taken] == ["f"]
    assert refusal(notebook, cell).problems[0].code == "syntax_error"


def test_the_fixes_name_the_options_to_add(notebook: Notebook) -> None:
    notebook.run("import threading", "cfg = dict(zip('ab', range(2)))", "lock = threading.Lock()")

    cfg, lock = refusal(notebook, "print(cfg, lock)").problems

    assert [fix.option for fix in cfg.fixes] == ["--include 2", "--send cfg"]
    assert [fix.option for fix in lock.fixes] == ["--include 3"]
    assert "`cfg` is a live dict from In[2]" in cfg.text
    assert "Add --send cfg to send its value" in cfg.text


def test_a_refusal_says_who_needs_the_live_object(notebook: Notebook) -> None:
    notebook.run("tokenizer = iter([1])", "def encode(x): return tokenizer, x")

    (problem,) = refusal(notebook, "print(encode(1))").problems

    assert "`tokenizer`, used by encode (In[2])," in problem.text


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("\n\nif x\n  y", 3),
        ("a = 1\n!ls", 2),
        ("a = 1\n\n%time a", 3),
        ("a = 1\ninput()", 2),
        ("\nprint(zz)", 2),
    ],
)
def test_a_refusal_names_the_line(cell: str, line: int, notebook: Notebook) -> None:
    assert refusal(notebook, cell).problems[-1].line == line


def test_sockets_files_and_locks_are_not_sent(notebook: Notebook) -> None:
    notebook.run(
        "import socket, threading", f"f = open({__file__!r})", "s = socket.socket()", "t = threading.Lock()"
    )
    notebook.run("box = {'inner': [s]}", "class C: pass", "c = C(); c.file = f")

    reasons = {
        name: refusal(notebook, f"print({name})", send=(name,)).problems[0].text
        for name in ("f", "s", "t", "box", "c")
    }
    notebook.namespace["f"].close()
    notebook.namespace["s"].close()

    assert "open file" in reasons["f"]
    assert "open file" in reasons["c"]
    assert "a socket stays in this process" in reasons["s"]
    assert "a socket stays in this process" in reasons["box"]
    assert "lock" in reasons["t"]


def test_more_than_10_mb_is_not_sent(notebook: Notebook) -> None:
    notebook.run("x = bytearray(10_000_001)")

    (problem,) = refusal(notebook, "print(x)", send=("x",)).problems

    assert problem.code == "send_too_large"


class Sulky:
    """Refuses to be pickled in a way of its own."""

    def __reduce__(self) -> str:
        raise RuntimeError("not today")


def test_whatever_a_pickle_raises_is_a_sentence(notebook: Notebook) -> None:
    notebook.namespace["x"] = Sulky()

    (problem,) = refusal(notebook, "print(x)", send=("x",)).problems

    assert problem.text == "x cannot be sent: not today."


def test_a_large_array_is_refused_without_being_copied(notebook: Notebook) -> None:
    # Ten terabytes that take one byte: copying them would fail in another way.
    notebook.run("import numpy as np\nx = np.broadcast_to(np.zeros(1, dtype='u1'), (10**13,))")

    (problem,) = refusal(notebook, "print(x)").problems
    (sent,) = refusal(notebook, "print(x)", send=("x",)).problems

    assert [fix.code for fix in problem.fixes] == ["include"]
    assert sent.code == "send_too_large"


def test_a_value_that_could_not_be_sent_is_not_offered_to_be(notebook: Notebook) -> None:
    notebook.run("x = (i for i in 'a')")

    (problem,) = refusal(notebook, "print(x)").problems

    assert [fix.code for fix in problem.fixes] == ["include"]


def test_modules_over_20_mb_are_refused_with_the_largest(notebook: Notebook) -> None:
    (notebook.folder / "big_table.py").write_text("x = '" + "a" * 20_000_001 + "'")

    (problem,) = refusal(notebook, "import big_table").problems

    assert problem.code == "modules_too_large"
    assert "big_table.py" in problem.text


def test_files_over_the_limit_are_refused_with_the_largest(notebook: Notebook) -> None:
    with (notebook.folder / "video.bin").open("wb") as file:
        file.truncate(600_000_000)

    (problem,) = refusal(notebook, "print(1)", with_files=("video.bin",)).problems

    assert problem.code == "files_too_large"
    assert "video.bin (600.0 MB)" in problem.text


def test_two_files_for_one_place_are_refused(notebook: Notebook, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "shared.py").write_text("x = 1")
    (notebook.folder / "shared.py").write_text("x = 2")
    notebook.git_root = tmp_path
    notebook.search = [str(tmp_path / "lib"), str(notebook.folder)]

    (problem,) = refusal(notebook, "import shared", with_files=("shared.py",)).problems

    assert problem.code == "path_clash"


def test_without_cloudpickle_what_plain_pickle_can_is_sent(notebook: Notebook, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    notebook.run("import datetime\nday = min([datetime.date(2026, 1, 1)])", "f = (lambda a: lambda: a)(1)")

    captured = notebook.capture("print(day)", send=("day",))
    problems = refusal(notebook, "print(f)", send=("f",)).problems

    assert [taken.kind for taken in captured.taken] == ["sent"]
    assert problems[0].code == "not_sendable"
