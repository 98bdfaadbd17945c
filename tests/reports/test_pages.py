"""The pages of reports, imports and long work, as their HTML says them."""

import html
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from app.core import csrf
from app.core.house import House
from tests.places import Place, staff_headers

Finish = Callable[[], Awaitable[None]]


def text_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text[:500]
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.text))


async def order(
    client: httpx.AsyncClient, place: Place, headers: dict[str, str], month: str = "2026-01"
) -> str:
    data = {"hall_id": str(place.hall_id), "month": month}
    answer = await client.post("/reports/month", data=data, headers=headers)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_a_report_is_ordered_left_and_found_again(
    client: httpx.AsyncClient, place: Place, manager: dict[str, str], finish: Finish
) -> None:
    where = await order(client, place, manager)
    waiting = text_of(await client.get(where, headers=manager))
    assert "青河县政务服务中心 2026年1月 月度报告" in waiting
    assert "排队中" in waiting
    assert "停止" in waiting
    await finish()
    for page in ("/works", "/reports", "/works/parts/list"):
        listed = text_of(await client.get(page, headers=manager))
        assert "2026年1月 月度报告" in listed
        assert "已完成" in listed
    done = await client.get(f"{where}/part", headers=manager)
    assert "下载 青河县政务服务中心_月度报告_2026-01.pdf" in text_of(done)
    assert "停止" not in text_of(done)
    assert "data-refresh" not in (await client.get(where, headers=manager)).text


async def test_a_work_is_stopped_from_its_page(
    client: httpx.AsyncClient, place: Place, manager: dict[str, str]
) -> None:
    where = await order(client, place, manager)
    answer = await client.post(f"{where}/cancel", headers=manager, data={"x": "1"})
    assert answer.headers["location"] == where
    assert "已取消" in text_of(await client.get(where, headers=manager))


async def test_a_form_needs_the_token_of_its_session(
    client: httpx.AsyncClient, place: Place, house: House, manager: dict[str, str]
) -> None:
    cookie = {"Cookie": f"zhangban={manager['Authorization'].removeprefix('Bearer ')}"}
    data = {"hall_id": str(place.hall_id), "month": "2026-01"}
    answer = await client.post("/reports/month", data=data, headers=cookie)
    assert answer.status_code == 403
    page = await client.get("/reports", headers=cookie)
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    answer = await client.post("/reports/month", data=data | {csrf.FIELD: found[1]}, headers=cookie)
    assert answer.status_code == 303


async def test_a_file_by_a_page_needs_the_token_in_a_header(
    client: httpx.AsyncClient, place: Place, admin: dict[str, str]
) -> None:
    cookie = {"Cookie": f"zhangban={admin['Authorization'].removeprefix('Bearer ')}"}
    path = f"/api/v1/halls/{place.hall_id}/catalog/import?name=a.csv"
    assert (await client.post(path, content=b"x", headers=cookie)).status_code == 403
    page = await client.get("/admin/import", headers=cookie)
    found = re.search(r'<meta name="csrf" content="([^"]+)"', page.text)
    assert found
    sent = cookie | {csrf.HEADER: found[1]}
    assert (await client.post(path, content=b"x", headers=sent)).status_code == 202


@pytest.mark.parametrize(
    ("page", "readers"),
    [
        ("/works", {"clerk", "reviewer", "supervisor", "manager", "admin"}),
        ("/reports", {"supervisor", "manager"}),
        ("/admin/import", {"admin"}),
    ],
)
async def test_each_page_is_for_its_readers_alone(
    client: httpx.AsyncClient,
    place: Place,
    act_as: Callable[..., Any],
    page: str,
    readers: set[str],
) -> None:
    for who in ("clerk", "reviewer", "supervisor", "manager", "admin"):
        headers = await staff_headers(act_as(), place, who)
        answer = await client.get(page, headers=headers)
        assert (answer.status_code == 200) == (who in readers)
    assert (await client.get(page)).headers["location"].startswith("/sign-in?next=")


async def test_the_lines_that_an_import_refused_are_shown(
    client: httpx.AsyncClient, place: Place, admin: dict[str, str], finish: Finish
) -> None:
    path = f"/api/v1/halls/{place.hall_id}/catalog/import?name=a.csv"
    made = await client.post(path, content="一,二\n1,2\n".encode(), headers=admin)
    await finish()
    shown = text_of(await client.get(f"/works/{made.json()['id']}", headers=admin))
    assert "需要修改的地方" in shown
    assert "缺少“实施编码”这一列" in shown
    assert "文件有错误时整份都不导入" in shown
