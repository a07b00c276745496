"""A replica's life with a real agent process: how commands end, and how they are ended."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import hubkin_agent
import pytest

from tests.contract.agent.conftest import wait_until


def test_the_exit_code_is_the_commands(replica):
    one = replica("import sys; print('hello'); sys.exit(3)")

    one.start()

    ended = one.ended()
    assert (ended.reason, ended.code, ended.signal) == ("exited", 3, None)


def test_a_signal_that_the_command_handles_ends_it_its_own_way(replica):
    one = replica("""
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: (print("saving"), sys.exit(7)))
signal.signal(signal.SIGUSR1, lambda *_: print("checkpoint"))
print("ready")
while True: signal.pause()
""")
    one.start()
    one.prints("ready")
    one.run.send("signal USR1")
    one.prints("checkpoint")

    one.run.send("stop 30")

    ended = one.ended()
    assert (ended.reason, ended.code) == ("stopped", 7)
    assert one.spool() == b"ready\ncheckpoint\nsaving\n"


def test_a_command_that_ignores_term_is_gone_after_its_grace(replica):
    one = replica("""
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready")
time.sleep(600)
""")
    one.start()
    one.prints("ready")
    asked = time.monotonic()

    one.run.send("stop 1")

    ended = one.ended()
    assert (ended.reason, ended.code, ended.signal) == ("stopped", 137, 9)
    assert 1 <= time.monotonic() - asked < 10


def test_a_second_stop_may_shorten_the_grace(replica):
    one = replica("import signal, time; signal.signal(15, signal.SIG_IGN); print('ready'); time.sleep(600)")
    one.start()
    one.prints("ready")

    one.run.send("stop 600")
    one.run.send("stop 0")

    assert one.ended().reason == "stopped"


def test_kill_asks_nobody(replica):
    one = replica(
        "import signal, time; signal.signal(15, lambda *_: print('asked')); print('ready'); time.sleep(600)"
    )
    one.start()
    one.prints("ready")

    one.run.send("kill")

    assert one.ended().signal == 9
    assert b"asked" not in one.spool()


def test_a_stop_reaches_what_a_shell_left_behind_and_gives_it_its_grace(replica):
    python = "import signal, time; signal.signal(15, lambda *_: print('saved') or exit())"
    python += "; print('ready'); time.sleep(600)"
    one = replica(argv=["sh", "-c", f'"{sys.executable}" -c "{python}"; echo never'])
    one.start()
    one.prints("ready")

    one.run.send("stop 30")

    assert one.ended().reason == "stopped"
    assert one.spool().endswith(b"saved\n")


def test_a_command_killed_from_outside_tells_the_signal(replica):
    one = replica("import os; print('before', flush=True); os.kill(os.getpid(), 9)")

    one.start()

    ended = one.ended()
    assert (ended.reason, ended.code, ended.signal) == ("exited", 137, 9)
    assert one.spool() == b"before\n"


def test_a_command_that_does_not_exist_says_so_in_its_log(replica):
    one = replica(argv=["no-such-command"])

    one.start()

    assert one.ended().code == 127
    assert b"no-such-command" in one.spool()


def test_a_missing_working_directory_is_a_failed_start(replica):
    one = replica("print(1)", cwd="/nowhere/at/all")

    one.start()

    ended = one.ended()
    assert ended.reason == "start_failed"
    assert "/nowhere/at/all does not exist" in ended.message


def test_a_replica_called_off_before_go_runs_nothing(replica):
    one = replica("open('ran', 'w')")
    one.start(go=False)
    wait_until(lambda: one.run.is_ready)

    one.run.send("abort")

    assert one.ended().reason == "aborted"
    assert not Path(one.spec.code, "ran").exists()


def test_a_replica_waits_for_go(replica):
    one = replica("open('ran', 'w')")
    one.start(go=False)
    wait_until(lambda: one.run.is_ready)
    assert one.run.started() is None

    one.go()

    assert one.ended().code == 0
    assert Path(one.spec.code, "ran").exists()
    assert one.run.went.exists()


def test_a_second_agent_leaves_at_once_and_the_command_runs_once(replica):
    one = replica("open('ran', 'a').write('x'); import time; time.sleep(3)")
    one.start()
    second = one.run.start_agent()

    assert second.wait(timeout=10) == 0
    assert one.run.exit() is None
    one.ended()
    third = one.run.start_agent()
    assert third.wait(timeout=10) == 0
    assert Path(one.spec.code, "ran").read_text() == "x"


def test_two_replicas_that_start_together_meet(replica):
    meet = """
