"""Who may add to whose files, asked at every step, since a right can be taken away between two of them."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.http.small_hub import SmallHub
from tests.http.whole import Whole

DIGEST = hashlib.sha256(b"1").hexdigest()
#: The last steps of an upload of one file: where, and with what.
STEPS = {
    "claims": {"objects": [{"digest": DIGEST, "size": 1}]},
    "commit": {"files": []},
}


@pytest.fixture
async def whole(tmp_path: Path, hub: SmallHub, database_url: str) -> AsyncIterator[Whole]:
    whole = Whole(tmp_path, hub, database_url)
    yield whole
    await whole.close()


async def opened(whole: Whole, who: str, owner: str) -> str:
    body = {"kind": "dataset", "name": "digits", "owner": owner}
    return f"/uploads/{(await whole.ask(who, 'POST', '/uploads', body)).json['id']}"


@pytest.mark.parametrize("step", STEPS)
async def test_a_viewer_does_not_go_on_with_a_members_upload(whole: Whole, step: str) -> None:
    upload = await opened(whole, "max", "lab")

    refused = await whole.ask("vic", "POST", f"{upload}/{step}", STEPS[step])

    assert (refused.status, refused.json["errors"][0]["code"]) == (403, "forbidden")
    assert "'lab'" in refused.json["detail"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("who", ["bob", "max"])
async def test_an_upload_of_somebody_else_is_as_absent_as_none(whole: Whole, step: str, who: str) -> None:
    upload = await opened(whole, "ada", "me")

    refused = await whole.ask(who, "POST", f"{upload}/{step}", STEPS[step])

    assert refused.status == 404


async def test_a_digest_tells_nothing_of_what_others_or_ones_group_have(whole: Whole) -> None:
    for who, owner in (("bob", "me"), ("max", "lab")):
        upload = await opened(whole, who, owner)
        claims = await whole.ask(who, "POST", f"{upload}/claims", STEPS["claims"])
        url = "/objects/" + claims.json["items"][0]["url"].rpartition("/objects/")[2]
        assert (await whole.ask("nobody", "PUT", url, raw=b"1")).status == 204
    upload = await opened(whole, "max", "me")

    claims = await whole.ask("max", "POST", f"{upload}/claims", STEPS["claims"])

    assert claims.json["items"][0]["have"] is False


@pytest.mark.parametrize("note", ["x" * 4001, "a\0b"])
async def test_a_note_is_one_that_can_be_listed(whole: Whole, note: str) -> None:
    upload = await opened(whole, "ada", "me")

    refused = await whole.ask("ada", "POST", f"{upload}/commit", {"files": [], "note": note})

    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/note")
