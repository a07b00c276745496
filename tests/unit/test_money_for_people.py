"""One rule for money on every surface; the front end's test reads the same table."""

import json
from collections.abc import Callable
from pathlib import Path

import hubkin_hub.i18n
import hubkin_kit.i18n
import pytest
from hubkin import fmt
from hubkin_jobs.service.words import Reader
from hubkin_kit.i18n import Translator

CASES = json.loads((Path(__file__).parents[1] / "support" / "money.json").read_text("utf-8"))


def of_the_client(amount: str, unit: str) -> str:
    return fmt.money({"amount": amount, "unit": unit})


@pytest.mark.parametrize("shown_by", [of_the_client, hubkin_kit.i18n.money, hubkin_hub.i18n.money])
@pytest.mark.parametrize(("amount", "unit", "shown"), CASES)
def test_an_amount_reads_the_same_everywhere(
    shown_by: Callable[[str, str], str], amount: str, unit: str, shown: str
) -> None:
    assert shown_by(amount, unit) == shown


@pytest.mark.parametrize(
    ("code", "params", "said"),
    [
        ("cost_limit", {"limit": "0.00125"}, "Reached its cost limit of ¥0.0013."),
        (
            "balance_low",
            {"hold": "2.00", "balance": "1.234567"},
            "¥2.00 are needed to start, ¥1.23 are left.",
        ),
    ],
)
def test_a_reason_says_money_with_its_unit(code: str, params: dict[str, str], said: str) -> None:
    reason = Reader(Translator([]), "en", "CNY").reason(code, params)

    assert reason.text.startswith(said)
    assert reason.params == params
