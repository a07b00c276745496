"""Puts the built Lab extension into the wheel; called by hatchling.

An editable install does without it (`make front` links it into the environment);
a wheel without it would be a broken product, so building one is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = "hubkin_server/labextension"
INSTALLED = "share/jupyter/labextensions/@hubkin/lab"


class LabBundleHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the bundle to the wheel's shared data."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Refuse a wheel without the bundle; leave editable installs alone."""
        if version == "editable":
            return
        if not (Path(self.root) / BUNDLE / "package.json").exists():
            raise FileNotFoundError(f"{BUNDLE} is not built yet: run `make front` first")
        build_data["shared_data"][BUNDLE] = INSTALLED
