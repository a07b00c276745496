"""``hubkin check``: job files, offline."""

from __future__ import annotations

from hubkin.cli.context import Context
from hubkin.cli.failures import OK, USAGE, sentence_of
from hubkin.cli.parser import UsageError
from hubkin.i18n import _
from hubkin.issue import Issue, describe
from hubkin.jobschema import job_schema
from hubkin.specfile import JobFile, read


def check(context: Context) -> int:
    """Check each file; exits 2 when one is wrong."""
    arguments, output = context.arguments, context.output
    if arguments.schema:
        output.json(job_schema())
        return OK
    if not arguments.files:
        raise UsageError(_("`hubkin {name}` needs {argument}.").format(name="check", argument="FILES"))
    wrong = False
    rows = []
    for name in arguments.files:
        found = _read(name)
        wrong = wrong or bool(found.issues)
        if output.form in ("json", "jsonl"):
            issues = [
                {"line": i.line, "pointer": i.pointer, "code": i.code, "detail": i.text} for i in found.issues
            ]
            rows.append({"file": name, "ok": not issues, "issues": issues})
        elif output.form == "ids":
            pass
        elif not found.issues:
            output.write(_("{file}: fine").format(file=name))
        for issue in found.issues if output.form == "text" else ():
            output.write(describe(issue, found.path))
    if output.form in ("json", "jsonl"):
        output.many(rows, ())
    return USAGE if wrong else OK


def _read(name: str) -> JobFile:
    """Read a file; one that cannot be read is wrong, and the others are read all the same."""
    try:
        return read(name)
    except OSError as error:
        return JobFile({}, (Issue("", "unreadable", sentence_of(error)),))
