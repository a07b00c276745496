"""What may stand in the repository: cards, lock files without hosts, and no trace of where it was made."""

import json
import re
from pathlib import Path

import pytest

from tests.repo.sources import ROOT, packages, tracked_files

# Put together here, so that this file is not its own first offender.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs"),
        ("npmmirror", "com"),
        ("deb", "debian", "org"),
        ("proxy", "golang", "org"),
        ("repo", "maven", "apache"),
        ("conda", "anaconda", "org"),
    )
]
PLACES = ["/" + "work/", "/" + "root/", "/" + "home/ubuntu", ".libra" + "ry/"]
WORDS = ["issue" + " 3", "tool " + "library", "CONTRACTS" + ".md", "BRIEF" + ".md", "the " + "brief"]
TRACES = re.compile("|".join(re.escape(trace) for trace in HOSTS + PLACES + WORDS))
# What the glossary tells us not to call things by.
MODULES = {"utils.py", "util.py", "common.py", "helpers.py", "helper.py", "misc.py"}
CLASSES = re.compile(r"^\s*class \w*(Impl|Manager|Helper|Helpers|Utils|Util)\b", re.MULTILINE)
# Other people's words: licences, and the names of packages with their integrity hashes.
FOREIGN = {"package-lock.json"}


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in tracked_files():
        if path.name in FOREIGN:
            continue
        raw = (ROOT / path).read_bytes()
        if b"\0" not in raw[:4096]:
            found.append((path, raw.decode()))
    return found


def traces(text: str) -> list[str]:
    return [found.group() for found in TRACES.finditer(text)]


def test_no_file_says_where_it_was_made() -> None:
    assert {str(path): traces(text) for path, text in texts() if traces(text)} == {}


@pytest.mark.parametrize("trace", [HOSTS[0], PLACES[0], WORDS[0]])
def test_a_trace_is_seen(trace: str) -> None:
    assert traces(f"as in {trace}x") == [trace]


def test_no_module_is_called_for_nothing() -> None:
    assert [path for path in tracked_files() if path.name in MODULES] == []


def test_no_class_is_called_for_nothing() -> None:
    ours = [(path, text) for path, text in texts() if path.suffix == ".py" and path.parts[0] != "tests"]

    assert [(str(path), CLASSES.findall(text)) for path, text in ours if CLASSES.search(text)] == []


def test_a_class_that_is_called_for_nothing_is_seen() -> None:
    assert CLASSES.findall("class JobManager(Base):\n    pass\n") == ["Manager"]


@pytest.mark.parametrize("lock", sorted((ROOT / "locks").glob("*.txt")), ids=lambda lock: lock.name)
def test_a_python_lock_names_no_host_and_pins_every_package_by_hash(lock: Path) -> None:
    text = lock.read_text()

    entries = (
        re.split(r"\n(?=[a-z0-9])", text)[1:] if text.startswith("#") else re.split(r"\n(?=[a-z0-9])", text)
    )
    assert "://" not in text
    assert "--index-url" not in text
    assert entries
    assert [entry.split()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_every_lock_input_has_its_lock() -> None:
    inputs = {path.stem for path in (ROOT / "locks").glob("*.in")}

    assert inputs == {path.stem for path in (ROOT / "locks").glob("*.txt")}


def test_no_lock_of_another_kind_is_kept() -> None:
    others = {"uv.lock", "poetry.lock", "Pipfile.lock", "yarn.lock", "pnpm-lock.yaml"}

    assert [path for path in tracked_files() if path.name in others] == []


def resolved(lock: object) -> list[str]:
    """The addresses that a package-lock file records, at any depth."""
    if isinstance(lock, dict):
        own = [lock["resolved"]] if str(lock.get("resolved", "")).startswith("http") else []
        return own + [address for value in lock.values() for address in resolved(value)]
    return []


def test_the_npm_lock_records_no_address() -> None:
    locks = [path for path in tracked_files() if path.name == "package-lock.json"]

    assert {str(path): resolved(json.loads((ROOT / path).read_text()))[:3] for path in locks} == {
        str(path): [] for path in locks
    }


def test_an_address_in_an_npm_lock_is_seen() -> None:
    assert resolved({"packages": {"node_modules/a": {"resolved": "http://host/a.tgz"}}}) == [
        "http://host/a.tgz"
    ]


@pytest.mark.parametrize("package", sorted(packages()))
def test_a_package_has_its_card(package: str) -> None:
    card = (ROOT / packages()[package]).parent / "README.md"

    assert card.exists()
    assert card.read_text().startswith("# ")


def test_links_between_our_pages_lead_somewhere() -> None:
    pages = [(path, text) for path, text in texts() if path.suffix == ".md"]

    broken = [
        f"{path} -> {target}"
        for path, text in pages
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text)
        if not (ROOT / path.parent / target).exists()
    ]

    assert broken == []
