"""What agents send about one replica, with the token of their attempt; every call may be repeated.

PUT  …/log?offset=N      the next bytes of its output; 409 says where it goes on
POST …/reports           points of curves, progress, memory
POST …/outputs           which kept files are missing, and where to put them; then …/outputs/commit
POST …/facts             a nudge: look at me now
"""

from __future__ import annotations

import asyncio
from typing import Annotated, ClassVar

import msgspec
from hubkin_kit.web import ATTEMPT, AttemptHandler, Operation

from hubkin_jobs.errors import JobNotFound
from hubkin_jobs.service import receiving
from hubkin_jobs.service.jobs import Jobs


class LogQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where the bytes belong; ``gap`` says that so many are lost for ever."""

    offset: Annotated[int, msgspec.Meta(ge=0, le=receiving.LONGEST_LOG_BYTES)]
    gap: Annotated[int, msgspec.Meta(ge=1, le=receiving.LONGEST_LOG_BYTES)] | None = None


class MissingObject(msgspec.Struct, kw_only=True):
    """Bytes that are not here yet."""

    digest: str
    url: str


class Missing(msgspec.Struct, kw_only=True):
    """What is still to be sent."""

    put: list[MissingObject]


class Fact(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the agent has just seen."""

    fact: str


class ReplicaHandler(AttemptHandler):
    """A route of one replica."""

    def initialize(self, jobs: Jobs) -> None:
        """Receive the service."""
        self.jobs = jobs

    @property
    def key(self) -> tuple[str, str, int]:
        """Attempt, task and index of the replica."""
        index = self.path_kwargs["index"]
        if not (index.isascii() and index.isdigit() and len(index) < 7):
            raise JobNotFound("There is no such replica.")
        return self.path_kwargs["attempt_id"], self.path_kwargs["task"], int(index)


class LogHandler(ReplicaHandler):
    """``…/log``."""

    body_limit_bytes: ClassVar[int] = receiving.MAX_CHUNK_BYTES
    scopes: ClassVar = {"PUT": ATTEMPT}
    operations: ClassVar = {"PUT": Operation(summary="Append to a replica's log", status=204, query=LogQuery)}

    async def put(self, **_: str) -> None:
        """Keep the bytes, then take note of them: a note without its bytes cannot be."""
        query, key = self.query(LogQuery), self.key
        database = self.jobs.database
        expected = await database.read(lambda c: receiving.expected_offset(c, *key))
        if query.offset > expected:
            raise receiving.misaligned(expected)
        data = self.body
        size = query.gap or len(data)
        # What one replica prints may not fill the disk of all.
        is_gap = bool(query.gap) or query.offset + size > receiving.KEPT_LOG_BYTES
        if not is_gap and query.offset + size > expected:
            await asyncio.to_thread(self.jobs.spools.write, *key, query.offset, data)
        sent_at, now = self.request.headers.get("X-Hubkin-At", ""), database.clock.now()
        is_time = sent_at.isascii() and sent_at.isdigit() and len(sent_at) < 18
        at = min(int(sent_at), now) if is_time else now
        await database.write(
            lambda tx: receiving.add_chunk(tx, *key, offset=query.offset, size=size, is_gap=is_gap, at=at)
        )
        self.no_content()


class ReportsHandler(ReplicaHandler):
    """``…/reports``."""

    scopes: ClassVar = {"POST": ATTEMPT}
    operations: ClassVar = {
        "POST": Operation(summary="Add points and progress", request=receiving.Report, status=204)
    }

    async def post(self, **_: str) -> None:
        """Add a report, once per ``seq``."""
        report, key = self.read(receiving.Report), self.key
        await self.jobs.database.write(lambda tx: receiving.add_report(tx, *key, report))
        self.no_content()


class OutputsHandler(ReplicaHandler):
    """``…/outputs``."""

    body_limit_bytes: ClassVar[int] = 16 << 20
    scopes: ClassVar = {"POST": ATTEMPT}
    operations: ClassVar = {
        "POST": Operation(
            summary="Ask which kept files are missing", request=receiving.Outputs, answer=Missing
        )
    }

    async def post(self, **_: str) -> None:
        """Answer with tickets for what is missing."""
        sent, key = self.read(receiving.Outputs), self.key
        wanted = await self.jobs.database.write(
            lambda tx: receiving.want_outputs(tx, self.jobs.catalog, *key, sent.files)
        )
        base = f"{self.web.api}/objects/"
        self.reply(200, Missing(put=[MissingObject(digest=w.digest, url=base + w.ticket) for w in wanted]))


class CommitHandler(ReplicaHandler):
    """``…/outputs/commit``."""

    body_limit_bytes: ClassVar[int] = 16 << 20
    scopes: ClassVar = {"POST": ATTEMPT}
    operations: ClassVar = {
        "POST": Operation(summary="Keep a replica's files", request=receiving.Outputs, status=204)
    }

    async def post(self, **_: str) -> None:
        """Write down what the replica has left."""
        sent, key = self.read(receiving.Outputs), self.key
        files = await asyncio.to_thread(receiving.tree_of, sent)
        await self.jobs.database.write(
            lambda tx: receiving.commit_outputs(tx, self.jobs.catalog, *key, files, sent.skipped)
        )
        self.no_content()


class FactsHandler(ReplicaHandler):
    """``…/facts``."""

    scopes: ClassVar = {"POST": ATTEMPT}
    operations: ClassVar = {"POST": Operation(summary="Ask to be looked at now", request=Fact, status=204)}

    async def post(self, **_: str) -> None:
        """Wake the reconciler; the truth is in the replica directory."""
        self.read(Fact)
        self.jobs.wake()
        self.no_content()
