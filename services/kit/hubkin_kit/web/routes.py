"""Routes as data: listed by packages, made into one application, read by tests and openapi.json."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from prometheus_client import Histogram
from tornado.routing import URLSpec
from tornado.web import Application

from hubkin_kit import telemetry
from hubkin_kit.web import scopes
from hubkin_kit.web.agents import AttemptHandler, TicketHandler
from hubkin_kit.web.context import SETTING, Web
from hubkin_kit.web.handler import AbsentHandler, BaseHandler, HubkinHandler

_PART = re.compile(r"\{(\w+)(\.\.\.)?\}")


@dataclass(frozen=True, slots=True)
class Route:
    """A path template below the API's base (``/jobs/{job_id}``; ``{path...}`` takes slashes), its handler."""

    path: str
    handler: type[BaseHandler]
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pattern(self) -> str:
        """The regular expression of the template."""
        parts, last = [], 0
        for match in _PART.finditer(self.path):
            parts.append(re.escape(self.path[last : match.start()]))
            parts.append(f"(?P<{match[1]}>{'.+' if match[2] else '[^/]+'})")
            last = match.end()
        return "".join(parts) + re.escape(self.path[last:])


def make_app(web: Web, api: Iterable[Route], pages: Iterable[Route] = (), **settings: Any) -> Application:
    """Make the application: ``api`` below ``…/api/v1``, ``pages`` below the service's prefix.

    Raises:
        ValueError: A handler does not say who may call it.
    """
    rules = []
    for base, routes in ((web.api, api), (web.prefix.rstrip("/"), pages)):
        for route in routes:
            check_declared(route.handler, operations=base == web.api)
            bound = type(route.handler.__name__, (route.handler,), {"route": route.path})
            rules.append(URLSpec(re.escape(base) + route.pattern + "$", bound, dict(route.kwargs)))
    return Application(
        rules,
        default_handler_class=AbsentHandler,
        log_function=log_request,
        **{**settings, SETTING: web},
    )


def check_declared(handler: type[BaseHandler], *, operations: bool = True) -> None:
    """Refuse a handler that leaves open who may call it: we fail closed.

    Raises:
        ValueError: Says what is missing.
    """
    name = handler.__name__
    declared: Mapping[str, str] = getattr(handler, "scopes", {})
    if not declared:
        raise ValueError(f"{name} declares no scopes")
    for method, scope in declared.items():
        if getattr(handler, method.lower()) is getattr(BaseHandler, method.lower()):
            raise ValueError(f"{name} declares {method} and does not have it")
        if scope not in _expected(handler):
            raise ValueError(f"{name} cannot enforce {scope!r}")
        if operations and method not in handler.operations:
            raise ValueError(f"{name} does not describe {method}")


def log_request(handler: BaseHandler) -> None:
    """Write one line and one figure about a request; never its query, its headers, its body or its ticket."""
    seconds = handler.request.request_time()
    status = handler.get_status()
    method = handler.request.method or ""
    route = getattr(handler, "route", "") or "none"
    _figure(route, method if route != "none" else "any", status).observe(seconds)
    if telemetry.access is None or route in ("/healthz", "/livez", "/metrics"):
        return
    # The path of an object is its ticket, which opens it for whoever reads this log.
    path = route if isinstance(handler, TicketHandler) else handler.request.path
    fields: dict[str, Any] = {"method": method[:20], "path": path[:300], "status": status}
    caller = getattr(handler, "caller", None)
    if caller is not None and caller.name:
        fields["caller"] = caller.name
    if getattr(handler, "code", ""):
        fields["code"] = handler.code
    request_id = getattr(handler, "request_id", "")
    telemetry.access.add(ms=round(seconds * 1000, 2), request_id=request_id, **fields)


@lru_cache(maxsize=1024)
def _figure(route: str, method: str, status: int) -> Histogram:
    """The figure of one kind of answer: looking it up by its labels costs more than counting."""
    return telemetry.request_seconds.labels(route, method, str(status))


def _expected(handler: type[BaseHandler]) -> frozenset[str]:
    if issubclass(handler, HubkinHandler):
        return scopes.ALL
    if issubclass(handler, AttemptHandler):
        return frozenset({scopes.ATTEMPT})
    if issubclass(handler, TicketHandler):
        return frozenset({scopes.TICKET})
    return frozenset({scopes.PUBLIC, scopes.PAGE})
