"""The import's page as a plain form: a spreadsheet sent, tried out, imported as it was tried."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.catalog.template import CONTENT_TYPE
from app.core import csrf
from app.core.house import House
from app.core.identity import COOKIE
from app.core.storage import Storage
from app.reports import site
from app.works import service as works
from tests.catalog.books import book, good, rows
from tests.catalog.makers import csv_row
from tests.places import Place, code_of, staff_headers
from tests.public.reading import read
from tests.reports.test_import import published

Finish = Callable[[], Awaitable[None]]


@pytest.fixture
def cookie(admin: dict[str, str], client: httpx.AsyncClient) -> dict[str, str]:
    """An administrator's browser, on a page of ours."""
    token = admin["Authorization"].removeprefix("Bearer ")
    own = f"{client.base_url.scheme}://{client.base_url.netloc.decode()}"
    return {"Cookie": f"{COOKIE}={token}", "Origin": own}


async def sent(
    client: httpx.AsyncClient, place: Place, headers: dict[str, str], raw: bytes, **more: Any
) -> httpx.Response:
    name = more.pop("name", "目录.xlsx")
    data = {"hall_id": str(place.hall_id)} | more
    return await client.post(
        "/admin/import", data=data, files={"file": (name, raw, CONTENT_TYPE)}, headers=headers
    )


async def test_a_spreadsheet_is_sent_without_a_script_and_imported(
    client: httpx.AsyncClient, place: Place, cookie: dict[str, str], finish: Finish
) -> None:
    answer = await sent(client, place, cookie, good())
    assert answer.status_code == 303, answer.text
    await finish()
    page = read(await client.get(answer.headers["location"], headers=cookie))
    assert "导入完成：新增 2 项" in page.text
    assert await published(place) == {"取水许可", "护照签发"}


async def test_a_file_with_a_very_long_name_is_still_known_for_a_spreadsheet(
    client: httpx.AsyncClient, place: Place, cookie: dict[str, str], finish: Finish
) -> None:
    name = "广安区政务服务事项目录" * 12 + ".xlsx"
    answer = await sent(client, place, cookie, good(), name=name)
    assert answer.status_code == 303, answer.text
    await finish()
    page = read(await client.get(answer.headers["location"], headers=cookie))
    assert "导入完成：新增 2 项" in page.text


async def test_a_trial_names_what_would_change_and_is_imported_without_sending_it_again(
    client: httpx.AsyncClient, place: Place, cookie: dict[str, str], finish: Finish
) -> None:
    answer = await sent(client, place, cookie, good(), dry_run="true")
    await finish()
    page = read(await client.get(answer.headers["location"], headers=cookie))
    assert "新增的事项（2 项）" in page.text
    assert "护照签发" in page.text
    assert await published(place) == set()
    form = next(form for form in page.forms if form.action.startswith("/admin/import/"))
    for _ in range(2):  # a double click is one import
        answer = await client.post(form.action, data=dict(form.values), headers=cookie)
        assert answer.status_code == 303, answer.text
    await finish()
    page = read(await client.get(answer.headers["location"], headers=cookie))
    assert "导入完成：新增 2 项" in page.text
    assert await published(place) == {"取水许可", "护照签发"}


async def test_only_a_trial_is_imported_and_only_by_who_tried_it(
    client: httpx.AsyncClient,
    place: Place,
    cookie: dict[str, str],
    admin: dict[str, str],
    act_as: Callable[..., Any],
    finish: Finish,
) -> None:
    tried = (await sent(client, place, cookie, good(), dry_run="true")).headers["location"]
    await finish()
    far = await staff_headers(act_as(), place, "far_admin")
    path = tried.replace("/works/", "/admin/import/")
    assert (await client.post(path, data={}, headers=far)).status_code == 404
    imported = (await sent(client, place, cookie, good())).headers["location"]
    await finish()
    path = imported.replace("/works/", "/admin/import/")
    said = {"Accept": "application/json"}
    refused = await client.post(path, data={}, headers=admin | said)
    assert (refused.status_code, code_of(refused)) == (409, "works.not_kept")


