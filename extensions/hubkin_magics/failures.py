"""What stops a magic, said in one clear sentence; a traceback of ours would tell the reader nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, List

from hubkin_magics.i18n import _, said

if TYPE_CHECKING:
    from hubkin.transport import ProblemError


class Spoken(Exception):
    """An error that notebooks show as its text alone (IPython asks for ``_render_traceback_``)."""

    def _render_traceback_(self) -> List[str]:
        return str(self).splitlines() or [type(self).__name__]


class NotSubmitted(Spoken):
    """The cell did not become a job; nothing runs and nothing is charged."""


class BadOptions(NotSubmitted):
    """The first line of the cell is not understood."""


class CommandFailed(Spoken):
    """A ``%hubkin`` command ended with an exit code; it has said why."""


def problem_text(error: ProblemError) -> str:
    """Return what the platform said: the sentence, the fields it is about, the ways out."""
    lines = [error.detail]
    for field in error.errors:
        detail = str(field.get("detail") or "")
        if detail and detail not in lines[0]:
            lines.append(f"{field.get('pointer', '')}: {detail}")
    ways = [str(action["label"]) for action in error.actions if action.get("label")]
    if ways:
        lines.append(said(_("You can: {ways}"), {"ways": " · ".join(ways)}))
    if error.status >= 500 and error.request_id:
        lines.append(said(_("Request {id}"), {"id": error.request_id}))
    return "\n".join(lines)
