"""Datasets from a folder to the platform and back, over the SDK and the command line."""

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import hubkin
import pytest
from hubkin import moving, pull, upload
from hubkin.codefolder import BadFolder, take_dataset
from hubkin.digest import ChangedWhileRead
from hubkin.moving import Progress

from tests.unit.client.conftest import Ran
from tests.unit.client.small_platform import World

Hubkin = Callable[..., Ran]


@pytest.fixture
def digits(home: Path) -> Path:
    """A folder with three files, one of them of several parts, one executable."""
    folder = home / "digits"
    (folder / "train").mkdir(parents=True)
    (folder / "train" / "1.txt").write_text("one")
    (folder / "train" / "run.sh").write_text("two")
    (folder / "train" / "run.sh").chmod(0o755)
    (folder / "big").write_bytes(os.urandom(17 << 20))
    return folder


def sent(platform: World) -> int:
    """How many objects came so far."""
    return sum(method == "PUT" for method, _path in platform.requests)


def same(one: Path, other: Path) -> bool:
    def content(folder: Path) -> dict[str, tuple[bytes, bool]]:
        files = [path for path in folder.rglob("*") if path.is_file()]
        return {
            str(path.relative_to(folder)): (path.read_bytes(), os.access(path, os.X_OK)) for path in files
        }

    return content(one) == content(other)


# --- push


def test_a_folder_becomes_a_version_and_comes_back(platform: World, digits: Path, home: Path) -> None:
    client = hubkin.client()

    pushed = client.datasets.push(digits, "digits", note="first")

    assert (pushed.name, pushed.version, pushed.files, pushed.note) == ("digits", 1, 3, "first")
    assert same(digits, client.datasets.pull("digits@v1", home / "back"))
    assert [one.version for one in client.datasets.list("digits")] == [1]
    assert [file.path for file in client.datasets.files("digits")] == ["big", "train/1.txt", "train/run.sh"]


@pytest.mark.parametrize("name", ["x" * 255, "\u6570" * 85], ids=["letters", "characters"])
def test_a_name_as_long_as_names_can_be_comes_back(
    platform: World, digits: Path, home: Path, name: str
) -> None:
    (digits / name).write_text("long")
    client = hubkin.client()
    client.datasets.push(digits, "digits")

    assert same(digits, client.datasets.pull("digits", home / "back"))


def test_only_what_is_new_is_sent(platform: World, digits: Path) -> None:
    hubkin.client().datasets.push(digits, "digits")
    (digits / "train" / "2.txt").write_text("new")

    before = sent(platform)
    version = hubkin.client().datasets.push(digits, "digits").version

    assert (version, sent(platform) - before) == (2, 1)


def test_the_same_folder_makes_no_other_version(platform: World, digits: Path, hubkin: Hubkin) -> None:
    hubkin("datasets", "push", "digits", "digits")

    ran = hubkin("datasets", "push", "digits", "digits")

    assert (ran.code, len(platform.versions)) == (0, 1)
    assert ran.out == "ada/digits@v1 · files: 3 · 17.8 MB\n"
    assert ran.err == "Nothing is new: ada/digits@v1 has the same files. No version was made.\n"


def test_a_push_that_was_stopped_goes_on(
    platform: World, digits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "_TOLD_EVERY_SECONDS", 0)

    def stop(progress: Progress) -> None:
        if progress.stage == "sending" and progress.files == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hubkin.client().datasets.push(digits, "digits", progress=stop)
    stored = len(platform.objects)
    before = sent(platform)
    hubkin.client().datasets.push(digits, "digits")

    assert platform.versions[0].files == 3
    assert stored > 0
    assert sent(platform) - before == 3 - stored


