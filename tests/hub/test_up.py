"""`hubkin up` and its kin, as real processes on this machine."""

import getpass
import http.server
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hubkin_hub.account import account_name
from hubkin_hub.i18n import speaker
from hubkin_platform.up import commands, demo, jobs, record, secret_files
from hubkin_platform.up.children import tail
from hubkin_platform.up.doctor import examine
from hubkin_platform.up.paths import Places
from hubkin_platform.up.plan import Plan, groups
from hubkin_platform.up.ports import _any_free, choose, is_free

from tests.hub.machine import Answer, Visitor, eventually, sweep
from tests.support.small_disk import small_disk

HERE = Path(__file__).parent


class Run:
    """One `hubkin up` on a folder of its own, with the small platform."""

    first_visit: Answer | None = None
    program: tuple[str, ...] = (sys.executable, str(HERE / "up_here.py"))

    def __init__(self, data: Path, *words: str) -> None:
        self.places = Places(data)
        self.port = _any_free(set())
        self.words = words
        self.output = data.with_suffix(".out")
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self.output.open("ab") as output:
            return subprocess.Popen(
                [*self.program, "--data", str(self.places.data), "--port", str(self.port), *self.words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, "LANG": "C.UTF-8"},
            )

    def again(self) -> None:
        self.process = self._start()

    def ready(self) -> record.Record:
        def look() -> record.Record | None:
            assert self.process.poll() is None, self.said
            found = record.read(self.places.state)
            return found if found and found.ready and found.pid == self.process.pid else None

        found: record.Record = eventually(look, seconds=60, what="everything's answer")
        eventually(lambda: "hubkin uninstall" in self.said)
        return found

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)


@pytest.fixture(scope="module")
def laptop_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    run = Run(tmp_path_factory.mktemp("up") / "data")
    run.ready()
    # At once: a test that asks for a fresh link makes this one void.
    line = next(line for line in run.said.splitlines() if line.startswith("Open "))
    run.first_visit = Visitor(run.url).get(line.removeprefix("Open ").removeprefix(run.url))
    yield run
    if run.process.poll() is None:
        run.end()
    sweep(run.places.data)


@pytest.fixture(autouse=True)
def _nothing_is_left(tmp_path: Path) -> Iterator[None]:
    yield
    sweep(tmp_path)


def command(verb: str, data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hubkin_platform.up", verb, "--data", str(data), *words],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "LANG": "C.UTF-8"},
    )


def test_the_link_that_is_printed_signs_in(laptop_up: Run) -> None:
    answer = laptop_up.first_visit

    assert answer
    assert (answer.status, answer.url) == (200, f"{laptop_up.url}/hub/spawn")


def test_a_fresh_link_can_be_had_at_any_time(laptop_up: Run) -> None:
    printed = command("link", laptop_up.places.data).stdout.strip()

    answer = Visitor(laptop_up.url).get(printed.removeprefix(laptop_up.url))

    assert answer.url == f"{laptop_up.url}/hub/spawn"


def test_a_terminal_of_the_unix_user_is_signed_in(laptop_up: Run) -> None:
    known = json.loads(laptop_up.places.client.read_text())
    request = urllib.request.Request(
        f"{known['url']}/hub/api/user", headers={"Authorization": f"token {known['token']}"}
    )

    with urllib.request.urlopen(request) as answer:
        user = json.load(answer)

    assert user["name"] == getpass.getuser().lower()
    assert "custom:hubkin:jobs:submit" in user["scopes"]
    assert laptop_up.places.client.stat().st_mode & 0o077 == 0


def test_among_several_people_no_terminal_is_signed_in(tmp_path: Path) -> None:
    places = Places(tmp_path / "data")
    places.make()
    plan = Plan(
        places=places,
        ports=choose(places.ports, public=_any_free(set())),
        secrets=secret_files.ensure(places.secrets),
        demo=False,
        admins=(),
    )
    plan.write_files()
    assert places.client.exists()

    replace(plan, demo=True).write_files()

    assert not places.client.exists()


def test_the_unix_user_is_admin_of_the_own_machine(laptop_up: Run) -> None:
    visitor = Visitor(laptop_up.url)
    visitor.get(command("link", laptop_up.places.data).stdout.strip().removeprefix(laptop_up.url))

    assert 'href="/services/hubkin/admin"' in visitor.get("/hub/home").text


def test_a_second_one_on_the_same_data_is_refused_with_a_sentence(laptop_up: Run) -> None:
    second = command("up", laptop_up.places.data, "--port", str(_any_free(set())))

    assert second.returncode == 5
    assert f"Hubkin runs already on {laptop_up.places.data}: {laptop_up.url}" in second.stderr


