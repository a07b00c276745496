"""How a no is said: what happened, that files are safe, and the ways out, as text and as HTML."""

from __future__ import annotations

from html import escape

from hubkin.han import joined
from hubkin_hub.i18n import speaker

from hubkin_spawners.gate import Refusal


def say(refusal: Refusal, *, language: str) -> tuple[str, str]:
    """Return the sentence for programs and logs, and the same as HTML with links."""
    _ = speaker(language)
    text = refusal.text or _ours(refusal.code, language)
    if refusal.code == "options":
        return text, f"<p>{escape(text)}</p>"
    safe = _("Your files are safe.")
    whole = joined([text, " ", safe])
    links = "".join(
        f'<li><a href="{escape(href, quote=True)}">{escape(label)}</a></li>'
        for label, href in refusal.actions
    )
    page = f"<p>{escape(whole)}</p>" + (f"<ul>{links}</ul>" if links else "")
    return whole, page


def _ours(code: str, language: str) -> str:
    _ = speaker(language)
    if code == "unavailable":
        return _(
            "The platform does not answer at the moment, so a notebook that costs money cannot start. "
            "Start a free one now, or try again in a minute."
        )
    if code == "disk_full":
        return _(
            "The disk with your files is full, so no notebook can start. Tell an admin; "
            "once there is room, start it again."
        )
    return _("The platform refused to start this notebook.")
