"""The `hubkin` program against the real platform: a person's day, and every exit code."""

import json
import signal
import time
import uuid
from collections.abc import Callable

import pytest

from tests.http.program.conftest import Platform, Program


def name() -> str:
    """A name that no other test has."""
    return f"t-{uuid.uuid4().hex[:8]}"


def script(ada: Program, text: str) -> None:
    (ada.folder / "train.py").write_text(text)


def test_a_script_is_submitted_watched_read_and_fetched(ada: Program) -> None:
    job = name()
    script(
        ada,
        """
import os, pathlib
for step in range(1, 6):
    print(f"step {step} loss={2 / step}", flush=True)
pathlib.Path(os.environ["HUBKIN_OUTPUTS"], "best.pt").write_bytes(b"weights")
""",
    )

    submitted = ada("submit", "--name", job, "--wait", "--", "python", "train.py")

    assert (submitted.code, submitted.out.split()[0]) == (0, job)
    assert ada("logs", job).out.splitlines()[-1] == "step 5 loss=0.4"
    assert ada("logs", job, "--tail", "1", "--jsonl").out.count("\n") == 1
    assert ada("files", job, "-q").out.split() == ["best.pt"]
    assert ada("get", job, "-o", "kept").code == 0
    assert (ada.folder / "kept" / "best.pt").read_bytes() == b"weights"
    assert ada("metrics", job, "loss").out.split() == ["loss", "0", "5", "2", "0.4"]
    assert ada("result", job).code == 0


def test_kept_files_become_a_model_version(ada: Program) -> None:
    job, model = name(), name()
    script(
        ada, "import os, pathlib; pathlib.Path(os.environ['HUBKIN_OUTPUTS'], 'best.pt').write_bytes(b'w')\n"
    )
    assert ada("submit", "--name", job, "--wait", "--", "python", "train.py").code == 0

    ran = ada("register", job, model, "--path", "best.pt", "--alias", "champion")

    assert (ran.code, ran.out) == (0, f"ada/{model}@v1 · files: 1 · 1 B\n")
    assert "champion" in ada("models").out


def test_a_job_file_with_two_replicas_is_paid(ada: Program) -> None:
    job = name()
    (ada.folder / "job.yaml").write_text(
        f"name: {job}\nrun: sleep 0.3; echo ${{{{ params.word }}}} from $RANK\nparams: {{word: x}}\n"
        "replicas: 2\nresources: {gpu: sim-gpu:1}\nlimits: {duration: 10m}\n"
    )

    ran = ada("submit", "job.yaml", "-p", "word=hello", "-y", "--wait", "--json")

    row = json.loads(ran.out)
    assert (ran.code, row["simulated"], row["per_hour"]["amount"]) == (0, True, "4.00")
    assert sorted(ada("logs", job).out.splitlines()) == ["[0] hello from 0", "[1] hello from 1"]
    assert job in ada("usage", "--entries", "20").out


def test_a_member_reads_the_account_of_a_group_and_nobody_elses(ada: Program) -> None:
    whole, lines = (
        ada("usage", "--owner", "vision-lab"),
        ada("usage", "--entries", "5", "--owner", "vision-lab"),
    )

    assert (whole.code, whole.out.splitlines()[0].split()) == (0, ["Account", "vision-lab"])
    assert (lines.code, lines.out) == (0, whole.out.partition("\n\n")[2])
    assert ada("usage", "--owner", "bob").code == 4


def test_7_a_job_that_fails(ada: Program) -> None:
    ran = ada("submit", "--name", name(), "--no-code", "--wait", "--", "false")

    assert ran.code == 7
    assert "exited with code 1" in ran.err


def test_7_with_the_remote_traceback(ada: Program) -> None:
    script(ada, "raise ValueError('no luck')\n")

    ran = ada("submit", "--name", name(), "--wait", "--", "python", "train.py")

    assert ran.code == 7


def test_8_a_wait_that_is_over_and_130_a_person_who_leaves(ada: Program) -> None:
    job = name()
    assert ada("submit", "--name", job, "--no-code", "-q", "--", "sleep", "60").code == 0

    assert ada("watch", job, "--timeout", "1s").code == 8
    with ada.start("watch", job) as watching:
        assert job in str(watching.stdout.readline() if watching.stdout else "")
        watching.send_signal(signal.SIGINT)
        _out, err = watching.communicate(timeout=30)
    assert watching.returncode == 130
    assert "Detached. The job keeps running." in err
    assert ada("jobs", "--state", "running", "--state", "starting", "-q", "--search", job).out != ""
    stopped = ada("stop", job)
    assert (stopped.code, "outputs are kept" in stopped.out) == (0, True)
    assert ada("watch", job, "--timeout", "60s").code == 7


