"""What can come back from a platform instead of an answer: standard library only, loaded with `transport`.

ProblemError                what the platform answered, as problem+json (RFC 9457)
├── NotSignedIn             401: no token, or one that has ended
├── BalanceLow              402: the account cannot pay for this
├── Forbidden               403: known, but not allowed
├── NotFound                404: nothing of that name that the caller may see
├── Conflict                409, 412: the thing is in another state than the request assumes
├── Invalid                 400, 413, 415, 422, 428: the request itself
├── QuotaExceeded           429, or any answer with the code ``over_quota``
└── Unavailable             5xx: the platform is there, but in trouble
Unreachable                 no answer at all
"""

from __future__ import annotations

TYPE_CHECKING = (
    False  # what mypy reads as true; importing `typing` for it would cost every kernel a few milliseconds
)
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class ProblemError(Exception):
    """What the platform answered instead of what was asked for; ``str()`` is a sentence for people."""

    def __init__(self, status: int, problem: Mapping[str, Any], *, retry_after: float | None = None) -> None:
        self.status = status
        self.code: str = str(problem.get("code") or f"http_{status}")
        self.title: str = str(problem.get("title") or "")
        self.detail: str = str(problem.get("detail") or self.title or f"HTTP {status}")
        self.params: dict[str, Any] = dict(problem.get("params") or {})
        self.errors: list[dict[str, Any]] = list(problem.get("errors") or [])
        self.actions: list[dict[str, Any]] = list(problem.get("actions") or [])
        self.request_id: str | None = problem.get("request_id")
        self.retry_after = retry_after
        super().__init__(self.detail)

    @property
    def is_strangers(self) -> bool:
        """Whether something else than a platform answered: a proxy, another web server, a page to sign in."""
        return not self.title and self.code == f"http_{self.status}"

    def _render_traceback_(self) -> list[str]:
        """Show the sentence alone in a notebook: where in this client it came up tells the reader nothing."""
        return [f"{type(self).__name__}: {self.detail}"]


class NotSignedIn(ProblemError):
    """There is no token, or it has ended."""


class BalanceLow(ProblemError):
    """The account cannot pay for this."""


class Forbidden(ProblemError):
    """The caller is known, but not allowed."""


class NotFound(ProblemError):
    """There is nothing of that name that the caller may see."""


class Conflict(ProblemError):
    """The thing is in another state than the request assumes."""


class Invalid(ProblemError):
    """The request itself is wrong; ``errors`` says where."""


class QuotaExceeded(ProblemError):
    """A limit of the caller or the group is reached, or requests come too fast."""


class Unavailable(ProblemError):
    """The platform is there, but in trouble."""


#: The reason of who accepts a connection and does not answer.
SILENT = "timed out"


class Unreachable(Exception):
    """No answer at all: refused, timed out, or cut off."""

    code = "unreachable"

    def __init__(self, url: str, reason: str) -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"{url}: {reason}")

    @property
    def is_silence(self) -> bool:
        """Whether somebody is there who says nothing."""
        return self.reason == SILENT

    def _render_traceback_(self) -> list[str]:
        """Show the sentence alone in a notebook, as `ProblemError` does."""
        return [f"{type(self).__name__}: {self}"]


_BY_STATUS: dict[int, type[ProblemError]] = {
    400: Invalid,
    401: NotSignedIn,
    402: BalanceLow,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Conflict,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    428: Invalid,
    429: QuotaExceeded,
}


def problem_error(
    status: int, problem: Mapping[str, Any], *, retry_after: float | None = None
) -> ProblemError:
    """Return the typed error of an answer."""
    kind = _BY_STATUS.get(status, Unavailable if status >= 500 else ProblemError)
    if problem.get("code") == "over_quota":
        kind = QuotaExceeded
    return kind(status, problem, retry_after=retry_after)
