"""Writes the parts of the documentation that the code already says; called by `make docs`.

With `--check` nothing is written, and what is out of date is named (tests/repo asks that).
"""

import importlib
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Write every page, or with `--check` name those that would change."""
    stale = [path for path, text in pages() if not path.exists() or path.read_text() != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date: run `make docs`")
        return 1 if stale else 0
    for path, text in pages():
        if path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(f"docs: {path.relative_to(ROOT)}")
    return 0


def pages() -> Iterator[tuple[Path, str]]:
    """Every generated page with its text."""
    for generate in GENERATORS:
        yield from generate()


def cards() -> Iterator[tuple[Path, str]]:
    """The row `tables` in the card of each package."""
    for folder in sorted((ROOT / "services").iterdir()):
        card = folder / "README.md"
        package = f"hubkin_{folder.name}"
        if (folder / package / "__init__.py").exists() and card.exists():
            names = ", ".join(f"`{name}`" for name in sorted(tables_of(package))) or "none"
            yield (
                card,
                re.sub(r"^\| tables \|.*$", f"| tables | {names} |", card.read_text(), flags=re.MULTILINE),
            )


def tables_of(package: str) -> dict[str, sa.Table]:
    """Every table that a module called `tables`, or inside a folder `tables`, defines."""
    folder = ROOT / "services" / package.removeprefix("hubkin_") / package
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages([str(folder)], f"{package}.")
        if "tables" in found.name.split(".")
    ]
    return {
        value.name: value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, sa.Table)
    }


GENERATORS: tuple[Callable[[], Iterator[tuple[Path, str]]], ...] = (cards,)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
