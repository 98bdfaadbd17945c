"""A sandbox on a free port, its controls, and a client of it; Redis for what workers share."""

import os
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from wechat.client import WeChat
from wechat.sandbox import create_sandbox, serving
from wechat.sandbox.server import RunningSandbox
from wechat.templates import sandbox_templates

PAGES = ("pages/index/index", "pages/case/detail", "pages/rate/index")


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    client = Redis.from_url(os.environ["REDIS_URL"])
    yield client
    await client.aclose()


@pytest.fixture
async def no_redis() -> AsyncIterator[Redis]:
    """A Redis that is down: nothing listens on port 1. (By default redis-py tries on and on.)"""
    client = Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    yield client
    await client.aclose()


@pytest.fixture
def appid() -> str:
    """One of its own for each test, so that tests may share a Redis."""
    return "wx" + uuid.uuid4().hex[:16]


@pytest.fixture
def secret() -> str:
    return "secret-" + uuid.uuid4().hex


@pytest.fixture
async def sandbox(appid: str, secret: str) -> AsyncIterator[RunningSandbox]:
    app = create_sandbox(appid, secret, sandbox_templates(), pages=PAGES)
    async with serving(app) as running:
        yield running


class Controls:
    """The sandbox's own controls, over HTTP; and the platform's API, called by hand."""

    def __init__(self, http: httpx.AsyncClient, appid: str, secret: str) -> None:
        self.http = http
        self.account = {"appid": appid, "secret": secret}

    async def post(self, path: str, /, **body: Any) -> Any:
        answer = await self.http.post(f"/_sandbox/{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def get(self, path: str, /, **params: Any) -> Any:
        return (await self.http.get(f"/_sandbox/{path}", params=params)).json()

    async def login_code(self, person: str = "王芳", **more: Any) -> str:
        return (await self.post("login-codes", person=person, **more))["code"]

    async def openid(self, person: str = "王芳") -> str:
        return (await self.post("users", person=person))["openid"]

    async def subscribe(self, template: str, person: str = "王芳", **more: Any) -> str:
        wanted = f"sandbox-{template}"
        return (await self.post("subscriptions", person=person, template_id=wanted, **more))[
            "openid"
        ]

    async def fault(self, kind: str, **more: Any) -> None:
        await self.post("faults", kind=kind, **more)

    async def calls(self, path: str) -> int:
        return (await self.get("calls")).get(path, 0)

    async def stable_token(self, *, force: bool = False, **more: Any) -> Any:
        body = {"grant_type": "client_credential", "force_refresh": force} | self.account | more
        return (await self.http.post("/cgi-bin/stable_token", json=body)).json()

    async def log_in(self, js_code: str, **more: Any) -> httpx.Response:
        params = {"grant_type": "authorization_code", "js_code": js_code} | self.account | more
        return await self.http.get("/sns/jscode2session", params=params)

    async def api(self, path: str, body: Any, token: str | None = None) -> httpx.Response:
        token = token or (await self.stable_token())["access_token"]
        return await self.http.post(path, params={"access_token": token}, json=body)


@pytest.fixture
async def controls(sandbox: RunningSandbox, appid: str, secret: str) -> AsyncIterator[Controls]:
    async with httpx.AsyncClient(base_url=sandbox.url) as http:
        yield Controls(http, appid, secret)


@pytest.fixture
async def new_client(
    sandbox: RunningSandbox, appid: str, secret: str
) -> AsyncIterator[Callable[..., WeChat]]:
    """Makes clients of the sandbox, each as a worker has one; keywords replace the defaults."""
    made: list[WeChat] = []

    def make(**given: Any) -> WeChat:
        wanted: dict[str, Any] = {
            "appid": appid,
            "secret": secret,
            "base_url": sandbox.url,
            "timeout": 5.0,
            "now": sandbox.platform.clock.now,
        }
        made.append(WeChat(**(wanted | given)))
        return made[-1]

    yield make
    for client in made:
        await client.aclose()


@pytest.fixture
def client(new_client: Callable[..., WeChat], redis: Redis) -> WeChat:
    return new_client(redis=redis)


SUBMITTED = {
    "character_string1": "5116022026112100000019",
    "thing2": "烟花爆竹经营（零售）许可",
    "phrase3": "已提交",
    "time4": "2026年11月21日 09:30",
    "thing5": "我们会在 3 个工作日内告诉您结果",
}


@pytest.fixture
def submitted() -> dict[str, str]:
    """Values of the template `submitted` that fit."""
    return dict(SUBMITTED)
