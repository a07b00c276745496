"""What is laid out beside the cell: modules, files, setup, parameters, the map of lines; and the warnings."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hubkin_magics.capture import Capture
from hubkin_magics.capture.ignore import walk

from tests.unit.capture.kernels import Notebook, run_tree


def text_of(captured: Capture, place: str) -> str:
    return next(file.read().decode() for file in captured.files if file.place == place)


def places(captured: Capture) -> set[str]:
    return {file.place for file in captured.files}


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def codes(captured: Capture) -> list[str]:
    return [problem.code for problem in captured.warnings]


# --- lines ---


def original_lines(captured: Capture, stderr: str) -> list[tuple[str, int]]:
    """Map the lines of a traceback back to the notebook."""
    runs = json.loads(text_of(captured, ".hubkin/lines.json"))["lines"]
    found = []
    for match in re.finditer(r"cell\.py\", line (\d+)", stderr):
        line = int(match.group(1))
        for start, count, origin, first in runs:
            if start <= line < start + count:
                found.append((origin, first + line - start))
    return found


def test_traceback_lines_map_to_the_cells(notebook: Notebook, tmp_path: Path) -> None:
    notebook.run("import math\n\n\ndef half(x):\n    # a comment\n    return x / 0\n")
    cell = "\nlr = 1\n\nasync def f():\n    return half(lr)\n\nprint(await f())"

    captured = notebook.capture(cell, params={"lr": "2"})
    ran = run_tree(captured, tmp_path / "code")

    lines = original_lines(captured, ran.stderr)
    assert lines[-3:] == [("cell", 7), ("cell", 5), ("In[1]", 6)]


def test_a_decorated_function_keeps_its_lines(notebook: Notebook, tmp_path: Path) -> None:
    notebook.run("def same(f): return f\n@same\n@same\ndef g():\n    raise ValueError")

    captured = notebook.capture("g()")
    ran = run_tree(captured, tmp_path / "code")

    assert original_lines(captured, ran.stderr) == [("cell", 1), ("In[1]", 5)]


# --- escapes ---


def test_setup_commands_packages_and_variables_are_kept_apart(notebook: Notebook) -> None:
    cell = (
        "%pip install -q torch 'numpy<2' --index-url https://x\n!pip install a -r b.txt\n"
        "!{sys.executable} -m pip install c\npip install d\n!apt-get update\n!echo $HOME \\\n  {x}\n"
        "%env A=1\n%set_env B two words\n%matplotlib inline\nprint(1)"
    )

    captured = notebook.capture(cell)

    assert captured.pip == ("torch", "numpy<2", "a", "c", "d")
    assert captured.env == {"A": "1", "B": "two words"}
    assert text_of(captured, ".hubkin/setup.sh") == "set -e\napt-get update\necho $HOME {x}\n"
    assert captured.has_setup
    assert codes(captured) == ["dropped_magic", "pip_noted"]


def test_params_are_written_with_their_types(notebook: Notebook) -> None:
    cell = "def main(lr: float = 1e-3, name: str = 'x', deep=None): pass\nmain()"

    captured = notebook.capture(cell, params={"lr": "1", "deep": "[1, null]"})

    assert captured.params == {"lr": 1.0, "name": "x", "deep": [1, None]}
    assert json.loads(text_of(captured, ".hubkin/params.json"))["params"] == dict(captured.params)


# --- warnings ---


def test_a_relative_path_that_stays_here_is_a_warning_with_its_fix(notebook: Notebook) -> None:
    write(notebook.folder, **{"data__words.txt": "x", "labels": "y"})
    notebook.run("def load():\n    return open('data/words.txt')")

    captured = notebook.capture("'''data/words.txt'''\nload(); open('nowhere.txt'); {}.get('labels')")
    added = notebook.capture("load()", with_files=("data",))

    (warning,) = captured.warnings
    assert (warning.code, warning.line) == ("path_not_taken", 2)
    assert [fix.option for fix in warning.fixes] == ["--with data/words.txt"]
    assert (codes(added), "data/words.txt" in places(added)) == ([], True)


def test_a_literal_data_path_is_a_warning(notebook: Notebook) -> None:
    (warning,) = notebook.capture("p = '/data/imagenet/train'").warnings

    assert warning.code == "absolute_data_path"
    assert 'hubkin.data("imagenet")' in warning.text


def test_a_method_that_was_replaced_later_is_a_warning(notebook: Notebook) -> None:
    notebook.run("class M:\n    def f(self): return 1", "M.f = lambda self: 2", "setattr(M, 'g', 3)")

    captured = notebook.capture("print(M().f())")
    with_it = notebook.capture("print(M().f())", include=(2, 3))

    assert [(w.code, w.params["number"]) for w in captured.warnings] == [
        ("changed_after", 2),
        ("changed_after", 3),
    ]
    assert with_it.warnings == ()


@pytest.mark.parametrize("change", ["@add_to(M)\ndef f(self): return 2", "@M.hook\ndef f(): return 2"])
def test_a_method_that_a_decorator_adds_is_a_warning(change: str, notebook: Notebook) -> None:
    notebook.run(
        "class M:\n    hook = staticmethod(lambda f: f)", "def add_to(c): return lambda f: setattr(c, 'f', f)"
    )
    notebook.run(change)

    captured = notebook.capture("print(M())")

    assert codes(captured) == ["changed_after"]


def test_a_name_that_only_a_function_would_miss_is_a_warning(notebook: Notebook) -> None:
    notebook.run("def f(x):\n    if x:\n        return nowhere\n    return 1")

    captured = notebook.capture("print(f(0))")

    assert [(w.code, w.params["name"]) for w in captured.warnings] == [("undefined_later", "nowhere")]


def test_what_python_warns_about_is_not_said_again(notebook: Notebook) -> None:
    (notebook.folder / "slashes.py").write_text("x = '\\d'")

    assert notebook.capture("import slashes\nprint('\\w')").warnings == ()


def test_a_bare_cell_says_what_it_will_miss(notebook: Notebook) -> None:
    notebook.run("x = 1")

    captured = notebook.capture("print(x)", bare=True)

    assert codes(captured) == ["bare_names"]
    assert captured.taken == ()


# --- modules ---


def test_modules_come_from_the_git_root_by_their_import_path(notebook: Notebook, tmp_path: Path) -> None:
    write(
        tmp_path, lib__inner__a="", **{"lib__tools.py": "import extra\nx = extra.y", "lib__extra.py": "y = 5"}
    )
    notebook.git_root = tmp_path
    notebook.search.append(str(tmp_path / "lib"))

    captured = notebook.capture("import tools\nprint(tools.x)")
    ran = run_tree(captured, tmp_path / "code")

    assert captured.modules == ("extra.py", "tools.py")
    assert ran.stdout == "5\n"


def test_a_folder_on_the_search_path_keeps_its_place(notebook: Notebook, tmp_path: Path) -> None:
    write(notebook.folder, **{"src__pkg____init__.py": "", "src__pkg__m.py": "x = 1"})
    (notebook.folder / "src" / "pkg" / "__init__.py").write_text("")
    notebook.search.append(str(notebook.folder / "src"))

    captured = notebook.capture("from pkg import m\nprint(m.x)")
    ran = run_tree(captured, tmp_path / "code")

    assert captured.modules == ("src/pkg/__init__.py", "src/pkg/m.py")
    assert ran.stdout == "1\n", ran.stderr


def test_an_editable_package_travels_as_source(notebook: Notebook, tmp_path: Path) -> None:
    write(tmp_path, **{"else__mylib__core.py": "x = 3"})
    (tmp_path / "else/mylib/__init__.py").write_text("from .core import x")
    notebook.editable = {"mylib": str(tmp_path / "else" / "mylib")}

    captured = notebook.capture("import mylib\nprint(mylib.x)")
    ran = run_tree(captured, tmp_path / "code")

    assert captured.modules == ("mylib/__init__.py", "mylib/core.py")
    assert ran.stdout == "3\n"


def test_installed_packages_and_the_standard_library_stay(notebook: Notebook) -> None:
    captured = notebook.capture("import json, pytest, hubkin, hubkin_magics.capture")

    assert captured.modules == ()
    assert captured.warnings == ()


def test_an_environment_inside_the_folder_stays(notebook: Notebook) -> None:
    write(notebook.folder, **{".venv__lib__site-packages__thirdparty.py": "x = 1"})
    notebook.search.append(str(notebook.folder / ".venv/lib/site-packages"))

    assert notebook.capture("import thirdparty").modules == ()


def test_a_module_from_elsewhere_is_a_warning(notebook: Notebook, tmp_path: Path) -> None:
    write(tmp_path, **{"far__away.py": "x = 1"})
    notebook.search.append(str(tmp_path / "far"))

    captured = notebook.capture("import away")

    assert codes(captured) == ["module_outside"]


def test_a_broken_module_travels_all_the_same(notebook: Notebook) -> None:
    write(notebook.folder, **{"broken.py": "def ("})

    assert notebook.capture("try:\n    import broken\nexcept SyntaxError: pass").modules == ("broken.py",)


# --- folders ---


def test_gitignore_is_read_as_git_reads_it(tmp_path: Path) -> None:
    rules = [
        "*.log",
        "!keep.log",
        "/top.txt",
        "build/",
        "sub/only.txt",
        "**/deep/x",
        "out*/**",
        "# c",
        "\\#hash",
    ]
    rules += ["trail ", "[ab].txt", "!/a.txt"]
    paths = [
        *[
            "a.log",
            "keep.log",
            "top.txt",
            "build/x",
            "sub/top.txt",
            "sub/only.txt",
            "sub/other.txt",
            "p/q/deep/x",
        ],
        *["p/deep/y", "outs/a/b", "#hash", "trail", "a.txt", "b.txt", "c.txt", "sub/a.txt", "sub/build"],
        *["sub/n/.gitignore", "sub/n/z.log", "sub/n/y.txt", "é.txt"],
    ]
    for path in paths:
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("y.txt\n!z.log\n" if path.endswith(".gitignore") else "")
    (tmp_path / ".gitignore").write_text("\n".join(rules))
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    listing = ["git", "-C", str(tmp_path), "ls-files", "-coz", "--exclude-standard"]
    git = subprocess.run(listing, capture_output=True, text=True, check=True).stdout

    assert sorted(walk(str(tmp_path))) == sorted(filter(None, git.split("\0")))


def test_a_part_of_a_repository_keeps_to_the_rules_above_it(tmp_path: Path) -> None:
    write(tmp_path, **{"part__a.log": "", "part__b.py": "", "part__sub__c.txt": "", "part__sub__d.txt": ""})
    (tmp_path / ".gitignore").write_text("*.log\n/part/sub/c.txt\n")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)

    assert list(walk(str(tmp_path / "part"))) == ["b.py", "sub/d.txt"]


def test_links_that_lead_out_of_the_folder_are_left_out(notebook: Notebook, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("s")
    code = notebook.folder / "proj"
    code.mkdir()
    (code / "inside.txt").write_text("i")
    (code / "in.txt").symlink_to("inside.txt")
    (code / "out.txt").symlink_to(tmp_path / "secret.txt")

    captured = notebook.capture("print(1)", code="proj")

    assert {"in.txt", "inside.txt"} <= places(captured)
    assert "out.txt" not in places(captured)
    assert codes(captured) == ["skipped_link"]


def test_an_executable_file_stays_one(notebook: Notebook) -> None:
    script = notebook.folder / "go.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)

    captured = notebook.capture("print(1)", with_files=("*.sh",))

    assert [file.mode for file in captured.files if file.place == "go.sh"] == ["0755"]


# --- the same cell again ---


def test_the_same_cell_makes_the_same_bytes_in_every_process(notebook: Notebook) -> None:
    cell = "print(sqrt(pi), f(), E, [a for a in (x, y, z)])"
    notebook.run(
        "from math import *",
        "E = {'a', 'b', 'c'}",
        "x, y = 1, 2; z = 3",
        "def f(): return floor(e) + ceil(tau)",
    )
    here = text_of(notebook.capture(cell), ".hubkin/cell.py")
    again = (
        "from tests.unit.capture.kernels import Notebook; from pathlib import Path; "
        f"n = Notebook(Path({str(notebook.folder)!r})); n.run(*{notebook.sources[1:]!r}); "
        f"c = n.capture({cell!r}); "
        "print(next(f.read().decode() for f in c.files if f.place.endswith('cell.py')), end='')"
    )

    ran = subprocess.run([sys.executable, "-c", again], capture_output=True, text=True, check=True)

    assert ran.stdout == here


def test_a_folder_above_the_notebook_can_be_the_code(notebook: Notebook, tmp_path: Path) -> None:
    write(tmp_path, **{"lib__shared.py": "x = 1", "conf.txt": "c"})
    write(notebook.folder, **{"near.py": "y = 2"})
    notebook.search.append(str(tmp_path / "lib"))

    captured = notebook.capture(
        "import shared, near\nprint(shared.x, near.y, open('conf.txt').read())", code=".."
    )
    ran = run_tree(captured, tmp_path / "code")

    assert ran.stdout == "1 2 c\n", ran.stderr
    assert {"lib/shared.py", "work/near.py", "conf.txt"} <= places(captured)
