"""What a replica leaves is kept, however it ends; what is not kept is named."""

import hashlib
from pathlib import Path

import pytest
from hubkin_agent import Spec, outputs

from tests.contract.agent.conftest import wait_until


def test_outputs_and_new_or_changed_code_are_kept_on_success(replica, platform):
    one = replica("""
import os
out = os.environ["HUBKIN_OUTPUTS"]
os.makedirs(out + "/ckpt/deep")
open(out + "/ckpt/deep/a.pt", "w").write("weights")
open("new.txt", "w").write("new")
open("old.txt", "w").write("changed")
os.makedirs(".hubkin", exist_ok=True); open(".hubkin/cell.py", "w").write("ours")
os.makedirs("__pycache__"); open("__pycache__/x.pyc", "w").write("cache")
""")
    Path(one.spec.code, "old.txt").write_text("before")
    Path(one.spec.code, "same.txt").write_text("untouched")

    one.start()
    one.ended()

    assert platform.files() == {"ckpt/deep/a.pt": b"weights", "new.txt": b"new", "old.txt": b"changed"}
    assert platform.skipped() == {}


@pytest.mark.parametrize(
    ("last", "control"), [("raise SystemExit(3)", None), ("print('ready'); time.sleep(600)", "kill")]
)
def test_outputs_are_kept_on_failure_and_on_stop(replica, platform, last, control):
    one = replica(f"import os, time; open(os.environ['HUBKIN_OUTPUTS'] + '/a', 'w').write('kept'); {last}")
    one.start()
    if control:
        one.prints("ready")
        one.run.send(control)

    one.ended()

    assert platform.files() == {"a": b"kept"}