async def test_faults_are_told_with_row_and_column(
    client: httpx.AsyncClient, place: Place, cookie: dict[str, str], finish: Finish
) -> None:
    lines = [["青河县目录"], *rows(csv_row("A-1"), csv_row(""))]
    answer = await sent(client, place, cookie, book(lines))
    await finish()
    page = read(await client.get(answer.headers["location"], headers=cookie))
    assert "第 4 行 D 列：缺少实施编码。" in page.text


async def test_what_cannot_be_taken_in_is_said_on_a_page(
    client: httpx.AsyncClient,
    place: Place,
    cookie: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = read(await sent(client, place, cookie, b"x", name="目录.docx"), 422)
    assert "请上传 .xlsx 电子表格" in wrong.text
    assert "没有选择文件" in read(await sent(client, place, cookie, b""), 400).text
    odd = read(await sent(client, place, cookie, good(), hall_id="x"), 422)
    assert "请选择要导入到的中心" in odd.text
    read(await sent(client, place, cookie, good(), extra="1"), 422)
    read(await sent(client, place, cookie, good(), dry_run="x" * 2000), 422)
    monkeypatch.setattr(site, "MOST_BYTES", 100)
    assert "请分成几份" in read(await sent(client, place, cookie, good()), 413).text


async def test_no_other_site_has_a_file_imported(
    client: httpx.AsyncClient, place: Place, cookie: dict[str, str], finish: Finish
) -> None:
    own = cookie["Origin"]
    for headers in (
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": own, "Sec-Fetch-Site": "cross-site"},
        {"Origin": own, "Sec-Fetch-Site": "same-site"},
        {"Origin": own, csrf.HEADER: "x"},
    ):
        answer = await sent(client, place, cookie | headers, good())
        assert answer.status_code == 403, headers
    await finish()
    assert await published(place) == set()


async def test_another_hall_is_not_imported_into(
    client: httpx.AsyncClient, place: Place, cookie: dict[str, str]
) -> None:
    answer = await sent(client, place, cookie, good(), hall_id=str(place.other_hall_id))
    assert answer.status_code == 403
    answer = await sent(client, place, cookie, good(), hall_id=str(uuid4()))
    assert answer.status_code == 403


async def test_what_a_trial_was_given_is_kept_with_it_and_deleted_with_it(
    client: httpx.AsyncClient,
    house: House,
    act_as: Callable[..., Any],
    place: Place,
    cookie: dict[str, str],
    finish: Finish,
) -> None:
    storage: Storage = house.storage
    before = {key async for key, _ in storage.list("works")}
    answer = await sent(client, place, cookie, good(), dry_run="true")
    await finish()
    kept = {key async for key, _ in storage.list("works")} - before
    work_id = answer.headers["location"].rpartition("/")[2].replace("-", "")
    assert kept == {f"works/{work_id}/given"}
    house.clock.shift(timedelta(days=house.settings.work_days + 1))
    await works.forget_old(act_as())
    assert not kept & {key async for key, _ in storage.list("works")}


async def test_the_template_is_for_administrators(
    client: httpx.AsyncClient, place: Place, cookie: dict[str, str], act_as: Callable[..., Any]
) -> None:
    page = read(await client.get("/admin/import", headers=cookie))
    assert "/api/v1/catalog/template.xlsx" in page.links
    answer = await client.get("/api/v1/catalog/template.xlsx", headers=cookie)
    assert answer.headers["content-type"] == CONTENT_TYPE
    assert answer.content.startswith(b"PK")
    clerk = await staff_headers(act_as(), place, "clerk")
    assert (await client.get("/api/v1/catalog/template.xlsx", headers=clerk)).status_code == 403
