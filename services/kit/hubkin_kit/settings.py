"""Settings of a process: flags over environment over file over defaults, all of them traitlets.

A trait that is tagged ``env="NAME"`` is read from that variable; only composition roots have settings, and
everything below receives plain values.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from traitlets.config import Application, Config

from hubkin_kit.errors import HubkinError


class StartRefused(HubkinError):
    """The process cannot start as it was asked to; the sentence says what to do."""

    code = "start_refused"
    title = "The platform did not start"


class Settings(Application):
    """An application whose traits may also come from the environment."""

    def initialize_from(self, argv: list[str], environment: Mapping[str, str] = os.environ) -> None:
        """Read everything.

        Raises:
            StartRefused: A variable or a file does not fit.
        """
        self.parse_command_line(argv)
        flags = Config(self.cli_config)
        file = str(getattr(self, "config_file", ""))
        if file:
            self.load_config_file(file)
        self.update_config(self._from(environment))
        self.update_config(flags)

    def _from(self, environment: Mapping[str, str]) -> Config:
        found: dict[str, Any] = {}
        for name, trait in self.traits(config=True).items():
            variable = trait.metadata.get("env")
            if variable and environment.get(variable):
                try:
                    found[name] = trait.from_string(environment[variable])
                except ValueError:
                    raise StartRefused(
                        "{variable} does not fit: {text}.",
                        params={"variable": variable, "text": environment[variable][:100]},
                    ) from None
        return Config({type(self).__name__: found})