import os, pathlib, time
place = pathlib.Path(os.environ["MEETING"])
(place / os.environ["RANK"]).touch()
while len(list(place.iterdir())) < 2: time.sleep(0.02)
print("met", os.environ["HUBKIN_REPLICA_INDEX"])
"""
    place = Path(replica("").run.path).parent / "meeting"
    place.mkdir()
    pair = [replica(meet, index=index, env={"MEETING": str(place), "RANK": str(index)}) for index in range(2)]
    for one in pair:
        one.start(go=False)
    for one in pair:
        wait_until(lambda one=one: one.run.is_ready)

    for one in pair:
        one.run.send("go")

    assert [one.ended().code for one in pair] == [0, 0]
    assert [one.spool() for one in pair] == [b"met 0\n", b"met 1\n"]


def test_a_command_that_forks_and_exits_leaves_nothing_behind(replica):
    one = replica("""
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open("daemon", "w").write(str(os.getpid()))
        os.close(0); os.close(1); os.close(2)
        time.sleep(600)
    os._exit(0)
while not os.path.exists("daemon") or not open("daemon").read(): time.sleep(0.01)
""")

    one.start()

    assert one.ended().code == 0
    daemon = int(Path(one.spec.code, "daemon").read_text())
    assert not Path(f"/proc/{daemon}").exists()


def test_a_command_that_fills_its_memory_is_told_how_much_it_used(replica):
    limit = 120_000_000
    one = replica(
        "import time; print('filling', flush=True); hog = b'x' * 200_000_000; time.sleep(600)",
        memory_bytes=limit,
    )

    one.start()

    ended = one.ended()
    assert ended.reason == "out_of_memory"
    assert ended.signal == 9
    assert ended.max_rss_bytes > limit
    assert f"of the {limit} it may use" in ended.message


def test_memory_shared_by_forked_workers_is_counted_once(replica):
    one = replica(
        """
import os, time
shared = b"x" * 60_000_000
for _ in range(4):
    if os.fork() == 0:
        time.sleep(2.5); os._exit(0)
