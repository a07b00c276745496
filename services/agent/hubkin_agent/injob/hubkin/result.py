"""Writes down the value of a cell: as JSON when that loses nothing, else as a pickle for its submitter."""

from __future__ import annotations

import json
import os
import pickle
import sys
from pathlib import Path
from typing import Any, Optional

_JSON_BYTES = 1_000_000


def write_result(value: Any, outputs: Path) -> None:
    """Write ``.hubkin/result.json``, and ``result.pkl`` for what JSON cannot hold."""
    folder = outputs / ".hubkin"
    folder.mkdir(parents=True, exist_ok=True)
    text = _as_json(value)
    if text is None:
        text = json.dumps(_pickled(value, outputs / "result.pkl"))
    draft = folder / "result.json.draft"
    draft.write_text(text, encoding="utf-8")
    os.replace(str(draft), str(folder / "result.json"))


def _as_json(value: Any) -> Optional[str]:
    """Return the result as JSON; None when it is too large or would come back as something else."""
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None
    if len(text.encode()) > _JSON_BYTES or not _is_same(json.loads(text), value):
        return None
    return '{"v": 1, "kind": "json", "value": %s}' % text


def _is_same(back: Any, value: Any) -> bool:
    """Whether JSON gives back what went in: no tuple became a list, no number the text of a key."""
    if isinstance(back, dict):
        return (
            type(value) is dict
            and list(back) == list(value)
            and all(_is_same(one, value[key]) for key, one in back.items())
        )
    if isinstance(back, list):
        return type(value) is list and all(_is_same(one, value[at]) for at, one in enumerate(back))
    return bool(back == value)


def _pickled(value: Any, path: Path) -> "dict[str, Any]":
    kind = "%s.%s" % (type(value).__module__, type(value).__qualname__)
    try:
        data = _dumps(value)
    except Exception as error:  # noqa: BLE001
        # Whatever a class's own pickling raises: the run is over and good, only its value cannot travel.
        message = "The result, a %s, cannot be pickled: %s" % (kind, error)
        sys.stderr.write("hubkin: %s\n" % message)
        return {"v": 1, "kind": "none", "type": kind, "message": message}
    path.write_bytes(data)
    return {"v": 1, "kind": "pickle", "path": path.name, "type": kind}


def _dumps(value: Any) -> bytes:
    try:
        return pickle.dumps(value, protocol=4)
    except Exception:
        # Lambdas and local classes need cloudpickle, which a job may have.
        try:
            import cloudpickle
        except ImportError:
            cloudpickle = None
        if cloudpickle is None:
            raise
        return bytes(cloudpickle.dumps(value, protocol=4))
