"""``import hubkin`` in a program."""

import pickle
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import hubkin
import pytest
from hubkin import card, session, wire

from tests.unit.client.small_platform import NOW, World, a_job


def test_submit_gives_a_job_and_last_remembers_it(platform: World, home: Path) -> None:
    job = hubkin.submit(run="true", gpu=1, max="2h")

    assert job.state == "queued"
    assert hubkin.last() is job
    assert platform.jobs[job.id].spec.resources.gpu == 1


def test_last_knows_how_the_job_stands_now(platform: World) -> None:
    job = hubkin.submit(run="true")
    platform.move(job.id, state="succeeded")

    last = hubkin.last()

    assert last is not None
    assert last.state == "succeeded"


def test_a_spec_can_be_a_file_a_mapping_or_a_struct(platform: World, home: Path) -> None:
    (home / "train.yaml").write_text("run: a ${{ params.lr }}\nparams: {lr: 1}\n")

    names = [
        hubkin.submit("train.yaml", params={"lr": 2}, code=False).spec["run"],
        hubkin.submit({"run": "b"}).spec["run"],
        hubkin.submit(wire.JobSpec(run="c")).spec["run"],
    ]

    assert names == ["a ${{ params.lr }}", "b", "c"]


def test_a_wrong_argument_is_named(platform: World) -> None:
    with pytest.raises(TypeError, match="no argument 'gpus'"):
        hubkin.submit(run="true", gpus=1)


def test_a_wrong_spec_says_every_issue(platform: World) -> None:
    with pytest.raises(hubkin.BadJobFile) as caught:
        hubkin.submit({"run": "x", "replicas": 0, "rum": 1})

    assert [issue.code for issue in caught.value.issues] == ["unknown_key", "out_of_range"]


def test_wait_returns_when_it_succeeded(platform: World) -> None:
    job = hubkin.submit(run="true")
    threading.Timer(0.1, lambda: platform.move(job.id, state="succeeded")).start()

    assert job.wait("30s").state == "succeeded"


def test_a_change_between_the_submit_and_the_wait_is_not_missed(platform: World) -> None:
    job = hubkin.submit(run="true")
    platform.move(job.id, state="succeeded")

    assert job.wait("30s").is_final
    assert [path for _method, path in platform.requests].count("/events") == 1


def test_wait_raises_with_the_remote_traceback(platform: World) -> None:
    job = hubkin.submit(run="true")
    error = wire.RemoteError(rank=3, type="ValueError", message="x", traceback="Traceback …\nValueError: x")
    platform.results[job.id] = wire.Result(kind="error", error=error)
    platform.move(job.id, state="failed", reason=wire.Reason(code="remote_error", text="ValueError: x"))

    with pytest.raises(hubkin.JobFailed, match=r"On replica 3:\nTraceback …\nValueError: x$") as caught:
        job.wait()

    assert caught.value.code == "remote_error"


def test_a_wait_can_time_out_and_the_job_goes_on(platform: World) -> None:
    job = hubkin.submit(run="true")

    with pytest.raises(hubkin.TimedOut, match="still queued; it goes on"):
        job.wait(0.05)

    with pytest.raises(ValueError, match="not a duration"):
        job.wait("5")