def test_a_taken_port_is_named_with_the_next_that_is_free(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        refused = command("up", tmp_path / "data", "--port", str(port))

    assert refused.returncode == 1
    assert f"Port {port} is taken by another program. This one is free: hubkin up --port " in refused.stderr


@pytest.mark.parametrize("name", ["platform", "hub", "proxy"])
def test_a_process_that_is_killed_comes_back(laptop_up: Run, name: str) -> None:
    before = laptop_up.ready().children[name]

    os.kill(before.pid, signal.SIGKILL)

    eventually(lambda: laptop_up.ready().children[name].pid != before.pid, what=f"another {name}")
    eventually(lambda: Visitor(laptop_up.url).get("/hub/login").status == 200, what="the hub's answer")
    eventually(
        lambda: Visitor(laptop_up.url).get("/services/hubkin/healthz").status == 200,
        what="the platform's answer",
    )
    assert f"{name} ended with code -9" in laptop_up.said


def test_doctor_is_well_when_all_is_well_and_tells_no_secret(laptop_up: Run) -> None:
    eventually(lambda: command("doctor", laptop_up.places.data).returncode == 0)
    report = command("doctor", laptop_up.places.data, "--json")

    lines = {line["name"]: line for line in json.loads(report.stdout)["lines"]}

    assert json.loads(report.stdout)["healthy"]
    assert all(lines[name]["good"] for name in ("platform", "hub", "proxy", "private files"))
    assert not any(
        secret in report.stdout for secret in secret_files.ensure(laptop_up.places.secrets).values()
    )


def test_doctor_sees_a_secret_that_others_can_read(laptop_up: Run) -> None:
    laptop_up.places.secrets.chmod(0o644)

    report = command("doctor", laptop_up.places.data)
    laptop_up.places.secrets.chmod(0o600)

    assert report.returncode == 1
    assert "✘ private files" in report.stdout


def test_it_is_not_removed_while_it_runs(laptop_up: Run) -> None:
    refused = command("uninstall", laptop_up.places.data, "--yes", "--delete-data")

    assert refused.returncode == 5
    assert laptop_up.places.secrets.exists()


def test_down_stops_everything_and_up_starts_it_again_as_it_was(tmp_path: Path) -> None:
    run = Run(tmp_path / "data")
    first = run.ready()

    began = time.monotonic()
    done = command("down", run.places.data)
    took = time.monotonic() - began

    assert done.returncode == 0
    assert run.process.wait(5) == 0
    assert took < 10
    assert not any(child.runs for child in first.children.values())
    run.again()
    assert run.ready().platform_port == first.platform_port
    assert run.end(signal.SIGINT) == 0


def test_what_a_killed_supervisor_left_is_ended_by_the_next(tmp_path: Path) -> None:
    run = Run(tmp_path / "data")
    left = run.ready().children
    run.end(signal.SIGKILL)

    alive_meanwhile = [child.runs for child in left.values()]
    run.again()
    run.ready()

    assert alive_meanwhile == [True, True, True]
    assert not any(child.runs for child in left.values())
    assert run.end() == 0


def test_down_ends_what_a_killed_supervisor_left(tmp_path: Path) -> None:
    run = Run(tmp_path / "data")
    left = run.ready().children
    run.end(signal.SIGKILL)

    done = command("down", run.places.data)

    assert done.returncode == 0
    assert not any(child.runs for child in left.values())


def test_a_notebook_is_stopped_with_the_platform_and_no_job_is(tmp_path: Path) -> None:
    run = Run(tmp_path / "data", "--demo")
    run.ready()
    password = next(line.split()[1] for line in run.said.splitlines() if line.strip().startswith("ada "))
    ada = Visitor(run.url)
    start_page = ada.sign_in("ada", password)
    ada.submit(start_page, {"profile": "cpu"})
    eventually(
        lambda: "/user/ada/" in ada.get("/hub/spawn-pending/ada").url, seconds=60, what="ada's notebook"
    )
    told = (
        Visitor(f"http://127.0.0.1:{run.ready().platform_port}")
        .get("/services/hubkin/control")
        .json()["facts"]
    )
    job = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)

    run.end(signal.SIGINT)

    assert not record.Process(pid=told[-1]["pid"], start_time=told[-1]["start_time"]).runs
    assert job.poll() is None
    job.kill()
    job.wait()
    assert (run.places.data / "homes" / "ada").is_dir()


