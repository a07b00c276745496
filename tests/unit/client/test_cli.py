"""The command line against a platform: what it prints, what it exits with."""

import http.server
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hubkin import live, transport, wire
from hubkin.cli.commands import account
from hubkin.cli.tree import EVERY

from tests.unit.client.conftest import Ran
from tests.unit.client.small_platform import NOW, World, a_job

Hubkin = Callable[..., Ran]


def test_help_begins_with_two_examples(hubkin: Hubkin) -> None:
    ran = hubkin("--help")

    assert ran.code == 0
    assert ran.out.splitlines()[2:5] == [
        "Examples",
        "  hubkin submit --gpu 1 -- python train.py  this folder as a job on one GPU",
        "  hubkin watch bert-7                       its live card; Ctrl-C leaves the job running",
    ]


@pytest.mark.parametrize("command", [command.name for command in EVERY])
def test_every_command_has_two_examples_and_a_usage(hubkin: Hubkin, command: str) -> None:
    lines = hubkin(command, "--help").out.splitlines()

    assert [line.split()[:1] for line in lines[3:5]] == [["hubkin"], ["hubkin"]]
    assert f"  hubkin {command}" in "\n".join(lines)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["jbos"], "There is no command 'jbos'. Did you mean 'jobs'?"),
        (["jobs", "--stat", "x"], "There is no option --stat. Did you mean '--state'?"),
        (["jobs", "--state"], "--state needs a value: --state STATE."),
        (["jobs", "--state", "runing"], "There is no state 'runing'"),
        (["jobs", "-n", "1e9"], "--limit takes a whole number from 1, such as 50; not '1e9'."),
        (["jobs", "-n", "0"], "--limit takes a whole number from 1, such as 50; not '0'."),
        (["logs", "a", "-r", "-1"], "--replica takes a whole number from 0, such as 1; not '-1'."),
        (
            ["submit", "--cpu", "1.5", "--", "true"],
            "--cpu takes a whole number from 1, such as 4; not '1.5'.",
        ),
        (["stop"], "`hubkin stop` needs JOBS."),
        (["datasets", "pusg", "a"], "There is no command 'datasets pusg'. Did you mean 'datasets push'?"),
        (["jobs", "wach", "a"], "There is no command 'jobs wach'. Did you mean 'jobs watch'?"),
        (["watch", "a", "b"], "'b' is one word too many for `hubkin watch`."),
        (["submit"], "Give a job file, or a command after --"),
        (["submit", "x.yaml"], "There is no file x.yaml."),
        (["submit", "-p", "lr", "--", "true"], "--param takes NAME=VALUE; not 'lr'."),
        (["extend", "a", "8"], "'8' is not a duration such as 30m, 8h or 2d."),
        (["jobs", "--timeout", "5"], "--timeout: '5' is not a duration such as 30s or 2h."),
    ],
)
def test_a_wrong_command_line_is_said_and_exits_2(
    hubkin: Hubkin, platform: World, words: list[str], sentence: str
) -> None:
    ran = hubkin(*words)

    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err


def test_up_without_the_platform_says_what_to_install(
    hubkin: Hubkin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [])

    ran = hubkin("up")

    assert ran.code == 2
    assert "pip install 'hubkin-platform[up]'" in ran.err


def test_without_a_platform_it_says_how_to_get_one(hubkin: Hubkin) -> None:
    ran = hubkin("jobs")

    assert ran.code == 3
    assert "`hubkin up`" in ran.err


def test_jobs_are_a_table_with_a_reason(hubkin: Hubkin, platform: World) -> None:
    platform.put(a_job("bert-7"))

    ran = hubkin("jobs")

    assert ran.code == 0
    assert ran.out.split()[:2] == ["bert-7", "queued"]
    assert "(simulated)" in ran.out
    assert "1 unit needed, 0 free" in ran.out
    assert "\x1b" not in ran.out


