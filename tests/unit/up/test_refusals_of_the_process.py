"""What keeps the platform's process from starting is said in the language of its terminal."""

import pytest
from hubkin_platform.main import said
from hubkin_resources import SiteFileWrong, parse_site

from tests.unit.resources.test_site import machine


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "Line 1: write 1 to 64."), ("zh", "第 1 行：请写 1 到 64。")],
)
def test_a_wrong_site_file_is_said_in_the_language_of_the_terminal(language: str, sentence: str) -> None:
    with pytest.raises(SiteFileWrong) as refused:
        parse_site("cpu_factor: 0\n", machine=machine())

    assert said(refused.value, language) == sentence
