"""The one base of everything that answers over HTTP: it asks who, allows or refuses, reads, replies, renders.

A handler names the scope of each of its methods (``scopes``) and describes each (``operations``); a method
that is not named does not exist.  Handlers contain no ``try``: they raise the error tree, rendered here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, TypeVar, cast

import msgspec
import structlog
from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError, RequestHandler, stream_request_body

from hubkin_kit import telemetry
from hubkin_kit.disk import trouble_of
from hubkin_kit.errors import (
    Field,
    HubkinError,
    Malformed,
    MethodNotAllowed,
    NotAllowed,
    NotSignedIn,
    TooLarge,
)
from hubkin_kit.i18n import SOURCE, language_of
from hubkin_kit.idempotency import KEY_LENGTH, fingerprint
from hubkin_kit.ids import new_id
from hubkin_kit.web import problems, reading
from hubkin_kit.web.context import SETTING, Web
from hubkin_kit.web.identity import Caller, ServiceCaller
from hubkin_kit.web.traffic import RETRY_AFTER_SECONDS, Crowded

Shape = TypeVar("Shape")

log = structlog.get_logger()

#: What a connection may still send of a body that was refused, so that the sender gets to read why.
DRAINED_BYTES = 64 << 20

_NOBODY = ServiceCaller("", frozenset())
_TOKEN = re.compile(r"(?:token|bearer)\s+(\S{1,512})", re.IGNORECASE)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_KEY = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"|([\x21\x23-\x7e]+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of a route, as ``openapi.json`` tells it."""

    summary: str
    request: type | None = None
    """The struct of the body; None: no JSON body."""
    answer: Any = None
    """The struct of the answer; ``bytes`` for raw bytes; None for an empty one."""
    status: int = 200
    query: type[msgspec.Struct] | None = None
    """The struct of the parameters; None: none are taken."""
    creates: bool = False
    """Whether an Idempotency-Key counts here."""