def test_ctrl_c_says_that_nothing_was_made(
    platform: World, digits: Path, hubkin: Hubkin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(upload, "send", interrupted)

    ran = hubkin("datasets", "push", "digits", "digits")

    assert ran.code == 130
    assert "no version was made" in ran.err


def test_a_ticket_that_ran_out_is_asked_for_again(platform: World, digits: Path) -> None:
    platform.ended_tickets = 3

    assert hubkin.client().datasets.push(digits, "digits").files == 3


def test_a_file_that_changes_meanwhile_makes_no_version(platform: World, digits: Path) -> None:
    def change(progress: Progress) -> None:
        if progress.stage == "sending":
            (digits / "train" / "1.txt").write_text("ONE")

    with pytest.raises(ChangedWhileRead, match=r"1\.txt changed while it was read"):
        hubkin.client().datasets.push(digits, "digits", progress=change)

    assert platform.versions == []


def test_a_big_file_that_changes_meanwhile_makes_no_version(platform: World, digits: Path) -> None:
    def change(progress: Progress) -> None:
        if progress.stage == "sending":
            with (digits / "big").open("r+b") as file:
                file.write(b"other bytes")

    with pytest.raises(ChangedWhileRead, match="big changed while it was read"):
        hubkin.client().datasets.push(digits, "digits", progress=change)


def test_a_file_that_shrinks_meanwhile_makes_no_version(platform: World, digits: Path) -> None:
    def change(progress: Progress) -> None:
        if progress.stage == "sending":
            os.truncate(digits / "big", 1 << 20)

    with pytest.raises(ChangedWhileRead, match="big changed while it was read"):
        hubkin.client().datasets.push(digits, "digits", progress=change)


def test_two_pushes_at_once_both_end(platform: World, digits: Path) -> None:
    clients = [hubkin.Client(), hubkin.Client()]
    threads = [threading.Thread(target=one.datasets.push, args=(digits, "digits")) for one in clients]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for client in clients:
        client.close()

    assert len(platform.versions) == 1


def test_progress_ends_with_all_of_it(platform: World, digits: Path) -> None:
    seen: list[Progress] = []

    hubkin.client().datasets.push(digits, "digits", progress=seen.append)

    last = {one.stage: one for one in seen}
    assert last.keys() == {"reading", "sending"}
    assert all((one.files, one.bytes) == (one.of_files, one.of_bytes) for one in last.values())


def test_when_one_file_fails_the_others_give_up_at_their_next_piece() -> None:
    tally = moving.Tally()

    def fail(_: int) -> None:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        tally.each(fail, [1])

    with pytest.raises(moving.Stopped):
        tally.add(size_bytes=1)


def test_large_and_many_objects_are_claimed_in_turns() -> None:
    class File:
        def __init__(self, size_bytes: int) -> None:
            self.size_bytes = size_bytes

    sizes = [1] * 501 + [300 << 20] * 2 + [1]
    files = [(str(n), File(size)) for n, size in enumerate(sizes)]

    turns = [len(batch) for batch in upload.batches(files)]  # type: ignore[arg-type]

    assert turns == [500, 1, 1, 1, 1]


# --- folders that cannot travel


def refusal(folder: Path) -> str:
    with pytest.raises(BadFolder) as caught:
        take_dataset(folder)
    return str(caught.value)


def test_what_git_ignores_is_data(home: Path) -> None:
    (home / ".gitignore").write_text("*.bin\n")
    (home / "a.bin").write_text("x")
    (home / "node_modules").mkdir()
    (home / "node_modules" / "b").write_text("x")

    assert [file.path for file in take_dataset(home).files] == [".gitignore", "a.bin", "node_modules/b"]


def test_a_folder_that_is_not_there_or_empty_is_refused(home: Path) -> None:
    (home / "empty" / "sub").mkdir(parents=True)
    (home / "file").write_text("")

    assert refusal(home / "nowhere").startswith("There is no folder ")
    assert refusal(home / "file").endswith("is a file, not a folder.")
    assert refusal(home / "empty").endswith("has no files.")


def test_a_link_out_of_the_folder_is_refused_and_named(home: Path) -> None:
    (home / "data").mkdir()
    (home / "data" / "a").write_text("x")
    (home / "data" / "out").symlink_to("/etc/hostname")

    assert "out (it is a link that leads out of the folder)" in refusal(home / "data")

    (home / "data" / ".hubkinignore").write_text("out\n")
    assert [file.path for file in take_dataset(home / "data").files] == [".hubkinignore", "a"]


@pytest.mark.parametrize("name", [b"bell\a", b"back\\slash", b"\xff", "turned\u202earound".encode()])
def test_a_name_that_nobody_can_read_is_refused_before_anything_is_sent(home: Path, name: bytes) -> None:
    (home / "data").mkdir()
    Path(os.fsdecode(os.fsencode(home / "data") + b"/" + name)).write_text("x")

    assert "its name" in refusal(home / "data")


# --- pull


def test_a_pull_fetches_only_what_is_missing(
    platform: World, digits: Path, home: Path, hubkin: Hubkin
) -> None:
    hubkin("datasets", "push", "digits", "digits")
    hubkin("datasets", "pull", "digits", "back")
    (home / "back" / "train" / "1.txt").unlink()
    (home / "back" / "mine").write_text("stays")

    ran = hubkin("datasets", "pull", "digits", "back")

    assert ran.out == "ada/digits@v1 is in back · files fetched: 1 · there already: 2\n"
    assert (home / "back" / "mine").read_text() == "stays"


def test_another_file_in_the_way_is_not_replaced_unasked(
    platform: World, digits: Path, home: Path, hubkin: Hubkin
) -> None:
    hubkin("datasets", "push", "digits", "digits")
    (home / "back" / "train").mkdir(parents=True)
    (home / "back" / "train" / "1.txt").write_text("own")  # as long as the dataset's

    refused = hubkin("datasets", "pull", "digits", "back")
    kept = (home / "back" / "train" / "1.txt").read_text()
    forced = hubkin("datasets", "pull", "digits", "back", "--force")

    assert (refused.code, refused.err) == (
        1,
        "back/train/1.txt is there already and is another file. Say --force, or another folder.\n",
    )
    assert kept == "own"
    assert forced.code == 0
    assert same(digits, home / "back")


def test_a_full_disk_is_said_before_anything_is_fetched(
    platform: World, digits: Path, home: Path, hubkin: Hubkin, monkeypatch: pytest.MonkeyPatch
) -> None:
    hubkin("datasets", "push", "digits", "digits")
    usage = shutil.disk_usage(home)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)

    ran = hubkin("datasets", "pull", "digits", "back")

    assert ran.code == 1
    assert "has 1.0 MB free; what is to come takes 17.8 MB. Nothing was fetched." in ran.err
    assert not (home / "back").exists()


