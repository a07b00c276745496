"""Kernels are older than platforms: what runs in them keeps to the grammar and library of Python 3.9."""

from __future__ import annotations

import ast
from pathlib import Path

import hubkin
import hubkin_magics
import pytest

FILES = [path for package in (hubkin, hubkin_magics) for path in Path(package.__file__).parent.rglob("*.py")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_of_the_kernel_is_python_3_9(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=(3, 9))

    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            keywords = {keyword.arg for keyword in node.keywords}
            assert not keywords & {"slots", "kw_only"}, f"{path}:{node.lineno}"
            is_zip = isinstance(node.func, ast.Name) and node.func.id == "zip"
            assert not (is_zip and "strict" in keywords), f"{path}:{node.lineno}"
        if isinstance(node, ast.ImportFrom):
            names = {(node.module, alias.name) for alias in node.names}
            assert not names & {("datetime", "UTC"), ("enum", "StrEnum")}, f"{path}:{node.lineno}"
