"""Reading a job specification."""

from contextlib import suppress

import msgspec
import pytest
from hubkin import wire
from hubkin_jobs.domain.spec import read_terms
from hubkin_jobs.errors import BadSpec
from hypothesis import given
from hypothesis import strategies as st


def spec(**fields: object) -> wire.JobSpec:
    return msgspec.convert({"run": "python train.py", **fields}, wire.JobSpec)


def test_the_smallest_file_is_one_line() -> None:
    terms = read_terms(spec())

    assert (terms.replicas, terms.duration_seconds, terms.cap_micros) == (1, None, None)


def test_limits_become_numbers() -> None:
    terms = read_terms(spec(limits={"duration": "1d 2h", "cost": "12.5"}, on_stop={"grace": "10m"}))

    assert (terms.duration_seconds, terms.cap_micros, terms.grace_seconds) == (93_600, 12_500_000, 600)


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"run": "  "}, "/run", "bad_command"),
        ({"run": "a\0b"}, "/run", "bad_command"),
        ({"name": "Bert 7"}, "/name", "bad_name"),
        ({"name": "../x"}, "/name", "bad_name"),
        ({"name": "abc\u202e"}, "/name", "bad_name"),
        ({"replicas": 0}, "/replicas", "out_of_range"),
        ({"launcher": "mpirun"}, "/launcher", "unknown_launcher"),
        ({"limits": {"duration": "8"}}, "/limits/duration", "not_a_duration"),
        ({"limits": {"duration": "-1h"}}, "/limits/duration", "not_a_duration"),
        ({"limits": {"cost": "nan"}}, "/limits/cost", "not_an_amount"),
        ({"limits": {"cost": -1}}, "/limits/cost", "not_positive"),
        ({"limits": {"cost": 1e300}}, "/limits/cost", "not_an_amount"),
        ({"limits": {"idle": "30m"}}, "/limits/idle", "not_here"),
        ({"env": {"RANK": "0"}}, "/env/RANK", "reserved"),
        ({"env": {"HUBKIN_OUTPUTS": "/"}}, "/env/HUBKIN_OUTPUTS", "reserved"),
        ({"env": {"a=b": "0"}}, "/env/a=b", "bad_variable"),
        ({"outputs": {"model": {"name": "m", "path": "../x"}}}, "/outputs/model/path", "bad_path"),
        ({"on_stop": {"signal": "SIGKILL"}}, "/on_stop/signal", "unknown_signal"),
        ({"notify": {"when": ["never"]}}, "/notify/when", "unknown_notice"),
    ],
)
def test_what_no_job_can_be_is_named_by_its_field(fields: dict[str, object], pointer: str, code: str) -> None:
    with pytest.raises(BadSpec) as caught:
        read_terms(spec(**fields))

    assert [(f.pointer, f.code) for f in caught.value.fields] == [(pointer, code)]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(BadSpec) as caught:
        read_terms(spec(run="", name="A", replicas=-1))

    assert [f.pointer for f in caught.value.fields] == ["/run", "/name", "/replicas"]


@given(st.text(), st.text(), st.text())
def test_no_text_whatever_breaks_the_reader(run: str, duration: str, cost: str) -> None:
    with suppress(BadSpec):
        read_terms(wire.JobSpec(run=run, limits=wire.Limits(duration=duration, cost=cost)))
