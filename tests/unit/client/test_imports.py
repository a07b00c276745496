"""The budget of a start, held by the list of modules that it may not load (measured in `make perf`)."""

import subprocess
import sys

import pytest

HEAVY = {
    "msgspec",
    "yaml",
    "pathspec",
    "asyncio",
    "tornado",
    "rich",
    "pydantic",
    "importlib.metadata",
    "email.parser",
}


def loaded(code: str) -> set[str]:
    """The modules that a fresh Python has after this code."""
    script = f"import sys\n{code}\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    return set(done.stderr.split())


def test_importing_hubkin_loads_nothing() -> None:
    assert {name for name in loaded("import hubkin") if name.startswith("hubkin.")} == set()


@pytest.mark.parametrize("command", ["--help", "jobs --help", "submit --help", "config", "usage --help"])
def test_a_start_stays_light(command: str) -> None:
    code = (
        f"from hubkin.cli.main import run\nimport io\nrun({command.split()!r}, io.StringIO(), io.StringIO())"
    )

    assert loaded(code) & HEAVY == set()


def test_listing_jobs_needs_no_more_than_http() -> None:
    code = "import hubkin.cli.commands.jobs, hubkin.cli.context, http.client"

    assert loaded(code) & (HEAVY - {"email.parser"}) == set()


def test_the_handle_is_standard_library_until_it_is_asked_for_types() -> None:
    assert loaded("import hubkin.session, hubkin.job, hubkin.card") & (HEAVY - {"email.parser"}) == set()
