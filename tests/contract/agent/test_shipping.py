"""Every byte of the log arrives once, in order, whatever fails on the way."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hubkin_agent import linux
from hubkin_agent.client import Away, Client
from hubkin_agent.shipping import Shipper
from hubkin_agent.spool import Spool

from tests.contract.agent.conftest import wait_until
from tests.contract.agent.platform import Platform

NUMBERED = """
import sys, time
for n in range({count}):
    sys.stdout.write("line %d\\n" % n)
    if n % {every} == 0:
        sys.stdout.flush(); time.sleep(0.01)
"""


def numbered(count: int) -> str:
    return "".join(f"line {n}\n" for n in range(count))


def test_the_log_arrives_while_the_command_runs(replica, platform):
    one = replica("import time; print('first'); time.sleep(600)")

    one.start()

    wait_until(lambda: platform.text() == "first\n")
    assert one.run.exit() is None


def test_stdout_and_stderr_are_one_log(replica, platform):
    one = replica("import sys; print('out'); sys.stderr.write('err\\n'); print('out again')")

    one.start()
    one.ended()

    assert platform.text() == "out\nerr\nout again\n"


def test_an_agent_that_was_killed_is_followed_by_one_that_ships_the_rest_once(replica, platform):
    one = replica(NUMBERED.format(count=60_000, every=200) + "sys.exit(3)")
    one.start()
    for _ in range(4):
        seen = len(platform.text())
        wait_until(lambda seen=seen: len(platform.text()) > seen or one.run.code_exit.exists())
        one.kill_agent()
        time.sleep(0.1)
        one.start(go=False)

    ended = one.ended()

    assert (ended.reason, ended.code) == ("exited", 3)
    assert platform.text() == numbered(60_000)
    assert ended.shipped_bytes == ended.spool_bytes == len(numbered(60_000))


def test_an_agent_that_follows_ends_what_got_away_meanwhile(replica):
    one = replica("""
import os, time
while not os.path.exists("orphan"): time.sleep(0.01)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open("daemon", "w").write(str(os.getpid()))
        time.sleep(600)
    os._exit(0)
