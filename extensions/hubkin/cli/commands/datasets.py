"""Datasets, and the files of versions of models: list, push, pull."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hubkin import fmt
from hubkin.cli.context import Context
from hubkin.cli.output import Column, Row
from hubkin.i18n import N_, _
from hubkin.meter import Meter
from hubkin.moving import Tally
from hubkin.reference import short_name
from hubkin.versions import resolve

COLUMNS = (
    Column("name", N_("name"), lambda row: full_name(row)),  # noqa: PLW0108 - defined below
    Column("files", N_("files"), lambda row: str(row["files"])),
    Column("size", N_("size"), lambda row: fmt.size(row["bytes"])),
    Column("note", N_("note"), lambda row: row.get("note") or ""),
    Column("by", N_("by"), lambda row: row["created_by"]),
    Column("age", N_("made"), lambda row: fmt.ago(row["created_at"])),
)
FILE_COLUMNS = (
    Column("path", N_("path"), lambda row: row["path"]),
    Column("size", N_("size"), lambda row: fmt.size(row["size_bytes"])),
)


def datasets(context: Context) -> int:
    """``hubkin datasets``."""
    name = context.arguments.name
    rows = context.pages("/datasets", {"name": name}, None)
    none = _("There is no dataset of this name.")
    empty = none if name else _("No datasets yet. Send one: hubkin datasets push FOLDER NAME")
    context.output.many(rows, COLUMNS, empty=empty)
    return 0


def push(context: Context) -> int:
    """``hubkin datasets push FOLDER NAME``."""
    from hubkin.codefolder import take_dataset
    from hubkin.upload import send

    arguments = context.arguments
    context.farewell = _("Stopped; no version was made. The same command goes on where this one stopped.")
    taken = take_dataset(arguments.folder)
    with _metered(context) as tally:
        sent = send(
            context.transport,
            taken,
            kind="dataset",
            name=arguments.name,
            owner=arguments.owner or context.config.owner.value,
            note=arguments.note,
            tally=tally,
        )
    if not sent.is_new:
        text = _("Nothing is new: {name} has the same files. No version was made.")
        context.output.say(text.format(name=full_name(sent.version)))
    context.output.one(sent.version, lambda: _described(sent.version))
    return 0


def pull(context: Context) -> int:
    """``hubkin datasets pull DATASET [FOLDER]``."""
    return _pull(context, "dataset", context.arguments.dataset)


def pull_model(context: Context) -> int:
    """``hubkin models pull MODEL [FOLDER]``."""
    return _pull(context, "model", context.arguments.model)


def files(context: Context) -> int:
    """``hubkin datasets files DATASET``."""
    return _files(context, "dataset", context.arguments.dataset)


def files_of_model(context: Context) -> int:
    """``hubkin models files MODEL``."""
    return _files(context, "model", context.arguments.model)


def full_name(version: Row) -> str:
    """``ada/digits@v1``."""
    return f"{version['owner']}/{version['name']}@v{version['version']}"


def _pull(context: Context, kind: str, reference: str) -> int:
    from hubkin import pull as pulling

    folder = Path(context.arguments.into or short_name(reference)).expanduser()
    context.farewell = _("Stopped. What has come whole stays; the same command fetches the rest.")
    version = resolve(context.transport, kind, reference)
    with _metered(context) as tally:
        pulled = pulling.pull(
            context.transport, version["id"], folder, force=context.arguments.force, tally=tally
        )
    text = _("{name} is in {folder} · files fetched: {fetched} · there already: {there}")
    row = {**version, "folder": str(folder), "fetched": pulled.fetched, "there": pulled.there}
    context.output.one(
        row,
        lambda: text.format(
            name=full_name(version), folder=folder, fetched=pulled.fetched, there=pulled.there
        ),
    )
    return 0


def _files(context: Context, kind: str, reference: str) -> int:
    short_name(reference)
    version = resolve(context.transport, kind, reference)
    rows = context.pages(f"/versions/{version['id']}/files", {}, None)
    # A ticket in a list would open a file to whoever reads the list.
    shown = ({key: value for key, value in row.items() if key != "url"} for row in rows)
    context.output.many(shown, FILE_COLUMNS, id_key="path", empty=_("This version has no files."))
    return 0


@contextmanager
def _metered(context: Context) -> Iterator[Tally]:
    """Progress on standard error, where a person sees it."""
    if context.output.form != "text":
        yield Tally()
        return
    with Meter(context.output.err) as meter:
        yield Tally(meter)


def _described(version: dict[str, Any]) -> str:
    return _("{model} · files: {files} · {bytes}").format(
        model=full_name(version), files=version["files"], bytes=fmt.size(version["bytes"])
    )
