"""Curves of a job in Python: plain lists, and a table where pandas is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


class Curve:
    """One metric: ``steps``, ``values``, ``at`` are parallel lists of the first replica that reported it.

    The platform sends at most a few thousand points of it; ``total_points`` says how many there were.
    """

    def __init__(self, series: Sequence[Mapping[str, Any]]) -> None:
        self.series = [dict(one) for one in series]
        main = self.series[0]
        self.name: str = main["name"]
        self.steps: list[float] = main["steps"]
        self.values: list[float] = main["values"]
        self.at: list[str] = main["at"]
        self.total_points: int = main["total_points"]

    @property
    def first(self) -> float | None:
        """The first value.

        Example:
            >>> job.metrics("loss").first
            2.31
        """
        return self.series[0].get("first")

    @property
    def last(self) -> float | None:
        """The last value.

        Example:
            >>> job.metrics("loss").last
            0.42
        """
        return self.series[0].get("last")

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[tuple[float, float]]:
        return iter(zip(self.steps, self.values))

    def __repr__(self) -> str:
        return f"<Curve {self.name}: {self.first} → {self.last}, {self.total_points} points>"

    def to_pandas(self) -> Any:
        """A table with the columns ``replica step value at``; a mapping of lists without pandas.

        Example:
            >>> job.metrics("loss").to_pandas().plot(x="step", y="value")
        """
        table: dict[str, list[Any]] = {"replica": [], "step": [], "value": [], "at": []}
        for one in self.series:
            table["replica"] += [one["replica"]] * len(one["values"])
            table["step"] += one["steps"]
            table["value"] += one["values"]
            table["at"] += one["at"]
        try:
            import pandas as pd  # type: ignore[import-not-found, import-untyped, unused-ignore]
        except ImportError:
            return table
        return pd.DataFrame(table)


class Curves(Mapping[str, Curve]):
    """Every curve of a job by its name."""

    def __init__(self, series: Sequence[Mapping[str, Any]]) -> None:
        names = dict.fromkeys(one["name"] for one in series)
        self._curves = {name: Curve([one for one in series if one["name"] == name]) for name in names}

    def __getitem__(self, name: str) -> Curve:
        return self._curves[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._curves)

    def __len__(self) -> int:
        return len(self._curves)

    def __repr__(self) -> str:
        return "\n".join(map(repr, self._curves.values())) or "<no curves yet>"
