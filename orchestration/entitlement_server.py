"""Entitlements over HTTP: one read-only answer for each key hash.

Here: paths, statuses and headers, over the published file alone; the books are never opened. Keep
out: what an entitlement says (`billing.subscriptions.published`).
"""

import json
import socket
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from billing.errors import MeterbookError
from billing.subscriptions.published import PublishedEntitlements, is_key_hash

KEYS = "/entitlements/"
HEALTH = "/health"
IDLE_SECONDS = 60


class EntitlementServer(ThreadingHTTPServer):
    """Answers of one published folder; a thread for each connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], published: PublishedEntitlements) -> None:
        self.published = published
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: EntitlementServer
    protocol_version = "HTTP/1.1"
    server_version = "Meterbook"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1

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

    def _answer(self, status: HTTPStatus, told: Any, tag: str = "") -> None:  # noqa: ANN401  # JSON
        body = b"" if told is None else json.dumps(told, ensure_ascii=False).encode() + b"\n"
        self.send_response(status)
        self.send_header("Cache-Control", "no-cache")
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
