"""Serving a Sanic application in the running event loop: stand-ins of platforms, and tests."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sanic import Sanic


@asynccontextmanager
async def serving(
    app: Sanic[Any, Any], host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[str]:
    """Serve `app` over HTTP and give its address; port 0 takes a free one.

    What is still being answered at the end is cut off. Applications that share a process need
    `app.config.TOUCHUP = False`: Sanic rewrites its own source at the start of the first one.
    """
    sock = socket.create_server((host, port))
    # Any: Sanic's server object has no annotations.
    server: Any = await app.create_server(sock=sock, access_log=False)
    await server.startup()
    await server.before_start()
    await server.start_serving()
    try:
        yield f"http://{host}:{sock.getsockname()[1]}"
    finally:
        await server.before_stop()
        for connection in list(server.connections):
            connection.abort()
        closing = server.close()
        if closing:
            await closing
        Sanic.unregister_app(app)
