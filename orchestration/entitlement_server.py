"""Entitlements over HTTP: one read-only answer for each key hash.

Here: paths, statuses and headers, over the published file alone; the books are never opened. How
many may be connected, and how long a request may take, is bounded. Keep out: what an entitlement
says (`billing.subscriptions.published`).
"""

import io
import json
import socket
import sys
import time
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore
from typing import Any

from billing.errors import MeterbookError
from billing.subscriptions.published import PublishedEntitlements, is_key_hash

KEYS = "/entitlements/"
HEALTH = "/health"
IDLE_SECONDS = 60
"""How long a connection may wait between two requests."""
HEAD_SECONDS = 10
"""How long a request may take to arrive; the first one counts from the connection on."""
CONNECTIONS = 128
"""How many may be connected at once; a thread for each."""
_FULL = b"""\
HTTP/1.1 503 Service Unavailable\r
Content-Length: 0\r
Retry-After: 1\r
Connection: close\r
\r
"""


class EntitlementServer(ThreadingHTTPServer):
    """Answers of one published folder; a thread for each connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], published: PublishedEntitlements) -> None:
        self.published = published
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._places = BoundedSemaphore(CONNECTIONS)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # as inherited
        """Give the connection a thread, or send it away while all places are taken."""
        if not self._places.acquire(blocking=False):
            request.settimeout(0)  # whoever accepts connections waits for no one
            with suppress(OSError):
                request.send(_FULL)
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # as inherited
        """Serve one connection, then free its place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # as inherited
        """Say nothing of clients that went away."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Arriving(io.RawIOBase):
    """What a client sends, until a deadline that no trickle of bytes moves."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._until = 0.0

    def allow(self, seconds: float) -> None:
        """Let the client send for so long from now on."""
        self._until = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  # any buffer
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        try:
            return self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(HEAD_SECONDS)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: EntitlementServer
    protocol_version = "HTTP/1.1"
    server_version = "Meterbook"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        """Read under a deadline."""
        super().setup()
        self._arriving = _Arriving(self.connection)
        self.rfile = self._buffered = io.BufferedReader(self._arriving)
        self._arriving.allow(HEAD_SECONDS)

    def handle(self) -> None:
        """Answer one request after another; the head of each has its own time to arrive."""
        self.close_connection = True
        self.handle_one_request()
        while not self.close_connection:
            self._arriving.allow(IDLE_SECONDS)
            self._buffered.peek(1)
            self._arriving.allow(HEAD_SECONDS)
            self.handle_one_request()

    def parse_request(self) -> bool:
        """Read the head. No request has a body here, so what follows one is never taken for another.

        Behind a proxy that shares a connection, a body read as a request would answer a stranger.
        """
        if not super().parse_request():
            return False
        lengths = self.headers.get_all("Content-Length", [])
        has_body = "Transfer-Encoding" in self.headers or any(
            each.strip() != "0" for each in lengths
        )
        if has_body or self.headers.defects:
            reason = "Send no body." if has_body else "A header cannot be read."
            self._answer(HTTPStatus.BAD_REQUEST, {"error": reason}, is_last=True)
            return False
        return True

    def handle_expect_100(self) -> bool:
        """Ask for no body."""
        return True

    def do_GET(self) -> None:
        """Answer, whatever is wrong with the request or the file."""
        path = self.path.partition("?")[0]
        try:
            if path == HEALTH:
                published = self.server.published
                told = {"status": "ok", "as_of": published.as_of, "keys": len(published)}
                self._answer(HTTPStatus.OK, told)
            elif path.startswith(KEYS):
                self._entitlement(path.removeprefix(KEYS).lower())
            else:
                self._refuse(HTTPStatus.NOT_FOUND, f"There are {KEYS}KEY_SHA256 and {HEALTH}.")
        except MeterbookError as error:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(error))

    do_HEAD = do_GET  # noqa: N815  # the name http.server looks for

    def _entitlement(self, key_sha256: str) -> None:
        if not is_key_hash(key_sha256):
            self._refuse(HTTPStatus.BAD_REQUEST, "Name a key by its SHA-256, 64 hex digits.")
            return
        found = self.server.published.find(key_sha256)
        if found is None:
            self._refuse(HTTPStatus.NOT_FOUND, "No key has this hash.")
            return
        tag = f'W/"{found.tag}"'
        known = {each.strip() for each in self.headers.get("If-None-Match", "").split(",")}
        if known & {tag, "*"}:
            self._answer(HTTPStatus.NOT_MODIFIED, None, tag)
        else:
            self._answer(HTTPStatus.OK, found.entitlement, tag)

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        self._answer(status, {"error": reason})

    def _answer(
        self,
        status: HTTPStatus,
        told: Any,  # noqa: ANN401  # JSON
        tag: str = "",
        *,
        is_last: bool = False,
    ) -> None:
        body = b"" if told is None else json.dumps(told, ensure_ascii=False).encode() + b"\n"
        self.send_response(status)
        self.send_header("Cache-Control", "no-cache")
        if is_last:
            self.send_header("Connection", "close")
        if tag:
            self.send_header("ETag", tag)
        if told is not None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as inherited
        """Log nothing: paths name keys."""
        del format, args