def test_a_disk_that_fills_up_leaves_whole_files_only(
    platform: World, digits: Path, home: Path, hubkin: Hubkin, monkeypatch: pytest.MonkeyPatch
) -> None:
    hubkin("datasets", "push", "digits", "digits")
    real = Path.open

    def full(path: Path, mode: str = "r", *more: object, **named: object) -> object:
        if "big" in path.name and mode == "wb":
            return real(Path("/dev/full"), "wb")
        return real(path, mode, *more, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)

    ran = hubkin("datasets", "pull", "digits", "back")

    assert ran.code == 1
    assert "The disk is full" in ran.err
    assert {path.name for path in (home / "back").rglob("*") if path.is_file()} <= {"1.txt", "run.sh"}


def test_an_answer_that_breaks_off_is_fetched_again(platform: World, digits: Path, home: Path) -> None:
    hubkin.client().datasets.push(digits, "digits")
    platform.broken_off = set(platform.objects)

    assert same(digits, hubkin.client().datasets.pull("digits", home / "back"))
    assert platform.broken_off == set()


def test_a_pull_asks_again_for_tickets_that_ran_out(platform: World, digits: Path, home: Path) -> None:
    hubkin.client().datasets.push(digits, "digits")
    platform.ended_tickets = platform.tickets + 3

    assert same(digits, hubkin.client().datasets.pull("digits", home / "back"))


def test_damaged_bytes_are_no_file(platform: World, digits: Path, home: Path) -> None:
    hubkin.client().datasets.push(digits, "digits")
    for digest, data in platform.objects.items():
        platform.objects[digest] = bytes(len(data))

    with pytest.raises(pull.DamagedFile, match="did not arrive whole"):
        hubkin.client().datasets.pull("digits", home / "back")

    assert [path for path in (home / "back").rglob("*") if path.is_file()] == []


def test_a_path_that_leads_out_is_not_fetched(platform: World, digits: Path, home: Path) -> None:
    version = hubkin.client().datasets.push(digits, "digits")
    platform.trees[version.id][0].path = "../stolen"

    with pytest.raises(pull.DamagedFile, match="leaves its folder"):
        hubkin.client().datasets.pull("digits", home / "back")

    assert not (home / "stolen").exists()


def test_what_happens_in_threads_is_said_in_the_language_asked_for(
    platform: World, digits: Path, hubkin: Hubkin, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = upload.digest_of

    def grown(path: Path, size_bytes: int, count: Callable[[int], None]) -> str:
        return real(path, size_bytes + 1, count)

    monkeypatch.setattr(upload, "digest_of", grown)

    assert "在读取时发生了变化" in hubkin("datasets", "push", "digits", "digits", "--lang", "zh").err


def test_the_language_may_stand_before_noun_and_verb(platform: World, hubkin: Hubkin) -> None:
    assert hubkin("--lang", "zh", "datasets", "push", "nowhere", "digits").err.startswith("没有文件夹")


def test_a_list_of_files_has_no_tickets(platform: World, digits: Path, hubkin: Hubkin) -> None:
    hubkin("datasets", "push", "digits", "digits")

    ran = hubkin("datasets", "files", "digits", "--json")

    assert '"path": "train/1.txt"' in ran.out
    assert "/objects/" not in ran.out


def test_a_name_that_is_not_there_is_said(platform: World, hubkin: Hubkin) -> None:
    assert hubkin("datasets", "pull", "nope").code == 4
    assert hubkin("datasets", "pull", "no such").code == 1
    assert hubkin("datasets").err == "No datasets yet. Send one: hubkin datasets push FOLDER NAME\n"


# --- in a job


def test_a_submit_names_what_the_job_reads(platform: World, hubkin: Hubkin) -> None:
    words = ["--data", "train=lab/digits@v3", "--data", "other", "--use-model", "base@champion"]

    ran = hubkin("submit", "--no-code", "-y", *words, "--", "true")

    (job,) = platform.jobs.values()
    assert ran.code == 0
    assert job.spec.data == {"train": "lab/digits@v3", "other": "other"}
    assert job.spec.models == {"base": "base@champion"}


def test_a_program_may_give_a_reference_or_names(platform: World) -> None:
    one = hubkin.submit(run="true", data="lab/digits@v3").row["spec"]["data"]
    two = hubkin.submit({"run": "true", "data": {"a": "b"}}, data={"c": "d"}).row["spec"]["data"]

    assert (one, two) == ({"digits": "lab/digits@v3"}, {"a": "b", "c": "d"})


@pytest.mark.parametrize("word", ["a=", "=b", "a b", "UP=x", "a=b@@"])
def test_a_wrong_reference_is_said_before_anything_is_sent(
    platform: World, hubkin: Hubkin, word: str
) -> None:
    assert hubkin("submit", "--no-code", "-y", "--data", word, "--", "true").code in (1, 2)
    assert platform.requests == []
