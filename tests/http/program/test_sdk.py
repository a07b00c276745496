"""``import hubkin`` against the real platform."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import hubkin
import pytest

from tests.http.program.conftest import Platform


@pytest.fixture
def client(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[hubkin.Client]:
    for variable in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.chdir(tmp_path)
    with hubkin.Client(platform.url, platform.tokens["ada"], language="en") as client:
        yield client


def name() -> str:
    return f"s-{uuid.uuid4().hex[:8]}"


def test_a_job_from_submit_to_its_curves_and_files(client: hubkin.Client, tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "train.py").write_text(
        "import hubkin\nfor n in range(1, 4):\n    hubkin.report(step=n, loss=1 / n)\n"
        "(hubkin.outputs / 'best.pt').write_bytes(b'w')\n"
    )

    job = client.submit(run="python train.py", code=code, name=name()).wait("60s")

    assert job.metrics("loss").values == [1, 0.5, pytest.approx(1 / 3)]
    assert job.files["best.pt"].path.read_bytes() == b"w"
    assert job.snapshot.charged.unit == "CNY"
    assert job.result() is None


def test_a_failure_is_raised_here(client: hubkin.Client) -> None:
    job = client.submit(run="exit 3", name=name())

    with pytest.raises(hubkin.JobFailed, match="code 3"):
        job.wait("60s")


def test_a_job_that_is_stopped(client: hubkin.Client) -> None:
    job = client.submit(run="echo ready; sleep 60", name=name())
    line = next(iter(job.logs(follow=True)))

    stopped = job.stop()

    assert str(line) == "ready"
    assert stopped.state in ("stopping", "stopped")
    with pytest.raises(hubkin.JobFailed):
        job.wait("60s")


def test_typed_answers_and_errors(client: hubkin.Client) -> None:
    assert {profile.name for profile in client.profiles()} == {"cpu", "sim-gpu"}
    assert client.me().name == "ada"
    assert client.usage().available.unit == "CNY"
    assert client.plan(run="true", gpu=1).simulated
    with pytest.raises(hubkin.NotFound):
        client.job("job-00000000000000000000000000")
    with pytest.raises(hubkin.Invalid) as caught:
        client.submit(run="true", gpu=50)
    assert caught.value.request_id is not None
    assert caught.value.actions
