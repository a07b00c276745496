"""Group commit: whoever waits is decided together in one transaction, and all are answered after its commit.

Refusals are values, never exceptions, so that one caller's mistake does not undo the others' work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from hubkin_kit.database import Database, Transaction

Request = TypeVar("Request")
Answer = TypeVar("Answer")

#: How many requests one transaction takes at most.
BATCH_LIMIT = 256


class Batcher(Generic[Request, Answer]):
    """Collects requests while a transaction runs and decides them all in the next one.

    ``decide`` gets the requests in order of arrival and returns one answer for each, in the same order.
    """

    def __init__(
        self,
        database: Database,
        decide: Callable[[Transaction, Sequence[Request]], Sequence[Answer]],
        *,
        limit: int = BATCH_LIMIT,
    ) -> None:
        self._database = database
        self._decide = decide
        self._limit = limit
        self._waiting: list[tuple[Request, asyncio.Future[Answer]]] = []
        self._runner: asyncio.Task[None] | None = None

    async def ask(self, request: Request) -> Answer:
        """Return the decision about one request, after it is durable."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, future))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.get_running_loop().create_task(self._run())
        return await future

    def _decide_all(self, requests: Sequence[Request], tx: Transaction) -> Sequence[Answer]:
        return self._decide(tx, requests)

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._limit], self._waiting[self._limit :]
            requests = [request for request, _ in batch]
            try:
                answers = await self._database.write(partial(self._decide_all, requests))
            except BaseException as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                if not isinstance(error, Exception):
                    raise
                continue
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
