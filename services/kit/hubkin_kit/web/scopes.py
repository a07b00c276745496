"""The verbs that a token may have, and the three doors beside them.

The hub grants the ``custom:hubkin:`` ones.  A handler names one of these for each of its methods.
"""

from __future__ import annotations

JOBS_READ = "custom:hubkin:jobs:read"
JOBS_SUBMIT = "custom:hubkin:jobs:submit"
JOBS_ADMIN = "custom:hubkin:jobs:admin"
CATALOG_READ = "custom:hubkin:catalog:read"
CATALOG_WRITE = "custom:hubkin:catalog:write"
BILLING_READ = "custom:hubkin:billing:read"
BILLING_ADMIN = "custom:hubkin:billing:admin"
SERVERS_GATE = "custom:hubkin:servers:gate"
METRICS_READ = "custom:hubkin:metrics:read"

ALL = frozenset(
    {
        JOBS_READ,
        JOBS_SUBMIT,
        JOBS_ADMIN,
        CATALOG_READ,
        CATALOG_WRITE,
        BILLING_READ,
        BILLING_ADMIN,
        SERVERS_GATE,
        METRICS_READ,
    }
)

#: A signed token of one attempt, held by its agents only.
ATTEMPT = "attempt-token"
#: A signed, short-lived address of one object.
TICKET = "ticket"
#: A person's browser session at a page; nothing but the page's shell is behind it.
PAGE = "page"
#: Nothing is asked.
PUBLIC = "public"
