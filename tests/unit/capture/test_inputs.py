"""Which datasets and models a capture finds in the code that it takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hubkin_magics.capture import Refused

from tests.unit.capture.kernels import Notebook

#: title → (executed cells, cell, data, models)
FOUND: dict[str, tuple[tuple[str, ...], str, dict[str, str], dict[str, str]]] = {
    "a call in the cell": ((), "import hubkin\nhubkin.data('digits')", {"digits": "digits"}, {}),
    "a version of a group's": (
        (),
        "import hubkin\nhubkin.data('lab/imagenet@v3')\nhubkin.model('qwen@champion')",
        {"imagenet": "lab/imagenet@v3"},
        {"qwen": "qwen@champion"},
    ),
    "an import of an earlier cell, under another name": (
        ("import hubkin as hk",),
        "hk.data('digits')",
        {"digits": "digits"},
        {},
    ),
    "a function by itself": (
        ("from hubkin import data, model as load",),
        "data('digits'), load('base')",
        {"digits": "digits"},
        {"base": "base"},
    ),
    "a captured function": (
        ("import hubkin", "def load():\n    return hubkin.data('digits')"),
        "load()",
        {"digits": "digits"},
        {},
    ),
    "by its keyword": ((), "import hubkin\nhubkin.data(name='digits')", {"digits": "digits"}, {}),
    "twice the same": ((), "import hubkin\nhubkin.data('a'), hubkin.data('a')", {"a": "a"}, {}),
    "a function of somebody else": (("def data(x): return x",), "data('digits')", {}, {}),
    "a method of something else": (("class hubkin:\n    data = str",), "hubkin.data('digits')", {}, {}),
    "a comment and a text": ((), "# hubkin.data('a')\nx = \"hubkin.data('b')\"", {}, {}),
}


@pytest.mark.parametrize("title", FOUND)
def test_what_code_asks_for_is_found(notebook: Notebook, title: str) -> None:
    cells, cell, data, models = FOUND[title]
    notebook.run(*cells)

    found = notebook.capture(cell)

    assert (dict(found.data), dict(found.models)) == (data, models)


def test_a_module_that_travels_is_read_too(notebook: Notebook) -> None:
    (notebook.folder / "loading.py").write_text("import hubkin\ndef load(): return hubkin.data('digits')\n")

    assert dict(notebook.capture("import loading\nloading.load()").data) == {"digits": "digits"}


def test_what_the_first_line_names_is_not_found_again(notebook: Notebook) -> None:
    cell = "import hubkin\nhubkin.data('train'), hubkin.data('lab/digits@v1')"

    found = notebook.capture(cell, data={"train": "lab/imagenet@v3", "digits": "digits@v2"})

    assert dict(found.data) == {}


def test_a_folder_of_an_earlier_cell_is_found_again_in_the_job(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBKIN_DATA_DIGITS", "/here/only")
    notebook.run("import hubkin", "folder = hubkin.data('digits')", "train = folder / 'train'")

    found = notebook.capture("print(train)")

    written = next(file.read().decode() for file in found.files if file.place == ".hubkin/cell.py")
    assert dict(found.data) == {"digits": "digits"}
    assert "folder = hubkin.data('digits')" in written
    assert "/here/only" not in written


def test_a_name_that_only_the_run_knows_is_noted(notebook: Notebook) -> None:
    notebook.run("import hubkin")
    cell = "\nfor name in 'ab':\n    hubkin.data(name)"

    notes = [problem.text for problem in notebook.capture(cell).warnings]
    said = [problem.text for problem in notebook.capture(cell, data={"a": "a", "b": "b"}).warnings]

    assert notes == ["Line 3 asks for a name that only the run knows; say what it reads with --data."]
    assert said == []


def refusal(notebook: Notebook, cell: str) -> str:
    with pytest.raises(Refused) as caught:
        notebook.capture(cell)
    return str(caught.value)


def test_what_is_no_reference_is_refused_with_its_line(notebook: Notebook) -> None:
    notebook.run("import hubkin", "def load():\n    return hubkin.data('/data/digits')")

    assert refusal(notebook, "load()") == (
        "In[2], line 2, asks for '/data/digits', which names no version. "
        "Write NAME, NAME@v3 or OWNER/NAME@v3."
    )


def test_two_datasets_of_one_name_are_refused_with_the_way_out(notebook: Notebook) -> None:
    cell = "\nimport hubkin\nhubkin.data('a/x@v1')\nhubkin.data('b/x')"

    assert refusal(notebook, cell) == (
        "Line 4 asks for 'b/x', another place for 'a/x@v1'; a job has one 'x'. Say which: --data x=b/x."
    )


def test_a_literal_folder_of_a_container_is_warned_about(notebook: Notebook, tmp_path: Path) -> None:
    warnings = [problem.text for problem in notebook.capture("open('/data/imagenet/a.jpg')").warnings]

    assert warnings == [
        '`/data/imagenet/a.jpg` (line 1) is an absolute path; hubkin.data("imagenet") is the same everywhere.'
    ]
