"""Building and running a sandbox."""

import secrets
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sanic import Sanic

from app.core import inprocess
from wechat.sandbox.admin import admin
from wechat.sandbox.api import api
from wechat.sandbox.state import Platform


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that serves: its address, and what is behind it."""

    url: str
    platform: Platform


def create_sandbox(
    appid: str,
    secret: str,
    templates: Mapping[str, Mapping[str, str]],
    *,
    pages: Collection[str] | None = None,
) -> Sanic[Any, Any]:
    """A Sanic application that stands in for the platform, for one mini program.

    `templates` is template id → key → label (`wechat.templates.sandbox_templates()`). `pages` are
    those of the published version; None takes every well-formed one. Its state is in
    `app.ctx.platform`; each application has a name of its own.
    """
    # The host process keeps its own logging, and no address, which holds the secret, is logged.
    app: Sanic[Any, Any] = Sanic(f"wechat-sandbox-{secrets.token_hex(6)}", configure_logging=False)
    app.config.ACCESS_LOG = False
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.RESPONSE_TIMEOUT = 900
    # Sanic rewrites its own source at the start, and cannot for a second application in a process.
    app.config.TOUCHUP = False
    app.ctx.platform = Platform(appid, secret, templates, pages=pages)
    app.blueprint(api)
    app.blueprint(admin)
    return app


@asynccontextmanager
async def serving(
    app: Sanic[Any, Any], host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[RunningSandbox]:
    """Serve `app` over HTTP in the running event loop; port 0 takes a free one."""
    async with inprocess.serving(app, host, port) as url:
        yield RunningSandbox(url, app.ctx.platform)


def run(
    host: str,
    port: int,
    *,
    appid: str,
    secret: str,
    templates: Mapping[str, Mapping[str, str]],
    pages: Collection[str] | None = None,
) -> None:
    """Serve a sandbox in this process until it is told to stop (SIGINT, SIGTERM)."""
    app = create_sandbox(appid, secret, templates, pages=pages)
    app.run(host=host, port=port, single_process=True, access_log=False, motd=False)
