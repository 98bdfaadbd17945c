"""The catalogue over HTTP: everybody reads what is published, administrators change it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from app.catalog import service
from app.core import db
from app.core.acts import Act
from tests.catalog.makers import content, csv_file, csv_row
from tests.places import Place, code_of, staff_headers

ActAs = Callable[..., Act]
ITEMS = "/api/v1/items"


@pytest.fixture
async def admin(act_as: ActAs, place: Place) -> dict[str, str]:
    return await staff_headers(act_as(), place, "admin")


@pytest.fixture
def new_item(place: Place) -> dict[str, Any]:
    return {
        "hall_id": str(place.hall_id),
        "implementation_code": "A-1",
        "department_id": str(place.departments["water"]),
        "content": msgspec.to_builtins(content(online=True)),
    }


async def listed(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get(ITEMS, params=query)
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()["items"]]


async def test_an_added_item_is_shown_to_everybody_with_its_guide(
    client: httpx.AsyncClient, admin: dict[str, str], new_item: dict[str, Any]
) -> None:
    made = await client.post(ITEMS, json=new_item, headers=admin)
    assert made.status_code == 201, made.text
    shown = (await client.get(f"{ITEMS}/{made.json()['item_id']}")).json()
    assert (shown["name"], shown["kind"], shown["kind_code"]) == ("取水许可", "行政许可", 1)
    assert shown["department_name"] == "水利局"
    assert shown["guide"]["form"]["x-order"] == ["remarks"]
    assert shown["stages"][0]["parts"][0]["department_name"] == "水利局"


async def test_the_list_is_light_and_is_paged(
    client: httpx.AsyncClient, act_as: ActAs, place: Place, tmp_path: Path
) -> None:
    rows = [csv_row(f"A-{n}", f"事项{n}") for n in range(5)]
    await service.import_file(act_as(), place.hall_id, csv_file(tmp_path, *rows))
    seen, after = [], None
    for _ in range(3):
        query = {"limit": 2} | ({"after": after} if after else {})
        answer = (await client.get(ITEMS, params=query)).json()
        assert all("guide" not in row for row in answer["items"])
        seen += [row["name"] for row in answer["items"]]
        after = answer["next"]
    assert (seen, after) == ([f"事项{n}" for n in range(5)], None)
    broken = await client.get(ITEMS, params={"after": "!!"})
    assert code_of(broken) == "invalid_query"


async def test_the_list_can_be_searched_and_filtered(
    client: httpx.AsyncClient,
    admin: dict[str, str],
    act_as: ActAs,
    place: Place,
    new_item: dict[str, Any],
    tmp_path: Path,
) -> None:
    rows = [
        csv_row("511A-01", "食品（含保健食品）经营许可", "市场监管局"),
        csv_row("511B-02", "食品安全咨询", "市场监管局", "20"),
        csv_row("511C-03", "100%补贴_申领", "民政局", "20"),
    ]
    await service.import_file(act_as(), place.hall_id, csv_file(tmp_path, *rows))
    await client.post(ITEMS, json=new_item, headers=admin)
    food, advice, grant = [row.split(",")[2] for row in rows]
    assert await listed(client, q="食品") == [food, advice]
    assert await listed(client, q="许可 食品") == [food]
    assert await listed(client, q="(含保健食品)") == [food]
    assert await listed(client, q="511b-02") == [advice]
    assert await listed(client, q="市场监管") == [food, advice]
    assert await listed(client, q="100%补贴_") == [grant]
    assert await listed(client, q="食%许") == []
    assert await listed(client, q="_") == [grant]
    assert await listed(client, kind=20) == [advice, grant]
    assert await listed(client, online="true") == ["取水许可"]
    assert await listed(client, online="false", kind=1) == [food]
    assert await listed(client, department_id=str(place.departments["market"])) == [food, advice]
    assert await listed(client, bundle="true") == []
    assert await listed(client, hall_id=str(place.other_hall_id)) == []
    assert code_of(await client.get(ITEMS, params={"kind": 3})) == "invalid_query"


async def test_facets_count_what_can_be_filtered(
    client: httpx.AsyncClient,
    admin: dict[str, str],
    act_as: ActAs,
    place: Place,
    new_item: dict[str, Any],
    tmp_path: Path,
) -> None:
    rows = [csv_row("B-1", "甲", "民政局", "20"), csv_row("B-2", "乙", "民政局", "20")]
    await service.import_file(act_as(), place.hall_id, csv_file(tmp_path, *rows))
    await client.post(ITEMS, json=new_item, headers=admin)
    facets = (await client.get("/api/v1/catalog/facets")).json()
    assert facets["total"] == 3
    assert [(d["name"], d["count"]) for d in facets["departments"]] == [
        ("民政局", 2),
        ("水利局", 1),
    ]
    assert [(k["label"], k["count"]) for k in facets["kinds"]] == [("公共服务", 2), ("行政许可", 1)]
    assert (facets["flags"]["online"], facets["flags"]["bundle"]) == (1, 0)
    elsewhere = {"hall_id": str(place.other_hall_id)}
    assert (await client.get("/api/v1/catalog/facets", params=elsewhere)).json()["total"] == 0


async def test_a_new_version_takes_the_place_of_the_old_one(
    client: httpx.AsyncClient, admin: dict[str, str], new_item: dict[str, Any]
) -> None:
    first = (await client.post(ITEMS, json=new_item, headers=admin)).json()
    path = f"{ITEMS}/{first['item_id']}"
    body = {"content": new_item["content"] | {"name": "取水许可（延续）"}}
    assert (await client.post(f"{path}/versions", json=body, headers=admin)).status_code == 201
    shown = (await client.get(path)).json()
    assert (shown["name"], shown["version_number"]) == ("取水许可（延续）", 2)
    old = await service.version(first["id"])
    assert (old.name, old.version_number, old.state) == ("取水许可", 1, "withdrawn")
    versions = (await client.get(f"{path}/versions", headers=admin)).json()["items"]
    assert [(v["number"], v["state"]) for v in versions] == [(2, "published"), (1, "withdrawn")]


async def test_a_draft_is_not_shown_until_it_is_published_once(
    client: httpx.AsyncClient, admin: dict[str, str], new_item: dict[str, Any]
) -> None:
    made = (await client.post(ITEMS, json=new_item | {"publish": False}, headers=admin)).json()
    path = f"{ITEMS}/{made['item_id']}"
    assert made["state"] == "draft"
    assert (await client.get(path)).status_code == 404
    draft = f"/api/v1/item-versions/{made['id']}"
    assert (await client.get(draft, headers=admin)).json()["name"] == "取水许可"
    publish = f"{draft}/publish"
    assert (await client.post(publish, headers=admin)).status_code == 200
    assert (await client.get(path)).status_code == 200
    assert code_of(await client.post(publish, headers=admin)) == "catalog.wrong_state"


async def test_an_item_moves_to_another_department_when_that_version_is_published(
    client: httpx.AsyncClient, admin: dict[str, str], place: Place, new_item: dict[str, Any]
) -> None:
    made = (await client.post(ITEMS, json=new_item, headers=admin)).json()
    path = f"{ITEMS}/{made['item_id']}"
    market = str(place.departments["market"])
    body = {"content": new_item["content"], "department_id": market, "publish": False}
    draft = (await client.post(f"{path}/versions", json=body, headers=admin)).json()
    assert (await client.get(path)).json()["department_name"] == "水利局"
    await client.post(f"/api/v1/item-versions/{draft['id']}/publish", headers=admin)
    moved = (await client.get(path)).json()
    assert moved["department_name"] == "市场监管局"
    assert moved["stages"][0]["parts"][0]["department_id"] == market


async def test_a_withdrawn_item_is_gone_for_citizens_and_kept_for_cases(
    client: httpx.AsyncClient, admin: dict[str, str], new_item: dict[str, Any]
) -> None:
    made = (await client.post(ITEMS, json=new_item, headers=admin)).json()
    path = f"{ITEMS}/{made['item_id']}"
    reason = {"reason": "法规修改"}
    assert (await client.post(f"{path}/withdraw", json=reason, headers=admin)).status_code == 204
    assert (await client.get(path)).status_code == 404
    assert await listed(client) == []
    assert (await service.version(made["id"])).name == "取水许可"
    again = await client.post(f"{path}/withdraw", json=reason, headers=admin)
    assert code_of(again) == "catalog.wrong_state"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"implementation_code": " "}, "invalid_body"),
        ({"implementation_code": "A" * 81}, "invalid_body"),
        ({"content": {"name": "甲", "kind": 2}}, "invalid_body"),
        ({"content": {"name": "甲", "kind": 1, "promised_days": 21}}, "catalog.content_invalid"),
        ({"bundle": True}, "catalog.content_invalid"),
        (
            {"content": {"name": "甲", "kind": 1, "guide": {"form": {"type": "array"}}}},
            "catalog.content_invalid",
        ),
        (
            {
                "content": {
                    "name": "甲",
                    "kind": 1,
                    "guide": {
                        "stages": [{"name": "审", "departments": [{"department": "无", "days": 1}]}]
                    },
                }
            },
            "catalog.content_invalid",
        ),
        ({"department_id": "00000000-0000-0000-0000-000000000000"}, "not_found"),
    ],
)
async def test_an_unsound_item_is_refused(
    client: httpx.AsyncClient,
    admin: dict[str, str],
    new_item: dict[str, Any],
    change: dict[str, Any],
    code: str,
) -> None:
    answer = await client.post(ITEMS, json=new_item | change, headers=admin)
    assert code_of(answer) == code
    assert await db.fetch("SELECT id FROM items") == []


async def test_a_code_is_taken_once_in_a_hall(
    client: httpx.AsyncClient, admin: dict[str, str], new_item: dict[str, Any]
) -> None:
    assert (await client.post(ITEMS, json=new_item, headers=admin)).status_code == 201
    assert code_of(await client.post(ITEMS, json=new_item, headers=admin)) == "catalog.code_taken"


async def test_a_repeated_request_adds_one_item(
    client: httpx.AsyncClient, admin: dict[str, str], new_item: dict[str, Any]
) -> None:
    headers = admin | {"Idempotency-Key": "once"}
    first, second = await asyncio.gather(
        *(client.post(ITEMS, json=new_item, headers=headers) for _ in range(2))
    )
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert await listed(client) == ["取水许可"]


@pytest.mark.parametrize("name", ["clerk", "manager", "reviewer", "far_admin"])
async def test_others_than_the_halls_administrators_change_nothing(
    client: httpx.AsyncClient,
    admin: dict[str, str],
    act_as: ActAs,
    place: Place,
    new_item: dict[str, Any],
    name: str,
) -> None:
    made = (await client.post(ITEMS, json=new_item, headers=admin)).json()
    headers = await staff_headers(act_as(), place, name)
    other = new_item | {"implementation_code": "A-2"}
    path = f"{ITEMS}/{made['item_id']}"
    for url, body in (
        (ITEMS, other),
        (f"{path}/versions", {"content": new_item["content"]}),
        (f"{path}/withdraw", {"reason": "试试"}),
        (f"/api/v1/item-versions/{made['id']}/publish", None),
    ):
        answer = await client.post(url, json=body, headers=headers)
        assert code_of(answer) == "forbidden", url
    assert await listed(client) == ["取水许可"]


async def test_versions_are_read_by_staff_of_the_hall_only(
    client: httpx.AsyncClient,
    admin: dict[str, str],
    act_as: ActAs,
    place: Place,
    new_item: dict[str, Any],
) -> None:
    made = (await client.post(ITEMS, json=new_item, headers=admin)).json()
    path = f"{ITEMS}/{made['item_id']}/versions"
    assert code_of(await client.get(path)) == "not_signed_in"
    clerk = await staff_headers(act_as(), place, "clerk")
    far = await staff_headers(act_as(), place, "far_clerk")
    for url in (path, f"/api/v1/item-versions/{made['id']}"):
        assert (await client.get(url, headers=clerk)).status_code == 200
        assert code_of(await client.get(url, headers=far)) == "not_found"


async def test_two_versions_at_once_stand_one_after_the_other(
    client: httpx.AsyncClient, admin: dict[str, str], new_item: dict[str, Any]
) -> None:
    made = (await client.post(ITEMS, json=new_item, headers=admin)).json()
    path = f"{ITEMS}/{made['item_id']}/versions"
    body = {"content": new_item["content"]}
    answers = await asyncio.gather(*(client.post(path, json=body, headers=admin) for _ in range(4)))
    assert sorted(answer.json()["number"] for answer in answers) == [2, 3, 4, 5]
    rows = await db.fetch("SELECT number FROM item_versions WHERE state = 'published'")
    assert [row["number"] for row in rows] == [5]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE item_versions SET name = '改了'",
        "UPDATE item_versions SET guide = '{}'",
        "UPDATE item_versions SET state = 'draft'",
        "DELETE FROM item_versions",
    ],
)
async def test_the_database_itself_keeps_a_version_as_it_is(
    client: httpx.AsyncClient, admin: dict[str, str], new_item: dict[str, Any], sql: str
) -> None:
    await client.post(ITEMS, json=new_item, headers=admin)
    with pytest.raises(asyncpg.PostgresError, match="never changed"):
        await db.execute(sql)
