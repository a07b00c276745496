"""Builders, and the promises of `Backend` as a suite that every adapter subclasses."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence

from hubkin_kit.ids import new_id

from hubkin_jobs.domain.outcome import ReplicaFact
from hubkin_jobs.domain.states import ReplicaState
from hubkin_jobs.ports import Backend, Order

#: The interpreter for commands of tests.
PYTHON = sys.executable

Facts = Sequence[ReplicaFact]

#: The first replica listens at the meeting point until the second has said who it is.
MEET = """
import os, socket, time
rank, place = int(os.environ["RANK"]), (os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]))
if rank == 0:
    connection, _ = socket.create_server(place).accept()
    assert connection.recv(9) == b"1 of 2"
else:
    for _ in range(100):
        try:
            connection = socket.create_connection(place)
            break
        except OSError:
            time.sleep(0.05)
    connection.sendall(f"{rank} of {os.environ['WORLD_SIZE']}".encode())
"""


def an_order(command: str, **changes: object) -> Order:
    """Return an order of one replica of a CPU profile."""
    fields: dict[str, object] = {
        "attempt_id": new_id("attempt"), "job_id": new_id("job"), "job_name": "a-job", "owner": "user-ada",
        "replicas": 1, "command": command, "env": {}, "code_version": None, "cpu": 1,
        "memory_bytes": None, "accelerator": None, "simulated": False, "indices": (0,), "grace_seconds": 5,
        "stop_signal": "SIGTERM", "keep": ("**",), "profile": "cpu", "queue": "cpu.user-ada",
    }  # fmt: skip
    return Order(**{**fields, **changes})  # type: ignore[arg-type]


async def seen(
    backend: Backend, order: Order, until: Callable[[Facts], bool], *, timeout_seconds: float = 30
) -> Facts:
    """Look at an order's replicas until they are as wanted; fail with what was seen last."""
    deadline = asyncio.get_running_loop().time() + timeout_seconds
    while True:
        facts = await backend.observe([order.attempt_id])
        if until(facts):
            return facts
        assert asyncio.get_running_loop().time() < deadline, f"seen last: {facts}"
        await asyncio.sleep(0.05)


def all_over(facts: Facts) -> bool:
    """Whether there are replicas and all have ended."""
    return bool(facts) and all(fact.is_over for fact in facts)


def all_running(facts: Facts) -> bool:
    """Whether there are replicas and all run."""
    return bool(facts) and all(fact.state is ReplicaState.RUNNING for fact in facts)


class BackendContract:
    """What every backend must do.  Subclass it and provide a ``backend`` fixture."""

    async def test_a_command_that_exits_with_3_is_seen_to_have(self, backend: Backend) -> None:
        """The exit code is the command's, exactly."""
        order = an_order("exit 3")

        await backend.submit(order)

        (fact,) = await seen(backend, order, all_over)
        assert (fact.code, fact.reason) == (3, "exited")
        assert fact.started_at is not None
        assert fact.ended_at is not None
        assert fact.started_at <= fact.ended_at

    async def test_submitting_twice_runs_it_once(self, backend: Backend) -> None:
        """The reconciler may repeat itself after a crash."""
        order = an_order("echo once >> $HUBKIN_OUTPUTS/count; exit $(wc -l < $HUBKIN_OUTPUTS/count)")

        await asyncio.gather(backend.submit(order), backend.submit(order))
        await seen(backend, order, all_over)
        await backend.submit(order)

        (fact,) = await seen(backend, order, all_over)
        assert fact.code == 1, "the file has one line for each run"

    async def test_all_replicas_start_and_know_each_other(self, backend: Backend) -> None:
        """Each replica has its rank, and all the same meeting point."""
        order = an_order(f'{PYTHON} -c "$CODE"', env={"CODE": MEET}, replicas=2, indices=(0, 1))

        await backend.submit(order)

        facts = await seen(backend, order, all_over)
        assert [(fact.index, fact.code) for fact in facts] == [(0, 0), (1, 0)]

    async def test_a_stopped_command_may_save_first(self, backend: Backend) -> None:
        """Stop is a signal, then a grace."""
        order = an_order("trap 'sleep 0.2; exit 0' USR1; while :; do sleep 0.05; done")
        await backend.submit(order)
        await seen(backend, order, all_running)

        await backend.stop(order.attempt_id, signal="SIGUSR1", grace_seconds=10)

        (fact,) = await seen(backend, order, all_over)
        assert (fact.code, fact.reason) == (0, "stopped")

    async def test_a_command_that_ignores_the_signal_is_gone_after_its_grace(self, backend: Backend) -> None:
        """Nobody stays longer than they may."""
        order = an_order("trap '' TERM; while :; do sleep 0.05; done")
        await backend.submit(order)
        await seen(backend, order, all_running)

        await backend.stop(order.attempt_id, signal="SIGTERM", grace_seconds=1)

        (fact,) = await seen(backend, order, all_over)
        assert fact.code in (137, None)

    async def test_stopping_twice_is_stopping_once(self, backend: Backend) -> None:
        """The reconciler may repeat itself after a crash."""
        order = an_order("sleep 60")
        await backend.submit(order)
        await seen(backend, order, all_running)

        await backend.stop(order.attempt_id, signal="SIGTERM", grace_seconds=5)
        await backend.stop(order.attempt_id, signal="SIGTERM", grace_seconds=5)

        (fact,) = await seen(backend, order, all_over)
        assert fact.reason == "stopped"

    async def test_what_was_never_submitted_has_no_facts(self, backend: Backend) -> None:
        """Not knowing is not the same as ended."""
        assert await backend.observe([new_id("attempt")]) == []

    async def test_a_forgotten_attempt_leaves_nothing(self, backend: Backend) -> None:
        """What is over and kept elsewhere is removed."""
        order = an_order("true")
        await backend.submit(order)
        await seen(backend, order, all_over)

        assert await backend.forget(order.attempt_id)

        assert await backend.leftovers() == []
        assert await backend.observe([order.attempt_id]) == []
