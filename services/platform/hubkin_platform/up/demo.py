"""The demo's people, group, machines and prices."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path

from hubkin_hub.passwords import PasswordFile, hash_password
from hubkin_resources import DEMO

from hubkin_platform.up.paths import Places

#: The tutorial's notebook and the module it imports.
LESSON = Path(__file__).parents[1] / "lesson"
LEARNER = "ada"
PEOPLE = ("ada", "bob", "lea", "admin")
ADMIN = "admin"


def prepare(places: Places, *, renew: bool) -> dict[str, str]:
    """Make accounts, site file and a notebook where missing; return the new passwords, to be shown once."""
    if not places.site.exists():
        # A file to edit from here on.
        places.site.write_text(DEMO, "utf-8")
    _put_lesson(places.homes / LEARNER)
    people = PasswordFile(places.passwords)
    kept = people.read()
    fresh = {name: secrets.token_urlsafe(9) for name in PEOPLE if renew or name not in kept}
    if fresh:
        people.write({**kept, **{name: hash_password(password) for name, password in fresh.items()}})
    return fresh


def _put_lesson(home: Path) -> None:
    """Put the lesson into a home, beside whatever is there; nothing is ever replaced."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in sorted(LESSON.iterdir()):
        if file.suffix in (".ipynb", ".py"):
            with suppress(FileExistsError), (home / file.name).open("xb") as copy:
                copy.write(file.read_bytes())