def test_the_hub_has_the_groups_of_the_site_file(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.make()
    demo.prepare(places, renew=False)

    assert groups(places.site) == {"vision-lab": ["ada", "bob", "lea"]}
    assert groups(tmp_path / "no.yaml") == {}


def test_a_site_file_that_is_wrong_is_left_to_the_platform(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("groups: 3")

    assert groups(tmp_path / "site.yaml") == {}


def test_the_demos_passwords_are_shown_once(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.make()

    first, second, renewed = (demo.prepare(places, renew=renew) for renew in (False, False, True))

    assert set(first) == set(renewed) == {"ada", "bob", "lea", "admin"}
    assert second == {}
    assert not set(first.values()) & set(renewed.values())


def test_ada_has_a_notebook_to_begin_with_and_what_she_made_of_it_stays(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.make()
    home = places.homes / "ada"
    home.mkdir(parents=True)
    (home / "digits.py").write_text("her own")

    demo.prepare(places, renew=False)
    first = (home / "train.ipynb").read_text()
    (home / "train.ipynb").write_text("changed")
    demo.prepare(places, renew=False)

    assert json.loads(first)["cells"]
    assert (home / "train.ipynb").read_text() == "changed"
    assert (home / "digits.py").read_text() == "her own"


def test_a_process_that_does_not_start_is_named_with_its_last_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = (sys.executable, "-c", "raise SystemExit('the cupboard is bare')")

    code = commands.up(
        ["--data", str(tmp_path / "data"), "--port", str(_any_free(set())), "--lang", "en"],
        platform_command=broken,
    )

    said = capsys.readouterr().err
    assert code == 1
    assert "platform did not start" in said
    assert "the cupboard is bare" in said


def test_only_a_living_agent_without_an_exit_is_a_running_job(tmp_path: Path) -> None:
    me = record.process(os.getpid())
    for name, pid, start, ended in (
        ("lives", me.pid, me.start_time, False),
        ("reused", me.pid, 1, False),
        ("ended", me.pid, me.start_time, True),
    ):
        folder = tmp_path / name / "main-0"
        folder.mkdir(parents=True)
        (folder / "agent.pid").write_text(json.dumps({"pid": pid, "start_time": start}))
        if ended:
            (folder / "exit.json").write_text("{}")

    assert jobs.running(tmp_path) == 1


def test_removing_keeps_the_data_unless_it_is_named(tmp_path: Path) -> None:
    places = Places(tmp_path / "data")
    places.make()
    secret_files.ensure(places.secrets)
    (places.data / "hubkin.sqlite").write_text("books")

    first = command("uninstall", places.data, "--yes")
    kept = [path.name for path in places.data.iterdir()]
    second = command("uninstall", places.data, "--yes", "--delete-data")

    assert "hubkin.sqlite" in first.stdout
    assert kept == ["hubkin.sqlite"]
    assert second.returncode == 0
    assert not places.data.exists()


def test_nobody_there_to_ask_means_no(tmp_path: Path) -> None:
    places = Places(tmp_path / "data")
    places.make()
    secret_files.ensure(places.secrets)

    command("uninstall", places.data)

    assert places.secrets.exists()


def test_secrets_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"

    first, second = secret_files.ensure(path), secret_files.ensure(path)

    assert first == second
    assert path.stat().st_mode & 0o077 == 0
    assert len(set(first.values())) == len(first)


def test_ports_are_kept_and_changed_only_where_another_program_took_one(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = choose(file, public=_any_free(set()))

    with socket.socket() as other:
        other.bind(("127.0.0.1", first.hub))
        other.listen()
        second = choose(file, public=first.public)

    assert (second.platform, second.proxy) == (first.platform, first.proxy)
    assert second.hub != first.hub
    assert is_free(second.hub)


def test_it_speaks_chinese() -> None:
    _ = speaker("zh")

    assert _("Port %(port)s is free", port=8000) == "端口 8000 可用"


def test_left_running_it_says_where_and_returns(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DETACHED, str(tmp_path / "data"), str(_any_free(set()))],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    running = record.read(tmp_path / "data" / "up.json")
    command("down", tmp_path / "data")

    assert done.returncode == 0, done.stderr
    assert "ready after" in done.stdout
    assert running is not None
    assert not running.supervisor.runs


# The real platform is not asked for here: this run's program is `up_here.py`.
DETACHED = f"""
import sys
from hubkin_platform.up import commands
from hubkin_platform.up.paths import Places
from pathlib import Path
commands.PROGRAM = (sys.executable, {str(HERE / "up_here.py")!r})
sys.exit(commands.up(["--detach", "--port", sys.argv[2], "--data", sys.argv[1]]))
"""


def test_a_full_disk_keeps_nothing_from_being_started_again(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size="600m") as disk:
        run = Run(disk.path / "data")
        run.ready()
        disk.fill()
        for _ in range(2):  # the first start that cannot be written down must not be the last
            before = pid_of(run, "small_platform")
            os.kill(before, signal.SIGKILL)
            eventually(lambda before=before: pid_of(run, "small_platform") not in (0, before), seconds=20)

        disk.make_room()

        there = pid_of(run, "small_platform")
        eventually(lambda: record.read(run.places.state).children["platform"].pid == there, seconds=20)
        assert run.end() == 0


def pid_of(run: Run, word: str) -> int:
    """The child of an `hubkin up` with a word in its command, 0 when there is none."""
    for child in Path(f"/proc/{run.process.pid}/task/{run.process.pid}/children").read_text().split():
        if word in Path(f"/proc/{child}/cmdline").read_text():
            return int(child)
    return 0


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The database was made by a newer version: it has schema 9999"),
        ("zh", "此数据库由更新的版本创建：其结构版本为 9999"),
    ],
)
def test_a_folder_of_a_newer_version_is_refused_before_anything_starts(
    tmp_path: Path, language: str, sentence: str
) -> None:
    with closing(sqlite3.connect(tmp_path / "hubkin.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")

    done = command("up", tmp_path, "--port", str(_any_free(set())), "--lang", language)
    told = command("doctor", tmp_path, "--lang", language)

    assert done.returncode == 1
    assert f"✘ {sentence}" in done.stderr
    assert sentence in told.stdout
    assert not (tmp_path / "logs" / "platform.log").exists()


def test_a_database_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "hubkin.sqlite").write_bytes(b"nothing of the kind" * 100)

    done = command("up", tmp_path, "--port", str(_any_free(set())))

    assert done.returncode == 1
    assert "hubkin.sqlite cannot be read: file is not a database" in done.stderr


@pytest.mark.parametrize("words", [("up", "--detach"), ("up",), ("uninstall", "--yes", "--delete-data")])
def test_a_read_only_disk_is_said_in_a_sentence(tmp_path: Path, words: tuple[str, ...]) -> None:
    with small_disk(tmp_path / "disk", size="600m") as disk:
        (disk.path / "data" / "logs").mkdir(parents=True)
        disk.remount("ro")

        done = command(words[0], disk.path / "data", *words[1:])

        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert done.stderr.startswith("✘")


def test_only_what_a_process_said_this_time_is_told_and_each_line_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("of yesterday\n")
    began = log.stat().st_size
    with log.open("a") as file:
        file.write("It cannot start.\nIt cannot start.\n" + "x" * 5000 + "\n")

    told = tail(log, since=began).splitlines()

    assert told[0] == "It cannot start."
    assert len(told) == 2
    assert len(told[1]) <= 400


@pytest.mark.parametrize(
    ("account", "name"),
    [
        ("ada", "ada"),
        ("Ana María O+x", "ana-maría-o+x"),
        ("a/b%2f..", "a-b-2f"),
        ("DOM\\zoe", "dom-zoe"),
        ("王小明", "王小明"),
        ("..", f"user-{os.getuid()}"),
    ],
)
def test_every_account_has_a_name_that_the_hub_takes(
    account: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", account)

    assert account_name() == name


def test_an_account_with_an_odd_name_is_signed_in_and_admin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "Ana María O/x")
    run = Run(tmp_path / "data")
    run.ready()

    known = json.loads(run.places.client.read_text())
    request = urllib.request.Request(
        f"{run.url}/hub/api/user", headers={"Authorization": f"token {known['token']}"}
    )
    with urllib.request.urlopen(request) as answer:
        user = json.load(answer)

    assert run.end() == 0
    assert user["name"] == "ana-maría-o-x"
    assert "custom:hubkin:jobs:admin" in user["scopes"]


def test_doctor_says_what_the_platform_says_is_wrong_with_it(tmp_path: Path) -> None:
    class Full(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(
                {"status": "degraded", "code": "disk_full", "detail": "The disk is full."}
            ).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Full)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    places = Places(tmp_path / "data")
    places.make()
    places.ports.write_text(json.dumps({"hub": server.server_port}))
    me = record.process(os.getpid())
    record.Record(
        pid=me.pid,
        start_time=me.start_time,
        port=server.server_port,
        platform_port=server.server_port,
        url=f"http://127.0.0.1:{server.server_port}",
        children={"platform": me},
    ).write(places.state)

    report = examine(places, language="en")

    server.shutdown()
    server.server_close()
    line = next(line for line in report.lines if line.name == "platform")
    assert not report.healthy
    assert line.good is False
    assert line.said.endswith("answers 200 – The disk is full.")
