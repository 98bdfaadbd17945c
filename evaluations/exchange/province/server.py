"""Building and running the stand-in; its own controls are under `/_province`, and `/`."""

import asyncio
import html
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from sanic import Blueprint, HTTPResponse, Request, Sanic
from sanic.response import html as page
from sanic.response import json, raw

from app.core import inprocess, sm2
from app.core.envelopes import Post
from evaluations.exchange.messages import Answer, sign_answer
from evaluations.exchange.province.book import Book
from evaluations.exchange.province.faults import Fault

api = Blueprint("province")
admin = Blueprint("province-admin")


@dataclass(frozen=True)
class RunningProvince:
    """A stand-in that serves: its address, and what is behind it."""

    url: str
    book: Book


def create_province(app_id: str, private: bytes, hub: bytes) -> Sanic[Any, Any]:
    """A Sanic application that stands in for the province, for one hub.

    Its state is in `app.ctx.book`; each application has a name of its own.

    Args:
        app_id: how the province knows the hub.
        private: the province's SM2 private key.
        hub: the hub's SM2 public key.
    """
    app: Sanic[Any, Any] = Sanic(f"province-{secrets.token_hex(6)}", configure_logging=False)
    app.config.ACCESS_LOG = False
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.RESPONSE_TIMEOUT = 900
    app.config.TOUCHUP = False
    app.ctx.book = Book(app_id, Post(private, hub))
    app.blueprint(api.copy(f"province-{secrets.token_hex(6)}"))
    app.blueprint(admin.copy(f"province-admin-{secrets.token_hex(6)}"))
    return app


@asynccontextmanager
async def serving(
    app: Sanic[Any, Any], host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[RunningProvince]:
    """Serve `app` over HTTP in the running event loop; port 0 takes a free one."""
    async with inprocess.serving(app, host, port) as url:
        yield RunningProvince(url, app.ctx.book)


def run(host: str, port: int, *, app_id: str, private: bytes, hub: bytes) -> None:
    """Serve a stand-in in this process until it is told to stop (SIGINT, SIGTERM)."""
    app = create_province(app_id, private, hub)
    app.run(host=host, port=port, single_process=True, access_log=False, motd=False)


def _book(request: Request) -> Book:
    book: Book = request.app.ctx.book
    return book


@api.post("/exchange/records")
async def records(request: Request) -> HTTPResponse:
    """Take service records in."""
    return await _taken(request, "record")


@api.post("/exchange/evaluations")
async def evaluations(request: Request) -> HTTPResponse:
    """Take evaluations in."""
    return await _taken(request, "rating")


async def _taken(request: Request, kind: str) -> HTTPResponse:
    book = _book(request)
    fault = book.faults.strike()
    struck = fault.kind if fault else ""
    if fault and struck == "timeout":
        await asyncio.sleep(fault.seconds)
    if struck in ("timeout", "http_5xx"):
        return page("<h1>502 Bad Gateway</h1>", status=502)
    if struck == "html":
        return page("<h1>系统维护中</h1>")
    reject = fault.reason if fault and struck == "reject" else ""
    answer = await asyncio.to_thread(book.take, kind, request.body, reject)
    if fault and struck == "lost":
        await asyncio.sleep(fault.seconds)
    if struck == "forgetful":
        answer = msgspec.structs.replace(answer, results=answer.results[:-1])
    post = Post(sm2.new_pair()[0], book.post.theirs) if struck == "forged" else book.post
    return await _signed(post, answer)


async def _signed(post: Post, answer: Answer) -> HTTPResponse:
    signed = await asyncio.to_thread(sign_answer, post, answer)
    status = 400 if answer.refused else 200
    return raw(msgspec.json.encode(signed), status, content_type="application/json")


@admin.get("/_province/arrivals")
async def arrivals(request: Request) -> HTTPResponse:
    """Everything that came, in the order in which it came, with what was said to it."""
    return _json(_book(request).arrivals)


@admin.get("/_province/records")
async def kept_records(request: Request) -> HTTPResponse:
    """The service records that were accepted."""
    return _json(list(_book(request).records.values()))


@admin.get("/_province/evaluations")
async def kept_evaluations(request: Request) -> HTTPResponse:
    """The evaluations that were accepted."""
    return _json(list(_book(request).evaluations.values()))


@admin.get("/_province/refusals")
async def refusals(request: Request) -> HTTPResponse:
    """How many messages were refused as a whole, by reason."""
    return _json(dict(_book(request).refusals))


@admin.get("/_province/faults")
async def faults(request: Request) -> HTTPResponse:
    """The faults in force."""
    return _json(_book(request).faults.in_force)


@admin.post("/_province/faults")
async def add_fault(request: Request) -> HTTPResponse:
    """Put a fault in force (see `province.faults.Fault`)."""
    try:
        _book(request).faults.add(msgspec.json.decode(request.body, type=Fault))
    except msgspec.MsgspecError as error:
        return json({"error": str(error)}, status=422)
    return _json(_book(request).faults.in_force)


@admin.delete("/_province/faults")
async def clear_faults(request: Request) -> HTTPResponse:
    """End all faults."""
    _book(request).faults.clear()
    return _json([])


@admin.get("/")
async def overview(request: Request) -> HTTPResponse:
    """What arrived, as a page: the latest two hundred."""
    book = _book(request)
    rows = "".join(
        f"<tr><td>{arrival.serial}</td><td>{_KINDS[arrival.kind]}</td>"
        f"<td>{html.escape(arrival.project_no)}</td><td>{html.escape(arrival.number)}</td>"
        f"<td>{arrival.code}</td><td>{html.escape(arrival.reason)}</td></tr>"
        for arrival in reversed(book.arrivals[-200:])
    )
    return page(
        "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>省平台（演示）</title>"
        "<style>body{font-family:sans-serif;margin:2em}td,th{padding:.2em .8em;text-align:left}"
        "</style><h1>省“好差评”平台（演示）</h1>"
        f"<p>服务记录 {len(book.records)} 条，评价 {len(book.evaluations)} 条，"
        f"整体拒收的报文 {sum(book.refusals.values())} 个。</p>"
        "<table><tr><th>序号<th>类型<th>办件编号<th>次数<th>结果<th>原因</tr>"
        f"{rows}</table></html>"
    )


_KINDS = {"record": "服务记录", "rating": "评价"}


def _json(found: Any) -> HTTPResponse:
    return raw(msgspec.json.encode(found), content_type="application/json")
