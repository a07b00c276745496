"""What `hubkin up` says when everything answers: where to go, how to sign in, how to stop."""

from __future__ import annotations

import os
import time
from importlib.metadata import version
from pathlib import Path

from hubkin_hub.i18n import speaker
from hubkin_hub.once import OnceKey

from hubkin_platform.up import machine_facts, removal
from hubkin_platform.up.paths import Places
from hubkin_platform.up.plan import Plan


def welcome(plan: Plan, passwords: dict[str, str], language: str, *, seconds: float) -> str:
    """Say where to go; return the address for a browser."""
    _ = speaker(language)
    size = removal.in_words(removal.size_bytes(plan.places.data))
    mode = _("demo") if plan.demo else _("laptop mode")
    say(
        _(
            "Hubkin %(version)s – %(mode)s · data in %(path)s (%(size)s) · no Kubernetes, no Docker needed",
            version=version("hubkin-platform"),
            mode=mode,
            path=_short(plan.places.data),
            size=size,
        )
    )
    pool = _("local pool (%(machine)s)", machine=machine_facts.in_words())
    took = _("ready after %(seconds)s s", seconds=f"{seconds:.1f}")
    say(f"✔ hub  ✔ API  ✔ JupyterLab  ✔ {pool}   {took}")
    if plan.demo:
        url = plan.url
        say(_("Open %(url)s", url=url))
        for name, password in passwords.items():
            say(f"  {name:8} {password}")
        if passwords:
            say(_("These passwords are shown once. New ones: hubkin up --demo --new-passwords"))
        else:
            say(_("Sign in with the passwords that were shown at the first start."))
    else:
        url = fresh_link(plan.places, plan.url)
        say(_("Open %(url)s", url=url))
        say(
            _(
                "(works once; the key is also in a file only you can read: %(path)s)",
                path=str(plan.places.once),
            )
        )
    say(_("Stop: Ctrl-C or “hubkin down” · Again: “hubkin up” · Remove everything: “hubkin uninstall”"))
    return url


def fresh_link(places: Places, url: str) -> str:
    """Return a link that signs in once; the one before stops working."""
    return f"{url}/hub/once?key={OnceKey(places.once).renew(now=time.time())}"


def _short(path: Path) -> str:
    home = str(Path.home())
    return "~" + str(path)[len(home) :] if str(path).startswith(f"{home}{os.sep}") else str(path)


def say(text: str) -> None:
    """Print a line at once, also into a file that somebody follows."""
    print(text, flush=True)
