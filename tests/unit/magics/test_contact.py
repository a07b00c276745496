"""What a cell says when the platform is not there, or does not know its reader."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from hubkin.problems import ProblemError, Unreachable, problem_error
from hubkin.transport import Transport
from hubkin_magics import contact

URL = "https://hub.example/services/hubkin/api/v1"
EXPIRED = problem_error(
    401, {"title": "Sign in", "detail": "Your token no longer counts.", "code": "not_signed_in"}
)


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTERHUB_API_TOKEN", raising=False)
    monkeypatch.delenv("HUBKIN_TOKEN", raising=False)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def address(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"


def test_a_socket_that_hangs_is_given_up_soon(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact, "KNOCK_SECONDS", 0.05)

    with pytest.raises(Unreachable, match="timed out"):
        contact.knock(Transport(address(listener), "t"))


@pytest.mark.parametrize("head", ["302 Found\r\nLocation: /hub/login", "200 OK\r\nContent-Type: text/html"])
def test_a_page_is_no_answer(listener: socket.socket, head: str) -> None:
    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(f"HTTP/1.1 {head}\r\nContent-Length: 7\r\n\r\n<html/>".encode())

    thread = threading.Thread(target=answer)
    thread.start()

    with closing(Transport(address(listener), "t")) as transport, pytest.raises(ProblemError) as raised:
        contact.knock(transport)
    thread.join()

    text = contact.trouble(raised.value, url=URL, is_sent=False)
    assert text.startswith(f"What answers at {URL} is not Hubkin (HTTP {head[:3]}).")


def test_before_the_job_was_sent_nothing_is_lost() -> None:
    text = contact.trouble(Unreachable(URL, "Connection refused"), url=URL, is_sent=False)

    assert text.splitlines() == [
        f"The platform at {URL} cannot be reached: Connection refused. Jobs that run are not affected.",
        "Nothing was submitted. Run the cell again when the platform answers.",
    ]


def test_after_it_was_sent_nobody_claims_to_know() -> None:
    text = contact.trouble(Unreachable(URL, "timed out"), url=URL, is_sent=True)

    assert text.splitlines()[-1].startswith("It may have taken the job. Run the cell again")


def test_a_proxy_alone_is_not_taken_for_the_platform() -> None:
    text = contact.trouble(problem_error(502, {}), url=URL, is_sent=False)

    assert text.startswith(f"Only what stands before the platform answers at {URL} (HTTP 502)")


def test_a_token_that_has_ended_says_how_to_get_another(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = contact.trouble(EXPIRED, url=URL, is_sent=False)
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "old")
    inside = contact.trouble(EXPIRED, url=URL, is_sent=False)

    assert "hubkin login https://hub.example" in outside
    assert "stop the server and start it again" in inside


def test_a_refusal_needs_no_second_try() -> None:
    refusal = problem_error(402, {"title": "Balance", "detail": "¥4 are missing.", "code": "balance_low"})

    assert contact.trouble(refusal, url=URL, is_sent=True) == "¥4 are missing."
