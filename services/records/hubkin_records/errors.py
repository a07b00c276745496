"""What can go wrong with hooks and deliveries."""

from __future__ import annotations

from hubkin_kit.errors import Conflict, Invalid, NotFound


class HookNotFound(NotFound):
    """Absent, or somebody else's."""

    code = "hook_not_found"
    title = "There is no such hook"


class BadHook(Invalid):
    """Nothing can be sent there."""

    code = "bad_hook"
    title = "The hook is not valid"


class TooManyHooks(Conflict):
    """More than one person needs."""

    code = "too_many_hooks"
    title = "Too many hooks"


class DeliveryFailed(Exception):
    """The other side did not take it; it is tried again unless ``is_final``.  For operators to read."""

    def __init__(self, why: str, *, is_final: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.is_final = is_final
