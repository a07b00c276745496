"""Whether the platform is there, asked before anything is sent, and what to do when it is not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, List

from hubkin_magics.failures import problem_text
from hubkin_magics.i18n import _, said

if TYPE_CHECKING:
    from hubkin.transport import Transport

#: A socket that hangs is given up after fifteen seconds; one that refuses, at once.
KNOCK_SECONDS = 5.0
KNOCKS = 3


def knock(transport: Transport) -> None:
    """Ask who we are: a cell must not hang for minutes, nor upload anything, before that is known.

    Raises:
        Unreachable, ProblemError: The platform is not there, or does not know us.
    """
    transport.request("GET", "/me", timeout_seconds=KNOCK_SECONDS, tries=KNOCKS)


def trouble(error: Exception, *, url: str, is_sent: bool) -> str:
    """Return what is wrong, what became of the cell, and the way out.

    Args:
        error: What the client raised.
        url: The platform's REST base.
        is_sent: Whether the job itself was on its way: then nobody here knows whether it arrived.
    """
    from hubkin.transport import NotSignedIn, ProblemError, Unreachable

    lines: List[str] = []
    if isinstance(error, NotSignedIn) and not error.is_strangers:
        return f"{problem_text(error)}\n{_sign_in(url)}"
    if isinstance(error, ProblemError) and not error.is_strangers:
        lines.append(problem_text(error))
        if error.status < 500:
            return lines[0]
    elif isinstance(error, ProblemError):
        lines.append(_stranger(error, url))
    elif isinstance(error, Unreachable):
        told: Any = {"url": error.url, "reason": error.reason}
        lines.append(
            said(
                _("The platform at {url} cannot be reached: {reason}. Jobs that run are not affected."), told
            )
        )
        if _is_ours_to_start(error.url):
            lines.append(said(_("To start it on this machine: hubkin up")))
    else:
        return str(error)
    if is_sent:
        lines.append(
            said(
                _(
                    "It may have taken the job. Run the cell again: a job that runs already is shown, "
                    "not made twice."
                )
            )
        )
    else:
        lines.append(said(_("Nothing was submitted. Run the cell again when the platform answers.")))
    return "\n".join(lines)


def _stranger(error: Any, url: str) -> str:
    told = {"url": url, "status": error.status}
    if error.status >= 500:
        return said(
            _("Only what stands before the platform answers at {url} (HTTP {status}), not the platform."),
            told,
        )
    return said(
        _("What answers at {url} is not Hubkin (HTTP {status}). Is the address right? See: %hubkin config"),
        told,
    )


def _sign_in(url: str) -> str:
    if _is_in_a_hub():
        return said(
            _(
                "The token of this notebook server has ended: stop the server and start it again "
                "(File → Hub Control Panel). Your files are safe."
            )
        )
    from hubkin.config import hub_url

    return said(_("Sign in, then run the cell again: {command}"), {"command": f"hubkin login {hub_url(url)}"})


def _is_in_a_hub() -> bool:
    return bool(os.environ.get("JUPYTERHUB_API_TOKEN")) and not os.environ.get("HUBKIN_TOKEN")


def _is_ours_to_start(url: str) -> bool:
    return url.startswith(("http://127.0.0.1", "http://localhost")) and not _is_in_a_hub()
