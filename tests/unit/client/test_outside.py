"""``hubkin.data`` and ``hubkin.model`` where there is no job."""

import threading
from pathlib import Path

import hubkin
import pytest
from hubkin import fetched, session
from hubkin.pull import DamagedFile, tree_of
from hubkin.reference import BadReference, short_name, variable_of

from tests.unit.client.small_platform import World


@pytest.fixture
def digits(platform: World, home: Path) -> Path:
    """A dataset that the platform has."""
    (home / "source").mkdir()
    (home / "source" / "a.txt").write_text("first")
    hubkin.client().datasets.push(home / "source", "digits")
    return home / "source"


def away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBKIN_API_URL", "http://127.0.0.1:1")
    session.forget_client()


def asked(platform: World) -> list[str]:
    return [path for _method, path in platform.requests if path.startswith(("/versions", "/objects"))]


def test_a_dataset_is_fetched_once_and_cannot_be_written(platform: World, digits: Path) -> None:
    first = hubkin.data("digits")
    requests = asked(platform)
    second = hubkin.data("ada/digits@v1")

    assert (first / "a.txt").read_text() == "first"
    assert (first / "a.txt").stat().st_mode & 0o222 == 0
    assert second == first
    assert asked(platform) == requests


def test_without_a_version_it_is_the_newest(platform: World, digits: Path) -> None:
    hubkin.data("digits")
    (digits / "a.txt").write_text("second")
    hubkin.client().datasets.push(digits, "digits")

    assert (hubkin.data("digits") / "a.txt").read_text() == "second"
    assert (hubkin.data("digits@v1") / "a.txt").read_text() == "first"


def test_what_was_fetched_is_there_without_the_platform(
    platform: World, digits: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The platform goes away; its address stays.
    folder = hubkin.data("digits")
    monkeypatch.setattr(session.client().transport, "request", _refuse)

    assert hubkin.data("digits") == folder
    assert "digits is ada/digits@v1, as it was fetched." in capsys.readouterr().err


def _refuse(*_: object, **__: object) -> None:
    raise hubkin.Unreachable("http://127.0.0.1:1", "refused")


def test_without_a_platform_a_folder_beside_the_script_serves(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "data" / "digits").mkdir(parents=True)
    (home / "models" / "base").mkdir(parents=True)
    away(monkeypatch)

    assert hubkin.data("lab/digits@v3") == Path("data/digits")
    assert hubkin.model("base@champion") == Path("models/base")


def test_what_is_nowhere_is_said_with_both_ways_out(home: Path) -> None:
    with pytest.raises(fetched.NotHere) as caught:
        hubkin.data("digits")

    text = str(caught.value)
    assert text.startswith("There is no dataset 'digits' here: No platform is set.")
    assert text.endswith(
        "\nPut its files into data/digits, or send them once: hubkin datasets push FOLDER digits"
    )


def test_what_the_platform_does_not_have_is_said_in_its_words(platform: World) -> None:
    with pytest.raises(fetched.NotHere, match="no dataset 'digits' that you can read"):
        hubkin.data("digits")


def test_a_job_s_own_folder_comes_first(platform: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBKIN_DATA_CHAT_ZH", "/somewhere")

    assert hubkin.data("lab/chat-zh@v2") == Path("/somewhere")
    assert platform.requests == []


@pytest.mark.parametrize("text", ["", "../../x", "a/b/c", "Up", "a@", "a@b@c", "a b", "/a", "a\n"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(BadReference):
        hubkin.data(text)


def test_the_short_name_is_the_name_alone() -> None:
    assert [short_name(text) for text in ("a", "a@v1", "o w/a", "x@y.z/a@champion")] == ["a"] * 4
    assert variable_of("model", "qwen-7b") == "HUBKIN_MODEL_QWEN_7B"


def test_a_fetch_that_was_stopped_goes_on(platform: World, digits: Path) -> None:
    (digits / "b.txt").write_text("two")
    hubkin.client().datasets.push(digits, "digits")
    kept = dict(platform.objects)
    gone = next(digest for digest, data in kept.items() if data == b"two")
    platform.objects[gone] = b"bad"
    with pytest.raises(RuntimeError):
        hubkin.data("digits")
    platform.objects.update(kept)
    before = asked(platform)

    folder = hubkin.data("digits")

    assert sorted(path.name for path in folder.iterdir()) == ["a.txt", "b.txt"]
    assert sum(path.startswith("/objects") for path in asked(platform)[len(before) :]) <= 2


def test_what_a_killed_fetch_left_half_is_not_in_the_folder(platform: World, digits: Path) -> None:
    tree = platform.versions[0].tree
    draft = fetched.versions_folder() / f".{tree}.part"
    draft.mkdir(parents=True)
    (draft / ".a.txt.1-2.part").write_text("ha")

    folder = hubkin.data("digits")

    assert [path.name for path in folder.iterdir()] == ["a.txt"]


def test_a_folder_that_is_called_like_a_half_is_none(platform: World, digits: Path) -> None:
    (digits / ".cache.part").mkdir()
    (digits / ".cache.part" / "b.txt").write_text("b")
    hubkin.client().datasets.push(digits, "digits")
    draft = fetched.versions_folder() / f".{platform.versions[0].tree}.part"
    (draft / ".cache.part").mkdir(parents=True)

    folder = hubkin.data("digits")

    assert (folder / ".cache.part" / "b.txt").read_text() == "b"


def test_a_version_without_files_is_an_empty_folder(platform: World, digits: Path) -> None:
    platform.versions[0].tree = tree_of([])
    platform.trees[platform.versions[0].id] = []

    assert list(hubkin.data("digits").iterdir()) == []


def test_a_platform_cannot_put_other_files_in_the_place_of_a_version(platform: World, digits: Path) -> None:
    platform.versions[0].tree = "0" * 64

    with pytest.raises(DamagedFile):
        hubkin.data("digits")

    assert not (fetched.versions_folder() / ("0" * 64)).exists()


def test_two_scripts_at_once_fetch_it_once(platform: World, digits: Path) -> None:
    found: list[Path] = []
    session.client()
    threads = [threading.Thread(target=lambda: found.append(hubkin.data("digits"))) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(found) == 4
    assert sum(path.startswith("/objects") for path in asked(platform)) == 1 + 1  # sent once, fetched once
