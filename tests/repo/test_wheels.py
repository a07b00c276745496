"""The two wheels are the whole product: installed alone, everything is there and starts."""

import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.repo.sources import ROOT, packages, tracked_files

BIN = Path(sys.executable).parent
UV = BIN / "uv"
BUILT = (
    ROOT / "extensions" / "hubkin_server" / "labextension" / "package.json",
    ROOT / "services" / "platform" / "hubkin_platform" / "static" / "manifest.json",
)
LAB = "share/jupyter/labextensions/@hubkin/lab"


def run(*command: str | Path, folder: Path = ROOT, **environment: str) -> str:
    """What a tool prints; a failure shows all of it."""
    clean = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    clean |= environment
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, env=clean, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both wheels, by distribution."""
    if not all(file.exists() for file in BUILT):
        pytest.skip("needs the built front end (make front)")
    out = tmp_path_factory.mktemp("dist")
    for source in (ROOT / "extensions", ROOT):
        build = ["--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", out]
        run(UV, "build", "--quiet", *build, source)
    return {wheel.name.split("-")[0]: wheel for wheel in out.glob("*.whl")}


@pytest.fixture(scope="module")
def installed(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with `hubkin-platform[up]`, at the versions of locks/up.txt."""
    venv = tmp_path_factory.mktemp("environment") / "venv"
    run(UV, "venv", "--quiet", "--python", sys.executable, venv)
    platform = f"hubkin-platform[up] @ {wheels['hubkin_platform'].as_uri()}"
    client = f"hubkin @ {wheels['hubkin'].as_uri()}"
    at = ["--quiet", "--python", venv / "bin" / "python", "--constraint", "locks/up.txt"]
    run(UV, "pip", "install", *at, platform, client)
    return venv


def test_a_wheel_carries_every_tracked_file_of_its_packages(wheels: dict[str, Path]) -> None:
    carried = {name for wheel in wheels.values() for name in zipfile.ZipFile(wheel).namelist()}

    folders = {folder: name for name, folder in packages().items()}
    missing = [
        str(path)
        for path in tracked_files()
        for folder, name in folders.items()
        if path.is_relative_to(folder) and f"{name}/{path.relative_to(folder).as_posix()}" not in carried
    ]
    assert missing == []


def test_the_client_wheel_carries_the_lab_extension_and_the_startup_file(wheels: dict[str, Path]) -> None:
    data = {
        name.partition(".data/data/")[2]
        for name in zipfile.ZipFile(wheels["hubkin"]).namelist()
        if ".data/" in name
    }

    assert f"{LAB}/package.json" in data
    assert "etc/jupyter/jupyter_server_config.d/hubkin_server.json" in data
    assert any(name.startswith("etc/ipython/startup/") for name in data)


def test_the_extra_up_needs_nothing_that_is_not_locked(installed: Path) -> None:
    frozen = run(UV, "pip", "freeze", "--python", installed / "bin" / "python").split("\n")
    locked = (ROOT / "locks" / "up.txt").read_text()

    unlocked = [
        line for line in frozen if line and not line.startswith("hubkin") and f"{line} " not in locked
    ]
    assert unlocked == []


def test_the_commands_say_their_version(installed: Path) -> None:
    assert run(installed / "bin" / "hubkin", "--version").split()[-1] == "0.1.0"
    assert run(installed / "bin" / "hubkin-platform", "--version").split()[-1] == "0.1.0"


def test_every_package_can_be_imported(installed: Path, tmp_path: Path) -> None:
    names = ", ".join(sorted(packages()))

    said = run(installed / "bin" / "python", "-c", f"import {names}; print(hubkin.__file__)", folder=tmp_path)

    assert said.startswith(str(installed.resolve()))


def test_every_entry_point_leads_to_something(installed: Path, tmp_path: Path) -> None:
    load = (
        "from importlib.metadata import distribution\n"
        "for name in ('hubkin', 'hubkin-platform'):\n"
        "    for point in distribution(name).entry_points: point.load(); print(point.name)\n"
    )

    said = run(installed / "bin" / "python", "-c", load, folder=tmp_path).split()

    assert {"hubkin", "hubkin-platform", "hubkin-local", "up"} <= set(said)


def test_jupyter_sees_both_extensions(installed: Path, tmp_path: Path) -> None:
    servers = run(installed / "bin" / "jupyter", "server", "extension", "list", folder=tmp_path)

    assert "hubkin_server" in servers
    assert (installed / LAB / "package.json").exists()


def test_a_job_runs_on_nothing_but_the_wheels(
    installed: Path, tmp_path: Path, record_real_system: Callable[[str, str], None]
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "PATH": "/usr/bin:/bin"}
    hubkin = installed / "bin" / "hubkin"
    record_real_system("JupyterHub", version("jupyterhub"))

    started = run(hubkin, "up", "--detach", "--no-browser", "--port", str(port), folder=tmp_path, **home)
    try:
        run(
            hubkin, "submit", "--no-code", "--yes", "--wait", "--name", "hello", "--", "echo", "hello",
            folder=tmp_path, **home,
        )  # fmt: skip
        printed = run(hubkin, "logs", "hello", folder=tmp_path, **home)
    finally:
        run(hubkin, "down", folder=tmp_path, **home)

    assert "/hub/once?key=" in started
    assert "hello" in printed
