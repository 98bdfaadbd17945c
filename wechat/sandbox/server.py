"""Building and running a sandbox."""

import secrets
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sanic import Sanic

from app.core import inprocess
from wechat.sandbox import controls
from wechat.sandbox.api import api
from wechat.sandbox.doors import is_loopback
from wechat.sandbox.envelopes import Target
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
    push: Target | None = None,
    admin_token: str = "",
) -> Sanic[Any, Any]:
    """A Sanic application that stands in for the platform, for one mini program.

    `templates` is template id → key → label (`wechat.templates.sandbox_templates()`). `pages` are
    those of the published version; None takes every well-formed one. `push` is where events go.
    Without an `admin_token` its controls are for this machine only. Its state is in
    `app.ctx.platform`; each application has a name of its own.
    """
    # The host process keeps its own logging, and no address, which holds the secret, is logged.
    app: Sanic[Any, Any] = Sanic(f"wechat-sandbox-{secrets.token_hex(6)}", configure_logging=False)
    app.config.ACCESS_LOG = False
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.RESPONSE_TIMEOUT = 900
    # Sanic rewrites its own source at the start, and cannot for a second application in a process.
    app.config.TOUCHUP = False
    platform = Platform(appid, secret, templates, pages=pages)
    platform.pushes.aim(push)
    app.ctx.platform = platform
    app.ctx.admin_token = admin_token
    app.blueprint(api)
    app.blueprint(controls.admin)

    async def stop_pushing(_: Any) -> None:
        await platform.pushes.aclose()

    app.register_listener(stop_pushing, "before_server_stop")
    return app


def token_for(host: str, admin_token: str) -> str:
    """The token of the controls: the given one, or a new one where others can reach `host`."""
    return admin_token or ("" if is_loopback(host) else secrets.token_urlsafe(18))


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
    push: Target | None = None,
    admin_token: str = "",
) -> None:
    """Serve a sandbox in this process until it is told to stop (SIGINT, SIGTERM).

    Raises:
        ValueError: others can reach `host`, and there is no `admin_token` (see `token_for`).
    """
    if not admin_token and not is_loopback(host):
        raise ValueError("controls that others can reach need a token")
    app = create_sandbox(appid, secret, templates, pages=pages, push=push, admin_token=admin_token)
    app.run(host=host, port=port, single_process=True, access_log=False, motd=False)
