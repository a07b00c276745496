"""Settings of a process: flags over environment over file over defaults, all of them traitlets.

A trait that is tagged ``env="NAME"`` is read from that variable; only composition roots have settings, and
everything below receives plain values.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from traitlets import List
from traitlets.config import Application, Config

from hubkin_kit.errors import HubkinError


class StartRefused(HubkinError):
    """The process cannot start as it was asked to; the sentence says what to do."""

    code = "start_refused"
    title = "The platform did not start"


def _read(trait: Any, text: str) -> Any:
    """Read a variable; the items of a list stand with commas between them."""
    if isinstance(trait, List):
        return [item.strip() for item in text.split(",") if item.strip()]
    return trait.from_string(text)


class Settings(Application):
    """An application whose traits may also come from the environment."""

    def initialize_from(self, argv: list[str], environment: Mapping[str, str] = os.environ) -> None:
        """Read everything.

        Raises:
            StartRefused: A variable or a file does not fit.
        """
        self.parse_command_line(argv)
        above = [self._from(environment), Config(self.cli_config)]
        for config in above:  # first, because they may say where the file is
            self.update_config(config)
        file = Path(str(getattr(self, "config_file", "")))
        if file.name:
            self.load_config_file(file.name, path=str(file.absolute().parent))
        for config in above:
            self.update_config(config)

    def _from(self, environment: Mapping[str, str]) -> Config:
        found: dict[str, Any] = {}
        for name, trait in self.traits(config=True).items():
            variable = trait.metadata.get("env")
            if variable and environment.get(variable):
                try:
                    found[name] = _read(trait, environment[variable])
                except ValueError:
                    raise StartRefused(
                        "{variable} does not fit: {text}.",
                        params={"variable": variable, "text": environment[variable][:100]},
                    ) from None
        return Config({type(self).__name__: found})
