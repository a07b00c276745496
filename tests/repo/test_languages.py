"""Every text that a person sees is there in Chinese, with the same parameters."""

import json
import re
from pathlib import Path

import pytest
from hubkin_platform import app

from tests.repo.sources import ROOT
from tools import messages

PACKAGES = messages.packages()
# {name} and {name:format}, %(name)s, %s
PARAMETERS = re.compile(r"\{\w*(?:[.:!][^}]*)?\}|%\(\w+\)[sd]|%[sd]")
ERRORS = frozenset({"HubkinError", "NotFound"})
#: Words that some say for what is called otherwise here, and what it is called.
OTHER_WORDS = {
    "作业": "任务",
    "复本": "副本",
    "额度": "配额",
    "检查站": "检查点",
    "资料集": "数据集",
    "方案": "计划",
    "预留": "冻结",
    "时间上限": "时限",
    "时间限制": "时限",
    "组长": "负责人",
    "应答": "响应",
    "花费": "支出",
    "账本": "账目",
    "是否想写": "您是不是想写",
    "你": "您",
}
HAN = "\u4e00-\u9fff"
#: What no editor of Chinese lets pass: the pattern, and what is wrong with it.
MANNERS = {
    rf"[{HAN}][A-Za-z0-9]|[A-Za-z0-9][{HAN}]": "no space between Chinese and Latin",
    rf"[{HAN}] +[{HAN}]": "a space between Chinese",
    rf"[{HAN}] ?[,;:!?(]|[,;!?(] ?[{HAN}]|[{HAN}]\)": "half-width punctuation in Chinese",
    r" [，。；：！？（）]|[，。；：！？（）] (?!$)": "a space beside full-width punctuation",
    rf"'[^']*[{HAN}][^']*'|[{HAN}]'|'[{HAN}]": "straight quotes in Chinese",
    r"\.\.\.|。。": "dots of another script",
}


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


def spoken() -> dict[str, list[str]]:
    """Everything that is said in Chinese, by where it stands."""
    screens = ROOT / "labextension" / "src" / "locale" / "zh_CN.json"
    found = {package.name: list(messages.translations(package).values()) for package in PACKAGES}
    return {**found, "labextension": list(json.loads(screens.read_text()).values())}


SPOKEN = spoken()


@pytest.mark.parametrize("place", SPOKEN)
def test_a_thing_has_one_chinese_word(place: str) -> None:
    assert [text for text in SPOKEN[place] if any(word in text for word in OTHER_WORDS)] == []


@pytest.mark.parametrize("place", SPOKEN)
@pytest.mark.parametrize("pattern", MANNERS, ids=MANNERS.values())
def test_chinese_is_typeset_as_chinese(place: str, pattern: str) -> None:
    assert [text for text in SPOKEN[place] if re.search(pattern, text)] == []


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
