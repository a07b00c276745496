"""The site file, read once at start and brought into every package's tables."""

from __future__ import annotations

from pathlib import Path

import hubkin_billing as billing
import hubkin_resources as resources
import hubkin_users as users
from hubkin_kit.database import Transaction
from hubkin_kit.settings import StartRefused

ACTOR = "site"
_KINDS = {"user": users.OwnerKind.USER, "group": users.OwnerKind.GROUP}


def read(path: str) -> resources.Site:
    """Read the site file, or take this machine's own when there is none.

    Raises:
        StartRefused, SiteFileWrong: It cannot be read; it says something impossible, with the line.
    """
    machine = resources.this_machine()
    if not path:
        return resources.default_site(machine)
    try:
        text = Path(path).read_text("utf-8")
    except OSError as error:
        raise StartRefused(
            "The site file {path} cannot be read: {why}.",
            params={"path": path, "why": error.strerror or "unknown"},
        ) from None
    return resources.parse_site(text, machine=machine)


def apply(tx: Transaction, site: resources.Site) -> None:
    """Bring the site's decisions into the tables; the same file again changes nothing."""
    resources.apply_site(tx, site)
    billing.set_prices(tx, site.prices, actor=ACTOR)
    users.set_entitlements(tx, site.entitlements)
    users.set_roles(tx, site.groups)
    for name, micros in site.opening_balances.items():
        billing.open_with(tx, _owner(tx, name, site).id, micros)


def _owner(tx: Transaction, name: str, site: resources.Site) -> users.Owner:
    """Return who an opening balance is for: ``ada``, ``user:ada``, ``group:lab``, or the name of a group."""
    kind, _, bare = name.rpartition(":")
    found = _KINDS.get(kind) or (users.OwnerKind.GROUP if bare in site.groups else users.OwnerKind.USER)
    return users.ensure_owner(tx, bare, found)
