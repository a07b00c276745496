"""What can be wrong with a wish for hardware, and with a site file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubkin_kit.errors import Conflict, HubkinError, Invalid

if TYPE_CHECKING:
    from hubkin_resources.domain.values import Shape


class Unfit(Invalid):
    """What was asked for cannot be had.  ``nearest`` is what can, when there is such a thing."""

    nearest: Shape | None = None


class OverRatio(Unfit):
    """More cores or memory than come with the units."""

    code = "over_ratio"
    title = "More cores or memory than come with it"


class NeverFits(Unfit):
    """More than there is, even when nothing else runs."""

    code = "never_fits"
    title = "This can never start here"


class NoProfile(Unfit):
    """No profile has that name, or none that this person may use."""

    code = "no_profile"
    title = "There is no such profile"


class NoFreeUnits(Conflict):
    """Somebody else has them; the caller waits."""

    code = "no_free_units"
    title = "There are not enough free units"


class SiteFileWrong(HubkinError):
    """The site file cannot be used; the platform does not start with half of it.

    ``params`` have the line, counted from 1.
    """

    status = 500
    code = "site_file"
    title = "The site file is wrong"
