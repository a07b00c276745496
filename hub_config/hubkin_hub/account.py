"""What the hub calls the Unix account that runs everything on one machine."""

from __future__ import annotations

import getpass
import os
import re

_UNFIT = re.compile(r"[^\w.@+-]+")


def account_name() -> str:
    """Return the account's name as a name of the hub: small letters, and a hyphen for what would split lists.

    Directories give accounts names with spaces, slashes and backslashes; a container's may have none at all.
    """
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"user-{os.getuid()}"
    return _UNFIT.sub("-", name.lower()).strip("-.") or f"user-{os.getuid()}"
