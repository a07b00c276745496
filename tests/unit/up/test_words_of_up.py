"""What `hubkin up` and its kin say: commands that work when pasted, and where something runs."""

import os
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from hubkin.cli.main import run
from hubkin_platform.up import checks, elsewhere, record
from hubkin_platform.up.paths import Places
from hubkin_platform.up.plan import Plan
from hubkin_platform.up.ports import Ports
from hubkin_platform.up.welcome import welcome
from hubkin_platform.up.words import command_line


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home with nothing in it, English."""
    for name in ("HUBKIN_DATA", "HUBKIN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name in ("DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))


def here(data: Path) -> record.Record:
    """Something that runs: this very process."""
    me = record.process(os.getpid())
    return record.Record(pid=me.pid, start_time=me.start_time, port=1, platform_port=2, url="http://x")


def test_a_command_names_the_data_folder_quoted_unless_every_shell_finds_it(tmp_path: Path) -> None:
    standard = tmp_path / "data" / "hubkin"

    assert command_line("down", standard) == "hubkin down"
    assert command_line("down", Path("/tmp/it's mine")) == "hubkin down --data '/tmp/it'\"'\"'s mine'"


def test_the_folder_of_a_variable_is_named_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another terminal does not have the variable."""
    monkeypatch.setenv("HUBKIN_DATA", "/tmp/x")

    assert command_line("link", Path("/tmp/x")) == "hubkin link --data /tmp/x"


def test_a_machine_that_does_not_know_its_own_address_is_told_which_line_helps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert checks.host_name("en").good is True
    monkeypatch.setattr("socket.gethostname", lambda: "no-such-machine.invalid")

    found = checks.host_name("en")

    assert (found.good, found.fatal) == (False, False)
    assert "127.0.1.1 no-such-machine.invalid" in found.said


@pytest.mark.parametrize("demo", [False, True])
def test_every_command_of_the_welcome_works_when_pasted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], demo: bool
) -> None:
    places = Places(tmp_path / "my data")
    places.make()
    plan = Plan(
        places=places, ports=Ports(public=1, platform=2, hub=3, proxy=4), secrets={}, demo=demo, admins=()
    )

    welcome(plan, {"ada": "pw"}, "en", seconds=1)

    said = capsys.readouterr().out
    for verb in ("down", "up", "uninstall"):
        assert f"“hubkin {verb} --data {shlex.quote(str(places.data))}”" in said
    assert said.count("hubkin up --demo --new-passwords --data ") == demo
    assert f"export HUBKIN_DATA={shlex.quote(str(places.data))}" in said


def test_a_free_port_is_offered_on_the_same_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubkin_platform.up.ports.is_free", lambda port: port == 8001)

    finding = checks.free_port(8000, tmp_path / "d", "en")

    assert f"hubkin up --port 8001 --data {tmp_path / 'd'}" in finding.said


def test_down_where_nothing_runs_says_where_it_looked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    standard = tmp_path / "data" / "hubkin"

    code = run(["down"])

    assert code == 0
    assert capsys.readouterr().err == (
        f"Nothing runs on {standard}. For another data folder: hubkin down --data FOLDER\n"
    )


def test_uninstall_where_nothing_is_says_how_to_name_another_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["uninstall"])

    standard = tmp_path / "data" / "hubkin"
    assert f"nothing at {standard}. For another data folder: hubkin uninstall --data FOLDER" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("verb", ["down", "link"])
def test_what_runs_on_another_folder_is_named_with_its_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    other = Places(tmp_path / "my trial")
    other.make()
    here(other.data).write(other.state)
    elsewhere.noted(other.data)

    code = run([verb])

    assert code == 4
    assert f"One runs on {other.data}: hubkin {verb} --data '{other.data}'" in capsys.readouterr().err


def test_a_note_of_something_that_runs_no_more_counts_nothing(tmp_path: Path) -> None:
    other = Places(tmp_path / "trial")
    other.make()
    replace(here(other.data), start_time=1).write(other.state)
    elsewhere.noted(other.data)

    found = elsewhere.running(but=tmp_path / "x")

    assert found == []
    assert not any((tmp_path / "state").rglob("running/*"))


def test_a_folder_whose_name_is_no_text_is_noted_like_any_other(tmp_path: Path) -> None:
    other = Places(tmp_path / os.fsdecode(b"d\xe9j\xe0"))
    other.data.mkdir()
    here(other.data).write(other.state)

    elsewhere.noted(other.data)

    assert elsewhere.running(but=tmp_path / "x") == [other.data]


def test_the_last_note_leaves_no_folder(tmp_path: Path) -> None:
    elsewhere.noted(tmp_path / "a")
    elsewhere.noted(tmp_path / "b")

    elsewhere.forgotten(tmp_path / "a")
    elsewhere.forgotten(tmp_path / "b")

    assert not (tmp_path / "state" / "hubkin").exists()


@pytest.mark.parametrize("verb", ["up", "down", "link", "doctor", "uninstall"])
def test_a_wrong_word_is_said_as_by_every_command(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    code = run([verb, "--dta", "x"])

    assert code == 2
    assert capsys.readouterr().err == (
        f"There is no option --dta. Did you mean '--data'?\nHelp: hubkin {verb} --help\n"
    )


def test_the_language_is_the_one_of_every_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBKIN_LANG", "zh")

    run(["down"])

    assert "没有" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["x", "0", "65536", "-1", "８０８０"])
def test_a_port_that_is_none_is_said(capsys: pytest.CaptureFixture[str], port: str) -> None:
    code = run(["up", f"--port={port}"])

    assert code == 2
    assert "is not a port. Write a number from 1 to 65535, such as 8001." in capsys.readouterr().err
