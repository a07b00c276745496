"""The proxy: traefik from its Python wheel, configured by two files, started beside the hub and not by it."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from hubkin_platform.up.paths import Places

#: `X_Forwarded_For` is no other way to say `X-Forwarded-For`; names of files may hold anything.  A null,
#: which no name holds, goes on too: who is behind refuses it with a sentence, the proxy with an empty page.
HEADERS_AND_PATHS: dict[str, Any] = {
    "aliasHeadersStrategy": "delete",
    "encodedCharacters": {
        "allowEncodedBackSlash": True,
        "allowEncodedHash": True,
        "allowEncodedNullCharacter": True,
        "allowEncodedPercent": True,
        "allowEncodedQuestionMark": True,
        "allowEncodedSemicolon": True,
        "allowEncodedSlash": True,
    },
}


def binary() -> Path | None:
    """Return the traefik that came with this environment, else the one on the path."""
    beside = Path(sys.executable).parent / "traefik"
    if beside.exists():
        return beside
    found = shutil.which("traefik")
    return Path(found) if found else None


def static_config(*, port: int, proxy_port: int, routes: Path) -> dict[str, Any]:
    """Return what traefik reads once: two loopback ports, the routes file, and nothing that calls home."""
    return {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "api": {},
        "log": {"level": "WARN", "noColor": True},
        "providers": {"file": {"filename": str(routes), "watch": True}, "providersThrottleDuration": "0s"},
        "entryPoints": {
            "http": {
                "address": f"127.0.0.1:{port}",
                # The default cuts an upload that takes longer than a minute.
                "transport": {"respondingTimeouts": {"readTimeout": "0s", "idleTimeout": "180s"}},
                "http": HEADERS_AND_PATHS,
            },
            "auth_api": {"address": f"127.0.0.1:{proxy_port}", "http": HEADERS_AND_PATHS},
        },
    }


def write(places: Places, *, port: int, proxy_port: int) -> None:
    """Write the proxy's configuration; routes of a hub that ran before are kept."""
    config = static_config(port=port, proxy_port=proxy_port, routes=places.proxy_routes)
    # JSON is YAML, and needs no library.
    places.proxy_config.write_text(json.dumps(config, indent=1))
    if not places.proxy_routes.exists():
        places.proxy_routes.write_text("# Written by the hub.\n")


def command(places: Places) -> list[str]:
    """Return how the proxy is started."""
    traefik = binary()
    assert traefik is not None, "checked before anything starts"
    return [str(traefik), f"--configfile={places.proxy_config}"]
