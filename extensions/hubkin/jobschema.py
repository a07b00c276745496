"""The JSON Schema of a job file, for editors; made from the wire structs, so it is never behind them."""

from __future__ import annotations

from typing import Any

import msgspec

from hubkin.wire import JobSpec

#: What a job file says in its first line: ``# yaml-language-server: $schema=…``.
SCHEMA_URL = "https://hubkin.dev/schema/job/v1.json"


def job_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a job file.

    >>> job_schema()["$id"]
    'https://hubkin.dev/schema/job/v1.json'
    """
    schema = msgspec.json.schema(JobSpec)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_URL,
        "title": "Hubkin job",
        **schema,
    }
