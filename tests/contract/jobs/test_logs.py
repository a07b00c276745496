"""A job's log, when some of its bytes are gone for ever."""

from __future__ import annotations

import pytest
from hubkin import wire
from hubkin_jobs.service import receiving
from hubkin_jobs.store import attempts

from tests.support.rig import Rig

WRITTEN = b"one\ntwo\nthree\n"


def page(rig: Rig, job_id: str, *, limit_bytes: int = 1 << 20, cursor: str | None = None) -> wire.LogPage:
    return rig.database.read_sync(
        lambda c: rig.jobs.logs(
            c, rig.jobs.get(c, None, job_id), rig.reader, replica=None, cursor=cursor, tail=None,
            limit_bytes=limit_bytes,
        )
    )  # fmt: skip


async def ended_job(rig: Rig) -> str:
    job = await rig.until(
        await rig.submit(rig.person("ada"), {"run": "printf 'one\\ntwo\\nthree\\n'"}), "succeeded"
    )
    return job.id


@pytest.mark.parametrize(
    ("kept", "lines", "lost"),
    [(0, [], 14), (4, ["one"], 10), (6, ["one", "tw"], 8)],
    ids=["all are gone", "whole lines are left", "half a line is left"],
)
async def test_a_log_whose_bytes_are_gone_ends_and_says_how_many(
    rig: Rig, kept: int, lines: list[str], lost: int
) -> None:
    job_id = await ended_job(rig)
    [file] = (rig.folder / "spools").iterdir()
    file.write_bytes(WRITTEN[:kept])

    read = page(rig, job_id)

    assert [line.text for line in read.lines] == lines
    assert [gap.text for gap in read.gaps] == [f"{lost} B of the log of replica 0 were lost."]
    assert read.complete
    assert page(rig, job_id, cursor=read.cursor).gaps == []


async def test_a_log_whose_file_is_gone_ends_on_small_pages_too(rig: Rig) -> None:
    job_id = await ended_job(rig)
    [file] = (rig.folder / "spools").iterdir()
    file.unlink()

    read = page(rig, job_id, limit_bytes=5)

    assert read.complete
    assert len(read.gaps) == 1


async def test_a_line_begun_before_a_gap_is_shown_once_and_ends_there(rig: Rig) -> None:
    ada = rig.person("ada")
    job_id = await rig.submit(ada, {"run": "sleep 60"})
    await rig.until(job_id, "running")
    attempt = rig.database.read_sync(lambda c: attempts.ids_of_job(c, job_id))[0]
    rig.jobs.spools.write(attempt, "main", 0, 0, b"one\ntw")

    def note(offset: int, size: int, *, is_gap: bool) -> None:
        rig.database.write_sync(
            lambda tx: receiving.add_chunk(
                tx, attempt, "main", 0, offset=offset, size=size, is_gap=is_gap, at=tx.now
            )
        )

    note(0, 6, is_gap=False)
    note(6, 100, is_gap=True)

    read = page(rig, job_id)
    rig.jobs.spools.write(attempt, "main", 0, 106, b"three\n")
    note(106, 6, is_gap=False)
    after = page(rig, job_id, cursor=read.cursor)

    assert [line.text for line in (*read.lines, *after.lines)] == ["one", "tw", "three"]
    assert len(read.gaps) == 1
    assert after.gaps == []
