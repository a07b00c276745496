"""What all handlers of one application share, as one value in its settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hubkin_kit.clock import Clock, SystemClock
from hubkin_kit.i18n import Translator
from hubkin_kit.web.identity import Authenticator
from hubkin_kit.web.signing import Signer
from hubkin_kit.web.traffic import Traffic

if TYPE_CHECKING:
    from hubkin_kit.web.sessions import Sessions

SETTING = "hubkin"


@dataclass(frozen=True, kw_only=True)
class Web:
    """The shared parts; ``hubkin_platform`` makes one, tests another."""

    authenticator: Authenticator
    translator: Translator
    attempts: Signer
    tickets: Signer
    sessions: Sessions | None = None
    prefix: str = "/services/hubkin/"
    hosts: frozenset[str] = frozenset({"127.0.0.1", "localhost", "::1"})
    """Names by which we may be called; ``*`` allows any (behind a proxy that checks)."""
    unit: str = "CNY"
    clock: Clock = field(default_factory=SystemClock)
    traffic: Traffic = field(default_factory=Traffic)

    @property
    def api(self) -> str:
        """Where the REST routes begin."""
        return f"{self.prefix}api/v1"
