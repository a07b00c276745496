"""Refuses a wheel of the platform without its built pages; called by hatchling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGES = "services/platform/hubkin_platform/static"


class PagesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Looks for the pages' manifest."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Leave editable installs alone: `make front` builds the pages where they are served from."""
        if version != "editable" and not (Path(self.root) / PAGES / "manifest.json").exists():
            raise FileNotFoundError(f"{PAGES} is not built yet: run `make front` first")