while not os.path.exists("daemon"): time.sleep(0.01)
""")
    one.start()
    wait_until(one.run.started)
    one.kill_agent()
    Path(one.spec.code, "orphan").touch()
    wait_until(one.run.code_exit.exists)

    one.start(go=False)

    assert one.ended().code == 0
    daemon = Path("/proc") / Path(one.spec.code, "daemon").read_text()
    assert not daemon.exists() or "Z" in (daemon / "stat").read_text().split()[2]


def test_a_stop_is_obeyed_by_the_agent_that_follows(replica):
    one = replica(
        "import signal, time; signal.signal(15, lambda *_: exit(7)); print('ready'); time.sleep(600)"
    )
    one.start()
    one.prints("ready")
    one.kill_agent()
    one.start(go=False)

    wait_until(lambda: one.run.send("stop 30"))

    ended = one.ended()
    assert (ended.reason, ended.code) == ("stopped", 7)


def test_an_agent_killed_after_the_end_is_followed_by_one_that_knows_why(replica, platform):
    one = replica("import time; print('ready'); time.sleep(600)", flush_seconds=60)
    one.start()
    one.prints("ready")
    platform.stop()
    one.run.send("kill")
    wait_until(one.run.code_exit.exists)
    one.kill_agent()
    platform.start()

    one.start(go=False)

    assert one.ended().reason == "stopped"
    assert platform.text() == "ready\n"


def test_a_killed_agent_whose_command_was_killed_too_says_that_it_does_not_know(replica):
    one = replica("import time; print('ready'); time.sleep(600)")
    one.start()
    one.prints("ready")
    one.kill_agent()
    os.killpg(one.run.started().pid, 9)

    one.start(go=False)

    ended = one.ended()
    assert (ended.reason, ended.code) == ("agent_error", None)


def test_a_platform_that_was_away_gets_everything(replica, platform):
    one = replica(NUMBERED.format(count=20_000, every=100), flush_seconds=60)
    one.start()
    wait_until(platform.text)
    platform.stop()
    wait_until(one.run.code_exit.exists)
    assert one.run.exit() is None

    platform.start()

    ended = one.ended()
    assert platform.text() == numbered(20_000)
    assert ended.gap_bytes == 0


def test_lost_answers_errors_and_cut_connections_repeat_nothing(replica, platform):
    failures = iter(([500, "cut", None, 503, "cut", 429, None] * 30)[:200])
    platform.cue = lambda _method, path: next(failures, None) if path.endswith("/log") else None
    one = replica(NUMBERED.format(count=20_000, every=100), flush_seconds=60)

    one.start()
    one.ended()

    assert platform.text() == numbered(20_000)


def test_a_slow_platform_delays_nobody_else(replica, platform):
    def slow(_method: str, _path: str) -> None:
        time.sleep(0.5)

    platform.cue = slow
    one = replica("import time; print('ready'); time.sleep(600)")
    one.start()
    one.prints("ready")
    asked = time.monotonic()

    one.run.send("kill")

    wait_until(lambda: not one.run.started().is_alive)
    assert time.monotonic() - asked < 5


def test_a_renewed_token_is_taken_up_by_a_running_agent(replica, platform):
    platform.tokens.clear()
    platform.tokens.add("secret-2")
    one = replica("print('hello')", flush_seconds=60)
    one.start()
    wait_until(one.run.code_exit.exists)

    one.run.create(type(one.spec)(**{**vars(one.spec), "token": "secret-2"}))

    one.ended()
    assert platform.text() == "hello\n"


def test_a_platform_that_stays_away_does_not_hold_the_end_and_flush_ships_the_rest(replica, platform):
    one = replica("print('hello'); open('left', 'w').write('behind')", flush_seconds=0.3)
    platform.stop()
    one.start()
    ended = one.ended()
    assert (ended.reason, ended.code, ended.shipped_bytes, ended.spool_bytes) == ("exited", 0, 0, 6)
    assert not one.run.is_settled
    platform.start()

    flush = subprocess.run(
        [sys.executable, "-m", "hubkin_agent", "--flush", str(one.run.path)], timeout=60, check=False
    )

    assert flush.returncode == 0
    assert platform.text() == "hello\n"
    assert platform.files() == {"left": b"behind"}
    assert one.run.exit().shipped_bytes == 6
    assert one.run.is_settled


def test_outputs_that_were_not_kept_yet_are_left_for_the_flush(replica, platform):
    platform.cue = lambda _method, path: 503 if "/outputs" in path else None
    one = replica("open('left', 'w').write('behind')", flush_seconds=0.3)
    one.start()
    one.ended()
    assert not one.run.is_settled
    platform.cue = lambda _method, _path: None

    one.agents.append(one.run.start_agent(flush=True))

    wait_until(lambda: one.run.is_settled)
    assert platform.files() == {"left": b"behind"}


def test_an_attempt_that_the_platform_does_not_know_is_not_waited_for(replica, platform):
    platform.cue = lambda _method, _path: 404
    one = replica("print('hello')", flush_seconds=600)

    one.start()

    assert one.ended().shipped_bytes == 0
    assert one.run.is_settled


def test_a_defect_of_ours_while_shipping_is_logged_and_overcome(replica, platform):
    platform.tokens.add("secret\nwith a line end")
    one = replica("print('hello')", token="secret\nwith a line end", flush_seconds=60)
    one.start()
    wait_until(lambda: "shipping_failed" in one.log())

    one.run.create(type(one.spec)(**{**vars(one.spec), "token": "secret-1"}))

    one.ended()
    assert platform.text() == "hello\n"


def test_outputs_that_are_refused_do_not_hold_the_end(replica, platform):
    platform.cue = lambda _method, path: 422 if path.endswith("/commit") else None
    one = replica("open('left', 'w').write('behind')", flush_seconds=600)

    one.start()

    assert one.ended().code == 0
    assert one.run.is_settled
    assert "outputs_refused" in one.log()


def test_ten_megabytes_without_a_newline_arrive_whole(replica, platform):
    one = replica("import sys; sys.stdout.write('x' * 10_000_000)")

    one.start()
    one.ended()

    assert len(platform.log["main/0"]) == 10_000_000
    assert platform.points() == []


def test_shipped_output_is_given_back_to_the_file_system(replica, platform, tmp_path):
    probe = tmp_path / "probe"
    probe.write_bytes(b"x" * 65_536)
    fd = os.open(probe, os.O_RDWR)
    if not linux.punch_hole(fd, 0, 65_536):
        pytest.skip("needs a file system that punches holes")
    os.close(fd)
    script = """
import os, sys, time
block = b"0123456789abcde\\n" * 4096
for n in range(640):
    os.write(1, block)
    while n % 64 == 63 and os.stat(os.environ["SPOOL"]).st_blocks * 512 > 8_000_000: time.sleep(0.01)
"""
    one = replica(script, env={"SPOOL": str(tmp_path / "replica-0" / "run" / "spool")})

    one.start()

    ended = one.ended()
    about = one.run.spool.stat()
    assert ended.shipped_bytes == about.st_size == 640 * 65_536
    assert about.st_blocks * 512 < 70_000
    assert (
        hashlib.sha256(platform.log["main/0"]).digest()
        == hashlib.sha256(b"0123456789abcde\n" * 4096 * 640).digest()
    )


def test_no_chunk_ends_within_a_character(replica, platform):
    one = replica("import sys; sys.stdout.write('南瓜' * 200_000)")

    one.start()
    one.ended()

    assert platform.text() == "南瓜" * 200_000
    assert platform.split_characters == 0


def test_a_full_disk_ends_neither_agent_nor_log(replica, platform, small_disk):
    one = replica(
        """
