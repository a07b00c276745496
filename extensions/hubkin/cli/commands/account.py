"""Who one is, what there is, money, tokens and settings."""

from __future__ import annotations

import getpass
import os
from typing import Any

from hubkin import config as settings
from hubkin import environment, fmt
from hubkin.cli.context import Context
from hubkin.cli.failures import NOT_ALLOWED
from hubkin.cli.output import Column, Row
from hubkin.cli.parser import UsageError
from hubkin.i18n import N_, _, listed
from hubkin.seemly import seemly
from hubkin.transport import Transport

PROFILE_COLUMNS = (
    Column("name", N_("name"), lambda row: row["name"]),
    Column("label", N_("hardware"), lambda row: _label(row)),  # noqa: PLW0108 - defined below
    Column("cpu", N_("cores"), lambda row: str(row["cpu"])),
    Column("memory", N_("memory"), lambda row: fmt.memory(row["memory_bytes"])),
    Column("price", N_("per hour"), lambda row: _price(row)),  # noqa: PLW0108 - defined below
    Column("free", N_("free now"), lambda row: _free(row)),  # noqa: PLW0108 - defined below
    Column("waiting", N_("waiting"), lambda row: str(row.get("waiting", 0))),
)
ENTRY_COLUMNS = (
    Column("at", N_("time"), lambda row: fmt.moment(row["at"])),
    Column("amount", N_("amount"), lambda row: fmt.money(row["amount"])),
    Column("balance", N_("balance"), lambda row: fmt.money(row["balance_after"])),
    Column("note", N_("what"), lambda row: _purpose(row)),  # noqa: PLW0108 - defined below
    Column("by", N_("by"), lambda row: row["by"]),
)

VARIABLE_COLUMNS = (
    Column("name", N_("variable"), lambda row: row["name"]),
    Column("value", N_("value"), lambda row: row["value"] or "–"),
    Column("help", N_("what it is for"), lambda row: row["help"]),
)


ROLES = {
    "owner": N_("owner"),
    "lead": N_("lead"),
    "member": N_("member"),
    "viewer": N_("viewer"),
}
KINDS = {"topup": N_("Top-up"), "refund": N_("Refund"), "usage": N_("Use")}


def profiles(context: Context) -> int:
    """``hubkin profiles``."""
    rows = context.pages("/profiles", {}, None)
    context.output.many(rows, PROFILE_COLUMNS, id_key="name", empty=_("Nothing is offered to you here."))
    return 0


def usage(context: Context) -> int:
    """``hubkin usage``: one look, or the ledger with ``--entries``."""
    output = context.output
    count = context.number("entries", such_as=100)
    if count is not None:
        rows = context.pages("/usage/entries", {"account": context.arguments.owner}, count)
        output.many(rows, ENTRY_COLUMNS, empty=_("The ledger has no lines yet."))
        return 0
    row = context.get("/usage", owner=context.arguments.owner)
    output.one(row, lambda: _usage_text(row), id_key="account")
    if output.form == "text" and row["entries"]:
        output.write()
        output.many(row["entries"], ENTRY_COLUMNS)
    return 0


def me(context: Context) -> int:
    """``hubkin me``."""
    row = context.get("/me")
    context.output.one(row, lambda: _me_text(row), id_key="name")
    return 0


def login(context: Context) -> int:
    """``hubkin login ADDRESS``: asks for a token, tries it, and keeps it in a file of mode 0600."""
    address = context.arguments.address or context.config.url.value
    if not address:
        raise UsageError(_("`hubkin {name}` needs {argument}.").format(name="login", argument="ADDRESS"))
    api = settings.checked_url(settings.api_url(address), settings.Setting(address, "ADDRESS"))
    token = _read_token(context, api)
    transport = Transport(api, token, language=str(context.config.language.value))
    try:
        row = transport.request("GET", "/me")
    finally:
        transport.close()
    path = settings.save_token(api, token)
    context.output.one(
        row,
        lambda: _("Signed in to {url} as {name}. The token is in {path}.").format(
            url=settings.hub_url(api), name=row["name"], path=path
        ),
        id_key="name",
    )
    return 0


def logout(context: Context) -> int:
    """``hubkin logout``: forgets the token here; it stays valid until it is revoked on the hub."""
    address = context.arguments.address or context.config.url.value
    if not address or not settings.forget_token(settings.api_url(address)):
        context.output.say(_("There was no token to forget."))
        return 0
    page = f"{settings.hub_url(settings.api_url(address))}/hub/token"
    context.output.say(_("Forgotten here. To revoke it everywhere: {page}").format(page=page))
    return 0


