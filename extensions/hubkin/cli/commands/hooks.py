"""``hubkin hooks``: where notices about one's jobs go."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from hubkin.cli.context import Context
from hubkin.cli.output import Column
from hubkin.cli.parser import UsageError
from hubkin.i18n import N_, _, listed

COLUMNS = (
    Column("id", N_("id"), lambda row: row["id"] or ""),
    Column("kind", N_("kind"), lambda row: row["kind"]),
    Column("target", N_("to"), lambda row: row["target"]),
    Column("when", N_("when"), lambda row: ", ".join(row["when"])),
)


def hooks(context: Context) -> int:
    """List, add or remove."""
    verb = context.arguments.verb or "list"
    verbs = {"list": _list, "add": _add, "remove": _remove}
    if verb == "list" and context.arguments.target:
        too_many = _("'{word}' is one word too many for `hubkin {name}`.")
        raise UsageError(too_many.format(word=context.arguments.target, name="hooks list"))
    if verb not in verbs:
        known = listed(verbs)
        raise UsageError(_("`hubkin hooks` knows {known}; not '{verb}'.").format(known=known, verb=verb))
    return verbs[verb](context)


def _list(context: Context) -> int:
    rows = context.get("/hooks")["items"]
    context.output.many(
        rows, COLUMNS, empty=_("No hooks. Add one: hubkin hooks add https://… or you@example.edu")
    )
    return 0


def _add(context: Context) -> int:
    target = _target(context)
    body: dict[str, Any] = {"target": target, "kind": "webhook" if "://" in target else "mail"}
    if context.arguments.when:
        body["when"] = context.arguments.when
    row = context.post("/hooks", body)
    context.output.one(row, lambda: _added(row))
    return 0


def _remove(context: Context) -> int:
    context.transport.request("DELETE", f"/hooks/{quote(_target(context), safe='')}")
    context.output.say(_("Removed."))
    return 0


def _target(context: Context) -> str:
    target = context.arguments.target
    if not target:
        name = f"hooks {context.arguments.verb}"
        raise UsageError(_("`hubkin {name}` needs {argument}.").format(name=name, argument="TARGET"))
    return str(target)


def _added(row: dict[str, Any]) -> str:
    lines = [_("{id}: {kind} to {target}").format(id=row["id"], kind=row["kind"], target=row["target"])]
    if row.get("secret"):
        lines.append(_("Secret (shown once; it signs every call): {secret}").format(secret=row["secret"]))
    return "\n".join(lines)
