"""What the books tell the journal."""

from __future__ import annotations

from collections.abc import Iterable

from hubkin_kit import journal
from hubkin_kit.database import Transaction

#: Who acts when nobody did.
SYSTEM = "system"


def tell(tx: Transaction, owner_ids: Iterable[str]) -> None:
    """Write into the journal that accounts look different now; readers fetch the present state."""
    journal.append_all(
        tx,
        [
            journal.row("usage", owner=owner_id, subject=owner_id, at=tx.now)
            for owner_id in sorted(set(owner_ids))
        ],
    )
