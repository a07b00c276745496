"""A translated page says which page it mirrors, and has what that page has: it cannot fall behind unseen."""

import re
from pathlib import Path

import pytest

from tests.repo.sources import ROOT
from tests.repo.test_languages import HAN, MANNERS, OTHER_WORDS

PAGES = sorted([*ROOT.glob("README.zh-CN.md"), *(ROOT / "docs" / "zh").rglob("*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
MIRRORS = re.compile(r"<!-- mirrors: (\S+) -->\n")
ITEM = re.compile(r"\s*(?:[*-]|\d+\.) ")


def source_of(page: Path) -> Path:
    """The English page that the first line names."""
    named = MIRRORS.match(page.read_text("utf-8"))
    assert named, f"{page.name} begins with no `<!-- mirrors: PATH -->`"
    return ROOT / named[1]


def blocks(text: str) -> list[str]:
    """The skeleton of a page: headings by level, paragraphs, items, rows of tables, lines of code."""
    found: list[str] = []
    fence, before = False, ""
    for line in MIRRORS.sub("", text, count=1).splitlines():
        if line.startswith("```"):
            fence = not fence
            kind = "fence"
        elif fence or line.startswith("    "):
            kind = f"code {code(line)}"
        elif line.startswith("|"):
            kind = f"row of {line.count('|') - line.count(chr(92) + '|')}"
        elif line.startswith("#"):
            kind = f"heading {line.index(' ')}"
        elif ITEM.match(line):
            kind = "item"
        else:
            kind = "paragraph" if line.strip() else ""
        if kind and not (kind == "paragraph" and before in ("paragraph", "item")):
            found.append(kind)
        before = kind
    return found


def code(line: str) -> str:
    """A line of code without its comment; what a program prints is in its own language."""
    line = re.sub(r"\s+#\s.*", "", line)
    return (
        "(prints)" if re.search(rf"[{HAN}]", line) or " ended as " in line or line.startswith("On ") else line
    )


def prose(page: Path) -> str:
    """A page without its code, addresses and the first line; a cell of a table is a line."""
    text = re.sub(r"```.*?```|^    .*$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"\s*\|\s*", "\n\n", re.sub(r"`[^`]*`|<http[^>]*>", "X", text))
    return re.sub(r"<!--.*?-->|\[|\]\([^)]*\)|[*_]", "", text)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_a_translated_page_has_the_skeleton_of_its_page(page: Path) -> None:
    assert blocks(page.read_text("utf-8")) == blocks(source_of(page).read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_the_links_of_a_translated_page_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_a_page_and_its_translation_lead_to_each_other(page: Path) -> None:
    source = source_of(page)
    there = [(source.parent / link).resolve() for link in re.findall(r"\]\(([^)#:]+)\)", source.read_text())]
    back = [(page.parent / link).resolve() for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text())]

    assert page in there
    assert source in back


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_a_translated_page_uses_the_words_and_manners_of_the_screens(page: Path) -> None:
    lines = prose(page).splitlines()

    assert [line for line in lines if any(word in line for word in OTHER_WORDS)] == []
    assert [line for line in lines for pattern in MANNERS if re.search(pattern, line)] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_no_line_breaks_within_a_chinese_paragraph(page: Path) -> None:
    # A browser shows such a break as a space, and Chinese has none there.
    assert re.findall(rf"[{HAN}，。；：、）]\n[{HAN}（“]", prose(page)) == []


def test_what_the_english_page_gained_is_missed_in_the_translation() -> None:
    assert blocks("# A\n\nb\n\n    make demo  # x\n") == blocks("# 甲\n\n乙\n\n    make demo  # 丙\n")
    assert blocks("# A\n\nb\n\nc\n") != blocks("# 甲\n\n乙\n")
    assert blocks("```\nmake demo\n```\n") != blocks("```\nmake test\n```\n")
