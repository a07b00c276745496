"""The demo's people, group, machines and prices."""

from __future__ import annotations

import secrets

from hubkin_hub.passwords import PasswordFile, hash_password
from hubkin_resources import DEMO

from hubkin_platform.up.paths import Places

PEOPLE = ("ada", "bob", "lea", "admin")
ADMIN = "admin"


def prepare(places: Places, *, renew: bool) -> dict[str, str]:
    """Make accounts and site file where missing; return the passwords that are new, to be shown once."""
    if not places.site.exists():
        # A file to edit from here on.
        places.site.write_text(DEMO, "utf-8")
    people = PasswordFile(places.passwords)
    kept = people.read()
    fresh = {name: secrets.token_urlsafe(9) for name in PEOPLE if renew or name not in kept}
    if fresh:
        people.write({**kept, **{name: hash_password(password) for name, password in fresh.items()}})
    return fresh
