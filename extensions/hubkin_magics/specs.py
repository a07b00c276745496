"""From options and a capture to what the platform is asked: the spec, what was taken, where it comes from."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from hubkin_magics.capture import Capture
from hubkin_magics.i18n import _, said
from hubkin_magics.options import TrainOptions, told

RUNNER = "-m hubkin.cell .hubkin/cell.py"
_SLUG = re.compile(r"[^a-z0-9]+")


def spec_of(
    options: TrainOptions, captured: Capture, *, name: str, code: Optional[str], python: str
) -> Dict[str, Any]:
    """Return the job's spec; only what was asked for is in it."""
    limits = {"duration": options.duration, "cost": options.cost}
    resources = {"gpu": options.gpu, "cpu": options.cpu, "memory": options.memory, "shm": options.shm}
    spec: Dict[str, Any] = {
        "name": name,
        "code": code,
        "run": command(captured, python),
        "owner": options.owner,
        "params": dict(captured.params),
        "env": {**captured.env, **options.env},
        "resources": {key: value for key, value in resources.items() if value is not None},
        "replicas": options.replicas,
        "launcher": options.launcher,
        "limits": {key: value for key, value in limits.items() if value is not None},
        "outputs": _outputs(options),
        "after": list(options.after),
        "data": {**captured.data, **options.data},
        "models": {**captured.models, **options.use_models},
    }
    if options.grace:
        spec["on_stop"] = {"grace": options.grace}
    if captured.has_setup or options.launcher != "none":
        spec["env"].setdefault("PATH", f"{os.path.dirname(python)}:{os.environ.get('PATH', os.defpath)}")
    return {key: value for key, value in spec.items() if value not in (None, {}, [])}


def command(captured: Capture, python: str) -> str:
    """Return what a replica runs, with the interpreter of this kernel."""
    setup = "sh .hubkin/setup.sh && " if captured.has_setup else ""
    return f"{setup}exec {shlex.quote(python)} {RUNNER}"


def _outputs(options: TrainOptions) -> Dict[str, Any]:
    outputs: Dict[str, Any] = {}
    if options.keep:
        outputs["keep"] = list(options.keep)
    if options.model:
        name, _colon, path = options.model.partition(":")
        outputs["model"] = {"name": name, "path": path or "."}
        if options.best:
            outputs["model"]["best"] = options.best
    return outputs


def report_of(options: TrainOptions, captured: Capture, *, digest: str) -> Dict[str, Any]:
    """Return what the plan lists: every name with its cell, modules, files, packages, and what to know."""
    names = [
        {"name": taken.name, "kind": taken.kind, "source": taken.source, "size_bytes": taken.size_bytes}
        for taken in captured.taken
    ]
    return {
        "names": names,
        "modules": list(captured.modules),
        "files": list(captured.added),
        "packages": list(captured.pip),
        "notes": notes_of(options, captured),
        "digest": digest,
    }


def notes_of(options: TrainOptions, captured: Capture) -> List[str]:
    """Return what is worth knowing before saying yes."""
    notes = [problem.text for problem in captured.warnings]
    if captured.uses_torch_distributed and options.launcher == "none":
        notes.append(
            said(_("A replica is one process; --launcher torchrun starts one for each of its units."))
        )
    return notes


def digest_of(cell: str, options: TrainOptions, files: Sequence[Tuple[str, str]]) -> str:
    """Return the digest that two runs of an unchanged cell share: text, options, the whole code folder."""
    said_again = json.dumps([cell, told(options), sorted(files)], sort_keys=True, default=str)
    return hashlib.sha256(said_again.encode("utf-8", "surrogatepass")).hexdigest()


def name_of(options: TrainOptions, *, notebook: Optional[str], number: int) -> str:
    """Return the job's name: the user's, else the notebook's with the number of the execution."""
    if options.name:
        return options.name
    stem = os.path.splitext(os.path.basename(notebook or ""))[0]
    slug = _SLUG.sub("-", stem.lower()).strip("-")[:50].strip("-")
    return f"{slug or 'cell'}-{number}"


def origin_of(place: Mapping[str, Any], *, digest: str) -> Dict[str, Any]:
    """Return where the submission comes from, as the platform keeps it."""
    return {"kind": "cell", "cell_digest": digest, **place}
