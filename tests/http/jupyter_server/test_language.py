"""JupyterLab in the language of who looks, without a click."""

from collections.abc import Callable

import pytest

from tests.http.jupyter_server.conftest import Jupyter

DEFAULT = "/lab/api/translations/default"


@pytest.fixture(scope="module")
def lab(start_jupyter: Callable[..., Jupyter]) -> Jupyter:
    return start_jupyter()


@pytest.mark.parametrize(
    ("headers", "edit"),
    [
        ({"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}, ["编辑"]),
        ({"Accept-Language": "en-US", "Cookie": "hubkin-language=zh"}, ["编辑"]),
        ({"Accept-Language": "en-US"}, None),
        ({"Accept-Language": "zh-CN", "Cookie": "hubkin-language=en"}, None),
    ],
    ids=["a Chinese browser", "who switched to Chinese", "an English browser", "who switched to English"],
)
def test_the_default_language_is_that_of_the_switch_then_of_the_browser(
    lab: Jupyter, headers: dict[str, str], edit: list[str] | None
) -> None:
    texts = lab.fetch(DEFAULT, headers=headers).json()["data"]

    assert texts.get("jupyterlab", {}).get("Edit") == edit


def test_who_is_not_signed_in_gets_no_texts(lab: Jupyter) -> None:
    assert lab.fetch(DEFAULT, signed=False).status == 403
