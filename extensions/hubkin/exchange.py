"""One request and its answer on one connection, below `transport`: no retries, no token, no address."""

from __future__ import annotations

import json

from hubkin.problems import SILENT, ProblemError, Unreachable, problem_error

TYPE_CHECKING = (
    False  # what mypy reads as true; importing `typing` for it would cost every kernel a few milliseconds
)
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from http.client import HTTPConnection, HTTPResponse
    from typing import Any

#: So much of a body is read and sent at once; Python's own 8 kB cost as much time as the network.
_BLOCK_BYTES = 1 << 18


class Answer:
    """Status, body and headers of a finished answer."""

    def __init__(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.status = status
        self.body = body
        self.headers = headers


class Opened:
    """One exchange on a connection of its own, closed at the end of the ``with``."""

    def __init__(
        self,
        connection: HTTPConnection,
        method: str,
        target: str,
        data: Any,
        headers: Mapping[str, str],
        url: str,
    ) -> None:
        self._connection = connection
        self._request = (method, target, data, dict(headers))
        self._url = url
        self.raises = False
        self.idle_seconds: float | None = (
            None  #: how long the body may be silent, when not as long as the answer
        )
        self.onward: Callable[[str], Opened] | None = None

    def __enter__(self) -> Reader:
        import http.client

        method, target, data, headers = self._request
        try:
            self._send(method, target, data, headers)
            response = self._connection.getresponse()
        except (http.client.HTTPException, OSError) as error:
            self._connection.close()
            raise Unreachable(self._url, reason_of(error)) from None
        except BaseException:  # whoever gave the body took it back
            self._connection.close()
            raise
        if self.idle_seconds is not None and self._connection.sock is not None:
            self._connection.sock.settimeout(self.idle_seconds)
        place = response.getheader("Location")
        if self.onward is not None and response.status in (302, 303, 307) and place:
            self._connection.close()
            further = self.onward(place)
            further.raises = self.raises
            self._connection = further._connection  # noqa: SLF001 - another of the same
            return further.__enter__()
        reader = Reader(response, self._url)
        if self.raises and response.status >= 400:
            body = reader.read()
            self._connection.close()
            raise error_of(Answer(response.status, body, lower(response)))
        return reader

    def _send(self, method: str, target: str, data: Any, headers: dict[str, str]) -> None:
        try:
            self._connection.request(method, target, body=data, headers=headers)
        except (BrokenPipeError, ConnectionResetError):
            # Who refuses a body does not read it to its end, but has said why.
            if self._connection.sock is None:
                raise

    def __exit__(self, *_: object) -> None:
        self._connection.close()


class Reader:
    """The body of an answer as a binary file; a broken connection is `Unreachable` here, too."""

    def __init__(self, response: HTTPResponse, url: str) -> None:
        self.status = response.status
        self._response = response
        self._url = url

    def getheaders(self) -> list[tuple[str, str]]:
        """Return the headers as they came."""
        return self._response.getheaders()

    def read(self, size: int = -1) -> bytes:
        """Read the rest, or at most so many bytes."""
        import http.client

        try:
            return self._response.read() if size < 0 else self._response.read(size)
        except (http.client.HTTPException, OSError) as error:
            raise Unreachable(self._url, reason_of(error)) from None

    def __iter__(self) -> Iterator[bytes]:
        import http.client

        try:
            yield from iter(self._response.readline, b"")
        except (http.client.HTTPException, OSError) as error:
            raise Unreachable(self._url, reason_of(error)) from None


def connect(origin: str, timeout: float) -> HTTPConnection:
    """Return a connection that is not open yet."""
    import http.client

    scheme, _, host = origin.partition("://")
    if scheme == "https":
        return http.client.HTTPSConnection(host, timeout=timeout, blocksize=_BLOCK_BYTES)
    return http.client.HTTPConnection(host, timeout=timeout, blocksize=_BLOCK_BYTES)


def error_of(answer: Answer) -> ProblemError:
    """Read a refusal; one that is not problem+json (a proxy's page) keeps its status."""
    problem: Any = None
    if "json" in answer.headers.get("content-type", ""):
        try:
            problem = json.loads(answer.body)
        except ValueError:
            problem = None
    if not isinstance(problem, dict):
        problem = {}
    problem.setdefault("request_id", answer.headers.get("x-request-id"))
    try:
        retry_after: float | None = float(answer.headers.get("retry-after", ""))
    except ValueError:
        retry_after = None
    return problem_error(answer.status, problem, retry_after=retry_after)


def lower(response: Any) -> dict[str, str]:
    """Return the headers of an answer by their names in small letters."""
    return {name.lower(): value for name, value in response.getheaders()}


def reason_of(error: Exception) -> str:
    """Say in a few words why a connection failed."""
    if isinstance(error, TimeoutError):
        return SILENT
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