def test_a_wait_outlives_a_platform_that_is_away(platform: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubkin.transport._FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr("hubkin.live.PAUSE_SECONDS", 0.01)
    job = hubkin.submit(run="true")
    platform.away = 10
    threading.Timer(0.2, lambda: platform.move(job.id, state="succeeded")).start()

    assert job.wait("30s").state == "succeeded"
    assert platform.away == 0


def test_a_json_result(platform: World) -> None:
    job = hubkin.submit(run="true")
    platform.move(job.id, state="succeeded")
    platform.results[job.id] = wire.Result(kind="json", value={"acc": 0.9})

    assert job.result() == {"acc": 0.9}
    del platform.results[job.id]
    assert job.result() is None


def test_a_pickled_result_is_opened_for_its_submitter_only(platform: World) -> None:
    job = hubkin.submit(run="true")
    platform.move(job.id, state="succeeded")
    platform.results[job.id] = wire.Result(kind="pickle", path="result.pkl", type="complex")
    platform.files[job.id] = {"result.pkl": pickle.dumps(1 + 2j)}

    assert job.result() == 1 + 2j

    platform.move(job.id, submitted_by="bob")
    with pytest.raises(hubkin.NotYours, match="submitted by bob"):
        job.refresh().result()


def test_a_file_that_does_not_arrive_whole_is_not_kept(platform: World, home: Path) -> None:
    job = hubkin.submit(run="true")
    platform.files[job.id] = {"best.pt": b"weights"}
    kept = job.files["best.pt"]
    platform.files[job.id]["best.pt"] = b"weightz"

    with pytest.raises(RuntimeError, match="did not arrive whole"):
        _ = kept.path

    platform.files[job.id]["best.pt"] = b"weights"
    assert kept.path.read_bytes() == b"weights"
    assert list(job.files) == ["best.pt"]


def test_metrics_are_lists_or_a_table(platform: World) -> None:
    job = hubkin.submit(run="true")

    loss = job.metrics("loss")

    assert (loss.steps, loss.values, loss.last) == ([1, 2], [2.31, 0.42], 0.42)
    assert loss.to_pandas()["value"] == [2.31, 0.42]
    assert list(job.metrics()) == ["loss"]


def test_logs_can_be_followed(platform: World) -> None:
    job = hubkin.submit(run="true")
    platform.lines[job.id] = [wire.LogLine(replica=0, at=NOW, text="one")]

    def happen() -> None:
        time.sleep(0.05)
        platform.lines[job.id].append(wire.LogLine(replica=1, at=NOW, text="two"))
        platform.move(job.id, state="succeeded")

    threading.Thread(target=happen).start()

    assert [(line.replica, str(line)) for line in job.logs(follow=True)] == [(0, "one"), (1, "two")]


def test_stop_extend_restart_explain(platform: World) -> None:
    job = hubkin.submit(run="true")

    assert str(job.explain()).startswith("1 unit needed")
    assert job.explain().codes == ["no_free_gpu"]
    assert job.extend("2h").deadline_at is not None
    assert job.restart().id != job.id
    assert job.stop(after_checkpoint=True).state == "stopping"


def test_typed_errors(platform: World) -> None:
    with pytest.raises(hubkin.NotFound):
        hubkin.client().job("nope")

    platform.refusal = wire.Problem(
        type="x",
        title="x",
        status=402,
        detail="¥2.00 needed",
        code="balance_low",
        params={"hold": "2.00"},
        actions=[wire.Action(label="Top up")],
    )
    with pytest.raises(hubkin.BalanceLow, match=r"¥2\.00 needed") as caught:
        hubkin.submit(run="true")

    assert (caught.value.code, caught.value.params, caught.value.actions[0]["label"]) == (
        "balance_low",
        {"hold": "2.00"},
        "Top up",
    )


def test_typed_answers(platform: World) -> None:
    client = hubkin.client()

    assert client.me().spaces[0].owner == "ada"
    assert client.profiles()[0].simulated
    assert client.usage().available.amount == "96.00"
    assert client.models()[0].metric_value == 0.97
    assert client.plan(run="true").quote.lasts_seconds == 7200
    assert client.jobs.list(limit=1) == []


def test_the_card_has_a_snapshot_for_other_readers() -> None:
    row = wire_row(a_job("<b>x</b>", state="failed"))

    bundle = card.bundle("job", row, platform="https://hub")

    assert bundle[card.MIME]["snapshot"] == row
    assert "&lt;b&gt;x" in bundle["text/html"]
    assert bundle["text/plain"].startswith("✕ <b>x</b> · failed · Simulated GPU (simulated)")


def test_a_job_shows_as_its_card(platform: World) -> None:
    assert hubkin.submit(run="true")._repr_mimebundle_()[card.MIME]["kind"] == "job"


def test_outside_a_job_nothing_is_reported(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBKIN_DATA_IMAGE_NET", "/data/x")

    hubkin.report(loss=1.0, step=1)

    assert hubkin.data("image-net") == Path("/data/x")
    assert hubkin.outputs == Path("outputs")
    assert hubkin.params == {}


def test_without_a_platform_it_says_what_to_do(home: Path) -> None:
    with pytest.raises(hubkin.NotConnected, match="hubkin up"):
        hubkin.client()


def test_every_public_method_has_an_example() -> None:
    things = [
        hubkin.Client,
        hubkin.Job,
        session.Jobs,
        SimpleNamespace(
            **{n: getattr(hubkin, n) for n in ("submit", "last", "client", "report", "data", "model")}
        ),
    ]
    lacking = [
        f"{thing}.{name}"
        for thing in things
        for name, value in vars(thing).items()
        if not name.startswith("_") and (callable(value) or isinstance(value, property))
        if "Example:" not in (value.__doc__ or "")
    ]

    assert lacking == []


def wire_row(job: wire.Job) -> dict[str, object]:
    import msgspec

    row: dict[str, object] = msgspec.to_builtins(job)
    return row
