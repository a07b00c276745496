"""What can go wrong with money."""

from __future__ import annotations

from hubkin_kit.errors import Conflict, Invalid, NotFound, PaymentRequired, WayOut
from hubkin_kit.money import format_amount


class BalanceLow(PaymentRequired):
    """The first hour, or all that it can ever cost when that is less, does not fit.

    ``params``: hold, balance, missing as decimals; owner as an id.
    """

    code = "balance_low"
    title = "Not enough balance"
    money = ("hold", "balance", "missing")


def balance_low(
    owner_id: str, *, hold_micros: int, available_micros: int, ways_out: tuple[WayOut, ...] = ()
) -> BalanceLow:
    """Say how much is needed to begin with, and how much there is."""
    return BalanceLow(
        "This needs {hold} to begin with, and {balance} is available. Nothing was started.",
        params={
            "hold": format_amount(hold_micros),
            "balance": format_amount(available_micros),
            "missing": format_amount(hold_micros - available_micros),
            "owner": owner_id,
        },
        ways_out=ways_out,
    )


class NoPrice(Conflict):
    """A profile without a tariff; usage is never dropped, nor given away, in silence."""

    code = "no_price"
    title = "This profile has no price"


class PriceTaken(Conflict):
    """Another price begins at the same moment."""

    code = "price_taken"
    title = "Another price begins at that moment"


class NoSuchHold(NotFound):
    """No hold has this id."""

    title = "There is no such hold"


class NoSuchTariff(NotFound):
    """No tariff has this id."""

    title = "There is no such tariff"


class AmountNotPositive(Invalid):
    """Money moves in one direction per verb, so amounts are above zero."""

    code = "not_positive"
    title = "The amount must be above zero"


class RefundTooLarge(Conflict):
    """More than was paid for this subject, refunds before it counted."""

    code = "refund_too_large"
    money = ("amount", "paid")
    title = "That is more than was paid"
