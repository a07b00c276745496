"""Files that jobs kept, and the model versions made of them."""

from __future__ import annotations

import shutil
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from hubkin import fmt
from hubkin.cli.context import Context, job_path
from hubkin.cli.output import Column, Row
from hubkin.cli.parser import suggestion
from hubkin.errors import Missing
from hubkin.i18n import N_, _
from hubkin.seemly import seemly

FILE_COLUMNS = (
    Column("path", N_("path"), lambda row: row["path"]),
    Column("size", N_("size"), lambda row: fmt.size(row["size_bytes"])),
    Column("replica", N_("replica"), lambda row: "–" if row.get("replica") is None else str(row["replica"])),
)
MODEL_COLUMNS = (
    Column("name", N_("name"), lambda row: f"{row['owner']}/{row['name']}@v{row['version']}"),
    Column("alias", N_("alias"), lambda row: ", ".join(row["alias"])),
    Column("metric", N_("metric"), lambda row: _metric(row)),  # noqa: PLW0108 - defined below
    Column("size", N_("size"), lambda row: fmt.size(row["bytes"])),
    Column("job", N_("job"), lambda row: row.get("job_id") or "–"),
    Column("age", N_("made"), lambda row: fmt.ago(row["created_at"])),
)


def files(context: Context) -> int:
    """``hubkin files JOB``."""
    rows = context.pages(job_path(context.arguments.job) + "/files", {}, None)
    context.output.many(rows, FILE_COLUMNS, id_key="path", empty=_("This job kept no files."))
    for note in context.get(job_path(context.arguments.job) + "/explanation").get("notes", []):
        context.output.say(seemly(note["text"]))
    return 0


def models(context: Context) -> int:
    """``hubkin models``."""
    rows = context.pages("/models", {"name": context.arguments.name}, None)
    context.output.many(
        rows, MODEL_COLUMNS, empty=_("No models yet. A job registers one with outputs.model.")
    )
    return 0


def register(context: Context) -> int:
    """``hubkin register JOB MODEL``."""
    arguments = context.arguments
    body = {"name": arguments.model, "path": arguments.path or ".", "alias": arguments.alias}
    row = context.post(job_path(arguments.job) + "/register", body)
    context.output.one(row, lambda: _registered(row))
    return 0


def get(context: Context) -> int:
    """``hubkin get JOB [PATHS…]``: whole files or none, nothing is replaced unasked."""
    from hubkin.kept import KeptFile, file_path
    from hubkin.pull import inside

    arguments, output = context.arguments, context.output
    job = context.job(arguments.job)
    rows = list(context.pages(f"/jobs/{job['id']}/files", {}, None))
    wanted = _matching(rows, arguments.paths)
    if isinstance(wanted, str):
        text = _("{job} kept no file '{path}'.").format(job=job["name"], path=wanted)
        raise Missing(text + suggestion(wanted, [row["path"] for row in rows]))
    if not wanted:
        output.say(_("This job kept no files."))
    if arguments.output == "-":
        for row in wanted:
            with context.transport.download(file_path(job["id"], row["path"])) as source:
                shutil.copyfileobj(source, output.out.buffer)
        return 0
    folder = Path(arguments.output or ".")
    there = [row["path"] for row in wanted if (folder / row["path"]).exists()]
    if there and not arguments.force:
        raise FileExistsError(
            _("{path} is there already. Say --force, or another folder with -o.").format(path=there[0])
        )

    def saved(row: dict[str, Any]) -> dict[str, Any]:
        target = inside(folder, row["path"])
        KeptFile(row["path"], row["size_bytes"], row["digest"], context.transport, job["id"]).save(target)
        target.chmod(0o755 if row.get("mode") == "0755" else 0o644)
        return {**row, "saved": str(target)}

    output.each(map(saved, wanted), lambda row: seemly(row["saved"]), id_key="path")
    return 0


def _matching(rows: list[dict[str, Any]], paths: list[str]) -> list[dict[str, Any]] | str:
    """The files that the patterns name, or the first pattern that names none."""
    if not paths:
        return rows
    chosen: dict[str, dict[str, Any]] = {}
    for pattern in paths:
        found = [
            row
            for row in rows
            if fnmatch(row["path"], pattern) or row["path"].startswith(pattern.rstrip("/") + "/")
        ]
        if not found:
            return pattern
        chosen.update({row["path"]: row for row in found})
    return list(chosen.values())


def _registered(row: Row) -> str:
    name = f"{row['owner']}/{row['name']}@v{row['version']}"
    return _("{model} · files: {files} · {bytes}").format(
        model=name, files=row["files"], bytes=fmt.size(row["bytes"])
    )


def _metric(row: Row) -> str:
    if row.get("metric_value") is None:
        return "–"
    return f"{row['metric']} {fmt.number(row['metric_value'])}"
