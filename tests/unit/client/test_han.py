"""Chinese sentences at the seams of what is filled in."""

from pathlib import Path

import pytest
from hubkin.han import Chinese, joined
from hubkin.i18n import translated, use_language
from hubkin_kit.i18n import Translator


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("需要 {n} 张 {label}，空闲 0 张。", {"n": 1, "label": "模拟 GPU"}, "需要 1 张模拟 GPU，空闲 0 张。"),
        ("需要 {n} 张 {label}，空闲 0 张。", {"n": 1, "label": "A100"}, "需要 1 张 A100，空闲 0 张。"),
        ("{by}停止了它", {"by": "ada"}, "ada 停止了它"),
        ("`{name}`{used}是活动对象", {"name": "s", "used": ""}, "`s` 是活动对象"),
        ("`{name}`{used}是活动对象", {"name": "s", "used": "（被 f 使用）"}, "`s`（被 f 使用）是活动对象"),
        ("费用 {price}", {"price": "¥2.00/小时"}, "费用 ¥2.00/小时"),
        ("{share:.0f} % {{x}}", {"share": 41.6}, "42 % {x}"),
    ],
)
def test_a_space_stands_beside_latin_and_not_between_chinese(
    text: str, values: dict[str, object], said: str
) -> None:
    assert Chinese(text).format(**values) == said
    assert Chinese(text).format_map(values) == said


def test_what_somebody_else_wrote_stays_as_it_is() -> None:
    assert joined(["文件“", "a数据 表.csv", "”"]) == "文件“a数据 表.csv”"


def test_english_is_formatted_as_ever() -> None:
    with use_language("en"):
        assert type(translated("{n} s", Path("nowhere"))) is str


def test_the_platform_minds_the_seams_too() -> None:
    translator = Translator([])
    translator._texts["zh"]["{n} of {label}"] = "{n} 张 {label}"  # a catalog of one text

    said = translator.text("{n} of {label}", {"n": 2, "label": "模拟卡"}, language="zh")

    assert said == "2 张模拟卡"
