"""`meterbook serve-entitlements`.

Here: where to listen, until it is stopped. Keep out: what is answered
(`orchestration.entitlement_server`).
"""

from contextlib import suppress
from typing import Annotated

import typer

from billing.errors import MeterbookError
from billing.home import Home
from billing.subscriptions.published import PublishedEntitlements
from orchestration.commands.terminal import DEFAULT_HOME, HomeOption, clock, terminal
from orchestration.entitlement_server import KEYS, EntitlementServer


def serve_entitlements(
    host: Annotated[
        str, typer.Option("--host", help="The address to listen at; others reach only that one.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0 takes any free one.")
    ] = 8787,
    home_dir: HomeOption = DEFAULT_HOME,
) -> None:
    """Answer what a key may do, by its hash, from the published entitlements; read-only."""
    published = PublishedEntitlements(Home(home_dir).published, clock())
    try:
        server = EntitlementServer((host, port), published)
    except OSError as error:
        raise MeterbookError(
            f"Cannot listen at {host}:{port}: {error}. Choose another --port or --host."
        ) from error
    with server, suppress(KeyboardInterrupt):
        where, number = server.server_address[:2]
        terminal().print(f"Listening at http://{where!s}:{number}{KEYS}KEY_SHA256")
        server.serve_forever()
