"""The processes under `hubkin up`: started in sessions of their own, watched, started again when they die."""

from __future__ import annotations

import asyncio
import os
import signal
import textwrap
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

LONGEST_PAUSE_SECONDS = 30.0
#: A child that has run this long starts with a short pause again.
STEADY_SECONDS = 60.0
LARGEST_LOG_BYTES = 20_000_000
LONGEST_LINE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One process to keep running, and how to see that it answers."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    log: Path
    answers: Callable[[], Awaitable[bool]]


@dataclass(slots=True)
class Keeper:
    """Keeps one child running until it is told to stop."""

    child: Child
    told: Callable[[str, int], None]
    said: Callable[[str, int | str, float], None]
    process: asyncio.subprocess.Process | None = None
    starts: int = 0
    log_began: int = 0
    """Where in the log the first start of this run begins, in bytes."""
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep(self) -> None:
        """Start the child, and again with growing pauses whenever it dies."""
        loop = asyncio.get_running_loop()
        pause = 0.5
        while not self._stopping.is_set():
            began = loop.time()
            code = await self._once()
            if self._stopping.is_set():
                return
            if loop.time() - began > STEADY_SECONDS:
                pause = 0.5
            self.said(self.child.name, code, pause)
            try:
                await asyncio.wait_for(self._stopping.wait(), pause)
            except TimeoutError:
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _once(self) -> int | str:
        """Run the child once; return its code, or why it could not be started."""
        try:
            process = self.process = await self._start()
        except OSError as error:  # no room, no memory, no folder: that may pass
            return error.strerror or type(error).__name__
        if self._stopping.is_set():  # asked while it was starting
            process.terminate()
        return await process.wait()

    async def _start(self) -> asyncio.subprocess.Process:
        _trim(self.child.log)
        # A file and never a pipe: what outlives us must be able to go on writing.
        with self.child.log.open("ab") as log:
            if not self.starts:
                self.log_began = log.tell()
            process = await asyncio.create_subprocess_exec(
                *self.child.command,
                env=self.child.environment,
                cwd=self.child.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in the terminal is for us alone; we end our children in our order.
                start_new_session=True,
            )
        self.starts += 1
        self.told(self.child.name, process.pid)
        return process

    async def stop(self, *, within_seconds: float) -> None:
        """End the child: asked first, killed when it takes too long."""
        self._stopping.set()
        process = self.process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), within_seconds)
        except TimeoutError:
            process.kill()
            await process.wait()


def _trim(log: Path) -> None:
    """Keep one older part of a log that has grown large."""
    if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


def tail(log: Path, *, lines: int = 15, since: int = 0) -> str:
    """Return the last lines of a log, none longer than a few lines of a terminal."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, since, os.fstat(file.fileno()).st_size - 8000))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(textwrap.shorten(line, LONGEST_LINE, placeholder=" …") for line in _new(text)[-lines:])


def _new(text: str) -> list[str]:
    """Return lines without those that the next one repeats: each try to start says the same."""
    found: list[str] = []
    for line in text.splitlines():
        if not found or line != found[-1]:
            found.append(line)
    return found
