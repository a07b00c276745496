"""What was left and not kept is said, not dropped."""

from __future__ import annotations

import pytest
from hubkin_jobs.domain.notkept import not_kept


def test_the_first_names_and_their_count_are_told_reason_by_reason() -> None:
    leaks = [(f"leak-{n}", "link_leads_out") for n in range(5)]

    found = not_kept([*leaks, ("pipe", "not_a_file")])

    assert [(one.code, one.params["count"], one.params["paths"]) for one in found] == [
        ("not_kept_link_leads_out", 5, ["leak-0", "leak-1", "leak-2", "…"]),
        ("not_kept_not_a_file", 1, ["pipe"]),
    ]


def test_those_that_nobody_could_name_are_counted() -> None:
    found = not_kept([("a", "unreadable"), ("", "41 more")])

    assert found[-1].code == "not_kept_more"
    assert found[-1].params == {"count": 41}


def test_what_the_submitter_did_not_want_kept_is_no_news() -> None:
    assert not_kept([("scratch", "not_in_keep")]) == []


def test_a_reason_of_a_newer_agent_is_still_told() -> None:
    assert [one.code for one in not_kept([("a", "too_shiny")])] == ["not_kept"]


@pytest.mark.parametrize("told", ["", "many more", "² more", "9" * 6000 + " more", "-3 more"])
def test_a_count_that_is_none_is_not_told(told: str) -> None:
    assert not_kept([("", told)]) == []
