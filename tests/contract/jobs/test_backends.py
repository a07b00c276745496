"""Every backend keeps the port's promises."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hubkin_agent import RunDir
from hubkin_jobs import LocalBackend
from hubkin_jobs.domain.states import ReplicaState
from hubkin_jobs.ports import BackendRefused, Given
from hubkin_jobs.testing import BackendContract, all_over, all_running, an_order, seen


class TestLocal(BackendContract):
    """Processes of this machine, with the real agent."""

    @pytest.fixture
    async def backend(self, tmp_path: Path) -> AsyncIterator[LocalBackend]:
        backend = LocalBackend(tmp_path / "runs", api="", token=lambda _: "", stage=lay_out)
        yield backend
        for attempt in await backend.leftovers():
            await backend.stop(attempt, signal="SIGKILL", grace_seconds=0)
        backend.close()

    async def test_a_killed_agent_is_started_again_to_stop_its_command(self, backend: LocalBackend) -> None:
        order = an_order("sleep 60")
        await backend.submit(order)
        await seen(backend, order, all_running)
        run = run_of(backend, order.attempt_id)
        os.kill(int(run.agent_pid.read_text().split('"pid": ')[1].split(",")[0]), signal.SIGKILL)

        await backend.stop(order.attempt_id, signal="SIGTERM", grace_seconds=5)

        (fact,) = await seen(backend, order, all_over)
        assert fact.state is ReplicaState.ENDED

    async def test_a_kill_while_the_port_was_written_down_does_not_keep_an_attempt_from_starting(
        self, backend: LocalBackend
    ) -> None:
        order = an_order("true")
        folder = backend.runs / order.attempt_id
        folder.mkdir()
        (folder / "port").write_text("")

        await backend.submit(order)

        (fact,) = await seen(backend, order, all_over)
        assert fact.code == 0

    async def test_a_missing_code_version_is_refused_and_starts_nothing(self, backend: LocalBackend) -> None:
        order = an_order("true", code_version="version-gone")

        with pytest.raises(BackendRefused, match="laid out"):
            await backend.submit(order)

        assert await backend.observe([order.attempt_id]) == []

    async def test_a_job_sees_no_token_of_ours_and_no_gpu(
        self, backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "canary")
        order = an_order('test -z "$JUPYTERHUB_API_TOKEN" && test -z "$CUDA_VISIBLE_DEVICES"')

        await backend.submit(order)

        (fact,) = await seen(backend, order, all_over)
        assert fact.code == 0

    async def test_the_working_directory_is_a_writable_copy_of_the_code(self, backend: LocalBackend) -> None:
        order = an_order("echo more >> train.py && test $PWD = $HUBKIN_CODE", code_version="version-1")

        await backend.submit(order)

        (fact,) = await seen(backend, order, all_over)
        assert fact.code == 0

    async def test_replicas_share_what_they_only_read_and_are_told_where_it_lies(
        self, backend: LocalBackend
    ) -> None:
        given = (Given("dataset", "my-data", "version-1"), Given("model", "base", "version-1"))
        order = an_order(
            'test -f "$HUBKIN_DATA_MY_DATA/train.py" && test -f "$HUBKIN_MODEL_BASE/train.py"',
            inputs=given,
            replicas=2,
        )
        await backend.submit(order)

        facts = await seen(backend, order, all_over)

        assert [fact.code for fact in facts] == [0, 0]

    async def test_what_a_job_only_reads_is_removed_with_it(self, backend: LocalBackend) -> None:
        order = an_order("true", inputs=(Given("dataset", "digits", "version-1"),))
        await backend.submit(order)
        await seen(backend, order, all_over)

        assert await backend.forget(order.attempt_id)

        assert await backend.leftovers() == []

    async def test_missing_data_is_refused_and_starts_nothing(self, backend: LocalBackend) -> None:
        order = an_order("true", inputs=(Given("dataset", "digits", "version-gone"),))

        with pytest.raises(BackendRefused):
            await backend.submit(order)
        assert await backend.observe([order.attempt_id]) == []


def lay_out(version: str, folder: Path, *, writable: bool) -> None:
    """Stand in for the catalog: version-1 has one file, the others do not exist."""
    if version != "version-1":
        raise FileNotFoundError(version)
    (folder / "train.py").write_text(f"# {version}\n")
    if not writable:
        folder.chmod(0o555)


def run_of(backend: LocalBackend, attempt_id: str) -> RunDir:
    return RunDir(backend.runs / attempt_id / "main-0")
