"""A catalogue file sent by an administrator: imported as long work, refused line by line."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from app.catalog import views
from app.catalog.schemas import ItemQuery
from app.reports import routes
from tests.catalog.makers import HEADER, csv_row
from tests.places import Place, code_of, staff_headers

Finish = Callable[[], Awaitable[None]]
GOOD = "\n".join([HEADER, csv_row("A-1"), csv_row("A-2", "护照签发", "公安局", "20")])
BAD = "\n".join([HEADER, csv_row("A-1"), csv_row("A-1", "另一个名字"), csv_row("", "没有编码")])


async def send(
    client: httpx.AsyncClient, place: Place, headers: dict[str, str], text: str, **query: Any
) -> httpx.Response:
    path = f"/api/v1/halls/{place.hall_id}/catalog/import"
    params = {"name": "目录.csv"} | query
    return await client.post(path, params=params, content=text.encode(), headers=headers)


async def ended(
    client: httpx.AsyncClient, answer: httpx.Response, headers: dict[str, str], finish: Finish
) -> Any:
    assert answer.status_code == 202, answer.text
    await finish()
    return (await client.get(f"/api/v1/works/{answer.json()['id']}", headers=headers)).json()


async def published(place: Place) -> set[str]:
    return {row.name for row in (await views.listed(ItemQuery(hall_id=place.hall_id))).items}


async def test_a_file_is_imported(
    client: httpx.AsyncClient, place: Place, admin: dict[str, str], finish: Finish
) -> None:
    work = await ended(client, await send(client, place, admin, GOOD), admin, finish)
    assert (work["state"], work["total"], work["done"]) == ("done", 2, 2), work
    assert work["message"] == "导入完成：新增 2 项，更新 0 项，未变 0 项。"
    assert work["summary"]["added"] == 2
    assert "目录.csv" in work["title"]
    assert await published(place) == {"取水许可", "护照签发"}


async def test_a_trial_changes_nothing(
    client: httpx.AsyncClient, place: Place, admin: dict[str, str], finish: Finish
) -> None:
    answer = await send(client, place, admin, GOOD, dry_run="true")
    work = await ended(client, answer, admin, finish)
    assert work["message"] == "试导入完成，没有改动数据：新增 2 项，更新 0 项，未变 0 项。"
    assert await published(place) == set()


async def test_every_refused_line_is_told_and_nothing_imported(
    client: httpx.AsyncClient, place: Place, admin: dict[str, str], finish: Finish
) -> None:
    work = await ended(client, await send(client, place, admin, BAD), admin, finish)
    assert work["state"] == "failed"
    assert work["summary"]["count"] == 2
    assert [one["row"] for one in work["summary"]["errors"]] == [3, 4]
    assert await published(place) == set()


async def test_what_is_no_catalogue_is_refused_at_once(
    client: httpx.AsyncClient,
    place: Place,
    admin: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = await send(client, place, admin, GOOD, name="目录.docx")
    assert (answer.status_code, answer.json()["field"]) == (422, "name")
    assert (await send(client, place, admin, "")).status_code == 400
    monkeypatch.setattr(routes, "MOST_BYTES", 100)
    answer = await send(client, place, admin, GOOD * 10)
    assert (answer.status_code, code_of(answer)) == (413, "reports.file_too_large")


async def test_only_for_the_halls_administrators(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Any]
) -> None:
    for who in ("manager", "clerk", "far_admin"):
        headers = await staff_headers(act_as(), place, who)
        assert (await send(client, place, headers, GOOD)).status_code == 403
