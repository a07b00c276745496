"""Texts for people."""

from __future__ import annotations

from pathlib import Path

import pytest
from hubkin_kit.i18n import Translator, duration, language_of, money, read_catalogue, seemly, size

PO = r"""
msgid ""
msgstr ""
"Language: zh_CN\n"

msgid "Job {name} waits."
msgstr "作业 {name} 在等待。"

msgid ""
"Two "
"lines \"quoted\"\n"
msgstr ""
"两行"
"“引号”\n"

#, fuzzy
msgid "Doubtful"
msgstr "可疑"

msgid "Empty"
msgstr ""

#~ msgid "Gone"
#~ msgstr "没了"
"""


@pytest.fixture
def translator(tmp_path: Path) -> Translator:
    file = tmp_path / "locale" / "zh_CN" / "LC_MESSAGES" / "hubkin.po"
    file.parent.mkdir(parents=True)
    file.write_text(PO, "utf-8")
    return Translator([tmp_path])


def test_a_catalogue_is_read_without_what_is_doubtful() -> None:
    assert read_catalogue(PO) == {
        "Job {name} waits.": "作业 {name} 在等待。",
        'Two lines "quoted"\n': "两行“引号”\n",
    }


def test_a_text_is_said_in_the_language(translator: Translator) -> None:
    said = translator.text("Job {name} waits.", {"name": "bert-7"}, language="zh")

    assert said == "作业 bert-7 在等待。"


def test_a_missing_text_stays_english(translator: Translator) -> None:
    assert translator.text("Empty", language="zh") == "Empty"
    assert translator.text("{no} such", {"other": 1}, language="zh") == "{no} such"


def test_parameters_are_no_templates(translator: Translator) -> None:
    said = translator.text("Job {name} waits.", {"name": "{secret.__class__}"})

    assert said == "Job {secret.__class__} waits."


def test_parameters_are_shown_as_every_text_of_somebody(translator: Translator) -> None:
    assert translator.text("{name}", {"name": "a\0b\x1b[31mc"}) == "a\ufffdbc"


def test_a_sentence_stays_on_one_line(translator: Translator) -> None:
    assert translator.text("{name}", {"name": "a\r\nb\tc\rd"}) == "a b c d"


def test_a_text_of_lines_keeps_them() -> None:
    assert seemly("a\r\nb\tc\rd", lines=True) == "a\nb\tc\ufffdd"


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"x_seconds": 3725}, "1 h 2 min"),
        ({"x_seconds": 0.4}, "0 s"),
        ({"x_seconds": 200000}, "2 d 7 h"),
        ({"x_bytes": 1536}, "1.5 KiB"),
        ({"x_micros": 2_500_000}, "2.50"),
        ({"x_at": 1_700_000_000_000_000}, "2023-11-14 22:13:20 UTC"),
        ({"x": {"amount": "384.00", "unit": "CNY"}}, "¥384.00"),
        ({"x": ["a", "b"]}, "a, b"),
        ({"x": 0.25}, "0.25"),
        ({"x": True}, "True"),
        ({"x": 12345678}, "12345678"),
    ],
)
def test_numbers_are_written_for_people(translator: Translator, params: dict, said: str) -> None:
    [name] = params

    assert translator.text("{" + name + "}", params) == said


def test_durations_are_chinese_in_chinese() -> None:
    assert duration(3725, language="zh") == "1 小时 2 分钟"


def test_a_unit_without_a_sign_stands_behind() -> None:
    assert money("12.50", "机时") == "12.50 机时"


def test_sizes_end_at_tebibytes() -> None:
    assert [size(n) for n in (0, 1023, 1024**2, 1024**4 * 2000)] == ["0 B", "1023 B", "1.0 MiB", "2000.0 TiB"]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB;q=0.5, zh-TW;q=0.7", "zh"),
        ("de, en;q=0.1", "en"),
        ("de", None),
        ("", None),
        ("zh;q=0", None),
        ("en;q=.5.5", None),
        ("x" * 10_000, None),
    ],
)
def test_the_best_language_that_we_have_is_taken(accepted: str, language: str | None) -> None:
    assert language_of(accepted) == language
