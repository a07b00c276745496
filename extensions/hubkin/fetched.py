"""Datasets and models where there is no job: fetched once into a cache, read-only, and found again offline.

``~/.cache/hubkin/versions/<tree>/`` has the files of a version; ``meanings/`` beside it remembers which
version a reference meant when the platform was last asked.  Standard library only.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubkin import config, session
from hubkin.errors import NotConnected, Sentence
from hubkin.i18n import N_, _
from hubkin.meter import Meter
from hubkin.moving import Tally
from hubkin.problems import NotFound, NotSignedIn, Unavailable, Unreachable
from hubkin.pull import DamagedFile, pull
from hubkin.reference import short_name

if TYPE_CHECKING:
    from hubkin.session import Client

ASK_SECONDS = 10.0
#: Where the files of a thing may lie beside the script.
FOLDERS = {"dataset": "data", "model": "models"}
NOWHERE = {
    "dataset": N_("There is no dataset '{name}' here: {why}"),
    "model": N_("There is no model '{name}' here: {why}"),
}  # fmt: skip
WAYS_OUT = {
    "dataset": N_("Put its files into {folder}, or send them once: {command}"),
    "model": N_("Put its files into {folder}, or register one: {command}"),
}
COMMANDS = {"dataset": "hubkin datasets push FOLDER {name}", "model": "hubkin register JOB {name}"}
_TREE = re.compile(r"[0-9a-f]{64}")


class NotHere(Sentence, LookupError):
    """Neither the platform nor this machine has it; the message has both ways out."""

    code = "not_here"


def place(kind: str, reference: str) -> Path:
    """The folder of a version, outside a job.

    The platform says which version a reference means now.  Without it: the version that it meant last, then
    ``./data/<name>``.

    Raises:
        NotHere: There is none of them.
    """
    folder = Path(FOLDERS[kind], short_name(reference))
    try:
        client = session.client()
        query = {"kind": kind, "reference": reference}
        version = client.transport.request(
            "GET", "/resolve", query=query, timeout_seconds=ASK_SECONDS, tries=2
        )
    except NotFound as error:
        return _beside(kind, reference, folder, str(error))
    except (NotConnected, NotSignedIn, Unreachable, Unavailable) as error:
        session.forget_client()  # whatever is set right by then counts the next time
        known = _meaning(kind, reference)
        if known is None:
            return _beside(kind, reference, folder, _why(kind, reference, error))
        text = _("The platform cannot be asked; {reference} is {version}, as it was fetched.")
        print(text.format(reference=reference, version=known["reference"]), file=sys.stderr)
        return versions_folder() / str(known["tree"])
    return _fetched(client, kind, reference, version)


def versions_folder() -> Path:
    """Where fetched versions are kept: ``~/.cache/hubkin/versions``."""
    return config.cache_folder() / "versions"


def _fetched(client: Client, kind: str, reference: str, version: dict[str, Any]) -> Path:
    tree = str(version["tree"])
    if not _TREE.fullmatch(tree):
        raise ValueError(tree)
    target = versions_folder() / tree
    pinned = f"{version['owner']}/{version['name']}@v{version['version']}"
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target.with_name(f".{tree}.lock")):
            if not target.is_dir():
                _fetch(client, version["id"], target, pinned)
    for said in {reference, pinned}:
        _remember(kind, said, {"reference": pinned, "tree": tree})
    return target


def _fetch(client: Client, version_id: str, target: Path, pinned: str) -> None:
    """Fetch beside the place, then move: a folder of the cache is whole.

    What an interrupted fetch left there counts.
    """
    draft = target.with_name(f".{target.name}.part")
    for left in list(draft.rglob(".*.part")):
        if left.is_file():  # the half of one that a killed process has left
            left.unlink()
    with Meter(sys.stderr, pinned, speaks=True) as meter:
        pulled = pull(client.transport, version_id, draft, force=True, tally=Tally(meter))
    if pulled.tree != target.name:  # other platforms' versions are found under these names as well
        shutil.rmtree(draft)
        raise DamagedFile(_("{path} did not arrive whole. Fetch it again.").format(path=pinned))
    for path in draft.rglob("*"):
        if path.is_file():
            path.chmod(path.stat().st_mode & 0o555)
    draft.replace(target)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time fetches a version; the others wait for it."""
    try:
        import fcntl
    except ImportError:  # without it they fetch twice, and the first to end wins
        yield
        return
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _beside(kind: str, reference: str, folder: Path, why: str) -> Path:
    if folder.is_dir():
        return folder
    name = short_name(reference)
    way_out = _(WAYS_OUT[kind]).format(folder=folder, command=COMMANDS[kind].format(name=name))
    raise NotHere(f"{why}\n{way_out}")


def _why(kind: str, reference: str, error: Exception) -> str:
    text = _(NOWHERE[kind])
    return text.format(name=short_name(reference), why=_reason(error))


def _reason(error: Exception) -> str:
    if isinstance(error, Unreachable):
        text = _("The platform at {url} cannot be reached: {reason}.")
        return text.format(url=error.url, reason=error.reason)
    return str(error).splitlines()[0]


def _meaning(kind: str, reference: str) -> dict[str, Any] | None:
    try:
        known = json.loads(_note(kind, reference).read_text("utf-8"))
        is_there = bool(_TREE.fullmatch(known["tree"])) and (versions_folder() / known["tree"]).is_dir()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return known if is_there else None


def _remember(kind: str, reference: str, known: dict[str, str]) -> None:
    path = _note(kind, reference)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
    draft.write_text(json.dumps(known), "utf-8")
    draft.replace(path)


def _note(kind: str, reference: str) -> Path:
    """The note about a reference; what it means is another thing on every platform."""
    said = "\n".join([str(config.load().url.value), kind, reference])
    return versions_folder() / "meanings" / f"{hashlib.sha256(said.encode()).hexdigest()}.json"
