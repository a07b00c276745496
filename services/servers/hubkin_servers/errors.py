"""Why a notebook server may not start, in words for the person who pressed Start."""

from __future__ import annotations

from hubkin_kit.errors import Conflict, NotAllowed, NotFound


class NotEntitled(NotAllowed):
    """The profile is not for this person, or not for notebooks."""

    code = "no_profile"
    title = "This hardware is not for you"


class NoRoom(Conflict):
    """Nothing of the profile is free."""

    code = "no_free_gpu"
    title = "Nothing is free"


class ServerNotFound(NotFound):
    """No such server of yours."""

    title = "There is no such server"
