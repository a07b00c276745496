"""Which names may leave a replica."""

import pytest
from hubkin_agent.names import BadName, Kept, clean
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("path", "cleaned"),
    [
        ("a/b", "a/b"),
        ("./a//b/.", "a/b"),
        ("cafe\u0301", "caf\u00e9"),
        ("数据/集", "数据/集"),
        ("ab:c", "ab:c"),
    ],
)
def test_a_path_has_one_spelling(path, cleaned):
    assert clean(path) == cleaned


@pytest.mark.parametrize(
    "path",
    [
        *("", ".", "/a", "..", "a/../b", "C:/a", "./a:", "a\0b", "a\nb", "\udce9", "a\u202eb"),
        *("x" * 256, "d/" * 65 + "f", "/".join(["x" * 200] * 6)),
    ],
)
def test_a_path_that_nobody_should_meet_is_refused(path):
    with pytest.raises(BadName):
        clean(path)


@given(st.text(max_size=40))
def test_cleaning_twice_changes_nothing(path):
    try:
        once = clean(path)
    except BadName:
        return

    assert clean(once) == once
    assert not once.startswith("/")
    assert ".." not in once.split("/")


@pytest.mark.parametrize(
    ("pattern", "path", "is_kept"),
    [
        ("**", "a/b/c", True),
        ("*.html", "report.html", True),
        ("*.html", "a/report.html", False),
        ("**/*.html", "a/b/report.html", True),
        ("**/*.html", "report.html", True),
        ("ckpt", "ckpt/1/a.pt", True),
        ("ckpt/", "ckpt/a.pt", True),
        ("ckpt", "ckpts", False),
        ("ckpt/**", "ckpt/1/a.pt", True),
        ("a?c[0-9]", "abc1", True),
        ("a?c[!0-9]", "abc1", False),
        ("a.b", "axb", False),
    ],
)
def test_patterns_keep_what_they_say(pattern, path, is_kept):
    assert (path in Kept([pattern])) is is_kept
