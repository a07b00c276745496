"""What `make test` makes of the runs of its tiers."""

import signal
from dataclasses import replace
from pathlib import Path

import pytest

from tools import tiers
from tools.tiers import Tier


@pytest.fixture
def tier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tier:
    """A tier of two tests, one of which is skipped."""
    folder = tmp_path / "tests" / "small"
    folder.mkdir(parents=True)
    (tmp_path / "reports").mkdir()
    (folder / "conftest.py").write_text((tiers.ROOT / "tests" / "conftest.py").read_text())
    (folder / "test_small.py").write_text(
        "import pytest\n"
        "def test_passes(record_real_system): record_real_system('Thing', '1.2')\n"
        "def test_is_skipped(): pytest.skip('needs Chromium')\n"
    )
    monkeypatch.setattr(tiers, "ROOT", tmp_path)
    monkeypatch.setattr(tiers, "REPORTS", tmp_path / "reports")
    return Tier(name="small", asks="?", limit_seconds=60)


def test_a_tier_counts_its_tests_with_reasons_and_real_systems(tier: Tier) -> None:
    result = tiers.run(tier)

    assert result.counts == {"passed": 1, "skipped": 1}
    assert list(result.reasons) == ["needs Chromium"]
    assert result.real == {"Thing": "1.2"}


def test_an_error_in_a_fixture_counts_as_failed(tier: Tier) -> None:
    (tiers.ROOT / "tests/small/test_other.py").write_text("def test_x(absent_fixture): pass\n")

    result = tiers.run(tier)

    assert result.counts["failed"] == 1
    assert result.failed[0].endswith("::test_x")


def test_a_file_that_cannot_be_imported_counts_as_failed(tier: Tier) -> None:
    (tiers.ROOT / "tests/small/test_other.py").write_text("import no_such_module\n")

    result = tiers.run(tier)

    assert result.counts["failed"] == 1


def test_a_tier_that_takes_too_long_is_ended_and_counts_as_failed(
    tier: Tier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tier, "command", lambda tier: ["sleep", "60"])

    result = tiers.run(Tier(name="small", asks="?", limit_seconds=0))

    assert result.counts == {"failed": 1}
    assert "no answer in time" in result.failed[0]


def test_a_tier_that_is_ended_still_says_what_had_passed(tier: Tier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:randomly")
    (tiers.ROOT / "tests/small/test_zzz.py").write_text("import time\ndef test_hangs(): time.sleep(60)\n")

    result = tiers.run(replace(tier, limit_seconds=15))

    assert result.counts["passed"] >= 1
    assert result.counts["failed"] == 1


def test_no_tier_runs_beyond_the_deadline_of_all(tier: Tier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tier, "command", lambda tier: ["sleep", "60"])

    result = tiers.run(tier, deadline=0.0)

    assert result.counts == {"failed": 1}


def test_a_tier_that_dies_without_a_report_counts_as_failed(
    tier: Tier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tier, "command", lambda tier: ["false"])

    result = tiers.run(tier)

    assert result.counts == {"failed": 1}


def test_a_tier_can_be_interrupted_even_when_the_runner_was_started_in_the_background(
    tier: Tier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiers, "TIERS", (tier,))
    (tiers.ROOT / "tests/small/test_other.py").write_text(
        "import signal\ndef test_x(): assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
    )
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = tiers.main([])
    finally:
        signal.signal(signal.SIGINT, before)

    assert code == 0


def test_the_closing_line_sums_up_every_tier(
    tier: Tier, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tiers, "TIERS", (tier,))

    code = tiers.main([])

    assert capfd.readouterr().out.splitlines()[-1] == "1 passed, 0 failed, 1 skipped"
    assert code == 0