def test_links_that_lead_out_are_named_and_not_followed(replica, platform, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("private")
    one = replica(
        """
import os
os.chdir(os.environ["HUBKIN_OUTPUTS"])
open("real", "w").write("real")
os.mkdir("folder")
os.symlink("real", "inside")
os.symlink(os.environ["SECRET"] + "/key", "absolute")
os.symlink("../../secret/key", "relative")
os.symlink(os.environ["SECRET"], "folder-out")
os.symlink("folder-out/key", "through")
os.symlink("folder", "folder-in")
os.symlink("nothing", "dangling")
os.symlink("loop", "loop")
os.mkfifo("fifo")
""",
        env={"SECRET": str(secret)},
    )

    one.start()
    one.ended()

    assert platform.files() == {"real": b"real", "inside": b"real"}
    assert platform.skipped() == {
        "absolute": "link_leads_out",
        "relative": "link_leads_out",
        "folder-out": "link_leads_out",
        "through": "link_leads_out",
        "folder-in": "link_to_folder",
        "dangling": "link_to_nothing",
        "loop": "link_to_nothing",
        "fifo": "not_a_file",
    }
    assert b"private" not in platform.blobs.values()


def test_names_that_nobody_should_meet_again_are_skipped(replica, platform):
    one = replica(r"""
import os
os.chdir(os.environ["HUBKIN_OUTPUTS"])
open("good 数据.txt", "w").close()
open("bell\x07", "w").close()
open("evil\u202etxt.exe", "w").close()
open(b"latin\xe9", "w").close()
deep = "d/" * 70
os.makedirs(deep); open(deep + "file", "w").close()
""")

    one.start()
    one.ended()

    assert set(platform.files()) == {"good 数据.txt"}
    skipped = platform.skipped()
    assert len(skipped) == 4
    assert set(skipped.values()) == {"bad_name"}
    assert "latin\\udce9" in skipped


def test_only_what_fits_is_kept_and_the_result_first(replica, platform):
    one = replica(
        """
import os
out = os.environ["HUBKIN_OUTPUTS"]
os.makedirs(out + "/.hubkin")
open(out + "/.hubkin/result.json", "w").write("r" * 50)
open(out + "/a-large", "w").write("x" * 200)
open(out + "/b-small", "w").write("y" * 40)
""",
        max_output_bytes=100,
    )

    one.start()
    one.ended()

    assert platform.files() == {".hubkin/result.json": b"r" * 50, "b-small": b"y" * 40}
    assert platform.skipped() == {"a-large": "over_limit"}


def test_only_what_the_spec_keeps_is_kept(replica, platform):
    one = replica("open('report.html', 'w').write('r'); open('scratch', 'w').write('s')", keep=("*.html",))

    one.start()
    one.ended()

    assert platform.files() == {"report.html": b"r"}
    assert platform.skipped() == {"scratch": "not_in_keep"}


def test_the_same_bytes_are_sent_once_and_modes_are_told(replica, platform):
    one = replica("""
import os
for name in ("a", "b", "run"): open(name, "w").write("same")
os.chmod("run", 0o4755)
""")

    one.start()
    one.ended()

    assert set(platform.files()) == {"a", "b", "run"}
    assert len(platform.blobs) == 1
    modes = {one["path"]: one["mode"] for one in platform.committed["main/0"]["files"]}
    assert modes == {"a": "0644", "b": "0644", "run": "0755"}


def test_outputs_wait_for_a_platform_that_fails(replica, platform):
    failures = iter([500, "cut", 503, "cut"])
    platform.cue = lambda _method, path: (
        next(failures, None) if "/outputs" in path or "/blobs/" in path else None
    )
    one = replica("open('a', 'w').write('kept')", flush_seconds=60)

    one.start()
    one.ended()

    assert platform.files() == {"a": b"kept"}


def test_a_file_of_several_parts_has_the_stores_digest(replica, platform):
    one = replica("open('big', 'wb').write(bytes(range(256)) * (33 << 12))")

    one.start()
    one.ended()

    whole = bytes(range(256)) * (33 << 12)
    parts = [whole[at : at + (16 << 20)] for at in range(0, len(whole), 16 << 20)]
    expected = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
    assert [one["digest"] for one in platform.committed["main/0"]["files"]] == [expected]
    assert Path(one.spec.code, "big").stat().st_size == len(platform.blobs[expected]) == len(whole)


def test_an_unchanged_listing_survives_a_kill_of_the_agent(replica, platform):
    one = replica("import time; print('ready'); time.sleep(2); open('new', 'w').write('n')")
    Path(one.spec.code, "old").write_text("o")
    one.start()
    one.prints("ready")
    one.kill_agent()

    one.start(go=False)
    one.ended()

    assert platform.files() == {"new": b"n"}
    wait_until(lambda: ("main/0", "ended") in platform.facts)


def test_outputs_and_code_are_one_tree_without_a_file_in_the_way_of_a_folder(replica, platform):
    one = replica("""
import os
out = os.environ["HUBKIN_OUTPUTS"]
open(out + "/a", "w").write("outputs")
open(out + "/b", "w").write("outputs")
os.mkdir(out + "/c"); open(out + "/c/d", "w").write("outputs")
open("a", "w").write("code")
os.mkdir("b"); open("b/under-a-file", "w").write("code")
open("c", "w").write("code")
""")

    one.start()
    one.ended()

    assert platform.files() == {"a": b"outputs", "b": b"outputs", "c/d": b"outputs"}
    assert platform.skipped() == {"a": "duplicate", "b/under-a-file": "duplicate", "c": "duplicate"}


def test_more_files_than_the_platform_takes_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(outputs, "MOST_FILES", 2)
    code, kept = tmp_path / "code", tmp_path / "outputs"
    for folder in (code, kept):
        folder.mkdir()
    for name in ("a", "b", "c"):
        (kept / name).write_text(name)
    spec = Spec("job-1", "attempt-1", "main", 0, ("true",), str(code), str(code), str(kept))

    found = outputs.find(spec, {})

    assert len(found.files) == 2
    assert [one["reason"] for one in found.skipped_on_wire()] == ["too_many"]
