"""Every text that a person sees is there in Chinese, with the same parameters."""

import re
from pathlib import Path

import pytest
from hubkin_platform import app

from tools import messages

PACKAGES = messages.packages()
# {name} and {name:format}, %(name)s, %s
PARAMETERS = re.compile(r"\{\w*(?:[.:!][^}]*)?\}|%\(\w+\)[sd]|%[sd]")
ERRORS = frozenset({"HubkinError", "NotFound"})
#: Words that some say for what is called otherwise here, and what it is called.
OTHER_WORDS = {"作业": "任务", "复本": "副本", "额度": "配额", "检查站": "检查点", "资料集": "数据集"}


def parameters(text: str) -> set[str]:
    return set(PARAMETERS.findall(text))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_text_has_its_chinese(package: Path) -> None:
    known = messages.translations(package)

    assert [
        f"{text.place}: {text.msgid}" for text in messages.texts(package) if text.msgid not in known
    ] == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_translation_has_the_parameters_of_its_text(package: Path) -> None:
    pairs = messages.translations(package).items()

    assert [text for text, said in pairs if parameters(said) != parameters(text)] == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_translation_is_chinese(package: Path) -> None:
    sentences = {text: said for text, said in messages.translations(package).items() if text.count(" ") > 1}

    assert [text for text, said in sentences.items() if not re.search(r"[\u4e00-\u9fff]", said)] == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_thing_has_one_chinese_word(package: Path) -> None:
    said = messages.translations(package).values()

    assert [text for text in said if any(word in text for word in OTHER_WORDS)] == []


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ('_("Stop now")', ["Stop now"]),
        ('reader.text("Likely by {at}", at=1)', ["Likely by {at}"]),
        ('self.said("Stop {name}", name=1)', ["Stop {name}"]),
        ('raise NotFound("There is no job " "{id}.", params={})', ["There is no job {id}."]),
        ('Field("/a", "bad", "It is wrong.")', ["It is wrong."]),
        ('Field("/a", detail="It is wrong.", code="bad")', ["It is wrong."]),
        ('WayOut("Top up")', ["Top up"]),
        ('class NotFound(HubkinError):\n    title = "Not there"', ["Not there"]),
        ('SENTENCES: dict[str, str] = {"lost": "It is lost."}', ["It is lost."]),
        ("_(name)", []),
    ],
)
def test_a_text_is_found(code: str, texts: list[str]) -> None:
    assert [msgid for _, msgid in messages.texts_of_code(code, ERRORS)] == texts


def test_a_text_that_cannot_be_translated_is_found() -> None:
    found = messages.texts_of_code('raise NotFound(f"There is no job {job_id}.")', ERRORS)

    assert [msgid for _, msgid in found if msgid.startswith("f-string")]


def test_a_template_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "page.html").write_text("<p>{{ _('Start') }}{% trans %}Sign in{% endtrans %}</p>")
    monkeypatch.setattr(messages, "ROOT", tmp_path)

    assert {text.msgid for text in messages.texts(tmp_path)} == {"Start", "Sign in"}


def test_the_catalogs_of_a_changed_package_keep_what_is_translated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    catalog = messages.catalog_path(tmp_path)
    catalog.parent.mkdir(parents=True)
    catalog.write_text(messages.HEADER + 'msgid "Start"\nmsgstr "启动"\n\nmsgid "Gone"\nmsgstr "没了"\n')

    messages.write(tmp_path, [messages.Text("Start", "a.py:1"), messages.Text("Stop", "a.py:2")])

    assert messages.translations(tmp_path) == {"Start": "启动"}
    assert 'msgid "Stop"\nmsgstr ""' in catalog.read_text()
    assert "Gone" not in catalog.read_text()


def test_the_platform_reads_the_catalog_of_every_service() -> None:
    read = {Path(str(package.__file__)).parent for package in app.PACKAGES}

    services = [package for package in PACKAGES if package.parents[1].name == "services"]
    assert {package for package in services if list(messages.texts(package))} <= read
