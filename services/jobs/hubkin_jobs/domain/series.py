"""Thinning of curves: fewer points that look the same."""

from __future__ import annotations

from collections.abc import Sequence


def thin(values: Sequence[float], most: int) -> list[int]:
    """Return the indices of at most ``most`` points that keep the ends and, of each bucket, its extremes.

    Min-max decimation: a spike of one point survives, which averaging would hide.
    """
    count = len(values)
    if count <= most or most < 4:
        return list(range(count)) if count <= most else [*range(max(0, most - 1)), count - 1]
    buckets = (most - 2) // 2
    kept = {0, count - 1}
    for n in range(buckets):
        low, high = n * count // buckets, (n + 1) * count // buckets
        kept.add(min(range(low, high), key=values.__getitem__))
        kept.add(max(range(low, high), key=values.__getitem__))
    return sorted(kept)
