"""Where a setting's value comes from."""

from __future__ import annotations

from pathlib import Path

import pytest
from hubkin_kit.settings import StartRefused
from hubkin_platform.settings import HubkinPlatform
from traitlets import TraitError


def read(*argv: str, **environment: str) -> HubkinPlatform:
    settings = HubkinPlatform()
    settings.initialize_from(list(argv), environment)
    return settings


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "platform_config.py").write_text(
        'c.HubkinPlatform.port = 1111\nc.HubkinPlatform.hook_networks = ["127.0.0.0/8"]\n'
    )
    return tmp_path


def test_the_file_in_the_data_folder_counts(data: Path) -> None:
    settings = read(f"--data={data}")

    assert (settings.port, settings.hook_networks) == (1111, ["127.0.0.0/8"])


def test_the_environment_stands_above_the_file(data: Path) -> None:
    assert read(HUBKIN_DATA=str(data), HUBKIN_PORT="2222").port == 2222


def test_flags_stand_above_the_environment(data: Path) -> None:
    assert read("--port=3333", f"--data={data}", HUBKIN_PORT="2222").port == 3333


def test_a_variable_that_does_not_fit_is_named() -> None:
    with pytest.raises(StartRefused, match="HUBKIN_PORT does not fit: many"):
        read(HUBKIN_PORT="many")


def test_a_network_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(TraitError, match="is no network"):
        read(f"--data={tmp_path}", HUBKIN_HOOK_NETWORKS="10.0.0.0/99")


def test_the_platform_is_called_by_its_public_name_too() -> None:
    settings = read(HUBKIN_PUBLIC_URL="https://Hub.Example.org:8443/")

    assert "hub.example.org" in settings.hosts


def test_several_names_may_be_given(tmp_path: Path) -> None:
    flag = "--HubkinPlatform.allowed_hosts"

    by_flags = read(f"{flag}=a.example", f"{flag}=b.example", f"--data={tmp_path}")
    by_variable = read(HUBKIN_DATA=str(tmp_path), HUBKIN_ALLOWED_HOSTS="a.example, b.example")

    assert {"a.example", "b.example"} <= by_flags.hosts & by_variable.hosts
