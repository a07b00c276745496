"""`hubkin up` while it runs: starts proxy, platform and hub, waits until all answer, keeps and ends them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from hubkin_hub.i18n import speaker

from hubkin_platform.up import jobs, web
from hubkin_platform.up.children import Keeper, tail
from hubkin_platform.up.plan import Plan
from hubkin_platform.up.record import Record, process

READY_WITHIN_SECONDS = 90.0
STOP_WITHIN_SECONDS = 10.0
LOOK_SECONDS = 2.0
#: A process that dies this often before it has once answered will not answer.
HOPELESS_STARTS = 3


class DidNotStart(Exception):
    """A process died or stayed silent; the text says which, and what it printed last."""


@dataclass
class Supervisor:
    """One run of `hubkin up`."""

    plan: Plan
    language: str
    ready: Callable[[], None]
    keep_notebooks: bool = False
    out: Callable[[str], None] = print
    _keepers: dict[str, Keeper] = field(default_factory=dict)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _steady: bool = False
    _asking: bool = False
    _is_written: bool = True

    async def run(self) -> None:
        """Start, wait for all, stay until asked to stop, and stop.

        Raises:
            DidNotStart: Not everything answered in time.
        """
        self._record = Record(
            pid=os.getpid(),
            start_time=process(os.getpid()).start_time,
            port=self.plan.ports.public,
            platform_port=self.plan.ports.platform,
            url=self.plan.url,
            demo=self.plan.demo,
        )
        self._record.write(self.plan.places.state)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._asked, number)
        for child in self.plan.children():
            self._keepers[child.name] = Keeper(child=child, told=self._started, said=self._died)
        tasks = [asyncio.create_task(keeper.keep()) for keeper in self._keepers.values()]
        try:
            if await self._all_answer():
                self._steady = True
                self._record = replace(self._record, ready=True)
                self._write_record()
                self.ready()
                await self._stay()
        finally:
            await self._end()
            await asyncio.gather(*tasks)
            with suppress(OSError):
                self.plan.places.state.unlink(missing_ok=True)

    async def _all_answer(self) -> bool:
        """Wait until every process answers; ``False`` when asked to stop before."""
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        waiting = dict(self._keepers)
        while waiting and not self._stop.is_set():
            for name, keeper in list(waiting.items()):
                if keeper.starts >= HOPELESS_STARTS:
                    raise DidNotStart(self._why(name))
                if await keeper.child.answers():
                    del waiting[name]
            if waiting and time.monotonic() > deadline:
                raise DidNotStart(self._why(next(iter(waiting))))
            await asyncio.sleep(0.05)
        return not self._stop.is_set()

    async def _stay(self) -> None:
        """Wait until asked to stop; what could not be written down is written as soon as there is room."""
        while not self._stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), LOOK_SECONDS)
            if not self._is_written:
                self._write_record()

    def _why(self, name: str) -> str:
        _ = speaker(self.language)
        keeper = self._keepers[name]
        log = keeper.child.log
        said = _("%(name)s did not start. Its last lines, from %(log)s:", name=name, log=str(log))
        return f"{said}\n{tail(log, since=keeper.log_began)}"

    def _started(self, name: str, pid: int) -> None:
        self._record = self._record.with_child(name, pid)
        self._write_record()

    def _write_record(self) -> None:
        """Say who runs; on a full disk that waits, for what runs must be kept running all the same."""
        try:
            self._record.write(self.plan.places.state)
            self._is_written = True
        except OSError:
            self._is_written = False

    def _died(self, name: str, code: int | str, pause: float) -> None:
        if not self._steady:
            return
        _ = speaker(self.language)
        if isinstance(code, str):
            said = _(
                "%(name)s cannot be started: %(why)s. It is tried again in %(pause)s s. "
                "Notebooks and jobs that run are not affected.",
                name=name,
                why=code,
                pause=f"{pause:g}",
            )
        else:
            said = _(
                "%(name)s ended with code %(code)s; it starts again in %(pause)s s. "
                "Notebooks and jobs that run are not affected.",
                name=name,
                code=code,
                pause=f"{pause:g}",
            )
        with suppress(OSError):  # what it is written to may be on a full disk
            self.out(said)

    def _asked(self, number: signal.Signals) -> None:
        """Stop; a Ctrl-C while jobs run asks first, and a second one means yes."""
        running = jobs.running(self.plan.places.data / "runs")
        asks = number == signal.SIGINT and running and sys.stdin.isatty() and self._steady
        if not asks or self._stop.is_set() or self._asking:
            self._stop.set()
            return
        self._asking = True
        _ = speaker(self.language)
        self.out(
            _(
                "%(count)s jobs run. They go on without the platform and are picked up by the next "
                "“hubkin up”. Stop the platform? Press Ctrl-C again for yes, Enter for no.",
                count=running,
            )
        )
        asyncio.get_running_loop().add_reader(sys.stdin, self._stays)

    def _stays(self) -> None:
        sys.stdin.readline()
        asyncio.get_running_loop().remove_reader(sys.stdin)
        self._asking = False
        _ = speaker(self.language)
        self.out(_("The platform stays up."))

    async def _end(self) -> None:
        """Stop notebooks, then hub, platform and proxy; jobs go on, each under its own agent."""
        if self._steady and not self.keep_notebooks:
            token = self.plan.secrets["control_token"]
            found = await asyncio.to_thread(web.notebooks, self.plan.hub_api, token)
            stops = [
                asyncio.to_thread(web.stop_notebook, self.plan.hub_api, token, *notebook)
                for notebook in found
            ]
            await asyncio.gather(*stops)
        for names in (("hub",), ("platform", "proxy")):
            ending = (self._keepers[name] for name in names if name in self._keepers)
            await asyncio.gather(*(one.stop(within_seconds=STOP_WITHIN_SECONDS) for one in ending))
