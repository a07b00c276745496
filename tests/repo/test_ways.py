"""What newcomers are told is true: the README's table, the Makefile's help, the index of decisions."""

import re
import subprocess

import pytest

from tests.repo.sources import ROOT, tracked_files
from tools import tiers


def test_the_readme_leads_to_files_that_exist() -> None:
    table = (ROOT / "README.md").read_text().partition("| looking for | file |")[2]
    named = re.findall(r"`([^`]+)`", "\n".join(line for line in table.splitlines() if line.startswith("|")))

    assert [name for name in named if "/" in name and not (ROOT / name).exists()] == []


def test_every_target_that_is_for_people_is_in_the_help() -> None:
    said = subprocess.run(
        ["make", "--silent", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    promised = {"setup", "up", "demo", "check", "lint", "unit", "test", "e2e", "cluster", "perf", "docs"}
    assert {name for name in promised | {"front", "clean"} if f"make {name} " not in said} == set()


def test_every_line_of_the_makefile_calls_one_tool() -> None:
    recipes = [line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith("\t")]

    clever = [
        line
        for line in recipes
        if re.search(r"&&|\|\||;|\bif\b|\bfor\b|\$\(shell", line) and "sed" not in line
    ]
    assert clever == []


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text()

    assert [path.name for path in folder.glob("[0-9]*.md") if path.name not in index] == []


def test_every_page_can_be_reached_from_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    pages = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]

    elsewhere = {"decisions", "README.md"}
    assert [str(page) for page in pages if page.parts[0] not in elsewhere and str(page) not in index] == []


def test_every_news_fragment_has_a_kind() -> None:
    fragments = [path.name for path in (ROOT / "changes").glob("*.md") if path.name != "README.md"]

    assert [
        name for name in fragments if not re.fullmatch(r"[a-z0-9-]+\.(feature|change|fix)\.md", name)
    ] == []


@pytest.mark.parametrize("script", [path for path in tracked_files() if path.suffix == ".sh"], ids=str)
def test_a_shell_script_can_be_read(script: str) -> None:
    shell = (ROOT / script).read_text().splitlines()[0].split("/")[-1].split()[-1]

    done = subprocess.run([shell, "-n", ROOT / script], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_every_folder_of_tests_is_run_or_said_to_be_apart() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if any(path.rglob("test_*.py"))}

    assert folders - {tier.name for tier in tiers.TIERS} - {"cluster", "perf"} == set()
