"""The import contracts hold, cover every package, and refuse what they are there to refuse."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repo.breaches import BREACHES, Breach
from tests.repo.sources import ROOT, packages

LINT = Path(sys.executable).parent / "lint-imports"
# Inside these, files are named as the package likes: kit and platform have subjects, not layers.
FREE_INSIDE = {"hubkin_kit", "hubkin_platform", "hubkin_agent"}


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    folders = sorted({str((root / folder).parent) for folder in packages().values()})
    return subprocess.run(
        [LINT, "--no-cache", "--config", root / ".importlinter"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders), "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Our Python files elsewhere, to be broken."""
    for folder in packages().values():
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=lambda at, names: _not_python(Path(at), names)
        )
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def _not_python(folder: Path, names: list[str]) -> set[str]:
    return {
        name
        for name in names
        if name in {"__pycache__", "labextension"} or ((folder / name).is_file() and not name.endswith(".py"))
    }


def plant(breach: Breach, *, root: Path) -> None:
    for file in breach.needs:
        _module(root / file)
    for file, line in filter(None, ((breach.file, breach.line), breach.and_there)):
        with _module(root / file).open("a") as module:
            module.write(f"\n{line}\n")


def _module(path: Path) -> Path:
    """The module, made empty if it is not there; a file may have grown into a folder."""
    if path.with_suffix("").is_dir():
        path = path.with_suffix("") / "__init__.py"
    path.parent.mkdir(exist_ok=True)
    for file in (path.parent / "__init__.py", path):
        file.touch()
    return path


def test_the_contracts_hold() -> None:
    done = lint(ROOT)

    assert done.returncode == 0, done.stdout


def test_an_untouched_copy_is_accepted(copy: Path) -> None:
    done = lint(copy)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: breach.title.replace(" ", "-"))
def test_a_breach_is_refused(breach: Breach, copy: Path) -> None:
    plant(breach, root=copy)

    done = lint(copy)

    broken = [line for line in done.stdout.splitlines() if " BROKEN" in line]
    assert done.returncode == 1, done.stdout + done.stderr
    assert any(line.startswith(breach.refused_by) for line in broken), done.stdout


def test_every_package_is_a_root_package(contracts: configparser.ConfigParser) -> None:
    roots = set(contracts["importlinter"]["root_packages"].split())

    assert roots == set(packages())


def test_every_package_under_services_has_a_layer(contracts: configparser.ConfigParser) -> None:
    layered = set(contracts["importlinter:contract:layers"]["layers"].replace("|", " ").split())

    services = {name for name, folder in packages().items() if folder.parts[0] == "services"}
    assert layered == services - {"hubkin_agent"}


def test_every_guest_is_kept_from_every_layer(contracts: configparser.ConfigParser) -> None:
    guests = contracts["importlinter:contract:guests"]
    layered = set(contracts["importlinter:contract:layers"]["layers"].replace("|", " ").split())

    assert set(guests["source_modules"].split()) == set(packages()) - layered
    assert set(guests["forbidden_modules"].split()) == layered | {"sqlalchemy"}


def test_every_layered_package_is_kept_from_the_guests(contracts: configparser.ConfigParser) -> None:
    contract = contracts["importlinter:contract:services-and-guests"]
    layered = set(contracts["importlinter:contract:layers"]["layers"].replace("|", " ").split())

    assert set(contract["source_modules"].split()) == layered
    assert set(contract["forbidden_modules"].split()) == set(packages()) - layered


def test_every_package_is_free_of_circles(contracts: configparser.ConfigParser) -> None:
    assert set(contracts["importlinter:contract:cycles"]["ancestors"].split()) == set(packages())


def test_every_subject_is_layered_inside_and_entered_by_its_public_api(
    contracts: configparser.ConfigParser,
) -> None:
    layered = set(contracts["importlinter:contract:layers"]["layers"].replace("|", " ").split())
    subjects = layered - FREE_INSIDE

    containers = set(contracts["importlinter:contract:inside-a-package"]["containers"].split())
    entered = {
        section["allowed_importers"].strip()
        for name, section in contracts.items()
        if name.startswith("importlinter:contract:public-api-")
    }

    assert containers == subjects
    assert entered == subjects
