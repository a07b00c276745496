"""A way by which notices leave the platform: webhook, mail."""

from __future__ import annotations

from typing import Protocol

from hubkin_records.domain import Delivery


class Channel(Protocol):
    """Sends one notice at a time; safe to repeat, the receiver tells repetitions by the delivery's id."""

    async def send(self, delivery: Delivery) -> None:
        """Hand a notice over.

        Raises:
            DeliveryFailed: It was not taken.
        """
        ...
