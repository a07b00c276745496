"""What a capture consists of: pieces of source with their origin, and how they are put in order."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Dict, List, Set, Tuple

#: Where something stands: (execution count, statement in its cell, part of the statement).
Order = Tuple[int, int, int]
#: The place of the sent values: after what they need, before what needs them.
SENT: Order = (1 << 40, 0, 0)


@dataclass
class Piece:
    """Some lines of the file to be, all from one place."""

    order: Order
    origin: str  #: ``In[3]``, ``cell``, ``kernel`` or ``hubkin`` (written by us)
    line: int  #: the line there of the piece's first line
    text: str
    names: Tuple[str, ...] = ()
    kind: str = "value"
    after: Set[Order] = field(default_factory=set)  #: pieces that must have run before this one
    rows: "List[Tuple[str, int]] | None" = (
        None  #: other lines than those of the text, each with its line at the origin
    )


@dataclass(frozen=True)
class Taken:
    """One name that travels, as the plan lists it."""

    name: str
    kind: str  #: import, function, class, literal, value, sent, block, cell
    source: str
    size_bytes: int


def in_order(pieces: Dict[Order, Piece]) -> List[Piece]:
    """Return the pieces as they were executed, except where one needs another first."""
    waiting = {
        key: {other for other in piece.after if other in pieces and other != key}
        for key, piece in pieces.items()
    }
    needed_by: Dict[Order, List[Order]] = {}
    for key, others in waiting.items():
        for other in others:
            needed_by.setdefault(other, []).append(key)
    ready = [key for key, others in waiting.items() if not others]
    heapq.heapify(ready)
    result: List[Piece] = []
    done: Set[Order] = set()
    while ready:
        key = heapq.heappop(ready)
        done.add(key)
        result.append(pieces[key])
        for other in needed_by.get(key, ()):
            waiting[other].discard(key)
            if not waiting[other] and other not in done:
                heapq.heappush(ready, other)
    # A circle cannot have run either; what is left keeps the order in which it did.
    return result + [pieces[key] for key in sorted(set(pieces) - done)]
