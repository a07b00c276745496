"""Loops under leases: one holder at a time, woken by commits, never ended by an error.

A package lists its loops as `Controller` values; the platform runs them in one `Runner`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from hubkin_kit import journal, leases, telemetry
from hubkin_kit.database import Connection, Database, Transaction
from hubkin_kit.errors import Unavailable
from hubkin_kit.leases import RENEW_SECONDS, Lease, LeaseLost
from hubkin_kit.pace import Pace

log = structlog.get_logger()

#: How long a loop waits after its first failed round; it doubles up to the longest.
BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 30.0
#: How often a process asks for a lease that another holds.
ASK_AGAIN_SECONDS = 2.0
#: The loop that numbers the journal.
SEQUENCER = "sequencer"
#: A loop that commits wakes itself: it must not spin.
BREATH_SECONDS = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """One loop: ``step`` does everything that is due, and may be repeated after every crash.

    The first statement of each of its transactions is ``leases.check(tx, lease)``.
    """

    name: str
    step: Callable[[Lease], Awaitable[None]]
    every_seconds: float
    """The longest pause between two steps."""
    wakes: bool = False
    """Whether it also steps as soon as the journal has news."""
    pace_seconds: float = 0.0
    """How far apart the steps of a burst of news are: one of them takes in many."""
    steps_at_once: int = 1
    """How many steps of a burst need not wait for that."""


class Bell:
    """Tells whoever waits that something may have happened: a hint, never the truth."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: set[asyncio.Future[None]] = set()
        self._pending = False
        self.count = 0
        """How often it rang; pass it to `wait`, so that no ring is missed in between."""

    def ring(self) -> None:
        """Wake everyone; callable from any thread, cheap when repeated."""
        if not self._pending:
            self._pending = True
            try:
                self._loop.call_soon_threadsafe(self._wake)
            except RuntimeError:  # the loop is closed: nobody waits any more
                self._pending = False

    async def wait(self, timeout_seconds: float, *, since: int | None = None) -> bool:
        """Wait for the next ring, or return at once when it rang after ``since``; False when none came."""
        if since is not None and since != self.count:
            return True
        future: asyncio.Future[None] = self._loop.create_future()
        self._waiting.add(future)
        done, _ = await asyncio.wait({future}, timeout=timeout_seconds)
        self._waiting.discard(future)
        return bool(done)

    def _wake(self) -> None:
        self._pending = False
        self.count += 1
        for future in self._waiting:
            if not future.done():
                future.set_result(None)


