"""``kill -9`` at random moments: nothing acknowledged is lost, runs twice, or is paid twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

KILLS = 200


def killed(folder: Path, *options: str) -> dict[str, Any]:
    """Run the killing, and return what came of every job."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.support.kills", str(folder), *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    told: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return told


@pytest.mark.timeout(600)
def test_after_200_kills_every_acknowledged_job_is_there_once_ran_once_and_is_paid_once(
    tmp_path: Path, database_url: str
) -> None:
    told = killed(tmp_path, "--kills", str(KILLS), "--database", database_url)

    assert told["acked"] == told["asked"] == told["jobs"] > KILLS // 10
    assert told["states"] == {"succeeded": told["jobs"]}
    for wrong in ("lost", "doubled", "unhappy", "wrongly_charged", "unpaid", "books"):
        assert told[wrong] == [], wrong
    assert told["not_once"] == {}
    assert told["held_micros"] == 0


@pytest.mark.timeout(300)
def test_without_looking_the_constraint_alone_keeps_a_key_from_making_two_jobs(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="IntegrityError"):
        killed(tmp_path, "--kills", "20", "--plant", "no-look")


@pytest.mark.timeout(300)
def test_with_the_constraint_taken_out_the_same_count_finds_doubled_jobs(tmp_path: Path) -> None:
    told = killed(tmp_path, "--kills", "15", "--plant", "no-look-no-constraint")

    assert told["doubled"] != []
