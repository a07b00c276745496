"""Every variable that the client reads is written down where people look."""

import re
from pathlib import Path

from hubkin.environment import VARIABLES

ROOT = Path(__file__).parents[2]
NAME = re.compile(r"""["']((?:HUBKIN|XDG|LC|JPY)_[A-Z_]+|JUPYTERHUB_API_TOKEN|LANG|TERM|NO_COLOR)["']""")
#: Beginnings of names.
PREFIXES = {"HUBKIN_DATA_", "HUBKIN_MODEL_"}


def names_in(*folders: str) -> set[str]:
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    texts = [file.read_text("utf-8") for file in files if file.name != "environment.py"]
    return {name for text in texts for name in NAME.findall(text)} - PREFIXES


def test_every_variable_that_is_read_is_in_the_table() -> None:
    read = names_in(
        "extensions/hubkin",
        "extensions/hubkin_magics",
        "extensions/hubkin_server",
        "extensions/etc",
        "services/agent/hubkin_agent/injob",
    )

    assert read - {variable.name for variable in VARIABLES} == set()
    assert read >= {"HUBKIN_API_URL", "HUBKIN_TOKEN", "HUBKIN_OUTPUTS"}


def test_every_variable_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "environment.md").read_text("utf-8")

    assert [variable.name for variable in VARIABLES if f"`{variable.name}`" not in page] == []
