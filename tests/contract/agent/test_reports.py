"""Curves, progress and use reach the platform without a change in the user's code, each number once."""

import struct
from pathlib import Path

import pytest

from tests.contract.agent.conftest import wait_until


def test_numbers_in_the_output_become_curves(replica, platform):
    one = replica("""
for epoch in range(1, 4):
    print(f"Epoch {epoch}/3")
    print(f"epoch {epoch} loss=0.{epoch} time: 12:30:0{epoch} ip=10.0.0.1 version: 1.2.3")
""")

    one.start()
    one.ended()

    assert platform.points() == [("loss", 1, 0.1), ("loss", 2, 0.2), ("loss", 3, 0.3)]
    last = [batch["progress"] for batch in platform.reports["main/0"].values() if batch["progress"]][-1]
    assert last == {"done": 3, "total": 3, "unit": "epoch"}


def test_points_arrive_while_the_command_runs(replica, platform):
    one = replica("import time; print('step 1 loss=0.5', flush=True); time.sleep(600)")

    one.start()

    wait_until(lambda: platform.points() == [("loss", 1, 0.5)])


def test_what_the_in_job_module_reports_arrives_and_beats_the_text(replica, platform):
    one = replica("""
import hubkin
print("loss=9.9")
hubkin.report(step=10, loss=0.25, acc=1)
hubkin.report(loss=float("nan"))
""")

    one.start()
    one.ended()

    assert sorted(platform.points()) == [("acc", 10, 1.0), ("loss", 10, 0.25)]


def test_the_use_of_the_machine_is_reported(replica, platform):
    one = replica("import time; print('ready'); time.sleep(600)")

    one.start()

    def used():
        return [batch["usage"] for batch in platform.reports.get("main/0", {}).values() if batch["usage"]]

    assert wait_until(used)[0]["rss_bytes"] > 1_000_000


def test_tensorboard_files_are_read_and_those_of_before_are_not(replica, platform):
    one = replica("""
import os, struct
def frame(data): return struct.pack("<QI", len(data), 0) + data + b"\\0" * 4
def scalar(tag, value, step):
    value = b"\\x0a" + bytes([len(tag)]) + tag + b"\\x15" + struct.pack("<f", value)
    summary = b"\\x0a" + bytes([len(value)]) + value
    event = b"\\x09" + struct.pack("<d", 1.7e9) + b"\\x10" + bytes([step])
    return frame(event + b"\\x2a" + bytes([len(summary)]) + summary)
with open("runs/events.out.tfevents.1", "ab") as file: file.write(scalar(b"late", 2.0, 2))
with open("runs/events.out.tfevents.2", "wb") as file: file.write(scalar(b"loss/train", 0.5, 7))
os.mkdir("runs/val")
with open("runs/val/events.out.tfevents.3", "wb") as file: file.write(scalar(b"loss/train", 0.6, 7))
""")
    old = Path(one.spec.code, "runs/events.out.tfevents.1")
    old.parent.mkdir(parents=True)
    value = b"\x0a\x05early\x15" + struct.pack("<f", 1.0)
    summary = b"\x0a" + bytes([len(value)]) + value
    event = b"\x10\x01\x2a" + bytes([len(summary)]) + summary
    old.write_bytes(struct.pack("<QI", len(event), 0) + event + b"\0" * 4)

    one.start()
    one.ended()

    assert sorted(platform.points()) == [
        ("late", 2, 2.0),
        ("loss/train", 7, 0.5),
        ("val/loss/train", 7, pytest.approx(0.6)),
    ]


def test_mlflows_file_store_is_read(replica, platform):
    one = replica("""
import os
assert os.environ["MLFLOW_TRACKING_URI"].startswith("file:")
place = os.environ["MLFLOW_TRACKING_URI"][5:] + "/0/run1/metrics/val"
os.makedirs(place)
open(place + "/acc", "w").write("1700000000000 0.5 1\\n1700000000001 0.75 2\\n")
""")

    one.start()
    one.ended()

    assert platform.points() == [("val/acc", 1, 0.5), ("val/acc", 2, 0.75)]


def test_no_number_is_told_twice_or_lost_over_kills_and_lost_answers(replica, platform):
    failures = iter(["cut", None, 500, "cut", None, "cut"])
    platform.cue = lambda _method, path: next(failures, None) if path.endswith("/reports") else None
    one = replica("""
import time
for n in range(400):
    print(f"step {n} loss={n}", flush=True); time.sleep(0.01)
""")
    one.start()
    for _ in range(2):
        seen = len(platform.reports.get("main/0", {}))
        wait_until(
            lambda seen=seen: len(platform.reports.get("main/0", {})) > seen or one.run.code_exit.exists()
        )
        one.kill_agent()
        one.start(go=False)

    one.ended()

    assert platform.points() == [("loss", n, float(n)) for n in range(400)]


def test_a_refused_batch_does_not_hold_up_the_next(replica, platform):
    refusals = iter([422])
    platform.cue = lambda _method, path: next(refusals, None) if path.endswith("/reports") else None
    one = replica("import time; print('step 1 loss=1', flush=True); time.sleep(3); print('step 2 loss=2')")

    one.start()
    one.ended()

    assert platform.points()[-1] == ("loss", 2, 2.0)


def test_more_numbers_than_one_batch_holds_all_arrive(replica, platform):
    one = replica("for n in range(5000): print(f'step {n} loss={n}')")

    one.start()
    one.ended()

    assert platform.points() == [("loss", n, float(n)) for n in range(5000)]