def test_logs_are_followed_as_they_come(ada: Program) -> None:
    job = name()
    script(ada, "import time\nfor n in range(5):\n    print('line', n, flush=True)\n    time.sleep(0.3)\n")
    ada("submit", "--name", job, "--", "python", "train.py")

    ran = ada("logs", "-f", job)

    assert (ran.code, ran.out.splitlines()) == (0, [f"line {n}" for n in range(5)])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["submit", "--gpu", "5", "--no-code", "--", "true"], "5 units of sim-gpu needed, 2 in all."),
        (["submit", "--gpu", "A100", "--no-code", "--", "true"], "sim-gpu"),
        (["submit", "--memory", "1TB", "--no-code", "--", "true"], "You can"),
        (["submit", "--no-code", "--max", "8", "--", "true"], "is not a duration"),
        (["submit", "--no-code", "--cost=-5", "--", "true"], "is not an amount"),
        (["submit", "--no-code", "--name", "../up", "--", "true"], "lower-case letters"),
    ],
)
def test_2_what_cannot_be(ada: Program, words: list[str], sentence: str) -> None:
    ran = ada(*words)

    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err


def test_3_a_token_that_counts_no_longer(ada: Program) -> None:
    ada.environment["HUBKIN_TOKEN"] = "old"

    ran = ada("jobs")

    assert ran.code == 3
    assert "hubkin login" in ran.err


def test_4_what_is_somebody_elses_is_not_there(ada: Program, bob: Program) -> None:
    job = name()
    mine = ada("submit", "--name", job, "--no-code", "-q", "--", "true").out.strip()

    foreign, absent = bob("explain", mine), bob("explain", mine[:-1] + "0")

    assert (foreign.code, absent.code) == (4, 4)
    assert foreign.err.replace(mine, "X") == absent.err.replace(mine[:-1] + "0", "X")


def test_5_the_same_key_with_another_body_and_a_job_that_has_ended(ada: Program) -> None:
    job, key = name(), uuid.uuid4().hex
    words = ("submit", "--no-code", "--name", job, "--idempotency-key", key, "-q", "--wait", "--")

    first, again, other = ada(*words, "true"), ada(*words, "true"), ada(*words, "false")

    assert (first.code, again.code, other.code) == (0, 0, 5)
    assert first.out == again.out
    assert ada("stop", job).code == 5


def test_6_no_money_with_ways_out(person: Callable[[str], Program]) -> None:
    ran = person("cy")("submit", "--gpu", "1", "--no-code", "-y", "--json", "--", "true")

    assert ran.code == 6
    assert json.loads(ran.out)["error"]["code"] == "balance_low"
    assert "2.00" in ran.err


def test_9_a_platform_that_is_away(ada: Program) -> None:
    ada.environment["HUBKIN_API_URL"] = "http://127.0.0.1:1"

    ran = ada("jobs")

    assert ran.code == 9
    assert "cannot be reached" in ran.err


def test_a_waiting_job_says_why_in_both_languages(ada: Program) -> None:
    first, second = name(), name()
    hold = ("--gpu", "2", "--max", "10m", "--no-code", "-y", "-q", "--")
    ada("submit", "--name", first, *hold, "sleep", "60")
    ada("submit", "--name", second, *hold, "true")
    deadline = time.monotonic() + 30
    while "no_free_gpu" not in (ran := ada("explain", second, "--json")).out:
        assert time.monotonic() < deadline, ran.out

    english, chinese = ada("explain", second), ada("explain", second, "--lang", "zh")

    assert first in english.out
    assert "需要 2 张" in chinese.out
    assert ada("jobs", "--search", second, "--columns", "why").out.strip() in english.out
    ada("stop", "-y", first, second)


def test_a_plan_that_costs_much_wants_a_yes(ada: Program, platform: Platform) -> None:
    words = ("submit", "--gpu", "2", "--cost", "40", "--name", name(), "--no-code", "--", "true")

    refused = ada(*words)

    assert refused.code == 2
    assert "say -y" in refused.err
    assert "¥" in refused.err


def test_everything_has_its_json(ada: Program) -> None:
    for words in (["me"], ["usage"], ["profiles"], ["models"], ["jobs"], ["config", "explain"], ["hooks"]):
        ran = ada(*words, "--json")
        assert ran.code == 0, ran.err
        assert json.loads(ran.out)
