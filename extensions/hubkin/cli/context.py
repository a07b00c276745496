"""What every command gets: its arguments, its output, and the platform when it asks for it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, TextIO
from urllib.parse import quote

from hubkin import config, environment
from hubkin.cli.output import Output
from hubkin.cli.parser import Parsed, UsageError
from hubkin.errors import NotConnected
from hubkin.fmt import parse_duration
from hubkin.i18n import _
from hubkin.transport import Transport

PAGE = 200


class Context:
    """One run of one command."""

    def __init__(self, arguments: Parsed, output: Output, *, stdin: TextIO | None) -> None:
        self.arguments = arguments
        self.output = output
        self.stdin = stdin
        self._has_said_silence = False
        self.farewell = ""  #: what Ctrl-C says
        self.started = time.monotonic()

    @cached_property
    def config(self) -> config.Config:
        """The settings in force."""
        return config.load({"url": self.arguments.url, "language": self.arguments.lang})

    @cached_property
    def transport(self) -> Transport:
        """The connection, made at first use.

        Raises:
            NotConnected: No platform or no token.
        """
        from hubkin.session import not_connected_text

        settings = self.config
        if not settings.is_connected:
            raise NotConnected(not_connected_text(settings))
        for sentence in environment.mistaken():
            self.output.say(sentence)
        seconds = self.timeout_seconds
        return Transport(
            str(settings.url.value),
            settings.token.value,
            language=str(settings.language.value),
            timeout_seconds=min(seconds, 30.0) if seconds else 30.0,
            on_silence=self._say_silence,
        )

    def _say_silence(self) -> None:
        """Say once what is waited for, so that nobody sits before an empty screen."""
        if not self._has_said_silence:
            self._has_said_silence = True
            self.output.say(_("Waiting for {url} to answer …").format(url=self.config.url.value))

    def close(self) -> None:
        """Close the connection, if there is one."""
        if "transport" in self.__dict__:
            self.transport.close()

    @property
    def timeout_seconds(self) -> float | None:
        """``--timeout`` in seconds."""
        text = self.arguments.timeout
        if text is None:
            return None
        seconds = parse_duration(text)
        if seconds is None:
            raise UsageError(_("--timeout: '{text}' is not a duration such as 30s or 2h.").format(text=text))
        return float(seconds)

    @property
    def deadline(self) -> float | None:
        """When ``--timeout`` is over, on the monotonic clock."""
        seconds = self.timeout_seconds
        return None if seconds is None else self.started + seconds

    def get(self, path: str, **query: Any) -> Any:
        """``GET`` as plain JSON."""
        return self.transport.request("GET", path, query=query or None)

    def post(self, path: str, body: Mapping[str, Any], **options: Any) -> Any:
        """``POST`` as plain JSON."""
        return self.transport.request("POST", path, body=dict(body), **options)

    def job(self, name: str) -> dict[str, Any]:
        """The job of this name or id; an unknown one is answered with the nearest name.

        Raises:
            ProblemError: Not found, with what was probably meant.
        """
        row: dict[str, Any] = self.get(job_path(name))
        return row

    def pages(self, path: str, query: Mapping[str, Any], limit: int | None) -> Iterator[dict[str, Any]]:
        """Rows of a list, page by page."""
        cursor, left = None, limit
        while left is None or left > 0:
            page = self.get(path, **query, limit=PAGE if left is None else min(left, PAGE), cursor=cursor)
            rows = page["items"] if left is None else page["items"][:left]
            yield from rows
            cursor = page.get("next_cursor")
            left = None if left is None else left - len(rows)
            if not cursor:
                return

    def number(self, name: str, *, such_as: int, least: int = 1) -> int | None:
        """An option that is a whole number; `such_as` is an example for who wrote something else.

        Raises:
            UsageError: It is none, or too small.
        """
        text = self.arguments.values[name]
        if text is None:
            return None
        if not str(text).isascii() or not str(text).isdigit() or int(text) < least:
            wanted = _("--{name} takes a whole number from {least}, such as {such_as}; not '{text}'.")
            raise UsageError(wanted.format(name=name, least=least, such_as=such_as, text=text))
        return int(text)

    def confirms(self, question: str) -> bool:
        """Ask a person; without one the answer is no."""
        if self.arguments.values.get("yes"):
            return True
        if self.stdin is None or not self.stdin.isatty():
            return False
        self.output.err.write(f"{question} [y/N] ")
        self.output.err.flush()
        return self.stdin.readline().strip().lower() in ("y", "yes", "是", "好")


def job_path(name: str) -> str:
    """The REST path of a job."""
    return f"/jobs/{quote(name, safe='')}"
