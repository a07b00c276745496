"""What the code already says is not written twice: generated pages are up to date."""

import pytest

from tests.repo.sources import ROOT
from tools import docs


def test_every_generated_page_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    code = docs.main(["--check"])

    assert capsys.readouterr().out == ""
    assert code == 0


def test_a_stale_page_is_seen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(docs, "GENERATORS", (lambda: iter([(ROOT / "README.md", "other\n")]),))

    code = docs.main(["--check"])

    assert capsys.readouterr().out == "README.md is out of date: run `make docs`\n"
    assert code == 1
