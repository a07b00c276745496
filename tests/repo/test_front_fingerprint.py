"""When `make front` builds again: on changed sources, and on nothing else; and with which Node."""

from pathlib import Path

import pytest

from tools import front


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "index.ts").write_text("export {};\n")
    monkeypatch.setattr(front, "SOURCE", tmp_path)
    return tmp_path


def test_a_changed_source_changes_the_fingerprint(source: Path) -> None:
    before = front.fingerprint()

    (source / "src" / "index.ts").write_text("export const a = 1;\n")

    assert front.fingerprint() != before


def test_what_a_build_leaves_behind_does_not_change_the_fingerprint(source: Path) -> None:
    before = front.fingerprint()

    (source / "lib").mkdir()
    (source / "lib" / "index.js").write_text("built\n")

    assert front.fingerprint() == before


def test_a_renamed_source_changes_the_fingerprint(source: Path) -> None:
    before = front.fingerprint()

    (source / "src" / "index.ts").rename(source / "src" / "other.ts")

    assert front.fingerprint() != before


def test_the_environments_node_is_taken_before_one_that_is_too_old() -> None:
    assert front.search_path(Path("/here/.venv/bin"), "/usr/bin:/bin") == "/here/.venv/bin:/usr/bin:/bin"