for _ in range(4): os.wait()
""",
        memory_bytes=150_000_000,
    )

    one.start()

    assert one.ended().reason == "exited"


def test_a_command_runs_on_the_processors_it_was_given(replica):
    cpu = min(os.sched_getaffinity(0))
    one = replica("import os; print(os.sched_getaffinity(0))", cpus=(cpu,))

    one.start()
    one.ended()

    assert one.spool() == f"{{{cpu}}}\n".encode()


def test_processors_that_are_not_there_are_a_failed_start(replica):
    one = replica("print(1)", cpus=(100_000,))

    one.start()

    assert one.ended().reason == "start_failed"


def test_the_command_finds_its_place_and_none_of_our_secrets(replica, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "hub-secret")
    monkeypatch.setenv("MY_DB_PASSWORD", "db-secret")
    one = replica(
        "import json, os, sys; print(json.dumps([dict(os.environ), os.getcwd(), sys.path]))",
        env={"HUBKIN_DATA_MNIST": "/data/mnist", "TOKENIZERS_PARALLELISM": "false"},
    )

    one.start()
    one.ended()

    env, cwd, path = json.loads(one.spool())
    assert cwd == one.spec.code == env["HUBKIN_CODE"]
    assert env["HUBKIN_OUTPUTS"] == one.spec.outputs
    assert (env["HUBKIN_JOB_ID"], env["HUBKIN_ATTEMPT_ID"], env["HUBKIN_TASK"]) == ("job-1", "att-1", "main")
    assert env["HUBKIN_DATA_MNIST"] == "/data/mnist"
    assert env["TOKENIZERS_PARALLELISM"] == "false"
    assert env["MLFLOW_TRACKING_URI"] == f"file:{one.spec.outputs}/mlruns"
    assert path[1].endswith("hubkin_agent/injob")
    assert not {"hub-secret", "db-secret", "secret-1"} & set(env.values())


def test_a_replica_directory_without_a_spec_still_gets_its_exit(replica):
    one = replica("print(1)")
    one.run.spec_file.write_text("{}")

    one.start(go=False)

    ended = one.ended()
    assert ended.reason == "agent_error"
    assert "agent.json cannot be read" in ended.message


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
def test_launch_sh_works_in_every_shell(shell, tmp_path):
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"needs {shell}")
    launch = Path(hubkin_agent.__file__).with_name("launch.sh")
    (tmp_path / "spool").touch()
    os.mkfifo(tmp_path / "signal")
    script = (
        "import signal; signal.signal(15, lambda *_: exit(7)); print('ready', flush=True); signal.pause()"
    )
    interpreter = [program, "sh"] if shell == "busybox" else [program]
    child = subprocess.Popen(
        [*interpreter, str(launch), str(tmp_path), "/", "5", sys.executable, "-c", script]
    )
    wait_until(lambda: (tmp_path / "spool").read_bytes())

    child.terminate()

    assert child.wait(timeout=20) == 7
    assert (tmp_path / "code_exit").read_text().strip() == "7"
    assert (tmp_path / "spool").read_bytes() == b"ready\n"


def test_an_interrupt_is_one_where_the_machine_can(replica):
    if subprocess.run(
        ["env", "--default-signal=INT", "true"], check=False, stderr=subprocess.DEVNULL
    ).returncode:
        pytest.skip("needs env --default-signal")
    one = replica("import time; print('ready')\ntry: time.sleep(600)\nexcept KeyboardInterrupt: exit(4)")
    one.start()
    one.prints("ready")

    one.run.send("stop 30 INT")

    assert one.ended().code == 4


def launch(one, *argv: str) -> subprocess.Popen[bytes]:
    """Start launch.sh as an agent does that is killed at once."""
    script = Path(hubkin_agent.__file__).with_name("launch.sh")
    env = os.environ | {"HUBKIN_REPORT": str(one.run.report)}
    return subprocess.Popen(["sh", str(script), str(one.run.path), one.spec.cwd, "5", *argv], env=env)


def test_a_command_that_an_agent_started_and_could_not_note_is_adopted(replica):
    one = replica("open('ran', 'a').write('agent')")
    one.run.spool.touch()
    os.mkfifo(one.run.signal)
    child = launch(one, "sh", "-c", "echo launched; sleep 1; exit 6")

    one.start(go=False)

    child.wait()
    assert one.ended().code == 6
    assert one.spool() == b"launched\n"
    assert not Path(one.spec.code, "ran").exists()


def test_a_second_launch_of_the_same_replica_runs_nothing(replica):
    one = replica("print('once')")
    one.start()
    one.ended()

    second = launch(one, "sh", "-c", "echo twice")

    assert second.wait(timeout=10) == 125
    assert one.spool() == b"once\n"


def test_an_agent_after_one_that_was_sent_go_does_not_wait_again(replica):
    one = replica("print('ran')")
    one.start(go=False)
    wait_until(lambda: one.run.is_ready)
    one.kill_agent()
    one.run.went.touch()

    one.start(go=False)

    assert one.ended().code == 0


def test_an_agent_after_one_that_was_not_sent_go_waits(replica):
    one = replica("print('ran')")
    one.start(go=False)
    wait_until(lambda: one.run.is_ready)
    one.kill_agent()

    one.start(go=True)

    assert one.ended().code == 0


@pytest.mark.parametrize("control", [None, "stop 0.2", "kill"])
def test_a_machine_without_linuxs_calls_runs_commands_too(replica, control):
    seconds = 600 if control else 0
    one = replica(
        f"import signal, time; signal.signal(15, signal.SIG_IGN); print('ready'); time.sleep({seconds})"
    )
    poorer = """
import sys
from hubkin_agent import __main__, linux, processes
linux._LIBC = None
processes.HAS_PROC = processes._HAS_CHILDREN = False
processes.read = lambda pid: None
sys.exit(__main__.main(sys.argv[1:]))
"""
    with one.run.log.open("ab") as log:
        one.agents.append(
            subprocess.Popen([sys.executable, "-c", poorer, str(one.run.path)], stdout=log, stderr=log)
        )
    one.go()
    one.prints("ready")
    if control:
        one.run.send(control)

    ended = one.ended()

    assert (ended.reason, ended.code) == (("stopped", 137) if control else ("exited", 0))
    assert one.spool() == b"ready\n"
