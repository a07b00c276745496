"""A job reads datasets and models: the versions that its references meant, at the place that it is told."""

from __future__ import annotations

import hashlib
import stat
import sys

import hubkin_users as users
import pytest
from hubkin_catalog import File, VersionNotFound
from hubkin_jobs.controllers.dispatcher import dispatch_all
from hubkin_jobs.controllers.orders import make_order
from hubkin_jobs.ports import Order
from hubkin_jobs.store import attempts

from tests.support.rig import Rig


def keep(rig: Rig, who: users.Identity, kind: str, name: str, files: dict[str, bytes]) -> str:
    """Make the next version of a dataset or model; return its id."""
    tree = [File(path, len(data), hashlib.sha256(data).hexdigest()) for path, data in files.items()]
    digests = [(file.digest, file.size_bytes) for file in tree]
    rig.database.write_sync(lambda tx: rig.catalog.want(tx, who.user_id, digests))
    for file, data in zip(tree, files.values(), strict=True):
        ticket = rig.ticket("PUT", who.user_id, file)
        writer = rig.database.read_sync(lambda c, ticket=ticket: rig.catalog.receive(c, ticket))
        writer.write(data)
        writer.commit()
        rig.database.write_sync(lambda tx, ticket=ticket: rig.catalog.received(tx, ticket))
    row = rig.database.write_sync(
        lambda tx: rig.catalog.create_version(
            tx, owner=who.user_id, kind=kind, name=name, tree=tree, note="", by=who.user_id
        )
    )
    return str(row["id"])


async def test_a_program_finds_its_data_by_name(rig: Rig) -> None:
    ada = rig.person("ada")
    keep(rig, ada, "dataset", "digits", {"train/a.csv": b"1,2,3"})
    program = "import hubkin; print((hubkin.data('train-set') / 'train' / 'a.csv').read_text())"

    job_id = await rig.submit(
        ada, {"run": f'{sys.executable} -c "{program}"', "data": {"train-set": "digits"}, "replicas": 2}
    )
    await rig.until(job_id, "succeeded")

    assert rig.log(job_id) == ["1,2,3", "1,2,3"]


async def test_a_command_names_data_where_it_needs_it(rig: Rig) -> None:
    ada = rig.person("ada")
    keep(rig, ada, "dataset", "digits", {"a b.csv": b"hello\n"})

    job_id = await rig.submit(
        ada, {"run": "cat ${{ data.digits }}/'a b.csv'", "data": {"digits": "ada/digits@v1"}}
    )
    await rig.until(job_id, "succeeded")

    assert rig.log(job_id) == ["hello"]


async def test_a_model_that_one_job_registered_is_read_by_the_next(rig: Rig) -> None:
    ada = rig.person("ada")
    outputs = {"model": {"name": "net", "alias": "best"}}
    first = await rig.submit(ada, {"run": "echo weights > $HUBKIN_OUTPUTS/w", "outputs": outputs})
    await rig.until(first, "succeeded")

    job_id = await rig.submit(ada, {"run": "cat $HUBKIN_MODEL_BASE/w", "models": {"base": "net@best"}})
    job = await rig.until(job_id, "succeeded")

    assert rig.log(job_id) == ["weights"]
    assert [one.reference for one in job.inputs] == ["ada/net@v1"]


async def test_what_a_model_was_made_from_is_kept_with_it(rig: Rig) -> None:
    ada = rig.person("ada")
    keep(rig, ada, "dataset", "digits", {"a": b"1"})
    outputs = {"model": {"name": "net"}}
    run = {"run": "echo w > $HUBKIN_OUTPUTS/w", "outputs": outputs, "data": {"train": "digits"}}

    await rig.until(await rig.submit(ada, run), "succeeded")

    (model,) = rig.models(ada.user_id)
    assert model.lineage["inputs"] == {"train": "ada/digits@v1"}


async def test_what_was_meant_at_submission_is_read_though_there_is_a_newer_version(rig: Rig) -> None:
    ada = rig.person("ada")
    keep(rig, ada, "dataset", "digits", {"a": b"old\n"})
    job_id = await rig.submit(ada, {"run": "cat $HUBKIN_DATA_D/a", "data": {"d": "digits"}})
    keep(rig, ada, "dataset", "digits", {"a": b"new\n"})

    await rig.until(job_id, "succeeded")

    assert rig.log(job_id) == ["old"]


async def test_once_more_it_reads_the_same(rig: Rig) -> None:
    ada = rig.person("ada")
    keep(rig, ada, "dataset", "digits", {"a": b"old\n"})
    first = await rig.submit(ada, {"run": "cat $HUBKIN_DATA_D/a", "data": {"d": "digits"}})
    await rig.until(first, "succeeded")
    keep(rig, ada, "dataset", "digits", {"a": b"new\n"})

    again = await rig.jobs.restart(ada, first, key=None, request_hash="")

    job = await rig.until(again, "succeeded")
    assert [one.reference for one in job.inputs] == ["ada/digits@v1"]
    assert rig.log(again) == ["old"]


async def test_who_submits_anothers_job_once_more_needs_the_right_to_its_data(rig: Rig) -> None:
    max_, lea = rig.person("max", groups=("lab",)), rig.person("lea", groups=("lab",))
    for who in (max_, lea):
        keep(rig, who, "dataset", "digits", {"a": who.name.encode()})
    first = await rig.submit(max_, {"run": "true", "data": {"d": "digits"}, "owner": "lab"})
    await rig.until(first, "succeeded")

    with pytest.raises(VersionNotFound, match="no dataset"):
        await rig.jobs.restart(lea, first, key=None, request_hash="")


@pytest.mark.parametrize("damage", ["echo spoilt > $HUBKIN_DATA_D/a; true", "rm -rf $HUBKIN_DATA_D/*; true"])
async def test_a_job_cannot_spoil_what_the_next_one_reads(rig: Rig, damage: str) -> None:
    ada = rig.person("ada")
    keep(rig, ada, "dataset", "digits", {"a": b"whole\n"})
    await rig.until(await rig.submit(ada, {"run": damage, "data": {"d": "digits"}}), "succeeded")

    job_id = await rig.submit(ada, {"run": "cat $HUBKIN_DATA_D/a", "data": {"d": "digits"}})
    await rig.until(job_id, "succeeded")

    assert rig.log(job_id) == ["whole"]


async def test_data_is_no_output(rig: Rig) -> None:
    ada = rig.person("ada")
    keep(rig, ada, "dataset", "digits", {"a": b"1"})

    job_id = await rig.submit(ada, {"run": "echo x > own", "data": {"d": "digits"}})
    await rig.until(job_id, "succeeded")

    assert [file.path for file in rig.files(job_id)] == ["own"]


async def test_data_is_closed_though_a_kill_came_before_its_last_step(rig: Rig) -> None:
    ada = rig.person("ada")
    keep(rig, ada, "dataset", "digits", {"a": b"1"})
    job_id = await rig.submit(ada, {"run": "true", "data": {"d": "digits"}})
    order = await order_of(rig, job_id)
    place = rig.backend.runs / order.attempt_id / "datasets" / "d"
    place.mkdir(parents=True)

    await rig.backend.submit(order)

    assert stat.S_IMODE(place.stat().st_mode) == 0o555
    await rig.until(job_id, "succeeded")


async def order_of(rig: Rig, job_id: str) -> Order:
    """Let a job be dispatched, and say what its backend would be told."""
    await rig.database.write(dispatch_all)
    (attempt_id,) = rig.database.read_sync(lambda c: attempts.ids_of_job(c, job_id))
    return rig.database.read_sync(lambda c: make_order(c, attempt_id))
