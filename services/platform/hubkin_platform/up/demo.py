"""The demo's people, group, machines and prices."""

from __future__ import annotations

import json
import secrets
from typing import Any

from hubkin_hub.passwords import PasswordFile, hash_password

from hubkin_platform.up.paths import Places

PEOPLE = ("ada", "bob", "lea", "admin")
ADMIN = "admin"

SITE: dict[str, Any] = {
    "unit": "CNY",
    "time_zone": "Asia/Shanghai",
    "confirm_above": "20.00",
    "pools": [
        {"name": "cpu", "kind": "cpu"},
        {"name": "sim", "kind": "simulated", "units": 2},
    ],
    "profiles": [
        {"name": "cpu", "label": "CPU", "pool": "cpu", "cpu": 1, "memory": "2GB", "price": "0"},
        {
            "name": "sim-gpu",
            "label": "Simulated GPU",
            "pool": "sim",
            "accelerator": "sim",
            "simulated": True,
            "cpu": 1,
            "memory": "2GB",
            "price": "2.00",
        },
    ],
    "groups": [
        {
            "name": "vision-lab",
            "label": "Vision lab",
            "members": {"lea": "lead", "ada": "member", "bob": "viewer"},
            "balance": "300.00",
        }
    ],
    "balances": {"ada": "50.00", "bob": "5.00", "lea": "50.00"},
}


def prepare(places: Places, *, renew: bool) -> dict[str, str]:
    """Make accounts and site file where missing; return the passwords that are new, to be shown once."""
    if not places.site.exists():
        # JSON is YAML, and a file to edit from here on.
        places.site.write_text(json.dumps(SITE, indent=2, ensure_ascii=False) + "\n")
    people = PasswordFile(places.passwords)
    kept = people.read()
    fresh = {name: secrets.token_urlsafe(9) for name in PEOPLE if renew or name not in kept}
    if fresh:
        people.write({**kept, **{name: hash_password(password) for name, password in fresh.items()}})
    return fresh
