"""The replica directory as backends use it."""

import os

import pytest
from hubkin_agent import BadRunDir, RunDir, Spec, boot_id, is_alive, start_time
from hubkin_agent.rundir import signal_of


@pytest.fixture
def spec():
    return Spec(
        job_id="job-1",
        attempt_id="att-1",
        task="main",
        index=0,
        argv=("python", "train.py"),
        cwd="/c",
        code="/c",
        outputs="/o",
        cpus=(0, 1),
        env={"A": "b"},
    )


def test_a_spec_comes_back_as_it_was_written(tmp_path, spec):
    run = RunDir(tmp_path / "run")

    run.create(spec)

    assert run.spec() == spec
    assert run.spec_file.stat().st_mode & 0o777 == 0o600
    assert run.path.stat().st_mode & 0o777 == 0o700


def test_numbers_written_as_floats_are_understood(spec):
    text = spec.to_json().replace("5000000000", "5e9")

    assert Spec.from_json(text).max_output_bytes == 5_000_000_000


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"argv": 3}', "null"])
def test_a_spec_that_cannot_be_read_is_refused(text):
    with pytest.raises(BadRunDir):
        Spec.from_json(text)


def test_nobody_listens_where_no_agent_is(tmp_path, spec):
    run = RunDir(tmp_path / "run")
    run.create(spec)
    os.mkfifo(run.control)

    assert run.send("go") is False
    assert run.agent_is_alive is False
    assert (run.started(), run.exit(), run.is_ready) == (None, None, False)


def test_a_process_is_known_by_its_start_time_too():
    pid = os.getpid()

    assert is_alive(pid, start_time(pid))
    assert is_alive(pid, None)
    assert not is_alive(pid, start_time(pid) + 1)
    assert not is_alive(None, None)
    assert boot_id()


@pytest.mark.parametrize(
    ("code", "number"), [(0, None), (3, None), (None, None), (137, 9), (143, 15), (255, None)]
)
def test_the_signal_in_an_exit_code(code, number):
    assert signal_of(code) == number
