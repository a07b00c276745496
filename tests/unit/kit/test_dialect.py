"""Addresses of databases, and what their errors mean."""

from __future__ import annotations

import sys

import pytest
from hubkin_kit.dialect import DatabaseUnfit, make_engine, may_pass, read_url, translated
from hubkin_kit.errors import Unavailable
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("postgresql://hub:s@db/hubkin", "postgresql+psycopg://hub:s@db/hubkin"),
        ("postgresql+psycopg2://hub@db/hubkin", "postgresql+psycopg://hub@db/hubkin"),
        ("mariadb://hub@db:3307/hubkin", "mariadb+pymysql://hub@db:3307/hubkin"),
        ("sqlite:////data/hubkin.sqlite", "sqlite:////data/hubkin.sqlite"),
    ],
)
def test_an_address_needs_no_driver(written: str, read: str) -> None:
    assert read_url(written).render_as_string(hide_password=False) == read


@pytest.mark.parametrize("address", ["mysql://hub@db/hubkin", "oracle://hub@db", "no address", ""])
def test_an_address_that_nobody_has_tried_is_refused(address: str) -> None:
    with pytest.raises(DatabaseUnfit):
        read_url(address)


@pytest.mark.parametrize("name", ["postgresql", "mariadb"])
def test_a_missing_driver_is_named_with_what_brings_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("psycopg", "pymysql"):
        monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(DatabaseUnfit) as refused:
        make_engine(read_url(f"{name}://hub@db/hubkin"), write=True)

    assert str(refused.value).endswith(f"Install hubkin-platform[{name}].")


class Psycopg(Exception):
    """As the driver raises it."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("it failed")
        self.sqlstate = sqlstate


def wrapped(kind: type[DBAPIError], original: Exception) -> DBAPIError:
    return kind("UPDATE x", None, original)


@pytest.mark.parametrize("original", [Psycopg("40001"), Psycopg("40P01"), Exception(1213, "Deadlock found")])
def test_who_lost_against_another_may_begin_again(original: Exception) -> None:
    assert may_pass(wrapped(OperationalError, original))


def test_who_came_second_with_a_key_may_look_again() -> None:
    assert may_pass(wrapped(IntegrityError, Psycopg("23505")))


@pytest.mark.parametrize("original", [Psycopg("55P03"), Psycopg("57P01"), Exception(1205, "Lock wait")])
def test_who_waited_too_long_does_not_begin_again(original: Exception) -> None:
    assert not may_pass(wrapped(OperationalError, original))


@pytest.mark.parametrize(
    ("original", "code"),
    [
        (Psycopg("25006"), "read_only"),
        (Exception(1290, "running with the --read-only option"), "read_only"),
        (Psycopg("53100"), "disk_full"),
        (Exception(1021, "Disk full"), "disk_full"),
        (Exception("attempt to write a readonly database"), "read_only"),
        (Exception("database or disk is full"), "disk_full"),
        (Exception(2013, "the query was read-only and the disk is not full"), "unavailable"),
    ],
)
def test_an_error_is_said_for_who_can_do_something_about_it(original: Exception, code: str) -> None:
    said = translated(wrapped(OperationalError, original))

    assert isinstance(said, Unavailable)
    assert said.code == code


def test_a_connection_that_ends_in_a_commit_leaves_open_what_was_done() -> None:
    error = OperationalError("COMMIT", None, Psycopg("57P01"), connection_invalidated=True)

    assert "Look whether it was done" in str(translated(error, committing=True))
    assert "Nothing was changed" in str(translated(error))


def test_our_own_mistakes_stay_what_they_are() -> None:
    error = wrapped(ProgrammingError, Psycopg("42601"))

    assert translated(error) is error
