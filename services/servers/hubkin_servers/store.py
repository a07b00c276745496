"""Every query about servers, each with a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hubkin_kit import journal
from hubkin_kit.database import Row, Transaction
from sqlalchemy import Connection, insert, select, update

from hubkin_servers.domain import ServerState
from hubkin_servers.tables import servers

LIVE = (ServerState.STARTING, ServerState.RUNNING)


def get(connection: Connection, server_id: str) -> Row | None:
    """Return one server."""
    return connection.execute(select(servers).where(servers.c.id == server_id)).mappings().first()


def locked(tx: Transaction, server_id: str) -> Row | None:
    """Return one server, locked: its watcher and its spawner tell of it at the same time."""
    query = select(servers).where(servers.c.id == server_id).with_for_update()
    return tx.execute(query).mappings().first()


def locked_live(tx: Transaction) -> Sequence[Row]:
    """Return every server that is not over, locked in the order of their ids."""
    query = select(servers).where(servers.c.state.in_(LIVE)).order_by(servers.c.id).with_for_update()
    return tx.execute(query).mappings().all()


def of_spawn(connection: Connection, spawn_id: str) -> Row | None:
    """Return the server of one spawn."""
    return connection.execute(select(servers).where(servers.c.spawn_id == spawn_id)).mappings().first()


def live_named(tx: Transaction, owner: str, name: str) -> Sequence[Row]:
    """Return the owner's servers of this name that are not over, locked."""
    query = select(servers).where(servers.c.owner == owner, servers.c.name == name, servers.c.state.in_(LIVE))
    return tx.execute(query.order_by(servers.c.id).with_for_update()).mappings().all()


def live(connection: Connection) -> Sequence[Row]:
    """Return every server that is not over."""
    return connection.execute(select(servers).where(servers.c.state.in_(LIVE))).mappings().all()


def page(connection: Connection, owners: Iterable[str], *, before: str | None, limit: int) -> Sequence[Row]:
    """Return servers of these owners, newest first."""
    query = select(servers).where(servers.c.owner.in_(list(owners)))
    if before is not None:
        query = query.where(servers.c.id < before)
    return connection.execute(query.order_by(servers.c.id.desc()).limit(limit)).mappings().all()


def add(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Add a server that may start; the unique spawn decides races."""
    tx.execute(insert(servers).values(**row))
    tell(tx, row, ServerState.STARTING)


def change(tx: Transaction, server: Row, **columns: Any) -> None:
    """Change columns of a server."""
    tx.execute(update(servers).where(servers.c.id == server["id"]).values(**columns))


def add_charge(tx: Transaction, server: Row, micros: int) -> None:
    """Add to what a server has cost so far."""
    tx.execute(
        update(servers)
        .where(servers.c.id == server["id"])
        .values(charged_micros=servers.c.charged_micros + micros)
    )


def tell(tx: Transaction, server: Row, state: ServerState, **body: Any) -> None:
    """Write into the journal that a server stands elsewhere now."""
    journal.append(
        tx,
        "server",
        owner=server["owner"],
        subject=server["id"],
        state=state.value,
        name=server["name"],
        **body,
    )
