"""HTTP to the platform, for magics, command line and SDK: standard library only, cheap to import.

What it raises is in `hubkin.problems`, what one connection carries in `hubkin.exchange`.

Only requests that may be repeated are: GET, PUT, and POST with an ``Idempotency-Key`` (every POST has one).
"""

from __future__ import annotations

import json
import os
import time

from hubkin.events import Event, read_events
from hubkin.exchange import Answer, Opened, connect, error_of, lower, reason_of
from hubkin.problems import (
    BalanceLow,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    ProblemError,
    QuotaExceeded,
    Unavailable,
    Unreachable,
    problem_error,
)

__all__ = [
    "TRIES",
    "BalanceLow",
    "Conflict",
    "Event",
    "Forbidden",
    "Invalid",
    "NotFound",
    "NotSignedIn",
    "ProblemError",
    "QuotaExceeded",
    "Transport",
    "Unavailable",
    "Unreachable",
    "problem_error",
    "read_events",
]

TYPE_CHECKING = (
    False  # what mypy reads as true; importing `typing` for it would cost every kernel a few milliseconds
)
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from http.client import HTTPConnection, HTTPResponse
    from threading import Timer
    from typing import Any, Protocol

    class Rewindable(Protocol):
        """What the body of an upload must do: a file does."""

        def read(self, size: int = -1, /) -> bytes: ...
        def seek(self, place: int, /) -> Any: ...
        def tell(self) -> int: ...


TRIES = 4
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0
_REPEATABLE_STATUS = frozenset({429, 502, 503, 504})
#: An event stream sends at least a comment every 15 seconds; three missed ones mean a dead connection.
_STREAM_TIMEOUT_SECONDS = 45.0
_SLOWEST_DISK_BYTES_PER_SECOND = 20e6
_LEAST_TIMEOUT_SECONDS = 0.05
#: An answer that is so late is said to be.
SILENCE_SECONDS = 4.0
_UNSET = object()


class _Nothing:
    """What is to be cancelled where nobody wants to hear of silence."""

    def cancel(self) -> None:
        """Do nothing."""


_NOBODY_LISTENS = _Nothing()


