"""One client of the server: what llhttp finds in its bytes, handed on as fast as the application takes it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import structlog
from httptools import HttpParserError, HttpParserInvalidMethodError, HttpParserUpgrade, HttpRequestParser
from tornado.httputil import HTTPHeaders, HTTPInputError, RequestStartLine
from tornado.iostream import StreamClosedError

from hubkin_kit.web.exchange import Context, Exchange

if TYPE_CHECKING:
    from hubkin_kit.web.server import Server

log = structlog.get_logger()

MAX_HEADER_BYTES = 32768

_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_NO_SUCH_METHOD = b"HTTP/1.1 501 Not Implemented\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Connection(asyncio.Protocol):
    """One client.  What the parser finds is queued, and handed on as fast as the application takes it."""

    transport: asyncio.Transport

    def __init__(self, server: Server) -> None:
        self.server = server
        self.awaits = "headers"
        """What the client owes us: headers, a body, or nothing while we answer."""
        self.since = server.loop.time()
        self._parser = HttpRequestParser(self)
        #: Calls that are due, in order.
        self._found: deque[tuple[Callable[..., Any], tuple[Any, ...]]] = deque()
        self._exchange: Exchange | None = None
        self._is_waiting = False
        self._is_paused = False
        self._is_broken = False
        self._url = b""
        self._headers = HTTPHeaders()
        #: How much of headers came that are not complete yet.
        self._header_bytes = 0
        self._is_in_headers = True
        #: Of a request whose wish for another protocol is ignored: how long its body is.
        self._framing = b""
        self._drained: asyncio.Future[None] | None = None

    # --- asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast(asyncio.Transport, transport)
        # Whoever waits for a flush waits until everything is sent: so streams notice slow readers.
        self.transport.set_write_buffer_limits(high=0)
        peer = transport.get_extra_info("peername")
        self.context = Context(peer[0] if isinstance(peer, tuple) else "", "http")
        self.server.connections.add(self)

    def data_received(self, data: bytes) -> None:
        """Parse what came, and hand on what can be."""
        if self._is_broken:
            return
        try:
            self._parse(data)
        except HttpParserInvalidMethodError:
            self._break(_NO_SUCH_METHOD)
        except HttpParserError:
            self._break(_BAD_REQUEST)
        if self._is_in_headers:
            self._header_bytes += len(data)
            if self._header_bytes > MAX_HEADER_BYTES and not self._is_broken:
                self._break(_BAD_REQUEST)
        self._go_on()

    def pause_writing(self) -> None:
        """Have flushes wait."""
        self._drained = self.server.loop.create_future()

    def resume_writing(self) -> None:
        """Everything is sent."""
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever still answers that nobody listens."""
        self.server.left(self)
        self._is_broken = True
        self._found.clear()
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_exception(StreamClosedError(real_error=exc))
            drained.exception()  # nobody need ask
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.lost()

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as wish:
            # The parser stops where another protocol would begin.  We speak none and ignore the wish, as any
            # server may (Java's client wishes for HTTP/2 each time): a new parser reads on, at the body.
            self._parser = HttpRequestParser(self)
            if self._framing:
                self._parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n\r\n" % self._framing)
            self._parse(data[wish.args[0] :])

    # --- the parser calls

    def on_message_begin(self) -> None:
        """Begin with a request."""
        if self._framing:
            return
        self._url = b""
        self._headers = HTTPHeaders()
        self._header_bytes = 0
        self._is_in_headers = True

    def on_url(self, url: bytes) -> None:
        """Take a part of the request's target."""
        if self._framing:
            return
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; the parser has checked its characters."""
        if self._framing:
            return
        key, text = name.decode("latin-1"), value.decode("latin-1")
        if key in self._headers:
            self._headers.add(key, text)
        else:
            self._headers[key] = text

    def on_headers_complete(self) -> None:
        """Queue a request."""
        self._is_in_headers = False
        if self._framing:
            self._framing = b""
            return
        parser = self._parser
        if parser.should_upgrade():
            self._framing = _framing_of(self._headers)
        line = RequestStartLine(
            parser.get_method().decode("latin-1"),
            self._url.decode("latin-1"),
            f"HTTP/{parser.get_http_version()}",
        )
        keeps_alive = parser.should_keep_alive() and line.method != "CONNECT"
        self._found.append((self._begin, (line, self._headers, keeps_alive)))

    def on_body(self, body: bytes) -> None:
        """Queue a part of a body."""
        self._found.append((self._deliver, (body,)))

    def on_message_complete(self) -> None:
        """Queue the end of a request."""
        if self._framing:
            return
        self._is_in_headers = True
        self._found.append((self._end, ()))

    # --- handing on

    def _go_on(self) -> None:
        """Hand on what was found until the application has to be waited for."""
        found = self._found
        while found and not self._is_waiting:
            call, arguments = found.popleft()
            try:
                call(*arguments)
            except HTTPInputError:
                self._refuse()
            except Exception as error:
                log.error("connection_failed", exc_info=error)
                self.transport.abort()
        # Nothing more is read while something lies here: that is what slows a fast sender down.
        if bool(found) != self._is_paused and not self.transport.is_closing():
            self._is_paused = bool(found)
            if self._is_paused:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()

    def _begin(self, line: RequestStartLine, headers: HTTPHeaders, keeps_alive: bool) -> None:
        if self._exchange is not None:
            self._wait_for_answer(self._begin, line, headers, keeps_alive)
            return
        if line.version not in ("HTTP/1.1", "HTTP/1.0"):
            raise HTTPInputError("another version")
        if len(self._url) + sum(len(n) + len(v) + 4 for n, v in headers.get_all()) > MAX_HEADER_BYTES:
            raise HTTPInputError("too many headers")
        server = self.server
        context = self.context.seen_through(headers) if server.behind_proxy else self.context
        exchange = self._exchange = Exchange(self, line, headers, context, keeps_alive=keeps_alive)
        exchange.delegate = server.application.start_request(self, exchange)
        self._expect("body")
        self._await(exchange.delegate.headers_received(line, headers), exchange.begun)

    def _wait_for_answer(self, call: Callable[..., None], *arguments: Any) -> None:
        """Put a call off until the answer that is under way is complete."""
        self._found.appendleft((call, arguments))
        self._is_waiting = True

    def _deliver(self, body: bytes) -> None:
        if self._exchange is not None:
            self._await(self._exchange.take(body))

    def _end(self) -> None:
        self._expect("answer")
        if self._exchange is not None:
            self._exchange.end()

    def _expect(self, what: str) -> None:
        self.awaits, self.since = what, self.server.loop.time()

    def _await(self, awaited: Any, then: Callable[[], None] | None = None) -> None:
        """Hand on nothing until the application is ready for it."""
        if awaited is not None and not (asyncio.isfuture(awaited) and awaited.done()):
            self._is_waiting = True
            asyncio.ensure_future(awaited).add_done_callback(lambda done: self._awaited(done, then))
        elif then is not None:
            then()

    def _awaited(self, done: asyncio.Future[Any], then: Callable[[], None] | None) -> None:
        self._is_waiting = False
        if not done.cancelled() and done.exception() is not None:
            log.error("connection_failed", exc_info=done.exception())
            self.transport.abort()
            return
        if then is not None:
            then()
        self._go_on()

    def answered(self, exchange: Exchange) -> None:
        """Go on with the next request, once one is answered and read to its end."""
        if self._exchange is not exchange:
            return
        self._exchange = None
        if not exchange.keeps_alive or (self._is_broken and not self._found):
            self.transport.close()
            return
        self._expect("headers")
        if self._found and self._is_waiting:
            self._is_waiting = False
            self.server.loop.call_soon(self._go_on)

    def _break(self, answer: bytes) -> None:
        """Take nothing more; what came before is still answered."""
        self._is_broken = True
        self._found.append((self._refuse_next, (answer,)))

    def _refuse_next(self, answer: bytes) -> None:
        if self._exchange is not None and self._exchange.is_read:
            self._wait_for_answer(self._refuse_next, answer)
        else:
            self._refuse(answer)

    def _refuse(self, answer: bytes = _BAD_REQUEST) -> None:
        """Say that this is none of our requests, unless an answer has begun, and close."""
        self._is_broken = True
        self._found.clear()
        exchange = self._exchange
        if exchange is None or not exchange.has_begun_to_answer:
            self.transport.write(answer)
        self.transport.close()

    # --- writing

    def write(self, data: bytes) -> asyncio.Future[None]:
        """Send; return what is done once everything is."""
        if self.transport.is_closing():
            failed: asyncio.Future[None] = self.server.loop.create_future()
            failed.set_exception(StreamClosedError())
            failed.exception()  # nobody need ask
            return failed
        self.transport.write(data)
        return self._drained or self.server.flushed


def _framing_of(headers: HTTPHeaders) -> bytes:
    """Return the header that says how long a body is, empty when there is none."""
    for name in ("Transfer-Encoding", "Content-Length"):
        if name in headers:
            return f"{name}: {headers[name]}".encode("latin-1")
    return b""
