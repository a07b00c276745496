"""Where settings come from, and to whom a token goes."""

import json
import stat
from pathlib import Path

import pytest
from hubkin import config


def test_people_type_the_hub_and_get_the_rest() -> None:
    wanted = "https://hub.example.edu/services/hubkin/api/v1"

    assert {
        config.api_url(text)
        for text in (
            "hub.example.edu",
            "https://hub.example.edu/",
            "https://hub.example.edu/hub",
            wanted,
            "https://hub.example.edu/services/hubkin/",
        )
    } == {wanted}


def test_a_flag_wins_over_the_environment_over_the_project_over_ones_own(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (config.config_folder()).mkdir(parents=True)
    (config.config_folder() / "config.toml").write_text('url = "https://own"\nowner = "own-lab"\n')
    (home / "hubkin.yaml").write_text("owner: project-lab\n")

    assert config.load().owner.value == "project-lab"
    assert config.load().url.value == config.api_url("https://own")
    monkeypatch.setenv("HUBKIN_OWNER", "env-lab")
    assert config.load().owner.value == "env-lab"
    assert config.load({"owner": "flag-lab"}).owner.value == "flag-lab"


def test_pyproject_has_project_settings(home: Path) -> None:
    (home / "pyproject.toml").write_text('[tool.hubkin]\nowner = "vision-lab"\n')

    assert config.load().owner.value == "vision-lab"


def test_a_saved_token_is_in_a_file_of_ones_own(home: Path) -> None:
    path = config.save_token("https://a/services/hubkin/api/v1", "t1")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert config.load().token.value == "t1"


def test_a_project_file_gets_no_token_of_ours(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.save_token("https://good/services/hubkin/api/v1", "t1")
    monkeypatch.setenv("HUBKIN_TOKEN", "t2")
    (home / "hubkin.yaml").write_text("url: https://evil\n")

    assert config.load().url.value == config.api_url("https://evil")
    assert config.load().token.value is None


def test_the_servers_token_goes_to_the_servers_platform_only(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBKIN_API_URL", "http://127.0.0.1:1/services/hubkin/api/v1")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "server")

    assert config.load().token.value == "server"
    assert config.load({"url": "https://elsewhere"}).token.value is None


def test_what_hubkin_up_left_is_found(home: Path) -> None:
    config.data_folder().mkdir(parents=True)
    (config.data_folder() / "client.json").write_text(
        json.dumps({"url": "http://127.0.0.1:8000", "token": "t3"})
    )

    assert config.load().token.value == "t3"


def test_a_platform_that_runs_here_is_known_before_one_signs_in(home: Path) -> None:
    config.data_folder().mkdir(parents=True)
    (config.data_folder() / "up.json").write_text(json.dumps({"url": "http://127.0.0.1:8000", "pid": 1}))

    assert config.load().url.value == config.api_url("http://127.0.0.1:8000")
    assert config.load().token.value is None


def test_an_unknown_setting_is_refused(home: Path) -> None:
    (home / "hubkin.yaml").write_text("token: x\n")

    with pytest.raises(config.BadConfig, match="'token' is not a setting"):
        config.load()