import sys, time
try:
    for _ in range(400):
        sys.stdout.write("x" * 65_535 + "\\n"); sys.stdout.flush()
except OSError as error:
    open("/dev/null")
time.sleep(1)
sys.exit(5)
""",
        folder=small_disk,
    )
    cue_until = time.monotonic() + 3
    platform.cue = lambda _method, _path: 503 if time.monotonic() < cue_until else None

    one.start()

    ended = one.ended()
    assert (ended.reason, ended.code) == ("exited", 5)
    assert platform.log["main/0"] == one_line_blocks(ended.spool_bytes)
    assert ended.shipped_bytes == ended.spool_bytes > 4_000_000


def test_on_a_full_disk_the_end_is_still_written_down(replica, platform, small_disk):
    one = replica(
        """
import os, sys
try:
    while True: os.write(1, b"x" * 65_536)
except OSError:
    sys.exit(5)
""",
        folder=small_disk,
        flush_seconds=0.2,
    )
    platform.stop()

    one.start()

    assert one.ended().code == 5


def one_line_blocks(length: int) -> bytes:
    return ((b"x" * 65_535 + b"\n") * 400)[:length]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 8 MB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], check=False)
    if done.returncode != 0:
        pytest.skip("needs the right to mount")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


class Tail:
    """A shipper on a spool of its own, without an agent around it."""

    def __init__(self, folder: Path, platform: Platform, *, backlog_bytes: int = 1 << 30) -> None:
        self.folder = folder
        self.spool = Spool(folder / "spool", folder / "spool.state")
        client = Client(platform.api, "/attempts/att-1/replicas/main/0", lambda: "secret-1")
        self.shipper = Shipper(self.spool, str(folder / "spool"), client, backlog_bytes)

    def write(self, data: bytes) -> None:
        with (self.folder / "spool").open("ab") as file:
            file.write(data)
        self.spool.parsed(self.spool.size())

    def step_until_still(self) -> None:
        while self.shipper.step():
            pass

    def close(self) -> None:
        self.shipper.close()
        self.spool.close()


@pytest.fixture
def make_tail(tmp_path, platform):
    made = []

    def make(**settings) -> Tail:
        made.append(Tail(tmp_path, platform, **settings))
        return made[-1]

    yield make
    for tail in made:
        tail.close()


def test_a_backlog_past_its_bound_is_one_gap_with_its_size(make_tail, platform):
    tail = make_tail(backlog_bytes=1_000_000)
    platform.stop()
    blocks = [bytes([65 + n]) * 100_000 for n in range(26)]
    for block in blocks:
        tail.write(block)
        with pytest.raises(Away):
            tail.shipper.step()
    platform.start()

    tail.step_until_still()

    whole = b"".join(blocks)
    log = bytes(platform.log["main/0"])
    [(offset, lost)] = platform.gaps["main/0"]
    assert offset == 0
    assert tail.spool.position.gap == lost
    assert 1_600_000 <= lost <= 1_800_000
    assert log == b"?" * lost + whole[lost:]


def test_a_gap_whose_beginning_had_arrived_is_smaller(make_tail, platform):
    tail = make_tail(backlog_bytes=1_000_000)
    tail.write(b"a" * 500_000)
    platform.cue = lambda _method, _path: "cut"
    with pytest.raises(Away):
        tail.shipper.step()
    arrived = len(platform.log["main/0"])
    tail.write(b"b" * 1_500_000)
    with pytest.raises(Away):
        tail.shipper.step()
    platform.cue = lambda _method, _path: None

    tail.step_until_still()

    [(offset, lost)] = platform.gaps["main/0"]
    assert offset == arrived == 262_144
    assert tail.spool.position.gap == lost
    assert len(platform.log["main/0"]) == 2_000_000


def test_a_platform_that_forgot_gets_what_is_still_there_and_a_gap_for_the_rest(make_tail, platform):
    tail = make_tail()
    tail.write(b"a" * 600_000)
    tail.step_until_still()
    freed = tail.spool.position.freed
    platform.log["main/0"] = bytearray()
    tail.write(b"b" * 10)

    tail.step_until_still()

    assert platform.gaps["main/0"] == [(0, freed)]
    assert bytes(platform.log["main/0"][freed:]) == b"a" * (600_000 - freed) + b"b" * 10


def test_a_spool_that_is_opened_again_knows_where_it_was(make_tail, platform):
    tail = make_tail(backlog_bytes=100_000)
    tail.write(b"a" * 400_000)
    platform.stop()
    with pytest.raises(Away):
        tail.shipper.step()
    platform.start()

    again = make_tail()
    again.step_until_still()

    assert again.spool.position.gap == tail.spool.position.gap > 0
    assert len(platform.gaps["main/0"]) == 1