class Runner:
    """Runs loops until it is closed."""

    def __init__(self, database: Database, *, holder: str) -> None:
        self.committed = Bell()
        """Rings after every commit of this process."""
        self.numbered = Bell()
        """Rings when the journal has new numbers."""
        self._database = database
        self._holder = holder
        self._tasks: list[asyncio.Task[None]] = []
        self._stepped: dict[str, float] = {}
        database.after_every_commit(self.committed.ring)
        database.after_news(self.numbered.ring)

    def start(self, controllers: Iterable[Controller]) -> None:
        """Start these loops beside those that run already."""
        for controller in controllers:
            self._start(controller, self.numbered)

    def start_sequencer(self) -> None:
        """Start the loop that numbers the journal: all that read it wait for this one."""
        # It alone wakes by bare commits: a loop that checks its lease commits, and would wake itself.
        # On SQLite it only numbers what it finds at the start, and then has every transaction do so.
        wakes = not self._database.is_sqlite
        loop = Controller(name=SEQUENCER, step=self._sequence, every_seconds=1.0, wakes=wakes)
        self._start(loop, self.committed)

    async def has_sequencer(self) -> bool:
        """Whether the journal is being numbered: here, or by the process that has the lease."""
        return self.is_healthy(SEQUENCER) or await self._database.read(self._is_held)

    def _is_held(self, connection: Connection) -> bool:
        # Ours would not show that we have stopped stepping.
        holder = leases.holder_of(connection, SEQUENCER, now=self._database.clock.now())
        return holder not in (None, self._holder)

    def is_healthy(self, name: str, *, within_seconds: float = 30.0) -> bool:
        """Whether a loop has finished a step lately, here."""
        return time.monotonic() - self._stepped.get(name, float("-inf")) < within_seconds

    async def close(self) -> None:
        """Stop all loops and give their leases back."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def _start(self, controller: Controller, bell: Bell) -> None:
        self._tasks.append(asyncio.create_task(self._run(controller, bell), name=controller.name))

    async def _run(self, controller: Controller, bell: Bell) -> None:
        failures = 0
        pace = Pace(controller.pace_seconds, at_once=controller.steps_at_once)
        while True:
            before = self._stepped.get(controller.name)
            try:
                await self._hold(controller, await self._acquire(controller.name), bell, pace)
            except LeaseLost:
                log.warning("lease_lost", controller=controller.name)
            except Unavailable as error:
                failures = failures + 1 if self._stepped.get(controller.name) == before else 1
                log.warning("controller_waits", controller=controller.name, code=error.code)
            except Exception as error:
                failures = failures + 1 if self._stepped.get(controller.name) == before else 1
                telemetry.loops_failed.labels(controller.name).inc()
                log.error("controller_failed", controller=controller.name, failures=failures, exc_info=error)
            await asyncio.sleep(_backoff(failures))

    async def _hold(self, controller: Controller, lease: Lease, bell: Bell, pace: Pace) -> None:
        """Step for as long as the lease is ours."""
        renewed = time.monotonic()
        try:
            while True:
                await pace.wait()
                rang = bell.count
                await controller.step(lease)
                self._stepped[controller.name] = time.monotonic()
                if controller.wakes:
                    await asyncio.sleep(BREATH_SECONDS)
                due = time.monotonic() + controller.every_seconds
                woken = False
                while not woken and time.monotonic() < due:
                    woken = await self._rest(controller, bell, due, since=rang)
                    if time.monotonic() - renewed > RENEW_SECONDS:
                        await self._acquire(controller.name)
                        renewed = time.monotonic()
        except asyncio.CancelledError:
            # A lease that cannot be given back runs out by itself; the end must come all the same.
            with suppress(Unavailable):
                await self._database.write(lambda tx: leases.release(tx, lease))
            raise

    async def _rest(self, controller: Controller, bell: Bell, due: float, *, since: int) -> bool:
        """Rest until the next step is due, the lease wants renewing, or there is news; whether there was."""
        pause = max(0.0, min(due - time.monotonic(), RENEW_SECONDS))
        if controller.wakes:
            return await bell.wait(pause, since=since)
        await asyncio.sleep(pause)
        return False

    async def _acquire(self, name: str) -> Lease:
        while True:
            lease = await self._database.write(lambda tx: leases.acquire(tx, name, self._holder))
            if lease is not None:
                return lease
            await asyncio.sleep(ASK_AGAIN_SECONDS * random.uniform(0.5, 1.0))

    async def _sequence(self, lease: Lease) -> None:
        if self._database.is_sqlite and not self._database.numbers_journal:
            await self._database.write(lambda tx: self._hand_over(tx, lease))
        elif await self._database.read(journal.has_unnumbered):
            while await self._database.write(lambda tx: _number(tx, lease)):
                pass

    def _hand_over(self, tx: Transaction, lease: Lease) -> None:
        """Number everything, and have the transactions after this one number what they write."""
        while _number(tx, lease):
            pass
        self._database.numbers_journal = True


def _number(tx: Transaction, lease: Lease) -> int:
    leases.check(tx, lease)
    return journal.sequence(tx)


def _backoff(failures: int) -> float:
    longest = min(LONGEST_BACKOFF_SECONDS, BACKOFF_SECONDS * 2.0 ** min(failures, 10))
    return longest * random.uniform(0.5, 1.0)
