"""The platform over HTTP, as the agent needs it: one kept connection, and one way to say *not now*.

Every call is idempotent, so a lost answer is simply asked for again.  Each thread has a client of its own.
"""

from __future__ import annotations

import http.client
import json
import random
from dataclasses import dataclass
from typing import IO, Any, Callable, Dict, Optional, Tuple, Union
from urllib.parse import urljoin, urlsplit

Body = Union[bytes, IO[bytes]]
_Origin = Tuple[str, str]

#: Answers that say nothing about the request itself: the same one may succeed later.
_LATER = frozenset({401, 403, 408, 425, 429})


class Away(Exception):
    """The platform did not answer, or not now: ask again later."""


@dataclass(frozen=True)
class Answer:
    """What the platform said."""

    status: int
    body: bytes

    @property
    def is_ok(self) -> bool:
        """Whether it took what it was sent."""
        return 200 <= self.status < 300

    @property
    def is_final_refusal(self) -> bool:
        """Whether nobody there will ever take it: the attempt is not known (any more)."""
        return self.status in (404, 410)

    def json(self) -> Dict[str, Any]:
        """Return the body as an object, empty when it is none."""
        try:
            raw = json.loads(self.body)
        except ValueError:
            return {}
        return raw if isinstance(raw, dict) else {}


class Client:
    """Speaks to ``{api}/attempts/{attempt_id}/replicas/{task}/{index}``."""

    def __init__(
        self, api: str, replica: str, token: Callable[[], str], *, timeout_seconds: float = 15.0
    ) -> None:
        """`token` is asked before every call, for it may be renewed while the command runs."""
        self._api = api.rstrip("/")
        self._base = self._api + replica
        self._token = token
        self._timeout_seconds = timeout_seconds
        self._connections: Dict[_Origin, http.client.HTTPConnection] = {}

    def post(self, path: str, value: object) -> Answer:
        """Send a value as JSON."""
        body = json.dumps(value, separators=(",", ":")).encode()
        return self.send("POST", self._base + path, body, {"Content-Type": "application/json"})

    def put(self, path: str, body: bytes, headers: Dict[str, str]) -> Answer:
        """Send bytes to this replica's part of the API."""
        return self.send("PUT", self._base + path, body, headers)

    def put_blob(self, url: str, body: IO[bytes], length: int) -> Answer:
        """Send a file to where the platform said; our token goes to the platform alone."""
        return self.send("PUT", urljoin(self._api + "/", url), body, {"Content-Length": str(length)})

    def send(self, method: str, url: str, body: Body, headers: Dict[str, str]) -> Answer:
        """Send one request and read its whole answer, or raise `Away`."""
        parts = urlsplit(url)
        origin = (parts.scheme, parts.netloc)
        headers = dict(headers)
        if origin == urlsplit(self._api)[:2]:
            headers["Authorization"] = "Bearer " + self._token()
        target = parts.path + ("?" + parts.query if parts.query else "")
        answer = self._ask(origin, method, target, body, headers)
        if answer.status in _LATER or answer.status >= 500:
            raise Away("%s %s was answered %d." % (method, parts.path, answer.status))
        return answer

    def close(self) -> None:
        """Close what is open."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _ask(self, origin: _Origin, method: str, target: str, body: Body, headers: Dict[str, str]) -> Answer:
        kept = origin in self._connections
        try:
            return self._exchange(origin, method, target, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self._drop(origin)
            # A kept connection may have been closed by the other side meanwhile: once more on a fresh one.
            if not kept or not isinstance(body, bytes):
                raise Away("%s %s: %s" % (method, target, str(error) or type(error).__name__)) from error
        try:
            return self._exchange(origin, method, target, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self._drop(origin)
            raise Away("%s %s: %s" % (method, target, str(error) or type(error).__name__)) from error

    def _exchange(
        self, origin: _Origin, method: str, target: str, body: Body, headers: Dict[str, str]
    ) -> Answer:
        connection = self._connections.get(origin)
        if connection is None:
            connection = self._connections[origin] = self._connect(origin)
        connection.request(method, target, body=body, headers=headers)
        response = connection.getresponse()
        answer = Answer(response.status, response.read())
        if response.will_close:
            self._drop(origin)
        return answer

    def _connect(self, origin: _Origin) -> http.client.HTTPConnection:
        scheme, place = origin
        kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
        return kind(place, timeout=self._timeout_seconds)

    def _drop(self, origin: _Origin) -> None:
        connection = self._connections.pop(origin, None)
        if connection is not None:
            connection.close()


class Backoff:
    """How long to wait after the nth failure in a row, in seconds, with jitter."""

    def __init__(self, first_seconds: float = 0.2, cap_seconds: float = 5.0) -> None:
        self._first = first_seconds
        self._cap = cap_seconds
        self._failures = 0

    def failed(self) -> float:
        """Count a failure and return the seconds to wait."""
        self._failures += 1
        longest = min(self._cap, self._first * 2.0 ** min(self._failures - 1, 16))
        return random.uniform(longest / 2, longest)

    def succeeded(self) -> None:
        """Begin anew."""
        self._failures = 0


def expected_offset(answer: Answer) -> Optional[int]:
    """Return the offset that a 409 asks for: ``expected`` of its problem's parameters."""
    said = answer.json()
    params = said.get("params")
    expected = params.get("expected") if isinstance(params, dict) else said.get("expected")
    return expected if answer.status == 409 and isinstance(expected, int) and expected >= 0 else None
