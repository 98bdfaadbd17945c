"""Phones that really log in, through the platform's stand-in."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.cases.builders import ok
from wechat.sandbox.people import User
from wechat.sandbox.server import RunningSandbox

APPID = "wx-test"


@dataclass
class Phone:
    """A phone with the mini program, signed in as one WeChat user."""

    client: httpx.AsyncClient
    wechat: RunningSandbox
    user: User
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def code(self) -> str:
        """What `wx.login` gives."""
        return self.wechat.platform.people.issue_login_code(self.user, APPID)

    async def log_in(self, *, agent: str = "", **body: str) -> dict[str, Any]:
        given = {"code": self.code()} | body
        headers = {"User-Agent": agent} if agent else {}
        path = "/api/v1/citizens/log-in"
        made = ok(await self.client.post(path, json=given, headers=headers))
        self.token = made["token"]
        return made

    async def ask(
        self, method: str, path: str, body: Any = None, token: str | None = None
    ) -> httpx.Response:
        headers = self.headers if token is None else {"Authorization": f"Bearer {token}"}
        return await self.client.request(
            method, f"/api/v1/citizens/{path}", json=body, headers=headers
        )


def phone_of(client: httpx.AsyncClient, wechat: RunningSandbox, openid: str = "o-phone") -> Phone:
    """A phone of this WeChat user; call it again for their second phone."""
    return Phone(client, wechat, wechat.platform.people.user(openid=openid))