class Transport:
    """Requests to one platform with one token; threads may share it.

    The token goes to the platform's own addresses only: never to an upload or download ticket, never to
    another host.  Redirects are not followed and proxies are not used.
    """

    def __init__(
        self,
        url: str,
        token: str | None,
        *,
        language: str = "en",
        timeout_seconds: float = 30.0,
        on_silence: Callable[[], None] | None = None,
    ) -> None:
        """Take the REST base, which ends in ``/api/v1``, and a token.

        ``on_silence`` is called on a thread of its own when an answer is a few seconds late.
        """
        import threading

        self._on_silence = on_silence
        self.url = url.rstrip("/")
        self.language = language
        self.timeout_seconds = timeout_seconds
        self._token = token
        scheme, _, rest = self.url.partition("://")
        host, slash, path = rest.partition("/")
        self._origin = f"{scheme}://{host}"
        self._path = slash + path
        self._idle: list[HTTPConnection] = []
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        """Never shows the token."""
        return f"Transport({self.url!r})"

    # --- JSON ---

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = _UNSET,
        query: Mapping[str, Any] | None = None,
        key: str | None = None,
        timeout_seconds: float | None = None,
        tries: int = TRIES,
    ) -> Any:
        """Send a request and return the parsed answer, or None for an empty one.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: Below the base, e.g. ``/jobs``.
            body: Sent as JSON when given.
            query: Lists repeat a parameter; None values are left out.
            key: The ``Idempotency-Key`` of a POST; made up when left out, so that a retry does nothing twice.
            timeout_seconds: For this request with all its tries, instead of the transport's.
            tries: How often a request that may be repeated is sent at most.

        Raises:
            ProblemError: The platform refused; see the tree at the top of this module.
            Unreachable: There was no answer, after retries.
        """
        return self.answer(
            method, path, body=body, query=query, key=key, timeout_seconds=timeout_seconds, tries=tries
        )[1]

    def answer(
        self,
        method: str,
        path: str,
        *,
        body: Any = _UNSET,
        query: Mapping[str, Any] | None = None,
        key: str | None = None,
        timeout_seconds: float | None = None,
        tries: int = TRIES,
    ) -> tuple[int, Any]:
        """Do as `request` does, and return the status before the answer: 201 made something, 200 did not."""
        headers = self._headers()
        data = None
        if body is not _UNSET:
            data = json.dumps(body, allow_nan=False, separators=(",", ":")).encode()
            headers["Content-Type"] = "application/json"
        if method == "POST":
            headers["Idempotency-Key"] = f'"{key or _random_key()}"'
        target = self._path + path + _query(query)
        timeout = timeout_seconds if timeout_seconds is not None else self.timeout_seconds
        status, answer = self._with_retries(method, target, data, headers, timeout, tries)
        if not answer or status == 204:
            return status, None
        try:
            return status, json.loads(answer)
        except ValueError:  # a page: somebody else answers at this address
            raise problem_error(status, {}) from None

    def _with_retries(
        self,
        method: str,
        target: str,
        data: bytes | None,
        headers: dict[str, str],
        timeout: float,
        tries: int,
    ) -> tuple[int, bytes]:
        may_repeat = method in ("GET", "HEAD", "PUT", "DELETE") or "Idempotency-Key" in headers
        deadline = time.monotonic() + timeout
        for attempt in range(1, tries + 1):
            is_last = attempt == tries or not may_repeat
            left = max(deadline - time.monotonic(), _LEAST_TIMEOUT_SECONDS)
            try:
                response = self._send(method, target, data, headers, min(timeout, left))
            except Unreachable:
                # Who accepts and says nothing is not asked for as long again.
                if is_last or time.monotonic() >= deadline:
                    raise
                pause(attempt, None)
                continue
            # Redirections are somebody else's: the platform sends only readers of bytes elsewhere.
            if response.status < 300:
                return response.status, response.body
            error = error_of(response)
            if is_last or response.status not in _REPEATABLE_STATUS:
                raise error
            pause(attempt, error.retry_after)
        raise AssertionError("the last attempt returns or raises")

    def _send(
        self, method: str, target: str, data: bytes | None, headers: Mapping[str, str], timeout: float
    ) -> Answer:
        """Send once; a connection that the other side closed while it lay idle is not an attempt."""
        import http.client

        for connection, was_idle in self._connections(timeout):
            silence = self._listen()
            try:
                connection.request(method, target, body=data, headers=dict(headers))
                response = connection.getresponse()
                silence.cancel()
                body = response.read()
            except (http.client.HTTPException, OSError) as error:
                silence.cancel()
                connection.close()
                if was_idle and isinstance(error, (http.client.RemoteDisconnected, ConnectionError)):
                    continue
                raise Unreachable(self.url, reason_of(error)) from None
            self._keep(connection, response)
            return Answer(
                response.status, body, {name.lower(): value for name, value in response.getheaders()}
            )
        raise AssertionError("a fresh connection answers or raises")

    # --- bytes ---

    def upload(self, url: str, data: bytes | Rewindable, size: int) -> None:
        """PUT bytes to the address of an upload ticket; the ticket itself is the permission.

        Raises:
            ProblemError: The ticket was refused.
            Unreachable: There was no answer, after retries.
        """
        headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
        origin, target = self._address(url)
        # A store answers when the bytes are safe on its disk, which takes its time for many.
        timeout = self.timeout_seconds + size / _SLOWEST_DISK_BYTES_PER_SECOND
        if isinstance(data, bytes):
            if origin == self._origin:  # many small objects share the connections that are there
                self._with_retries("PUT", target, data, headers, self.timeout_seconds, TRIES)
                return
            from io import BytesIO

            data = BytesIO(data)
        start = data.tell()
        for attempt in range(1, TRIES + 1):
            data.seek(start)
            try:
                with self._opened("PUT", url, data, headers, timeout) as response:
                    answer = Answer(response.status, response.read(), lower(response))
            except Unreachable as away:
                if attempt == TRIES or away.is_silence:
                    raise
                pause(attempt, None)
                continue
            if answer.status < 400:
                return
            error = error_of(answer)
            if attempt == TRIES or answer.status not in _REPEATABLE_STATUS:
                raise error
            pause(attempt, error.retry_after)

    def read(self, url: str) -> bytes:
        """GET the bytes of a ticket's address whole: small ones share the connections that are there."""
        origin, target = self._address(url)
        if origin == self._origin:
            return self._with_retries("GET", target, None, {}, self.timeout_seconds, TRIES)[1]
        with self.download(url) as source:
            return source.read()

    def download(self, path_or_url: str) -> Opened:
        """GET bytes as a context manager that gives a file: a path below the base, or a ticket's address."""
        is_ticket = "://" in path_or_url or path_or_url.startswith(self._path + "/objects/")
        headers = {} if is_ticket else self._headers()
        url = path_or_url if is_ticket or path_or_url.startswith(self._path) else self._path + path_or_url
        opened = self._opened("GET", url, None, headers, self.timeout_seconds)
        opened.raises = True
        # The platform may send the reader on to where the bytes are: a ticket, so no token goes there.
        opened.onward = lambda place: self._opened("GET", place, None, {}, self.timeout_seconds)
        return opened

    def _opened(self, method: str, url: str, data: Any, headers: Mapping[str, str], timeout: float) -> Opened:
        origin, target = self._address(url)
        return Opened(connect(origin, timeout), method, target, data, headers, url)

    def _address(self, url: str) -> tuple[str, str]:
        """Split an address into origin and target; one without a host is the platform's own."""
        if "://" not in url:
            return self._origin, url
        scheme, _, rest = url.partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme}://{host}", slash + path

    # --- events ---

    def stream(
        self, path: str, *, since: str | int | None = None, query: Mapping[str, Any] | None = None
    ) -> Iterator[Event]:
        """Yield server-sent events for ever, reconnecting where the stream broke (``Last-Event-ID``).

        A generator: closing it closes the connection.

        Raises:
            ProblemError: The platform refused the stream.
            Unreachable: The platform has been away for several tries in a row.
        """
        last = None if since is None else str(since)
        failures = 0
        while True:
            headers = {**self._headers(), "Accept": "text/event-stream", "Cache-Control": "no-cache"}
            if last is not None:
                headers["Last-Event-ID"] = last
            target = self._path + path + _query(query if last is None else {**(query or {}), "since": last})
            opened = self._opened("GET", target, None, headers, self.timeout_seconds)
            opened.idle_seconds = _STREAM_TIMEOUT_SECONDS
            silence = self._listen()
            has_answered = False
            try:
                with opened as response:
                    has_answered = True
                    silence.cancel()
                    if response.status >= 400:
                        raise error_of(Answer(response.status, response.read(), lower(response)))
                    for event in read_events(response):
                        failures = 0
                        if event.id is not None:
                            last = event.id
                        yield event
            except Unreachable as away:
                failures += 1
                if failures >= TRIES or (away.is_silence and not has_answered):
                    raise
            except Unavailable as error:
                failures += 1
                if failures >= TRIES:
                    raise
                pause(failures, error.retry_after)
                continue
            finally:
                silence.cancel()
            pause(max(failures, 1), None)

    def events(
        self,
        *,
        since: str | int | None = None,
        topics: Sequence[str] = (),
        last_seen: str | int | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield rows of the journal as dicts ``{"seq", "topic", "subject", "data"}``; resumes by ``seq``."""
        start = last_seen if last_seen is not None else since
        for event in self.stream("/events", since=start, query={"topics": list(topics) or None}):
            if event.data:
                yield json.loads(event.data)

    # --- connections ---

    def _listen(self) -> Timer | _Nothing:
        """Begin to wait for an answer; cancel it when the answer comes."""
        if self._on_silence is None:
            return _NOBODY_LISTENS
        import threading

        timer = threading.Timer(SILENCE_SECONDS, self._on_silence)
        timer.daemon = True
        timer.start()
        return timer

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "Accept-Language": self.language, "User-Agent": "hubkin"}
        if self._token:
            headers["Authorization"] = f"token {self._token}"
        return headers

    def _connections(self, timeout: float) -> Iterator[tuple[HTTPConnection, bool]]:
        """Yield connections to try: one that lies idle, if there is one, then a fresh one."""
        with self._lock:
            idle = self._idle.pop() if self._idle else None
        if idle is not None:
            if idle.sock is not None:
                idle.sock.settimeout(timeout)
            yield idle, True
        yield connect(self._origin, timeout), False

    def _keep(self, connection: HTTPConnection, response: HTTPResponse) -> None:
        if response.will_close:
            connection.close()
            return
        with self._lock:
            self._idle.append(connection)

    def close(self) -> None:
        """Close idle connections; the transport stays usable."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


def pause(attempt: int, retry_after: float | None = None) -> None:
    """Wait before another try: what the platform asks for, otherwise full jitter."""
    import random

    longest = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**attempt)
    time.sleep(
        min(retry_after, _LONGEST_PAUSE_SECONDS) if retry_after is not None else random.uniform(0, longest)
    )


def _query(query: Mapping[str, Any] | None) -> str:
    if not query:
        return ""
    from urllib.parse import quote

    pairs = []
    for name, value in query.items():
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if one is not None:
                text = ("true" if one else "false") if isinstance(one, bool) else str(one)
                pairs.append(f"{quote(name, safe='')}={quote(text, safe='')}")
    return "?" + "&".join(pairs) if pairs else ""


def _random_key() -> str:
    return os.urandom(16).hex()
