"""What a browser may do with a cookie, and what no other site can make it do."""

from collections.abc import Callable
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from app.core import csrf, sessions
from app.core.acts import Act
from app.core.house import House
from app.core.identity import COOKIE
from app.core.privacy import Keyring
from app.pages.cookies import SAID
from tests.places import Place, staff_headers

OFF_DUTY = "/api/v1/staff/me/off-duty"
HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
async def cookie(client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]) -> str:
    headers = await staff_headers(act_as(), place, "clerk")
    return headers["Authorization"].removeprefix("Bearer ")


async def token_for(house: House, cookie: str) -> str:
    session = await sessions.find(cookie, house.clock.now())
    assert session is not None
    return csrf.token(house.keyring, session.id)


def with_cookie(cookie: str, **headers: str) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={cookie}", **headers}


async def test_a_cookie_reads(client: httpx.AsyncClient, cookie: str) -> None:
    answer = await client.get("/api/v1/staff/me", headers=with_cookie(cookie))
    assert answer.status_code == 200


async def test_a_cookie_alone_changes_nothing(client: httpx.AsyncClient, cookie: str) -> None:
    answer = await client.post(OFF_DUTY, headers=with_cookie(cookie))
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_request")


async def test_with_the_pages_token_it_changes(
    client: httpx.AsyncClient, house: House, cookie: str
) -> None:
    given = {csrf.HEADER: await token_for(house, cookie)}
    answer = await client.post(OFF_DUTY, headers=with_cookie(cookie, **given))
    assert answer.status_code in (200, 204)


async def test_another_sessions_token_is_worth_nothing(
    client: httpx.AsyncClient, house: House, cookie: str
) -> None:
    given = {csrf.HEADER: csrf.token(house.keyring, uuid4())}
    answer = await client.post(OFF_DUTY, headers=with_cookie(cookie, **given))
    assert answer.status_code == 403


async def test_over_https_no_cookie_travels_otherwise(
    client: httpx.AsyncClient, house: House, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure = msgspec.structs.replace(house.settings, public_url="https://hall.example.gov.cn")
    monkeypatch.setattr(house, "settings", secure)
    given = {"Cookie": f"__Host-{COOKIE}={cookie}", csrf.HEADER: await token_for(house, cookie)}
    left = await client.post("/sign-out", headers=given, data={})
    lines = left.headers.get_list("Set-Cookie")
    assert [line.partition("=")[0] for line in lines] == [SAID, f"__Host-{COOKIE}"]
    said = {"Cookie": lines[0].partition(";")[0]}
    told = await client.get(left.headers["Location"], headers=said)
    assert "您已退出登录。" in told.text
    lines += told.headers.get_list("Set-Cookie")
    assert len(lines) == 3
    assert all({"Secure", "HttpOnly"} <= set(line.split("; ")) for line in lines)


async def test_a_redirect_names_no_content_of_a_kind_that_there_is_not(
    client: httpx.AsyncClient, house: House, cookie: str
) -> None:
    to_the_door = await client.get("/desk", headers=HTML)
    given = {csrf.HEADER: await token_for(house, cookie)}
    left = await client.post("/sign-out", headers=with_cookie(cookie, **given), data={})
    for answer in (to_the_door, left):
        assert answer.status_code == 303
        assert answer.headers["Content-Type"].startswith("text/")


async def test_a_bearer_token_needs_no_page(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    answer = await client.post(OFF_DUTY, headers=await staff_headers(act_as(), place, "clerk"))
    assert answer.status_code in (200, 204)


async def test_an_ended_cookie_is_nobody(client: httpx.AsyncClient, house: House) -> None:
    answer = await client.get("/api/v1/staff/me", headers=with_cookie("nothing"))
    assert answer.status_code == 401


def test_a_token_looks_another_way_each_time_and_holds() -> None:
    keyring, session = Keyring.parse(Keyring.new_key("k")), UUID(int=7)
    first, second = csrf.token(keyring, session), csrf.token(keyring, session)
    assert first != second
    assert csrf.holds(keyring, session, first)
    assert csrf.holds(keyring, session, second)
    altered = ("B" if first[0] == "A" else "A") + first[1:]
    for wrong in ("", "%%%", "AAAA", altered, first[:-4], "ü"):
        assert not csrf.holds(keyring, session, wrong)


async def test_an_address_that_is_not_there_is_a_page_for_people_and_json_for_programs(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/nowhere", headers=HTML)
    assert page.status_code == 404
    assert page.headers["Content-Type"].startswith("text/html")
    assert "没有找到" in page.text
    api = await client.get("/api/v1/nowhere", headers=HTML)
    assert api.headers["Content-Type"] == "application/problem+json"


async def test_every_page_brings_a_strict_policy(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/nowhere", headers=HTML)).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


async def test_a_file_of_this_release_is_kept_for_ever_and_squeezed(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/nowhere", headers=HTML)
    url = page.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    sheet = await client.get(url)
    assert sheet.status_code == 200
    assert "immutable" in sheet.headers["Cache-Control"]
    assert sheet.headers["Content-Encoding"] == "gzip"
    older = await client.get("/assets/000000000000/app.css")
    assert older.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["../render.py", "..%2frender.py", "%2e%2e/render.py", "no.css"])
async def test_nothing_else_is_handed_out(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/assets/x/{name}")
    assert answer.status_code == 404
