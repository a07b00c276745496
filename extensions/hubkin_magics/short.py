"""Short magics, by ``%load_ext hubkin_magics.short``: a bare ``logs`` in a cell then runs ``%logs``.

Not loaded by default for that reason; what stops or deletes has no short form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hubkin_magics.commands import run

if TYPE_CHECKING:
    from hubkin.job import Job

NAMES = ("watch", "explain", "logs", "metrics", "profiles", "usage")


def load_ipython_extension(shell: Any) -> None:
    """Make the short magics known."""
    for name in NAMES:
        shell.register_magic_function(_magic(name), "line", name)
    shell.register_magic_function(submit, "line", "submit")


def _magic(name: str) -> Any:
    def magic(line: str) -> None:
        run(f"{name} {line}")

    magic.__doc__ = f"The same as ``%hubkin {name}``."
    return magic


def submit(line: str) -> Job | None:
    """Submit a plan by its id, ``%submit plan-01jd…``, or whatever ``hubkin submit`` takes."""
    words = line.split()
    if len(words) != 1 or not words[0].startswith("plan-"):
        run(f"submit {line}")
        return None
    from hubkin import session
    from hubkin.job import Job, remember
    from hubkin.transport import ProblemError, Unreachable

    from hubkin_magics import contact
    from hubkin_magics.failures import NotSubmitted

    client = session.client()
    try:
        row = client.transport.request("POST", "/jobs", body={"plan_id": words[0]}, key=f"plan-{words[0]}")
    except (ProblemError, Unreachable) as error:
        raise NotSubmitted(contact.trouble(error, url=client.transport.url, is_sent=True)) from None
    return remember(Job(client, row))
