"""What a problem's page says: what happened, and what to do about it."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from app.core.acts import Act
from tests.places import Place, staff_headers

KEPT = "填写的内容还在"
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}


async def test_what_was_not_found_says_nothing_of_a_form(client: httpx.AsyncClient) -> None:
    answer = await client.get("/published/nowhere", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert KEPT not in answer.text


async def test_a_form_that_does_not_fit_calls_no_field_by_its_name_on_the_wire(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    headers = FORM | await staff_headers(act_as(), place, "clerk")
    answer = await client.post("/account/password", headers=headers, content="")
    assert answer.status_code == 422
    assert "缺少必填项。" in answer.text
    assert KEPT in answer.text


async def test_whoever_was_signed_out_is_led_to_the_sign_in_beside_what_was_typed(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/account/password", headers=FORM, content="current=x")
    assert answer.status_code == 401
    assert KEPT in answer.text
    assert 'href="/sign-in?next=/account" target="_blank"' in answer.text


async def test_whoever_sends_a_file_and_is_refused_reads_why(
    server_url: str, place: Place, act_as: Callable[..., Act]
) -> None:
    token = (await staff_headers(act_as(), place, "clerk"))["Authorization"]
    size = 20_000_000
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(server_url).port)
    writer.write(
        f"POST /admin/import HTTP/1.1\r\nHost: hall\r\nAuthorization: {token}\r\n"
        f"Accept: text/html\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        f"Content-Length: {size}\r\n\r\n".encode()
    )
    for _ in range(size // 1_000_000):
        writer.write(bytes(1_000_000))
        await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert KEPT.encode() in answer
