"""An object is what its bytes say, not what somebody once said of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hubkin_catalog import Catalog, DirectoryStore, File
from hubkin_catalog.domain.trees import Ticket
from hubkin_catalog.errors import BytesDiffer
from hubkin_kit.clock import SystemClock
from hubkin_kit.database import Database
from hubkin_kit.web import Signer

from tests.support.small_disk import small_disk

OWNER = "user-ada"
BYTES = b"abc"
DIGEST = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    database.create_all()
    yield database
    database.close()


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    tickets = Signer(b"k" * 32, purpose="ticket", clock=SystemClock())
    return Catalog(DirectoryStore(tmp_path / "objects"), tickets)


def test_a_wrong_size_asked_for_first_does_not_shut_out_the_right_one(
    database: Database, catalog: Catalog
) -> None:
    database.write_sync(lambda tx: catalog.want(tx, OWNER, [(DIGEST, 99)]))
    database.write_sync(lambda tx: catalog.want(tx, OWNER, [(DIGEST, len(BYTES))]))
    ticket = Ticket(method="PUT", owner=OWNER, digest=DIGEST, size_bytes=len(BYTES))
    writer = database.read_sync(lambda c: catalog.receive(c, ticket))
    writer.write(BYTES)
    writer.commit()

    database.write_sync(lambda tx: catalog.received(tx, ticket))

    file = File("a.txt", len(BYTES), DIGEST)
    assert database.read_sync(lambda c: catalog.are_stored(c, OWNER, [file]))


def test_an_object_stays_what_it_is_when_another_with_its_digest_comes(
    database: Database, catalog: Catalog
) -> None:
    large = b"x" * (17 << 20)  # its digest is that of its parts' digests, which are bytes as well
    small = b"".join(hashlib.sha256(part).digest() for part in (large[: 16 << 20], large[16 << 20 :]))
    digest = hashlib.sha256(small).hexdigest()
    database.write_sync(lambda tx: catalog.want(tx, OWNER, [(digest, len(large))]))
    put(database, catalog, digest, large)

    with pytest.raises(BytesDiffer):
        put(database, catalog, digest, small)

    ticket = Ticket(method="PUT", owner=OWNER, digest=digest, size_bytes=len(small))
    database.write_sync(lambda tx: catalog.received(tx, ticket))
    file = File("a.bin", len(large), digest)
    assert database.read_sync(lambda c: catalog.are_stored(c, OWNER, [file]))


def put(database: Database, catalog: Catalog, digest: str, data: bytes) -> None:
    ticket = Ticket(method="PUT", owner=OWNER, digest=digest, size_bytes=len(data))
    writer = database.read_sync(lambda c: catalog.receive(c, ticket))
    writer.write(data)
    try:
        writer.commit()
    finally:
        writer.abort()
    database.write_sync(lambda tx: catalog.received(tx, ticket))


def test_an_object_given_up_on_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size="1m") as disk:
        store = DirectoryStore(disk.path / "objects")
        writer = store.writer("some/object", size_bytes=len(BYTES), digest=DIGEST)
        disk.fill()
        writer.write(BYTES)  # into Python's buffer, which cannot be emptied

        writer.abort()

        assert list((disk.path / "objects" / ".part").iterdir()) == []
