"""Everything that can go wrong in a way a person may see; raised anywhere, rendered to RFC 9457 in one place.

HubkinError
 ├── Malformed        400   the bytes are no request
 ├── NotSignedIn      401
 ├── PaymentRequired  402   money
 ├── NotAllowed       403
 ├── NotFound         404   absent, or not yours: the same
 ├── Conflict         409
 ├── Gone             410
 ├── TooLarge         413
 ├── Invalid          422   understood, and wrong
 ├── TooMany          429
 └── Unavailable      503   try again: ``retry_after_seconds``

A package subclasses the nearest branch and sets ``code``.  ``title`` and ``detail`` are English msgids with
``{params}``;
the renderer translates them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Field:
    """One wrong field of a request: a JSON pointer, a stable code and a sentence (msgid)."""

    pointer: str
    code: str
    detail: str = ""
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WayOut:
    """Something the person can do instead: a patch of the body they sent, or a link."""

    label: str
    patch: dict[str, Any] | None = None
    href: str | None = None
    code: str | None = None
    params: dict[str, Any] = field(default_factory=dict)


class HubkinError(Exception):
    """Base of the tree.  ``detail`` may name ``{params}``."""

    status: ClassVar[int] = 500
    money: ClassVar[tuple[str, ...]] = ()
    """Which ``params`` are amounts of money, as decimals."""
    code: str = "internal"
    title: str = "Something went wrong"

    def __init__(
        self,
        detail: str = "",
        *,
        params: dict[str, Any] | None = None,
        fields: tuple[Field, ...] = (),
        ways_out: tuple[WayOut, ...] = (),
        code: str | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        self.detail = detail or self.title
        self.params = params or {}
        self.fields = fields
        self.ways_out = ways_out
        self.retry_after_seconds = retry_after_seconds
        if code is not None:
            self.code = code
        super().__init__(self.detail)

    def under(self, prefix: str) -> HubkinError:
        """Say that the fields lie deeper in what was sent: ``/run`` becomes ``/spec/run``; returns itself."""
        self.fields = tuple(replace(field, pointer=prefix + field.pointer) for field in self.fields)
        return self

    def __str__(self) -> str:
        """The English sentence, for logs and tests."""
        try:
            return self.detail.format(**self.params)
        except (KeyError, IndexError, ValueError):
            return self.detail


class Malformed(HubkinError):
    """The body or the query is no request at all."""

    status = 400
    code = "malformed"
    title = "The request could not be read"


class NotSignedIn(HubkinError):
    """No token, or one that no longer counts."""

    status = 401
    code = "not_signed_in"
    title = "You are not signed in"


class PaymentRequired(HubkinError):
    """The account cannot pay."""

    status = 402
    code = "balance_low"
    title = "Not enough balance"


class NotAllowed(HubkinError):
    """Known, and not permitted."""

    status = 403
    code = "forbidden"
    title = "You are not allowed to do this"


class NotFound(HubkinError):
    """Absent, or somebody else's."""

    status = 404
    code = "not_found"
    title = "There is no such thing"


class MethodNotAllowed(HubkinError):
    """The route exists, the verb does not."""

    status = 405
    code = "method_not_allowed"
    title = "This cannot be done here"


class Conflict(HubkinError):
    """True, and at odds with what is."""

    status = 409
    code = "conflict"
    title = "This does not fit the present state"


class Gone(HubkinError):
    """Was here once."""

    status = 410
    code = "gone"
    title = "This is gone"


class TooLarge(HubkinError):
    """More bytes than this route takes."""

    status = 413
    code = "too_large"
    title = "The request is too large"


class Invalid(HubkinError):
    """Read and understood, and not acceptable."""

    status = 422
    code = "invalid"
    title = "The request is not valid"


class TooMany(HubkinError):
    """Slow down."""

    status = 429
    code = "too_many"
    title = "Too many requests"


class Unavailable(HubkinError):
    """Not now: the disk is full, the database read-only, the hub away."""

    status = 503
    code = "unavailable"
    title = "The platform cannot do this right now"
