"""What a job left and nobody kept, said reason by reason: the first names, and how many they are."""

from __future__ import annotations

from collections.abc import Iterable

from hubkin_jobs.domain.reasons import SENTENCES, Reason

#: So many names are told; the rest is counted.
MOST_NAMES = 3
#: What the submitter asked for is no news.
ASKED_FOR = frozenset({"not_in_keep"})


def not_kept(skipped: Iterable[tuple[str, str]]) -> list[Reason]:
    """Return one reason for each kind of ``(path, why)``, in the order in which they come.

    An agent names a thousand, and ends with one that has no path and says how many more there are.
    """
    paths: dict[str, list[str]] = {}
    more = 0
    for path, why in skipped:
        if not path:
            more += _count(why)
        elif why not in ASKED_FOR:
            code = f"not_kept_{why}"
            paths.setdefault(code if code in SENTENCES else "not_kept", []).append(path)
    found = [
        Reason(code, {"count": len(names), "paths": [*names[:MOST_NAMES], *_rest(names)]})
        for code, names in paths.items()
    ]
    return [*found, Reason("not_kept_more", {"count": more})] if more else found


def _count(text: str) -> int:
    """Read ``17 more``; a job can write anything there."""
    word = text.partition(" ")[0]
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else 0


def _rest(names: list[str]) -> list[str]:
    return ["…"] if len(names) > MOST_NAMES else []
