"""Why a job waits or how it ended, as text: the platform's own sentences in its own order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubkin import fmt, i18n
from hubkin.i18n import _


class Explained:
    """An explanation; ``.row`` has the codes and numbers (see `hubkin.wire.Explanation`)."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.row = dict(row)

    @property
    def codes(self) -> list[str]:
        """The reason codes, the main one first."""
        return [reason["code"] for reason in self.row["reasons"]]

    def __str__(self) -> str:
        return "\n".join(lines(self.row))

    __repr__ = __str__


def lines(row: Mapping[str, Any]) -> list[str]:
    """The explanation as lines with a label before each."""
    labelled: list[tuple[str, str]] = [("", row["summary"])]
    known = {row["summary"]}
    labelled += [
        (_("Now"), reason["text"])
        for reason in row["reasons"]
        if reason.get("text") and reason["text"] not in known
    ]
    ahead = [*row.get("ahead", []), *row.get("waits_for_jobs", [])]
    if ahead:
        labelled.append((_("Waits for"), i18n.listed(dict.fromkeys(ahead))))
    if row.get("position"):
        labelled.append((_("Queue"), _("place {n} in the queue").format(n=row["position"])))
    when = _when(row)
    if when:
        labelled.append((_("When"), when))
    labelled += [(_("You can"), alternative["text"]) for alternative in row.get("alternatives", [])]
    labelled += [(_("Note"), note["text"]) for note in row.get("notes", []) if note.get("text")]
    wide = max(fmt.width(label) for label, _text in labelled)
    return [f"{fmt.padded(label, wide)}  {text}" if label else text for label, text in labelled]


def _when(row: Mapping[str, Any]) -> str:
    early, late = row.get("eta_earliest_at"), row.get("eta_latest_at")
    if late and not early:
        return _("likely by {late} at the latest").format(late=fmt.clock(late))
    if early and late:
        return _("likely {early}–{late}").format(early=fmt.clock(early), late=fmt.clock(late))
    return row.get("eta") or ""
