"""What `hubkin up` says when everything answers: where to go, how to sign in, how to stop."""

from __future__ import annotations

import os
import shlex
import time
from importlib.metadata import version
from pathlib import Path

from hubkin_hub.i18n import speaker
from hubkin_hub.once import OnceKey

from hubkin_platform.up import machine_facts, removal
from hubkin_platform.up.paths import Places, standard_data
from hubkin_platform.up.plan import Plan
from hubkin_platform.up.words import command_line


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
            renew = command_line("up", plan.places.data, "--demo", "--new-passwords")
            say(_("These passwords are shown once. For new ones stop it, then: %(command)s", command=renew))
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
    if plan.places.data != standard_data():
        export = f"export HUBKIN_DATA={shlex.quote(str(plan.places.data))}"
        say(_("For “hubkin” in another terminal: %(command)s", command=export))
    say(
        _(
            "Stop: Ctrl-C or “%(down)s” · Again: “%(up)s” · Remove everything: “%(uninstall)s”",
            **{verb: command_line(verb, plan.places.data) for verb in ("down", "up", "uninstall")},
        )
    )
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
