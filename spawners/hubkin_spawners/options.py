"""What a person may ask for when a notebook starts: a profile and a number of units.

Options come from a form (lists of strings) or from anybody's REST client (any JSON), so every shape is
expected and every wrong one is a `BadOption`: an error of another kind would count as a failure of the
hub, and a few in a row stop it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from hubkin_hub.i18n import N_

MOST_UNITS = 1024
KNOWN = frozenset({"profile", "units"})
PROFILE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")


class BadOption(ValueError):
    """An option that cannot be understood: a message of ours and what fills its placeholders."""

    def __init__(self, text: str, **values: str) -> None:
        super().__init__(text % values if values else text)
        self.text = text
        self.values = values


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was asked for; without a profile it is the site's first free one."""

    profile: str | None = None
    units: int = 1

    def as_options(self) -> dict[str, Any]:
        """Return the form that the hub stores and offers again next time."""
        return {"profile": self.profile, "units": self.units} if self.profile else {}


def parse(options: object) -> Choice:
    """Return the choice that any JSON value or form expresses.

    Raises:
        BadOption: It expresses none.
    """
    if options is None:
        return Choice()
    if not isinstance(options, dict):
        raise BadOption(N_("The options of a notebook must be an object."))
    unknown = sorted(str(key)[:40] for key in options if key not in KNOWN)
    if unknown:
        raise BadOption(N_("There is no option “%(name)s” for a notebook."), name=unknown[0])
    profile = _only(options.get("profile"))
    if profile is not None and not (isinstance(profile, str) and PROFILE.fullmatch(profile)):
        raise BadOption(N_("This is not the name of a profile: %(name)s"), name=str(profile)[:40])
    return Choice(profile=profile, units=_units(_only(options.get("units"))))


def _only(value: object) -> object:
    """Return the one value of a form's field; an empty field is no value."""
    if isinstance(value, list):
        if len(value) > 1:
            raise BadOption(N_("Choose one profile, not several."))
        value = value[0] if value else None
    return None if value == "" else value


def _units(value: object) -> int:
    if value is None:
        return 1
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,4}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_UNITS:
        raise BadOption(N_("The number of units must be a whole number from 1 to 1024."))
    return value
