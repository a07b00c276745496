"""Every text that a person sees is there in Chinese, with the same parameters."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.repo.sources import ROOT, packages

KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "__": None,
}
METHODS = [
    ("**/injob/**", "ignore"),
    ("**/testing.py", "ignore"),
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2.ext:babel_extract"),
]
# {name} and {name:format}, %(name)s, %s
PARAMETERS = re.compile(r"\{\w*(?:[.:!][^}]*)?\}|%\(\w+\)[sd]|%[sd]")


def texts(package: str) -> Iterator[tuple[str, str]]:
    """Every text of a package that is marked for translation, with where it stands."""
    folder = ROOT / packages()[package]
    for file, line, message, _comments, _context in extract_from_dir(
        folder, METHODS, {"**/templates/**.html": {"silent": "false", "trimmed": "true"}}, KEYWORDS
    ):
        for text in message if isinstance(message, tuple) else (message,):
            if text:
                yield f"{packages()[package]}/{file}:{line}", text


def catalogues(package: str) -> list[Path]:
    return sorted((ROOT / packages()[package] / "locale").glob("zh*/LC_MESSAGES/*.po"))


def translations(package: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in catalogues(package):
        with path.open("rb") as file:
            for message in read_po(file):
                ids = message.id if isinstance(message.id, tuple) else (message.id,)
                said = message.string if isinstance(message.string, str) else (message.string or ("",))[0]
                if said and not message.fuzzy:
                    found |= dict.fromkeys(filter(None, ids), said)
    return found


def parameters(text: str) -> set[str]:
    return set(PARAMETERS.findall(text))


@pytest.mark.parametrize("package", sorted(packages()))
def test_every_text_is_translated(package: str) -> None:
    known = translations(package)

    assert [f"{place}: {text}" for place, text in texts(package) if text not in known] == []


@pytest.mark.parametrize("package", sorted(packages()))
def test_a_translation_has_the_parameters_of_its_text(package: str) -> None:
    differing = {
        text: sorted(parameters(text) ^ parameters(said))
        for text, said in translations(package).items()
        if parameters(text) != parameters(said)
    }

    assert differing == {}


@pytest.mark.parametrize("package", sorted(packages()))
def test_a_translation_is_chinese(package: str) -> None:
    latin = [
        said
        for text, said in translations(package).items()
        if re.search(r"[a-z]{3} [a-z]{3}", text) and not re.search(r"[\u4e00-\u9fff]", said)
    ]

    assert latin == []


def test_a_marked_text_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text('def f(_):\n    return _("Stop now")\n')
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "b.html").write_text("<p>{{ _('Start') }}{% trans %}Sign in{% endtrans %}</p>")
    monkeypatch.setitem(packages(), "planted", tmp_path)

    assert {text for _, text in texts("planted")} == {"Stop now", "Start", "Sign in"}
