"""Who may do what: our scopes and the roles that hand them out.

The hub's own role ``admin`` holds no custom scope and cannot be changed, so admins get a second role.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from inspect import isawaitable
from typing import Any

ACCESS = "access:services!service=hubkin"

SCOPES: dict[str, dict[str, Any]] = {
    "custom:hubkin:jobs:read": {"description": "See one's own jobs, their logs, curves and results"},
    "custom:hubkin:jobs:submit": {
        "description": "Submit, stop and prolong one's own jobs",
        "subscopes": ["custom:hubkin:jobs:read"],
    },
    "custom:hubkin:jobs:admin": {
        "description": "See and stop everybody's jobs",
        "subscopes": ["custom:hubkin:jobs:submit", "custom:hubkin:jobs:read"],
    },
    "custom:hubkin:catalog:read": {"description": "See and read data, code and models one may use"},
    "custom:hubkin:catalog:write": {
        "description": "Upload and register data, code and models",
        "subscopes": ["custom:hubkin:catalog:read"],
    },
    "custom:hubkin:billing:read": {"description": "See one's own balance and charges"},
    "custom:hubkin:billing:admin": {
        "description": "See all accounts and top them up",
        "subscopes": ["custom:hubkin:billing:read"],
    },
    "custom:hubkin:metrics:read": {"description": "Read the platform's figures, as Prometheus does"},
    "custom:hubkin:servers:gate": {
        "description": "Ask whether a person's notebook may start (the hub itself)"
    },
}

USER_VERBS = (
    "custom:hubkin:jobs:read",
    "custom:hubkin:jobs:submit",
    "custom:hubkin:catalog:read",
    "custom:hubkin:catalog:write",
    "custom:hubkin:billing:read",
)
METRICS = "custom:hubkin:metrics:read"
ADMIN_VERBS = ("custom:hubkin:jobs:admin", "custom:hubkin:billing:admin", METRICS)

#: What JupyterHub itself gives the token inside a server; naming any scope replaces these, so they are
#: named too.
SERVER_DEFAULTS = ("users:activity!user", "access:servers!server")


def roles(
    *, admins: Iterable[str], admin_groups: Iterable[str], control: bool, metrics: bool
) -> list[dict[str, Any]]:
    """Return the roles of our services and of the platform's admins."""
    wanted: list[dict[str, Any]] = [
        {
            "name": "hubkin-service",
            "description": "The platform: mirrors users and groups, stops notebooks",
            "services": ["hubkin"],
            "scopes": [
                "list:users",
                "read:users",
                "list:groups",
                "read:groups",
                "read:servers",
                "delete:servers",
            ],
        },
        {
            "name": "hubkin-gate",
            "description": "The hub's spawner: asks the platform",
            "services": ["hubkin-gate"],
            "scopes": [ACCESS, "custom:hubkin:servers:gate", "custom:hubkin:jobs:read"],
        },
        {
            "name": "hubkin-admin",
            "description": "Admins of the platform: everybody's jobs, prices and accounts",
            "users": sorted(admins),
            "groups": sorted(admin_groups),
            "scopes": [ACCESS, *ADMIN_VERBS, "admin-ui"],
        },
    ]
    if control:
        wanted.append(
            {
                "name": "hubkin-control",
                "description": "hubkin up: stops notebooks when it stops",
                "services": ["hubkin-control"],
                "scopes": ["list:users", "read:users:name", "read:servers", "delete:servers"],
            }
        )
    if metrics:
        wanted.append(
            {
                "name": "hubkin-metrics",
                "description": "Prometheus: reads the platform's figures",
                "services": ["hubkin-metrics"],
                "scopes": [METRICS],
            }
        )
    return wanted


def services(
    *, platform_url: str, service_token: str, gate_token: str, control_token: str, metrics_token: str
) -> list[dict[str, Any]]:
    """Return the hub's services: the platform, and names for the tokens of spawner and supervisor."""
    wanted: list[dict[str, Any]] = [
        {
            "name": "hubkin",
            "url": platform_url,
            "api_token": service_token,
            # A dead external service delays the hub's start by this long.
            "timeout": 3,
            "oauth_no_confirm": True,
            "oauth_client_allowed_scopes": [ACCESS, *USER_VERBS, *ADMIN_VERBS],
            "display": False,
        },
        {"name": "hubkin-gate", "api_token": gate_token, "display": False},
    ]
    if control_token:
        wanted.append({"name": "hubkin-control", "api_token": control_token, "display": False})
    if metrics_token:
        wanted.append({"name": "hubkin-metrics", "api_token": metrics_token, "display": False})
    return wanted


def server_token_scopes(before: Any) -> Any:
    """Return what a server's token may do: what the site had set, and the user's verbs of ours.

    ``before`` is the site's setting: nothing, a list, or a callable that gets the spawner.  Admin verbs
    stay out: whatever runs in a kernel can do what this token can.
    """
    ours = [ACCESS, *USER_VERBS]
    if callable(before):
        return _after(before, ours)
    return list(dict.fromkeys([*(before or SERVER_DEFAULTS), *ours]))


def _after(before: Callable[[Any], Any], ours: list[str]) -> Callable[[Any], Awaitable[list[str]]]:
    async def scopes(spawner: Any) -> list[str]:
        theirs = before(spawner)
        if isawaitable(theirs):
            theirs = await theirs
        return list(dict.fromkeys([*(theirs or SERVER_DEFAULTS), *ours]))

    return scopes
