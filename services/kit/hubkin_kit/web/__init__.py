"""The web base: handlers that fail closed, closed structs in, problems out, routes as data.

A package writes ``handlers.py`` with subclasses of `HubkinHandler` and ``routes(…) -> list[Route]``; the
platform makes the application of all of them.
"""

from hubkin_kit.web.agents import AttemptHandler, TicketHandler
from hubkin_kit.web.callers import HubAuthenticator
from hubkin_kit.web.context import Web
from hubkin_kit.web.cursors import ListQuery, cut, read_cursor, write_cursor
from hubkin_kit.web.handler import BaseHandler, HubkinHandler, Operation, PublicHandler
from hubkin_kit.web.hub import Hub, HubAway
from hubkin_kit.web.identity import Authenticator, Caller, Identify, ServiceCaller
from hubkin_kit.web.routes import Route, make_app
from hubkin_kit.web.scopes import (
    ATTEMPT,
    BILLING_ADMIN,
    BILLING_READ,
    CATALOG_READ,
    CATALOG_WRITE,
    JOBS_ADMIN,
    JOBS_READ,
    JOBS_SUBMIT,
    METRICS_READ,
    PUBLIC,
    SERVERS_GATE,
    TICKET,
)
from hubkin_kit.web.signing import BadToken, Signer

__all__ = [
    "ATTEMPT",
    "BILLING_ADMIN",
    "BILLING_READ",
    "CATALOG_READ",
    "CATALOG_WRITE",
    "JOBS_ADMIN",
    "JOBS_READ",
    "JOBS_SUBMIT",
    "METRICS_READ",
    "PUBLIC",
    "SERVERS_GATE",
    "TICKET",
    "AttemptHandler",
    "Authenticator",
    "BadToken",
    "BaseHandler",
    "Caller",
    "Hub",
    "HubAuthenticator",
    "HubAway",
    "HubkinHandler",
    "Identify",
    "ListQuery",
    "Operation",
    "PublicHandler",
    "Route",
    "ServiceCaller",
    "Signer",
    "TicketHandler",
    "Web",
    "cut",
    "make_app",
    "read_cursor",
    "write_cursor",
]