def test_jobs_as_json_as_lines_and_as_ids(hubkin: Hubkin, platform: World) -> None:
    for number in range(3):
        platform.put(a_job(f"j-{number}", number=number))

    assert [row["name"] for row in json.loads(hubkin("jobs", "--json").out)["items"]] == ["j-2", "j-1", "j-0"]
    assert [json.loads(line)["name"] for line in hubkin("jobs", "--jsonl").out.splitlines()] == [
        "j-2",
        "j-1",
        "j-0",
    ]
    assert hubkin("jobs", "-q").out.split() == ["job-00002", "job-00001", "job-00000"]
    assert hubkin("jobs", "-qn1").out.split() == ["job-00002"]
    assert hubkin("jobs", "--columns", "id,owner", "-n", "1").out == "job-00002  ada\n"


def test_every_page_is_read(hubkin: Hubkin, platform: World) -> None:
    for number in range(205):
        platform.jobs[f"j{number}"] = a_job(f"j-{number}", number=number)

    assert len(hubkin("jobs", "--all", "-q").out.split()) == 205


def test_jobs_are_filtered_by_the_platform(hubkin: Hubkin, platform: World) -> None:
    platform.put(a_job("a", state="running", number=1))
    platform.put(a_job("b", state="failed", number=2))

    assert hubkin("jobs", "list", "--state", "failed", "--state=queued", "-q").out.split() == ["job-00002"]


def test_control_characters_of_others_do_not_reach_the_terminal(hubkin: Hubkin, platform: World) -> None:
    platform.put(a_job("x", reason=wire.Reason(code="lost", text="\x1b]0;owned\x07bad\nnews")))

    ran = hubkin("jobs", terminal=True)

    assert "\x1b]" not in ran.out
    assert "owned" not in ran.out
    assert "bad news" in ran.out


def test_an_unknown_job_is_4_with_the_nearest_name(hubkin: Hubkin, platform: World) -> None:
    platform.put(a_job("bert-7"))

    ran = hubkin("explain", "bret-7")

    assert ran.code == 4
    assert "There is no job bret-7. Did you mean 'bert-7'?" in ran.err


def test_explain_says_what_it_waits_for_and_what_one_can_do(hubkin: Hubkin, platform: World) -> None:
    platform.put(a_job("bert-7"))

    assert hubkin("explain", "bert-7").out.splitlines() == [
        "1 unit needed, 0 free",
        "Waits for  vit-3",
        "Queue      place 1 in the queue",
        "You can    Run without a GPU",
    ]


@pytest.mark.parametrize(
    ("status", "code", "exit_code"),
    [
        (401, "not_signed_in", 3),
        (403, "forbidden", 3),
        (404, "not_found", 4),
        (409, "conflict", 5),
        (402, "balance_low", 6),
        (429, "over_quota", 6),
        (422, "over_ratio", 2),
        (422, "key_reused", 5),
        (400, "invalid", 2),
    ],
)
def test_a_refusal_has_its_exit_code_its_sentence_and_its_ways_out(
    hubkin: Hubkin, platform: World, status: int, code: str, exit_code: int
) -> None:
    platform.refusal = wire.Problem(
        type="x",
        title="No",
        status=status,
        detail="It does not fit.",
        code=code,
        request_id="req-1",
        errors=[wire.FieldError(pointer="/resources/gpu", code="too_many", detail="too many")],
        actions=[wire.Action(label="Take 1 unit")],
    )

    ran = hubkin("submit", "-y", "--no-code", "--json", "--", "true")

    assert ran.code == exit_code
    assert "It does not fit." in ran.err
    assert "/resources/gpu: too many" in ran.err
    assert "You can: Take 1 unit" in ran.err
    assert json.loads(ran.out)["error"]["code"] == code


