"""Kernels are older than platforms: what runs in them keeps to the grammar and library of Python 3.9."""

from __future__ import annotations

import ast
from pathlib import Path

import hubkin.transport
import hubkin_magics
import pytest

FILES = [*Path(hubkin_magics.__file__).parent.rglob("*.py"), Path(hubkin.transport.__file__)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_of_the_kernel_is_python_3_9(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=(3, 9))

    assert "from __future__ import annotations" in path.read_text() or path.name == "__init__.py"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            keywords = {keyword.arg for keyword in node.keywords}
            assert not keywords & {"slots", "kw_only"}, f"{path}:{node.lineno}"
            is_zip = isinstance(node.func, ast.Name) and node.func.id == "zip"
            assert not (is_zip and "strict" in keywords), f"{path}:{node.lineno}"
