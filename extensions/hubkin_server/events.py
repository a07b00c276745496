"""The event that carries the platform's rows on Jupyter's own event bus."""

from __future__ import annotations

from typing import Any

SCHEMA_ID = "https://hubkin.dev/events/platform/v1"

#: The topic that says how the line to the platform is: ``{"up": bool, "fresh": bool}``.  ``fresh`` means that
#: rows may have been missed, so that whoever shows some fetches them again.
CONNECTION = "connection"

SCHEMA: dict[str, Any] = {
    "$id": SCHEMA_ID,
    "version": "1",
    "title": "Hubkin platform event",
    "description": "One row of the platform's journal, for the owner of this server.",
    "personal-data": True,
    "type": "object",
    "properties": {
        "seq": {"type": "integer", "description": "The place in the journal; 0 for news of the line itself."},
        "topic": {
            "type": "string",
            "description": "What it is about: job, usage, progress, log, metrics, server.",
        },
        "subject": {"type": "string", "description": "The id of the thing."},
        "data": {"type": "object", "description": "The whole row."},
    },
    "required": ["seq", "topic", "subject", "data"],
}
