"""What client and platform have to compute alike."""

from __future__ import annotations

from hubkin.pull import tree_of
from hubkin_catalog import File, tree_digest


def test_client_and_platform_know_the_same_files_by_the_same_digest() -> None:
    files = [
        File("\u6570/b.csv", 3, "b" * 64),
        File("a/run.sh", 0, "a" * 64, "0755"),
        File("a.txt", 7, "c" * 64),
    ]
    rows = [
        {"path": file.path, "mode": file.mode, "size_bytes": file.size_bytes, "digest": file.digest}
        for file in files
    ]

    assert tree_of(rows) == tree_digest(files)
