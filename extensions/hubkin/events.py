"""Server-sent events, as lines of an answer (WHATWG HTML, 9.2.6)."""

from __future__ import annotations

TYPE_CHECKING = (
    False  # what mypy reads as true; importing `typing` for it would cost every kernel a few milliseconds
)
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class Event:
    """One server-sent event."""

    __slots__ = ("data", "id", "name")

    def __init__(self, data: str, name: str = "message", id: str | None = None) -> None:  # noqa: A002 - SSE's word
        self.data = data
        self.name = name
        self.id = id

    def __repr__(self) -> str:
        """Show what matters in a test."""
        return f"Event(id={self.id!r}, name={self.name!r}, data={self.data!r})"


def read_events(lines: Any) -> Iterator[Event]:
    """Parse an event stream line by line; comments and unknown fields are skipped (WHATWG HTML, 9.2.6)."""
    data: list[str] = []
    name, last = "message", None
    for raw in lines:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not line:
            if data:
                yield Event("\n".join(data), name, last)
            data, name = [], "message"
            continue
        if line.startswith(":"):
            continue
        field, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if field == "data":
            data.append(value)
        elif field == "event":
            name = value
        elif field == "id" and "\0" not in value:
            last = value
