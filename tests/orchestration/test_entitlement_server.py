"""Entitlements over HTTP, asked as a gateway asks."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from billing.clock import Clock
from billing.subscriptions.published import PublishedEntitlements
from orchestration import entitlement_server
from orchestration.entitlement_server import EntitlementServer
from tests.billing.subscriptions.test_published import KEY, NOON, publish


class Answer(NamedTuple):
    status: int
    tag: str | None
    told: Any


@contextmanager
def serving(folder: Path, at: datetime = NOON) -> Iterator[HTTPConnection]:
    """A server on a free port, and one connection to it."""
    server = EntitlementServer(("127.0.0.1", 0), PublishedEntitlements(folder, Clock(at)))
    with server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        connection = HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
        try:
            yield connection
        finally:
            connection.close()
            server.shutdown()
            thread.join(10)


def ask(connection: HTTPConnection, path: str, *, method: str = "GET", **headers: str) -> Answer:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers=names)
    response = connection.getresponse()
    body = response.read()
    return Answer(response.status, response.headers["ETag"], json.loads(body) if body else None)


def test_a_key_is_told_by_its_hash_in_either_case(tmp_path: Path) -> None:
    publish(tmp_path)
    with serving(tmp_path) as connection:
        found = ask(connection, f"/entitlements/{KEY}")
        assert (found.status, found.told["api_key_id"], found.told["is_valid"]) == (
            (200, "key_1", True)
        )
        assert found.told["as_of"] == "2026-11-10T12:00:00Z"
        assert ask(connection, f"/entitlements/{KEY.upper()}?x=1").told == found.told


def test_a_key_ends_at_its_second_though_nothing_was_published_since(tmp_path: Path) -> None:
    publish(tmp_path)
    with serving(tmp_path, datetime(2026, 11, 10, 13, tzinfo=UTC)) as connection:
        told = ask(connection, f"/entitlements/{KEY}").told
    assert (told["is_valid"], told["reason"]) == (False, "expired")


def test_who_knows_the_answer_gets_none(tmp_path: Path) -> None:
    publish(tmp_path)
    with serving(tmp_path) as connection:
        tag = ask(connection, f"/entitlements/{KEY}").tag
        assert tag is not None
        same = ask(connection, f"/entitlements/{KEY}", If_None_Match=f'"other", {tag}')
        assert same == Answer(304, tag, None)
        publish(tmp_path, is_valid=False, reason="disabled", valid_to="2026-11-10T11:59:59Z")
        changed = ask(connection, f"/entitlements/{KEY}", If_None_Match=tag)
        assert (changed.status, changed.told["reason"]) == (200, "disabled")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/entitlements/{'b' * 64}", 404),
        ("/entitlements/sk-plan-1234", 400),
        ("/entitlements/", 400),
        (f"/entitlements/{KEY}/models", 400),
        ("/", 404),
        ("/entitlements.json", 404),
        ("/../books/books.sqlite", 404),
    ],
)
def test_what_is_no_known_key_is_refused(tmp_path: Path, path: str, status: int) -> None:
    publish(tmp_path)
    with serving(tmp_path) as connection:
        found = ask(connection, path)
        assert found.status == status
        assert found.told["error"]
        assert ask(connection, f"/entitlements/{KEY}").status == 200


def test_nothing_can_be_written(tmp_path: Path) -> None:
    publish(tmp_path)
    for method in ("POST", "PUT", "DELETE"):
        with serving(tmp_path) as connection:
            connection.request(method, f"/entitlements/{KEY}")
            assert connection.getresponse().status == 501


def test_health_tells_how_old_the_answers_are_or_what_is_wrong(tmp_path: Path) -> None:
    with serving(tmp_path) as connection:
        down = ask(connection, "/health")
        assert (down.status, "meterbook entitlements" in down.told["error"]) == (503, True)
        publish(tmp_path)
        up = ask(connection, "/health")
        assert up == Answer(200, None, {"status": "ok", "as_of": "2026-11-10T12:00:00Z", "keys": 1})
        head = ask(connection, "/health", method="HEAD")
        assert (head.status, head.told) == (200, None)


def test_readers_at_once_see_whole_files_while_they_are_swapped(tmp_path: Path) -> None:
    publish(tmp_path, api_key_id="key_0")
    with serving(tmp_path) as first:
        found: list[Answer] = []

        def read() -> None:
            connection = HTTPConnection(first.host, first.port, timeout=10)
            found.extend(ask(connection, f"/entitlements/{KEY}") for _ in range(50))
            connection.close()

        readers = [threading.Thread(target=read) for _ in range(4)]
        for reader in readers:
            reader.start()
        for number in range(100):
            publish(tmp_path, api_key_id=f"key_{number}")
        for reader in readers:
            reader.join(30)
    assert len(found) == 200
    assert {each.status for each in found} == {200}


def told_to(connection: HTTPConnection, sent: bytes, *, seconds: float = 5) -> bytes:
    """All that one connection of its own is told until the server ends it."""
    with socket.create_connection((connection.host, connection.port), seconds) as raw:
        if sent:
            raw.sendall(sent)
        told = b""
        while part := raw.recv(65536):
            told += part
    return told


STRANGER = f"GET /entitlements/{KEY} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    "header",
    [
        f"Content-Length: {len(STRANGER)}",
        f"content-length: 0\r\nContent-Length: {len(STRANGER)}",
        "Content-Length: 0, 80",
        "Content-Length:",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: x\r\nContent-Length: 0",
        f"Content-Length : {len(STRANGER)}",
        f"Expect: 100-continue\r\nContent-Length: {len(STRANGER)}",
    ],
)
def test_a_body_is_never_answered_as_a_request(tmp_path: Path, method: str, header: str) -> None:
    publish(tmp_path)
    with serving(tmp_path) as connection:
        sent = f"{method} /health HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n".encode()
        told = told_to(connection, sent + STRANGER)
    assert told.startswith(b"HTTP/1.1 400 ")
    assert told.count(b"HTTP/1.1 ") == 1
    assert b"\r\nConnection: close\r\n" in told
    assert b"key_1" not in told


def test_two_requests_without_bodies_get_two_answers(tmp_path: Path) -> None:
    publish(tmp_path)
    with serving(tmp_path) as connection:
        first = b"GET /health HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
        last = b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n"
        assert told_to(connection, first + STRANGER + last).count(b"HTTP/1.1 200 ") == 3


def test_beyond_the_bound_clients_are_sent_away_until_one_has_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entitlement_server, "CONNECTIONS", 3)
    publish(tmp_path)
    with serving(tmp_path) as connection:
        before = threading.active_count()
        idle = [socket.create_connection((connection.host, connection.port)) for _ in range(3)]
        told = [told_to(connection, b"") for _ in range(20)]
        assert {each.partition(b"\r\n")[0] for each in told} == {
            b"HTTP/1.1 503 Service Unavailable"
        }
        assert all(b"\r\nRetry-After: 1\r\n" in each for each in told)
        assert threading.active_count() - before == 3
        idle.pop().close()
        until = time.monotonic() + 5
        while (status := _status(connection)) != 200 and time.monotonic() < until:
            connection.close()
        assert status == 200
        for each in idle:
            each.close()


def _status(connection: HTTPConnection) -> int:
    try:
        return ask(connection, f"/entitlements/{KEY}").status
    except (json.JSONDecodeError, ConnectionError):  # sent away before the question was read
        return 0


def test_a_request_that_trickles_in_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entitlement_server, "HEAD_SECONDS", 0.5)
    publish(tmp_path)
    with serving(tmp_path) as connection:
        address = (connection.host, connection.port)
        for start in (b"", STRANGER):
            with socket.create_connection(address, 5) as raw:
                began = time.monotonic()
                raw.sendall(start)
                with pytest.raises(ConnectionError):
                    _trickle(raw, until=began + 5)
                assert 0.4 < time.monotonic() - began < 3


def _trickle(raw: socket.socket, *, until: float) -> None:
    """Send a byte well within any one read, again and again."""
    while time.monotonic() < until:
        raw.sendall(b"G")
        time.sleep(0.05)


def test_a_connection_may_wait_between_requests_but_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entitlement_server, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(entitlement_server, "IDLE_SECONDS", 1.2)
    publish(tmp_path)
    with serving(tmp_path) as connection:
        assert ask(connection, "/health").status == 200
        own = connection.sock
        time.sleep(0.6)
        assert ask(connection, "/health").status == 200
        assert connection.sock is own
        began = time.monotonic()
        assert own.recv(1) == b""
        assert 0.8 < time.monotonic() - began < 3


def test_whatever_keeps_the_file_from_being_read_is_answered_without_its_folder(
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as connection:
        missing = ask(connection, f"/entitlements/{KEY}")
        (tmp_path / "entitlements.json").mkdir()
        unreadable = ask(connection, f"/entitlements/{KEY}")
        for found in (missing, unreadable, ask(connection, "/health")):
            assert found.status == 503
            assert found.told["error"].startswith("entitlements.json ")
            assert str(tmp_path) not in found.told["error"]