def test_a_platform_that_is_away_is_9(hubkin: Hubkin, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubkin.transport._FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setenv("HUBKIN_TOKEN", "x")

    ran = hubkin("jobs", "--url", "http://127.0.0.1:1")

    assert ran.code == 9
    assert "http://127.0.0.1:1" in ran.err


def test_an_expired_token_is_3_and_says_how_to_sign_in(
    hubkin: Hubkin, platform: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBKIN_TOKEN", "old")

    ran = hubkin("jobs")

    assert ran.code == 3
    assert f"hubkin login {platform.url}" in ran.err


def test_stop_says_that_outputs_are_kept(hubkin: Hubkin, platform: World) -> None:
    platform.put(a_job("bert-7", state="running"))

    assert hubkin("stop", "bert-7").out == "bert-7 is stopping. Its outputs are kept.\n"


def test_stopping_several_asks(hubkin: Hubkin, platform: World) -> None:
    platform.put(a_job("a", number=1))
    platform.put(a_job("b", number=2))

    assert hubkin("stop", "a", "b").code == 2
    assert hubkin("stop", "a", "b", typed="n\n").code == 2
    assert {job.state for job in platform.jobs.values()} == {"queued"}
    assert hubkin("stop", "a", "b", typed="y\n").code == 0
    assert {job.state for job in platform.jobs.values()} == {"stopping"}


def test_extend_and_restart(hubkin: Hubkin, platform: World) -> None:
    platform.put(a_job("bert-7"))

    assert "bert-7 may run until" in hubkin("extend", "bert-7", "2h").out
    assert hubkin("restart", "bert-7", "-q").out == "job-00002\n"


def test_watch_prints_a_line_a_change_and_exits_7_with_the_traceback(hubkin: Hubkin, platform: World) -> None:
    job = platform.put(a_job("bert-7"))
    error = wire.RemoteError(rank=1, type="ValueError", message="x", traceback="Traceback:\nValueError: x\n")
    platform.results[job.id] = wire.Result(kind="error", error=error)

    def happen() -> None:
        time.sleep(0.1)
        platform.move(job.id, state="running")
        progress = {"done": 42, "total": 100, "unit": "it"}
        platform.emit("progress", job.id, {"job_id": job.id, "progress": progress, "latest": {"loss": 0.3}})
        time.sleep(0.1)
        platform.move(job.id, state="failed", reason=wire.Reason(code="exit_code", text="exit code 1"))

    threading.Thread(target=happen).start()
    ran = hubkin("watch", "bert-7")

    assert ran.code == 7
    assert [line.split(" · ")[1] for line in ran.out.splitlines()] == [
        "queued",
        "running",
        "running",
        "failed",
    ]
    assert "42 % (42 of 100 it)" in ran.out
    assert ran.err.splitlines() == ["exit code 1", "Traceback:", "ValueError: x"]


def test_a_command_that_failed_has_no_traceback_and_no_result(hubkin: Hubkin, platform: World) -> None:
    platform.put(a_job("bert-7", state="failed", reason=wire.Reason(code="exit_code", text="exit code 3")))

    assert (hubkin("watch", "bert-7").code, hubkin("watch", "bert-7").err) == (7, "exit code 3\n")
    assert (hubkin("result", "bert-7").code, hubkin("result", "bert-7").err) == (
        7,
        "There is no result.\nexit code 3\n",
    )


def test_a_command_that_goes_on_or_succeeded_has_no_result_and_that_is_no_failure(
    hubkin: Hubkin, platform: World
) -> None:
    for state in ("running", "succeeded"):
        platform.put(a_job("bert-7", state=state))

        assert (hubkin("result", "bert-7").code, hubkin("result", "bert-7").err) == (
            0,
            "There is no result.\n",
        )


def test_watch_on_a_terminal_draws_in_place(hubkin: Hubkin, platform: World) -> None:
    platform.put(a_job("bert-7", state="succeeded"))

    ran = hubkin("watch", "bert-7", terminal=True)

    assert ran.code == 0
    assert ran.out.startswith("\x1b[2K✔ bert-7 · succeeded")


def test_a_live_card_counts_the_time_itself(hubkin: Hubkin, platform: World) -> None:
    platform.put(a_job("bert-7", state="running", started_at="2020-01-01T00:00:00.000Z", ran_seconds=0.0))

    ran = hubkin("watch", "bert-7", "--timeout", "1s", terminal=True)

    assert re.search(r"ran \d{4} d", ran.out)


def test_ctrl_c_says_that_the_job_goes_on(
    hubkin: Hubkin, platform: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.put(a_job("bert-7"))

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(live, "rows", interrupted)
    ran = hubkin("watch", "bert-7")

    assert ran.code == 130
    assert "Detached. The job keeps running. Reattach: `hubkin watch bert-7`" in ran.err


def test_a_wait_that_is_over_is_8(hubkin: Hubkin, platform: World) -> None:
    platform.put(a_job("bert-7"))

    ran = hubkin("watch", "bert-7", "--timeout", "1s")

    assert ran.code == 8
    assert "it goes on" in ran.err


def test_logs_are_merged_with_their_replica(hubkin: Hubkin, platform: World) -> None:
    job = platform.put(a_job("bert-7", state="succeeded", spec=wire.JobSpec(run="x", replicas=2)))
    platform.lines[job.id] = [
        wire.LogLine(replica=0, at=NOW, text="loss 2"),
        wire.LogLine(replica=1, at=NOW, text=" 10%\r 20%\r 30%"),
        wire.LogLine(replica=1, at=NOW, text="\x1b[31mred\x1b[0m \x1b[2J"),
    ]

    assert hubkin("logs", "bert-7").out == "[0] loss 2\n[1]  30%\n[1] red \n"
    assert hubkin("logs", "bert-7", terminal=True).out.splitlines()[2] == "[1] \x1b[31mred\x1b[0m \x1b[0m"
    assert [json.loads(line)["replica"] for line in hubkin("logs", "bert-7", "--jsonl").out.splitlines()] == [
        0,
        1,
        1,
    ]


def test_logs_are_followed_to_the_end(hubkin: Hubkin, platform: World) -> None:
    job = platform.put(a_job("bert-7", state="running"))

    def happen() -> None:
        for number in range(3):
            time.sleep(0.05)
            platform.lines.setdefault(job.id, []).append(
                wire.LogLine(replica=0, at=NOW, text=f"line {number}")
            )
        platform.move(job.id, state="succeeded")

    threading.Thread(target=happen).start()

    assert hubkin("logs", "-f", "bert-7").out == "line 0\nline 1\nline 2\n"


def test_the_last_lines_and_what_was_lost(hubkin: Hubkin, platform: World) -> None:
    job = platform.put(a_job("gappy", state="succeeded"))
    platform.lines[job.id] = [wire.LogLine(replica=0, at=NOW, text="x" * 40_000 + str(n)) for n in range(10)]

    ran = hubkin("logs", "gappy", "--tail", "3")

    assert [line[-1] for line in ran.out.splitlines()] == ["7", "8", "9"]
    assert ran.err == "10 bytes are missing\n"


def test_result_metrics_usage_me_models_profiles(hubkin: Hubkin, platform: World) -> None:
    job = platform.put(a_job("bert-7", state="succeeded"))
    platform.results[job.id] = wire.Result(kind="json", value={"accuracy": 0.97})

    assert json.loads(hubkin("result", "bert-7").out) == {"accuracy": 0.97}
    assert hubkin("metrics", "bert-7").out == "loss  0  2  2.31  0.42\n"
    assert "Available   ¥96.00" in hubkin("usage").out
    assert "Name" in hubkin("me").out
    assert "ada/digits@v1" in hubkin("models").out
    assert "Simulated GPU (simulated)" in hubkin("profiles").out


def test_chinese_everywhere(hubkin: Hubkin, platform: World) -> None:
    platform.put(a_job("bert-7"))

    assert "排队中" in hubkin("jobs", "--lang", "zh").out
    assert "没有命令“jbos”" in hubkin("--lang", "zh", "jbos").err
    assert platform.headers[-1]["Accept-Language"] == "zh"


def test_hooks(hubkin: Hubkin, platform: World) -> None:
    ran = hubkin("hooks", "add", "https://ci.example/hook", "--when", "end")

    assert "hook-1: webhook to https://ci.example/hook" in ran.out
    assert "s3cret" in ran.out
    assert hubkin("hooks", "remove", "hook-1").code == 0
    assert "No hooks." in hubkin("hooks").err


def test_login_tries_the_token_and_keeps_it(
    hubkin: Hubkin, platform: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUBKIN_TOKEN")
    monkeypatch.delenv("HUBKIN_API_URL")
    monkeypatch.setattr("getpass.getpass", lambda _: "secret")

    assert hubkin("login", platform.url, typed="").code == 0
    assert hubkin("me").code == 0
    assert "Forgotten" in hubkin("logout").err
    assert hubkin("me").code == 3


def test_config_explain_hides_the_token(hubkin: Hubkin, platform: World) -> None:
    ran = hubkin("config", "explain", "--json")

    assert "secret" not in ran.out
    assert {row["key"]: row["source"] for row in json.loads(ran.out)["items"]}["token"] == "HUBKIN_TOKEN"


def test_config_explain_names_every_variable_and_tells_no_secret(
    hubkin: Hubkin, platform: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")

    said = hubkin("config", "explain").out
    told = {row["name"]: row["value"] for row in json.loads(hubkin("config", "--json").out)["environment"]}

    assert "HUBKIN_API_URL" in said
    assert "secret" not in said
    assert told["HUBKIN_API_URL"] == platform.url
    assert (told["HUBKIN_TOKEN"], told["JUPYTERHUB_API_TOKEN"], told["HUBKIN_OWNER"]) == (
        "••••",
        "••••",
        None,
    )


@pytest.mark.parametrize("words", [["me"], ["config", "explain"]])
def test_a_variable_that_nobody_reads_is_named_with_the_right_one(
    hubkin: Hubkin, home: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setenv("HUBKIN_URL", "http://127.0.0.1:1")

    assert "HUBKIN_URL is set, but nothing reads it. Probably HUBKIN_API_URL is meant" in hubkin(*words).err


def test_a_wrong_variable_beside_the_right_one_is_no_matter(
    hubkin: Hubkin, platform: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBKIN_URL", "http://127.0.0.1:1")

    assert hubkin("me").err == ""


def test_an_error_has_an_object_too_where_json_is_asked_for(hubkin: Hubkin, platform: World) -> None:
    platform.put(a_job("bert-7", state="succeeded"))
    errors = {
        words: json.loads(hubkin(*words.split(), "--json").out)["error"]["code"]
        for words in ("jobs --stat x", "watch", "nope", "get bert-7 nope", "metrics bert-7 nope")
    }

    assert list(errors.values()) == ["usage", "usage", "usage", "not_found", "not_found"]


@pytest.mark.parametrize(
    ("words", "count"), [("stop a b -y", 2), ("stop a", 1), ("logs a", 0), ("check x.yaml y.yaml", 2)]
)
def test_several_things_are_one_object(
    hubkin: Hubkin, platform: World, home: Path, words: str, count: int
) -> None:
    for number, name in enumerate(("a", "b"), 1):
        platform.put(a_job(name, number=number, replicas=[]))
    for name in ("x.yaml", "y.yaml"):
        (home / name).write_text("run: true\n")

    ran = hubkin(*words.split(), "--json")

    assert len(json.loads(ran.out)["items"]) == count


def test_a_search_that_finds_nothing_does_not_say_that_there_are_no_jobs(
    hubkin: Hubkin, platform: World
) -> None:
    assert hubkin("jobs", "--search", "zzz").err == "No job fits.\n"
    assert "No jobs yet." in hubkin("jobs").err


def test_help_for_what_does_not_exist_is_an_error(hubkin: Hubkin) -> None:
    ran = hubkin("help", "stpo")

    assert (ran.code, ran.out) == (2, "")
    assert "There is no command 'stpo'. Did you mean 'stop'?" in ran.err
    assert hubkin("help", "jobs", "stop").out == hubkin("stop", "-h").out


@pytest.mark.parametrize("address", ["http://a b", "http://[::1", "ftp://x", 'https://"'])
def test_an_address_that_is_none_is_said_with_where_it_came_from(
    hubkin: Hubkin, home: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("HUBKIN_API_URL", address)
    monkeypatch.setenv("HUBKIN_TOKEN", "t")

    ran = hubkin("me")

    assert ran.code == 2
    assert f"'{address}' (HUBKIN_API_URL) is not an address such as https://hub.example.edu." in ran.err


def test_a_token_that_cannot_be_sent_is_said_and_not_shown(
    hubkin: Hubkin, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBKIN_API_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("HUBKIN_TOKEN", "a b\nc")

    ran = hubkin("me")

    assert ran.code == 2
    assert ran.err == "The token from HUBKIN_TOKEN is none: it has spaces or other signs.\n"


def test_another_program_at_the_address_is_no_hubkin(
    hubkin: Hubkin, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("HUBKIN_API_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("HUBKIN_TOKEN", "t")

    ran = hubkin("me")

    server.shutdown()
    server.server_close()
    thread.join()
    assert ran.code == 9
    assert "is not Hubkin (HTTP 501). Is the address right?" in ran.err


def test_the_ledger_says_what_was_used(hubkin: Hubkin, platform: World) -> None:
    row = {"kind": "usage", "note": "", "job_id": "job-1", "quantity": "0.5 unit-hours"}

    assert account._purpose(row) == "job-1 · 0.5 unit-hours"
    assert account._purpose({"kind": "topup", "note": "", "quantity": None}) == "Top-up"


def test_following_a_log_ends_with_8_when_the_time_is_over(hubkin: Hubkin, platform: World) -> None:
    platform.put(a_job("bert-7", state="running", replicas=[]))

    ran = hubkin("logs", "bert-7", "-f", "--timeout", "1s")

    assert ran.code == 8
    assert "It still runs; it goes on." in ran.err


def test_check_is_offline_and_says_each_line(hubkin: Hubkin, home: Path) -> None:
    (home / "good.yaml").write_text("run: python train.py\n")
    (home / "bad.yaml").write_text("run: a\nrum: b\n")

    ran = hubkin("check", "good.yaml", "bad.yaml")

    assert ran.code == 2
    assert ran.out.splitlines()[0] == "good.yaml: fine"
    assert ran.out.splitlines()[1] == "bad.yaml:2: Unknown key 'rum'. Did you mean 'run'?"
    assert json.loads(hubkin("check", "--schema").out)["title"] == "Hubkin job"


def test_check_goes_on_after_a_file_that_is_not_there(hubkin: Hubkin, home: Path) -> None:
    (home / "good.yaml").write_text("run: python train.py\n")

    ran = hubkin("check", "gone.yaml", "good.yaml")

    assert ran.code == 2
    assert ran.out.splitlines() == ["There is no file gone.yaml.", "good.yaml: fine"]


def test_get_fetches_whole_files_and_replaces_nothing(hubkin: Hubkin, platform: World, home: Path) -> None:
    job = platform.put(a_job("bert-7", state="succeeded"))
    platform.files[job.id] = {"ckpt/best.pt": b"weights", "log.txt": b"x"}

    assert hubkin("get", "bert-7", "-o", "out").code == 0
    assert (home / "out" / "ckpt" / "best.pt").read_bytes() == b"weights"
    assert hubkin("get", "bert-7", "ckpt/*", "-o", "out").code == 1
    assert hubkin("get", "bert-7", "ckpt", "-o", "out", "--force").code == 0
    assert hubkin("get", "bert-7", "ckpt/bst.pt").code == 4
    assert hubkin("files", "bert-7", "-q").out.split() == ["ckpt/best.pt", "log.txt"]


@pytest.fixture
def silent() -> Iterator[str]:
    """A platform that accepts every connection and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("words", [("jobs",), ("watch", "job-1"), ("logs", "job-1", "-f")])
def test_a_platform_that_never_answers_is_said_and_given_up_in_time(
    hubkin: Hubkin, silent: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "SILENCE_SECONDS", 0.2)
    monkeypatch.setenv("HUBKIN_API_URL", silent)
    monkeypatch.setenv("HUBKIN_TOKEN", "t")
    began = time.monotonic()

    ran = hubkin(*words, "--timeout", "1s")

    assert time.monotonic() - began < 3
    assert ran.code == 9
    first, *_, last = ran.err.splitlines()
    assert first == f"Waiting for {silent}/services/hubkin/api/v1 to answer …"
    assert last.endswith("does not answer. It may be very busy, or stuck.")


def test_a_platform_that_is_away_behind_its_proxy_is_not_taken_for_a_stranger(
    hubkin: Hubkin, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gateway(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(502)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HUBKIN_API_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("HUBKIN_TOKEN", "t")
    try:
        ran = hubkin("jobs")
    finally:
        server.shutdown()
        server.server_close()

    assert ran.code == 9
    assert "is not there just now (HTTP 502): it starts, or has ended. Try again." in ran.err


def test_a_language_alone_shows_the_help_in_it(hubkin: Hubkin) -> None:
    assert "提交任务" in hubkin("--lang", "zh").out