def config(context: Context) -> int:
    """``hubkin config explain``: every value and where it came from; the token itself is not shown."""
    if context.arguments.verb not in (None, "explain"):
        raise UsageError(
            _("`hubkin config` knows `explain`; not '{verb}'.").format(verb=context.arguments.verb)
        )
    found = context.config
    rows: list[dict[str, Any]] = [
        {"key": key, "value": setting.value, "source": setting.source}
        for key, setting in (("url", found.url), ("owner", found.owner), ("language", found.language))
    ]
    rows.insert(
        1, {"key": "token", "value": "••••" if found.token.value else None, "source": found.token.source}
    )
    columns = (
        Column("key", N_("setting"), lambda row: row["key"]),
        Column("value", N_("value"), lambda row: row["value"] or "–"),
        Column("source", N_("from"), lambda row: row["source"]),
    )
    output = context.output
    variables = _variables()
    output.many(rows, columns, id_key="key", more={"environment": variables})
    if output.form == "text" and not output.columns:
        output.write()
        output.many(variables, VARIABLE_COLUMNS)
    for sentence in environment.mistaken():
        output.say(sentence)
    return 0


def _variables() -> list[dict[str, Any]]:
    """What the client reads of the environment, less what only jobs have; secrets are not shown."""
    found = []
    for variable in environment.VARIABLES:
        value = os.environ.get(variable.name)
        if variable.group != environment.JOB:
            shown = "••••" if value and variable.secret else value
            found.append({"name": variable.name, "value": shown or None, "help": _(variable.help)})
    return found


def _read_token(context: Context, api: str) -> str:
    stdin = context.stdin
    if stdin is None:
        raise UsageError(_("A token is read from standard input; nobody is there to give one."))
    if stdin.isatty():
        page = f"{settings.hub_url(api)}/hub/token"
        context.output.say(_("Make a token on {page}, then paste it here.").format(page=page))
        token = getpass.getpass(_("Token: "))
    else:
        token = stdin.readline()
    token = token.strip()
    if not settings.is_token(token):
        raise UsageError(_("That is no token."))
    return token


def _usage_text(row: dict[str, Any]) -> str:
    lines = [
        (_("Account"), row["owner"]),
        (_("Balance"), fmt.money(row["balance"])),
        (_("Held"), fmt.money(row["held"])),
        (_("Available"), fmt.money(row["available"])),
        (_("This month"), fmt.money(row["spent_this_month"])),
    ]
    if float(row["per_hour"]["amount"]):
        lines.append((_("Running"), _("{price} per hour").format(price=fmt.money(row["per_hour"]))))
        if row["lasts_seconds"] is not None:
            lines.append((_("Lasts"), fmt.duration(row["lasts_seconds"])))
    return _labelled(lines)


def _me_text(row: dict[str, Any]) -> str:
    spaces = listed(
        _("{owner} ({role})").format(owner=space["owner"], role=_role(space["role"]))
        for space in row["spaces"]
    )
    lines = [(_("Name"), row["name"]), (_("Spaces"), spaces), (_("Language"), row["language"])]
    lines.append((_("Rights"), listed(scope.removeprefix("custom:hubkin:") for scope in row["scopes"])))
    if row.get("trust_note"):
        lines.append((_("Note"), row["trust_note"]))
    return _labelled(lines)


def _role(role: str) -> str:
    return _(ROLES[role]) if role in ROLES else role


def _labelled(lines: list[tuple[str, str]]) -> str:
    from hubkin.fmt import width

    wide = max(width(label) for label, _value in lines)
    return "\n".join(f"{label}{' ' * (wide - width(label))}  {seemly(value)}" for label, value in lines)


def _purpose(row: Row) -> str:
    """What a line of the ledger is for: its note, or what was used."""
    used = row.get("job_name") or row.get("job_id") or (_("notebook") if row.get("server_id") else None)
    kind = _(KINDS[row["kind"]]) if row["kind"] in KINDS else row["kind"]
    return row["note"] or " · ".join(part for part in (used or kind, row.get("quantity")) if part)


def _label(row: Row) -> str:
    return _("{shape} (simulated)").format(shape=row["label"]) if row["simulated"] else row["label"]


def _price(row: Row) -> str:
    return fmt.money(row["per_hour"]) if float(row["per_hour"]["amount"]) else _("free")


def _free(row: Row) -> str:
    if row["free_units"] is None:
        return "–"
    return _("{free} of {total}").format(free=row["free_units"], total=row["total_units"])


__all__ = ["NOT_ALLOWED", "config", "login", "logout", "me", "profiles", "usage"]
