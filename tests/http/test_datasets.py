"""Datasets: they come by uploads, have names and numbers, and jobs read them by reference."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.http.client import Answer
from tests.http.small_hub import SmallHub
from tests.http.whole import Whole


@pytest.fixture
async def whole(tmp_path: Path, hub: SmallHub, database_url: str) -> AsyncIterator[Whole]:
    whole = Whole(tmp_path, hub, database_url)
    yield whole
    await whole.close()


async def push(
    whole: Whole, who: str, name: str, files: dict[str, bytes], *, owner: str | None = None
) -> Answer:
    """Send files as the next version of a dataset."""
    opened = await whole.ask(who, "POST", "/uploads", {"kind": "dataset", "name": name, "owner": owner})
    assert opened.status == 201, opened.body
    listed = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    upload = f"/uploads/{opened.json['id']}"
    objects = [{"digest": listed[path], "size": len(data)} for path, data in files.items()]
    claims = await whole.ask(who, "POST", f"{upload}/claims", {"objects": objects})
    for claim, data in zip(claims.json["items"], files.values(), strict=True):
        if claim["url"]:
            put = await whole.ask("nobody", "PUT", below(claim["url"]), raw=data)
            assert put.status == 204, put.body
    tree = [{"path": path, "size": len(data), "digest": listed[path]} for path, data in files.items()]
    return await whole.ask(who, "POST", f"{upload}/commit", {"files": tree, "note": "a test"})


def below(url: str) -> str:
    return "/objects/" + url.rpartition("/objects/")[2]


async def resolve(whole: Whole, who: str, reference: str) -> Answer:
    return await whole.ask(who, "GET", f"/resolve?kind=dataset&reference={quote(reference)}")


async def plan(whole: Whole, who: str, **spec: Any) -> Answer:
    return await whole.ask(who, "POST", "/plans", {"spec": {"run": "true", **spec}})


async def test_versions_of_a_dataset_count_from_one(whole: Whole) -> None:
    first = await push(whole, "ada", "digits", {"a.csv": b"1"})
    second = await push(whole, "ada", "digits", {"a.csv": b"2"})

    assert [(one.status, one.json["version"]) for one in (first, second)] == [(201, 1), (201, 2)]
    assert (first.json["owner"], first.json["name"], first.json["note"]) == ("ada", "digits", "a test")


async def test_the_same_files_again_are_the_version_that_is_there(whole: Whole) -> None:
    first = await push(whole, "ada", "digits", {"a.csv": b"1"})

    again = await push(whole, "ada", "digits", {"a.csv": b"1"})

    assert again.status == 200
    assert again.json == first.json


async def test_committing_again_answers_as_before(whole: Whole) -> None:
    opened = await whole.ask("ada", "POST", "/uploads", {"kind": "dataset", "name": "empty"})
    path = f"/uploads/{opened.json['id']}/commit"
    first = await whole.ask("ada", "POST", path, {"files": []})

    again = await whole.ask("ada", "POST", path, {"files": []})

    assert (again.status, again.json) == (first.status, first.json)


async def test_what_is_in_a_version_can_be_fetched_page_by_page(whole: Whole) -> None:
    files = {f"{n}.txt": f"{n}".encode() for n in range(3)}
    version = (await push(whole, "ada", "digits", files)).json["id"]

    first = await whole.ask("ada", "GET", f"/versions/{version}/files?limit=2")
    cursor = first.json["next_cursor"]
    second = await whole.ask("ada", "GET", f"/versions/{version}/files?limit=2&cursor={cursor}")

    listed = first.json["items"] + second.json["items"]
    fetched = {file["path"]: (await whole.ask("nobody", "GET", below(file["url"]))).body for file in listed}
    assert fetched == files
    assert second.json["next_cursor"] is None


@pytest.mark.parametrize("path", ["", "/files"])
async def test_a_foreign_version_is_as_absent_as_none(whole: Whole, path: str) -> None:
    version = (await push(whole, "ada", "digits", {"a.csv": b"1"})).json["id"]

    foreign = await whole.ask("bob", "GET", f"/versions/{version}{path}")
    absent = await whole.ask("bob", "GET", f"/versions/version-01jd0000000000000000000000{path}")

    assert foreign.status == absent.status == 404
    assert foreign.code == absent.code


@pytest.mark.parametrize(
    ("reference", "number"),
    [("digits", 2), ("digits@v1", 1), ("digits@1", 1), ("ada/digits@v2", 2), ("me/digits", 2)],
)
async def test_a_reference_means_one_version(whole: Whole, reference: str, number: int) -> None:
    await push(whole, "ada", "digits", {"a.csv": b"1"})
    await push(whole, "ada", "digits", {"a.csv": b"2"})

    found = await resolve(whole, "ada", reference)

    assert found.json["version"] == number


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("digitz", "There is no dataset 'digitz' that you can read. Did you mean 'digits'?"),
        ("bob/digits", "There is no dataset 'bob/digits' that you can read."),
        ("digits@v9", "'digits' has no version 'v9'; its newest is v1."),
    ],
)
async def test_a_reference_to_nothing_says_what_there_is(whole: Whole, reference: str, sentence: str) -> None:
    await push(whole, "ada", "digits", {"a.csv": b"1"})

    found = await resolve(whole, "ada", reference)

    assert (found.status, found.json["detail"]) == (404, sentence)


@pytest.mark.parametrize("reference", ["", "@v1", "/digits", "a/b/c d", "digits@best", "digits@v0"])
async def test_what_is_no_reference_is_told_how_to_write_one(whole: Whole, reference: str) -> None:
    found = await resolve(whole, "ada", reference)

    assert (found.status, found.code) == (422, "bad_reference")


async def test_a_group_has_datasets_that_its_members_read_and_viewers_do_not_write(whole: Whole) -> None:
    pushed = await push(whole, "max", "shared", {"a.csv": b"1"}, owner="lab")

    seen = {who: (await resolve(whole, who, "lab/shared")).status for who in ("lea", "vic", "bob")}
    refused = await whole.ask("vic", "POST", "/uploads", {"kind": "dataset", "name": "x", "owner": "lab"})

    assert pushed.json["owner"] == "lab"
    assert seen == {"lea": 200, "vic": 200, "bob": 404}
    assert refused.status == 403


async def test_ones_own_comes_before_the_groups(whole: Whole) -> None:
    await push(whole, "max", "digits", {"a.csv": b"1"}, owner="lab")
    await push(whole, "max", "digits", {"a.csv": b"2"})

    found = await resolve(whole, "max", "digits")

    assert found.json["owner"] == "max"


async def test_what_two_groups_have_must_be_named_with_its_owner(whole: Whole) -> None:
    whole.tokens["pat"] = whole.hub.add("pat", groups=("lab", "club"))
    for owner in ("lab", "club"):
        await push(whole, "pat", "digits", {"a.csv": owner.encode()}, owner=owner)

    found = await resolve(whole, "pat", "digits")

    assert (found.status, found.code) == (409, "ambiguous")
    assert "club/digits" in found.json["detail"]
    assert "lab/digits" in found.json["detail"]


async def test_a_list_is_of_ones_own_newest_first_and_by_name(whole: Whole) -> None:
    await push(whole, "ada", "digits", {"a.csv": b"1"})
    await push(whole, "ada", "letters", {"a.csv": b"1"})
    await push(whole, "ada", "digits", {"a.csv": b"2"})
    await push(whole, "bob", "digits", {"a.csv": b"3"})

    whole_list = await whole.ask("ada", "GET", "/datasets")
    by_name = await whole.ask("ada", "GET", "/datasets?name=ada/digits")

    assert [(v["name"], v["version"]) for v in whole_list.json["items"]] == [
        ("digits", 2),
        ("letters", 1),
        ("digits", 1),
    ]
    assert [v["version"] for v in by_name.json["items"]] == [2, 1]


@pytest.mark.parametrize("body", [{"kind": "dataset"}, {"kind": "dataset", "name": "A b"}, {"name": "x"}])
async def test_a_dataset_has_a_name_and_code_has_none(whole: Whole, body: dict[str, str]) -> None:
    opened = await whole.ask("ada", "POST", "/uploads", body)

    assert (opened.status, opened.json["errors"][0]["pointer"]) == (422, "/name")


async def test_a_plan_and_a_job_say_which_versions_they_read(whole: Whole) -> None:
    version = (await push(whole, "ada", "digits", {"a.csv": b"1", "b.csv": b"22"})).json["id"]
    wanted = {
        "kind": "dataset",
        "name": "train",
        "reference": "ada/digits@v1",
        "version_id": version,
        "files": 2,
        "bytes": 3,
    }

    planned = await plan(whole, "ada", data={"train": "digits"})
    job = await whole.ask("ada", "POST", "/jobs", {"spec": {"run": "true", "data": {"train": "digits"}}})

    assert planned.json["inputs"] == job.json["inputs"] == [wanted]


async def test_a_job_reads_what_was_meant_when_it_was_submitted(whole: Whole) -> None:
    await push(whole, "ada", "digits", {"a.csv": b"1"})
    spec = {"run": "true", "data": {"digits": "digits"}}
    job = (await whole.ask("ada", "POST", "/jobs", {"spec": spec})).json["id"]
    await push(whole, "ada", "digits", {"a.csv": b"2"})

    later = await whole.ask("ada", "GET", f"/jobs/{job}")

    assert later.json["inputs"][0]["reference"] == "ada/digits@v1"


@pytest.mark.parametrize(
    ("spec", "pointer", "code"),
    [
        ({"data": {"train": "nothing"}}, "/spec/data/train", "version_not_found"),
        ({"models": {"base": "nothing"}}, "/spec/models/base", "version_not_found"),
        ({"data": {"train": "a b"}}, "/spec/data/train", "bad_reference"),
        ({"data": {"../x": "digits"}}, "/spec/data/../x", "bad_name"),
        ({"run": "cat ${{ data.digitz }}/a"}, "/spec/run", "unknown_input"),
    ],
)
async def test_wrong_data_is_refused_with_its_place(
    whole: Whole, spec: dict[str, Any], pointer: str, code: str
) -> None:
    refused = await plan(whole, "ada", **spec)

    assert refused.status in (404, 422)
    assert [(e["pointer"], e["code"]) for e in refused.json["errors"]] == [(pointer, code)]


async def test_nobody_reads_what_is_somebody_elses(whole: Whole) -> None:
    await push(whole, "ada", "digits", {"a.csv": b"1"})

    foreign = await plan(whole, "bob", data={"x": "ada/digits"})
    absent = await plan(whole, "bob", data={"x": "ada/nothing"})

    assert foreign.status == absent.status == 404
    assert foreign.json["detail"].replace("digits", "nothing") == absent.json["detail"]


async def test_a_job_reads_what_its_plan_said(whole: Whole) -> None:
    await push(whole, "ada", "digits", {"a.csv": b"1"})
    planned = await plan(whole, "ada", data={"train": "digits"})
    await push(whole, "ada", "digits", {"a.csv": b"2"})

    job = await whole.ask("ada", "POST", "/jobs", {"plan_id": planned.json["id"]})

    assert job.json["inputs"] == planned.json["inputs"]


async def test_a_plan_gives_no_right_that_was_taken_away_since(whole: Whole) -> None:
    await push(whole, "max", "digits", {"a.csv": b"1"}, owner="lab")
    planned = await plan(whole, "max", data={"train": "lab/digits"})
    whole.tokens["max"] = whole.hub.add("max", groups=())

    refused = await whole.ask("max", "POST", "/jobs", {"plan_id": planned.json["id"]})

    assert refused.status == 404
    assert refused.json["detail"] == "There is no dataset 'lab/digits@v1' that you can read."
    assert [e["pointer"] for e in refused.json["errors"]] == ["/spec/data/train"]
