"""Finds every text that people read and keeps the Chinese catalogs in step; called by `make messages`.

A text is what is marked (`_("…")`, `said("…")`, `complain(…)`), what an error says (its `title`, its first
argument, the sentences of its fields and ways out), a table called `SENTENCES`, and what templates mark.  New
texts get an empty translation, which `tests/repo` refuses; texts that are gone are dropped.
"""

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
MARKS = {
    "_": (0,),
    "N_": (0,),
    "__": (0,),
    "gettext": (0,),
    "said": (0,),
    "complain": (2,),
    "text": (0,),
    "ngettext": (0, 1),
    "_n": (0, 1),
}
# Values whose sentences travel with an error: position and name of the argument.
CARRIERS = {"Field": (2, "detail"), "WayOut": (0, "label")}
TABLES = {"SENTENCES"}
HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    '"Language: zh_CN\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
)
SKIPPED = {"injob", "testing.py", "migrations", "labextension", "static", "lesson"}


@dataclass(frozen=True, slots=True)
class Text:
    """One text and where it stands."""

    msgid: str
    place: str


def main(arguments: list[str]) -> int:
    """Write the catalogs, or with `--missing` print what has no Chinese."""
    for package in packages():
        found = list(texts(package))
        if "--missing" in arguments:
            known = translations(package)
            for text in found:
                if text.msgid not in known:
                    print(f"{text.place}: {text.msgid}")
        elif found:
            write(package, found)
    return 0


def packages() -> list[Path]:
    """The folder of every importable package of ours, and that of `make demo`."""
    folders = [
        ROOT / "extensions",
        ROOT / "hub_config",
        ROOT / "spawners",
        *sorted((ROOT / "services").iterdir()),
    ]
    found = [init.parent for folder in folders for init in sorted(folder.glob("hubkin*/__init__.py"))]
    return [*found, ROOT / "tools"]


def texts(package: Path) -> Iterator[Text]:
    """Every text of a package, in order of appearance."""
    for path in sorted(package.rglob("*")):
        if SKIPPED & set(path.relative_to(package).parts):
            continue
        if path.suffix == ".py":
            for line, msgid in texts_of_code(path.read_text(), errors()):
                yield Text(msgid, f"{path.relative_to(ROOT)}:{line}")
        elif path.suffix == ".html":
            for line, message, _comments, _context in extract_from_file(
                "jinja2.ext:babel_extract", str(path)
            ):
                for msgid in message if isinstance(message, tuple) else (message,):
                    yield Text(msgid, f"{path.relative_to(ROOT)}:{line}")


def texts_of_code(source: str, error_names: frozenset[str]) -> Iterator[tuple[int, str]]:
    """The texts of one Python file."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            spoken = _spoken(node, error_names)
        elif isinstance(node, ast.ClassDef) and node.name in error_names:
            spoken = (item.value for item in node.body if _assigns(item, {"title"}))  # type: ignore[attr-defined]
        elif _assigns(node, TABLES) and isinstance(node.value, ast.Dict):  # type: ignore[attr-defined]
            spoken = iter(node.value.values)  # type: ignore[attr-defined]
        else:
            continue
        for value in spoken:
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value.strip():
                yield value.lineno, value.value
            elif isinstance(value, ast.JoinedStr):
                yield value.lineno, f"f-string: {ast.unparse(value)} cannot be translated, use {{names}}"


def _spoken(call: ast.Call, error_names: frozenset[str]) -> Iterator[ast.expr]:
    """The arguments of a call that people read."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    positions = (0,) if name in error_names else MARKS.get(name, ())
    keyword = ""
    if name in CARRIERS:
        position, keyword = CARRIERS[name]
        positions = (position,)
    yield from (call.args[position] for position in positions if position < len(call.args))
    yield from (given.value for given in call.keywords if keyword and given.arg == keyword)


def _assigns(node: ast.AST, names: set[str]) -> bool:
    """Whether a statement gives one of the names a value."""
    if isinstance(node, ast.AnnAssign):
        return node.value is not None and getattr(node.target, "id", "") in names
    return isinstance(node, ast.Assign) and any(getattr(target, "id", "") in names for target in node.targets)


@cache
def errors() -> frozenset[str]:
    """The names of every class below `HubkinError` in the services."""
    bases: dict[str, set[str]] = {}
    for path in (ROOT / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                bases.setdefault(node.name, set()).update(
                    base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
                    for base in node.bases
                )
    found = {"HubkinError"}
    while grown := {name for name, above in bases.items() if above & found} - found:
        found |= grown
    return frozenset(found)


def catalog_path(package: Path) -> Path:
    """The Chinese catalog of a package, where it is or where it should be."""
    there = sorted((package / "locale").glob("zh*/LC_MESSAGES/hubkin.po"))
    return there[0] if there else package / "locale" / "zh_CN" / "LC_MESSAGES" / "hubkin.po"


def translations(package: Path) -> dict[str, str]:
    """Text to Chinese, without the empty and the doubtful."""
    found: dict[str, str] = {}
    for message in _messages(catalog_path(package)):
        ids = message.id if isinstance(message.id, list | tuple) else (message.id,)
        said = message.string if isinstance(message.string, str) else (message.string or ("",))[0]
        if said and not message.fuzzy:
            found |= dict.fromkeys((msgid for msgid in ids if msgid), said)
    return found


def write(package: Path, found: Sequence[Text]) -> None:
    """Bring the catalog of a package in step with its texts, keeping what is translated."""
    path = catalog_path(package)
    wanted = {text.msgid for text in found}
    catalog = Catalog(locale="zh_CN")
    for message in _messages(path):
        ids = set(message.id) if isinstance(message.id, list | tuple) else {message.id}
        if ids & wanted:
            catalog[message.id] = message
            wanted -= ids
    for msgid in wanted:
        catalog.add(msgid)
    path.parent.mkdir(parents=True, exist_ok=True)
    body = BytesIO()
    write_po(body, catalog, width=10_000, omit_header=True, sort_output=True, no_location=True)
    path.write_text(HEADER + body.getvalue().decode().rstrip() + "\n")
    missing = {text.msgid for text in found} - translations(package).keys()
    print(f"messages: {path.relative_to(ROOT)}: {len(catalog)} texts, {len(missing)} without Chinese")


def _messages(path: Path) -> list[Message]:
    """Everything in a catalog, its header aside."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        return [message for message in read_po(file) if message.id]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
