"""Every query of the billing package, one module a subject.

Locks are taken on accounts first, in the order of their owners' ids, then on what belongs to them.
"""

from hubkin_billing.store import accounts, audit, holds, ledger, tariffs

__all__ = ["accounts", "audit", "holds", "ledger", "tariffs"]
