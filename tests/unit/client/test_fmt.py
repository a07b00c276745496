"""Money, durations, sizes and times for people."""

import time
from datetime import UTC, datetime

import pytest
from hubkin import fmt
from hubkin.i18n import use_language


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0, "0 s", "0 秒"),
        (61, "1 min 1 s", "1 分钟 1 秒"),
        (7980, "2 h 13 min", "2 小时 13 分钟"),
        (90000, "1 d 1 h", "1 天 1 小时"),
    ],
)
def test_durations_in_both_languages(seconds: int, english: str, chinese: str) -> None:
    with use_language("en"):
        assert fmt.duration(seconds) == english
    with use_language("zh"):
        assert fmt.duration(seconds) == chinese


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 B"), (999, "999 B"), (1_500, "1.5 kB"), (123_456_789, "123 MB")]
)
def test_sizes(count: int, shown: str) -> None:
    assert fmt.size(count) == shown


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("8h", 28800), ("1d 12h", 129600), ("90m", 5400), ("8", None), ("", None), ("-1h", None)],
)
def test_durations_are_read(text: str, seconds: int | None) -> None:
    assert fmt.parse_duration(text) == seconds


def test_memory_is_binary_as_it_is_sold() -> None:
    assert [fmt.memory(n * 2**20) for n in (2048, 1536, 81920)] == ["2 GiB", "1.5 GiB", "80 GiB"]


def test_how_long_ago() -> None:
    now = datetime(2026, 11, 24, 8, 5, tzinfo=UTC)

    assert fmt.ago("2026-11-24T08:00:00Z", now=now) == "5 min ago"


def test_a_moment_is_local_and_without_an_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        shown = fmt.moment("2026-11-24T08:00:05.123456Z")
    finally:
        monkeypatch.undo()
        time.tzset()

    assert shown == "2026-11-24 16:00:05"
