"""One request and its answer, as tornado's application wants to see the connection that it came by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.netutil import is_valid_ip

#: How long a body may be unless the handler says otherwise.
MAX_BODY_BYTES = 64 << 20

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Line(Protocol):
    """What an exchange needs of its connection."""

    transport: asyncio.Transport

    def write(self, data: bytes) -> asyncio.Future[None]:
        """Send; return what is done once everything is."""
        ...

    def answered(self, exchange: Exchange) -> None:
        """Hear that this exchange is over."""
        ...


class Context:
    """Who asks, as far as that is known; tornado copies it into the request."""

    def __init__(self, remote_ip: str, protocol: str) -> None:
        self.remote_ip = remote_ip
        self.protocol = protocol

    def seen_through(self, headers: HTTPHeaders) -> Context:
        """Return what a proxy in front of us says, in the headers that tornado's ``xheaders`` reads."""
        ip = headers.get("X-Real-Ip") or headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        scheme = headers.get("X-Scheme") or headers.get("X-Forwarded-Proto", "")
        scheme = scheme.rpartition(",")[2].strip()
        if not ip and not scheme:
            return self
        return Context(
            ip if is_valid_ip(ip) else self.remote_ip,
            scheme if scheme in ("http", "https") else self.protocol,
        )


class Exchange(HTTPConnection):
    """One request and its answer: what tornado calls the connection of a request."""

    delegate: HTTPMessageDelegate
    """Whom the request is handed to; set by the connection."""

    def __init__(
        self,
        connection: Line,
        line: RequestStartLine,
        headers: HTTPHeaders,
        context: Context,
        *,
        keeps_alive: bool,
    ) -> None:
        self.context = context
        self.keeps_alive = keeps_alive
        self.has_begun_to_answer = False
        self._connection = connection
        self._line = line
        self._asks_to_continue = headers.get("Expect", "").lower() == "100-continue"
        announced = headers.get("Content-Length", "")
        self._announced = int(announced) if announced.isdigit() else 0
        self._max_body_bytes = MAX_BODY_BYTES
        self._received = 0
        self.is_read = False
        self._is_finished = False
        self._is_chunked = False
        self._left: int | None = None
        self._on_close: Callable[[], None] | None = None

    # --- reading

    def begun(self) -> None:
        """The application has seen the headers: the body may come."""
        if self._announced > self._max_body_bytes:
            raise HTTPInputError("the body is too long")
        if self._asks_to_continue and not self._is_finished:
            self._asks_to_continue = False
            self._connection.write(_CONTINUE)

    def take(self, body: bytes) -> Any:
        """Hand a part of the body on; what nobody waits for any more is read and dropped."""
        self._received += len(body)
        if self._received > self._max_body_bytes:
            raise HTTPInputError("the body is too long")
        return None if self._is_finished else self.delegate.data_received(body)

    def end(self) -> None:
        """The request was read to its end."""
        self.is_read = True
        if self._is_finished:
            self._connection.answered(self)
        else:
            self.delegate.finish()

    def lost(self) -> None:
        """The client is gone."""
        on_close, self._on_close = self._on_close, None
        if self._is_finished:
            return
        if not self.is_read:
            self.delegate.on_connection_close()
        elif on_close is not None:
            on_close()

    # --- tornado calls

    def set_close_callback(self, callback: Callable[[], None] | None) -> None:
        """Have it called when the client goes away before the answer is complete."""
        self._on_close = callback

    def set_max_body_size(self, max_body_size: int) -> None:
        """Set how long the body may be."""
        self._max_body_bytes = max_body_size

    def write_headers(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> asyncio.Future[None]:
        """Begin the answer."""
        assert isinstance(start_line, ResponseStartLine)
        self.has_begun_to_answer = True
        code, line = start_line.code, self._line
        has_body = line.method != "HEAD" and code not in (204, 304)
        length = headers.get("Content-Length")
        self._is_chunked = has_body and length is None and line.version == "HTTP/1.1"
        if self._is_chunked:
            headers["Transfer-Encoding"] = "chunked"
        # Whether a body still comes that was not asked for is the client's choice: nobody could tell it from
        # the next request.
        if self._asks_to_continue or (has_body and length is None and not self._is_chunked):
            self.keeps_alive = False
        if not self.keeps_alive:
            headers["Connection"] = "close"
        elif line.version == "HTTP/1.0":
            headers["Connection"] = "Keep-Alive"
        if not has_body:
            self._left = 0
        elif length is not None:
            self._left = int(length)
        lines = [f"HTTP/1.1 {code} {start_line.reason}"]
        lines += [f"{name}: {value}" for name, value in headers.get_all()]
        text = "\r\n".join(lines)
        if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
            raise ValueError("a header has a line break in it")
        head = text.encode("latin-1") + b"\r\n\r\n"
        return self._connection.write(head + self._framed(chunk) if chunk else head)

    def write(self, chunk: bytes) -> asyncio.Future[None]:
        """Send a part of the answer."""
        return self._connection.write(self._framed(chunk))

    def finish(self) -> None:
        """The answer is complete."""
        if self._left and not self._connection.transport.is_closing():
            self._connection.transport.abort()
            raise ValueError(f"the answer is {self._left} bytes shorter than announced")
        self._is_finished = True
        self._on_close = None
        if self._is_chunked:
            self._connection.write(b"0\r\n\r\n")
        if self.is_read:
            self._connection.answered(self)
        elif self._asks_to_continue:
            self._connection.transport.close()

    def _framed(self, chunk: bytes) -> bytes:
        if self._left is not None:
            self._left -= len(chunk)
            if self._left < 0:
                self._connection.transport.abort()
                raise ValueError("the answer is longer than announced")
        return b"%x\r\n%b\r\n" % (len(chunk), chunk) if self._is_chunked and chunk else chunk