@stream_request_body
class BaseHandler(RequestHandler):
    """What API, agents and pages share: who may call, safe headers, problems, ids, logs."""

    scopes: ClassVar[Mapping[str, str]]
    operations: ClassVar[Mapping[str, Operation]] = {}
    body_limit_bytes: ClassVar[int] = 1 << 20
    #: The route's template, set when the application is made; the label of its figures.
    route: ClassVar[str] = ""

    def __init__(self, application: Any, request: HTTPServerRequest, **kwargs: Any) -> None:
        given = request.headers.get("X-Request-ID", "")
        self.request_id = given if _REQUEST_ID.fullmatch(given) else new_id("req")
        self.caller: Caller = _NOBODY
        self.code = ""
        self._chunks: list[bytes] = []
        self._received = 0
        self._is_crowded = False
        self._query: Any = None
        super().__init__(application, request, **kwargs)
        self.web.traffic.enter(self)

    @property
    def web(self) -> Web:
        """What the application's handlers share."""
        return cast(Web, self.settings[SETTING])

    @property
    def language(self) -> str:
        """The reader's language: what the request asks for, then what they once chose."""
        accepted = self.request.headers.get("Accept-Language", "")
        return language_of(accepted) or language_of(self.caller.language) or SOURCE

    def set_default_headers(self) -> None:
        """Give every answer the headers that keep browsers from being used against their users."""
        self._headers["X-Request-ID"] = self.request_id
        self._headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        self._headers["X-Content-Type-Options"] = "nosniff"
        self._headers["Cache-Control"] = "no-store"
        self._headers["Referrer-Policy"] = "no-referrer"
        self._headers["Cross-Origin-Resource-Policy"] = "same-origin"
        self._headers["Server"] = "hubkin"

    async def prepare(self) -> None:
        """Refuse what may not go on, before a byte of the body is read."""
        self.web.traffic.admit()
        method = self.request.method or ""
        scope = self.scopes.get(method)
        if scope is None:
            raise MethodNotAllowed(
                "{method} cannot be used here; {allowed} can.",
                params={"method": method[:20], "allowed": sorted(self.scopes)},
            )
        self._check_host()
        self._check_length()
        await self.authorize(scope)
        if self._finished:
            return
        operation = self.operations.get(method)
        self._query = reading.read_query(self.request.query_arguments, operation.query if operation else None)

    def finish(self, chunk: Any = None) -> Any:
        """Answer; before the request was read whole, the connection ends with it, and that is said.

        tornado closes it silently, and a proxy would send the next request, anybody's, into it: 502.
        """
        if not self._headers_written and not getattr(self.request.connection, "_read_finished", True):
            self.set_header("Connection", "close")
        return super().finish(chunk)

    def on_finish(self) -> None:
        """Note that the request was answered."""
        self.web.traffic.leave(self)

    def on_connection_close(self) -> None:
        """Note that nobody waits for the answer any more."""
        super().on_connection_close()
        self.web.traffic.leave(self)

    async def authorize(self, scope: str) -> None:
        """Let the request pass, or raise; every base class below says how."""
        raise NotImplementedError

    def data_received(self, chunk: bytes) -> None:
        """Collect the body, never more than its limit."""
        self._received += len(chunk)
        if self._received > self.body_limit_bytes or self._is_crowded:
            return
        if self.web.traffic.has_room(self, self.caller.name or self.token() or "", len(chunk)):
            self._chunks.append(chunk)
        else:
            self._is_crowded = True
            self._chunks.clear()

    @property
    def body(self) -> bytes:
        """The bytes that were sent.

        Raises:
            TooLarge: More than this route takes.
            Crowded: The sender has too much under way.
        """
        if self._received > self.body_limit_bytes:
            raise self._too_large()
        if self._is_crowded:
            raise Crowded(
                "You are sending too much at once. Nothing was changed. Try again in a moment.",
                retry_after_seconds=RETRY_AFTER_SECONDS,
            )
        if len(self._chunks) > 1:
            self._chunks[:] = [b"".join(self._chunks)]
        return self._chunks[0] if self._chunks else b""

    @property
    def request_hash(self) -> str:
        """What tells two requests with the same Idempotency-Key apart."""
        return fingerprint(f"{self.request.method} {self.request.path}\n".encode() + self.body)

    def read(self, shape: type[Shape]) -> Shape:
        """Return the body as a struct.

        Raises:
            Malformed, Invalid, TooLarge: It is none; says where and why.
        """
        return reading.read_json(self.body, shape)

    def query(self, shape: type[Shape]) -> Shape:
        """Return the parameters as the struct that the operation declares."""
        if not isinstance(self._query, shape):
            raise TypeError(f"{type(self).__name__} declares {type(self._query).__name__}")
        return self._query

    def idempotency_key(self) -> str | None:
        """Return the Idempotency-Key, None when there is none; quoted (as the IETF draft asks) or plain.

        Raises:
            Malformed: Empty, longer than 128 characters, or with characters beyond printable ASCII.
        """
        given = self.request.headers.get("Idempotency-Key")
        if given is None:
            return None
        match = _KEY.fullmatch(given.strip())
        key = (
            (match[2] or (match[1] or "").replace('\\"', '"').replace("\\\\", "\\"))
            if match is not None
            else ""
        )
        if not 0 < len(key) <= KEY_LENGTH:
            raise Malformed(
                "The Idempotency-Key must be 1 to {limit} printable ASCII characters.",
                params={"limit": KEY_LENGTH},
                code="bad_key",
            )
        return key

    def reply(self, status: int, answer: Any, *, headers: Mapping[str, str] | None = None) -> None:
        """Answer with a struct as JSON."""
        self.reply_bytes(msgspec.json.encode(answer), kind="application/json", status=status, headers=headers)

    def reply_bytes(
        self, body: bytes, *, kind: str, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer with bytes of a media type."""
        self.set_status(status)
        self._headers["Content-Type"] = kind
        for name, value in (headers or {}).items():
            self.set_header(name, value)
        self.finish(body)

    def no_content(self) -> None:
        """Answer 204."""
        self.set_status(204)
        self.finish()

    def said(self, msgid: str, **params: Any) -> str:
        """Translate a text for the caller."""
        return self.web.translator.text(msgid, params, language=self.language)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Render any error as a problem."""
        error = problems.known(kwargs.get("exc_info", (None, None))[1], status_code)
        self.code = error.code
        telemetry.refusals.labels(error.code).inc()
        self.set_status(error.status)
        if error.retry_after_seconds is not None:
            self.set_header("Retry-After", str(error.retry_after_seconds))
        if error.status == 401:
            self.set_header("WWW-Authenticate", 'Bearer realm="hubkin"')
        if error.status == 405:
            self.set_header("Allow", ", ".join(sorted(self.scopes)))
        self.write_problem(error)

    def write_problem(self, error: HubkinError) -> None:
        """Write the body of an error; pages write a page."""
        body = problems.problem(
            error,
            self.web.translator,
            language=self.language,
            request_id=self.request_id,
            instance=self.request.path[:300],
            unit=self.web.unit,
        )
        self.set_header("Content-Type", problems.CONTENT_TYPE)
        self.set_header("Content-Language", self.language)
        self.finish(msgspec.json.encode(body))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log defects with their traceback; refusals are in the access log."""
        if isinstance(value, HubkinError | HTTPError) or trouble_of(value) is not None:
            return
        info = (typ, value, tb)
        log.error("request_failed", request_id=self.request_id, route=self.route, exc_info=info)

    def compute_etag(self) -> None:
        """Spare every answer the hashing; what is editable sets its own."""

    def _check_host(self) -> None:
        host = self.request.host_name.strip("[]").lower()
        if host not in self.web.hosts and "*" not in self.web.hosts:
            raise Malformed(
                "This platform is not called '{host}'. Use its own address, or have an admin add this one to "
                "allowed_hosts.",
                params={"host": host[:100]},
                code="unknown_host",
            )

    def _check_length(self) -> None:
        length = self.request.headers.get("Content-Length", "")
        announced = int(length) if length.isascii() and length.isdigit() and len(length) < 19 else 0
        connection = self.request.connection
        if announced > self.body_limit_bytes:
            connection.set_max_body_size(DRAINED_BYTES)  # type: ignore[union-attr]
            raise self._too_large()
        connection.set_max_body_size(max(self.body_limit_bytes + 1, DRAINED_BYTES))  # type: ignore[union-attr]

    def _too_large(self) -> TooLarge:
        return TooLarge(
            "The request is larger than {limit_bytes}, the most that is taken here.",
            params={"limit_bytes": self.body_limit_bytes},
        )

    def token(self) -> str | None:
        """Return the token of the Authorization header; none is taken from an address."""
        match = _TOKEN.fullmatch(self.request.headers.get("Authorization", "").strip())
        return match[1] if match else None


class HubkinHandler(BaseHandler):
    """A route of the REST interface: a hub token, or a page's session with its XSRF token."""

    #: Whether hub services may call it, and nobody else; everything else is for people.  None: both may.
    for_services: ClassVar[bool | None] = False
    credential = ""
    """The token that was presented, for streams, which look again."""

    async def authorize(self, scope: str) -> None:
        """Find the caller and check the verb; objects are the packages' business."""
        token = self.token() or self._token_of_session() or ""
        self.credential = token
        caller = await self.web.authenticator.caller(token) if token else None
        if caller is None:
            raise NotSignedIn("You are not signed in, or your token no longer counts. Sign in again.")
        self.caller = caller
        is_wrong_kind = self.for_services not in (None, isinstance(caller, ServiceCaller))
        if scope not in caller.scopes or is_wrong_kind:
            raise NotAllowed(
                "Your token may not do this: it lacks {scope}.",
                params={"scope": scope},
                fields=(Field("", "scope_missing", params={"scope": scope}),),
            )

    def _token_of_session(self) -> str | None:
        if "Authorization" in self.request.headers or self.web.sessions is None:
            return None
        return self.web.sessions.token_for_fetch(self)


class PublicHandler(BaseHandler):
    """A route that asks for nothing; it says nothing about anybody either."""

    async def authorize(self, scope: str) -> None:
        """Let everyone pass."""


class AbsentHandler(PublicHandler):
    """Every address that is no route."""

    scopes: ClassVar[Mapping[str, str]] = {}

    async def prepare(self) -> None:
        """Say that there is nothing here, whatever the method."""
        raise HTTPError(404)
