"""Searching the list over HTTP: what is found, in which order, page by page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.catalog import indexing, service
from app.catalog.schemas import VersionIn
from app.core import db
from app.core.acts import Act
from tests.catalog.makers import content, csv_file, csv_row
from tests.places import Place, code_of, staff_headers

ActAs = Callable[..., Act]
ITEMS = "/api/v1/items"
NAMES = (
    "食品经营许可（新办）",
    "食品经营许可",
    "餐馆消防安全检查",
    "小餐饮登记",
    "个体工商户设立登记",
    "取水许可",
    "户口登记",
    "仅销售预包装食品经营者备案",
)


@pytest.fixture
async def hall(act_as: ActAs, place: Place, tmp_path: Path) -> str:
    """A hall that publishes `NAMES`, in this order."""
    rows = [csv_row(f"N-{n}", name) for n, name in enumerate(NAMES)]
    await service.import_file(act_as(), place.hall_id, csv_file(tmp_path, *rows))
    return str(place.hall_id)


async def found(client: httpx.AsyncClient, hall: str, q: str, **query: Any) -> list[str]:
    answer = await client.get(ITEMS, params={"hall_id": hall, "q": q} | query)
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()["items"]]


async def id_of(name: str) -> UUID:
    row = await db.fetch_one("SELECT item_id FROM item_versions WHERE name = $1", name)
    assert row
    return row["item_id"]


async def test_the_name_itself_comes_first_then_what_begins_so_then_what_has_it(
    client: httpx.AsyncClient, hall: str
) -> None:
    assert await found(client, hall, "食品经营许可") == ["食品经营许可", "食品经营许可（新办）"]
    assert await found(client, hall, "经营 食品") == [NAMES[0], NAMES[1], NAMES[7]]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("canguan", "餐馆消防安全检查"),
        ("CanGuan", "餐馆消防安全检查"),
        ("anquanjian", "餐馆消防安全检查"),
        ("cgxf", "餐馆消防安全检查"),
        ("qsxk", "取水许可"),
        ("qushui 许可", "取水许可"),
        ("５１１", None),
    ],
)
async def test_pinyin_and_initials_find_names(
    client: httpx.AsyncClient, hall: str, typed: str, name: str | None
) -> None:
    assert await found(client, hall, typed) == ([name] if name else [])


async def test_pinyin_begins_with_a_syllable(client: httpx.AsyncClient, hall: str) -> None:
    assert await found(client, hall, "anguan") == []


async def test_everyday_words_find_what_they_mean_after_what_is_called_so(
    client: httpx.AsyncClient, hall: str
) -> None:
    shown = await found(client, hall, "我要开饭店")
    assert set(shown) == {NAMES[0], NAMES[1], NAMES[2], NAMES[3]}
    assert await found(client, hall, "上户口") == ["户口登记"]
    assert await found(client, hall, "营业执照") == ["个体工商户设立登记"]


@pytest.mark.parametrize(
    ("typed", "best"),
    [
        ("餐管消防", "餐馆消防安全检查"),
        ("食品经菅许可", "食品经营许可（新办）"),
        ("许可取水", "取水许可"),
        ("个体户登记", "个体工商户设立登记"),
    ],
)
async def test_slips_and_another_order_find_what_is_alike(
    client: httpx.AsyncClient, hall: str, typed: str, best: str
) -> None:
    assert (await found(client, hall, typed))[0] == best


async def test_what_is_like_nothing_finds_nothing(client: httpx.AsyncClient, hall: str) -> None:
    assert await found(client, hall, "量子纠缠") == []
    assert await found(client, hall, "%%") == []


async def test_likeness_is_only_asked_where_words_find_nothing(
    client: httpx.AsyncClient, hall: str
) -> None:
    assert await found(client, hall, "取水") == ["取水许可"]


async def test_what_is_used_most_comes_first_among_equals(
    client: httpx.AsyncClient, hall: str, act_as: ActAs
) -> None:
    counts = {await id_of("取水许可"): 3, await id_of("食品经营许可（新办）"): 9}
    await service.record_uses(act_as(), counts | {UUID(int=7): 100})
    assert (await found(client, hall, "许可"))[:2] == ["食品经营许可（新办）", "取水许可"]
    assert (await found(client, hall, "食品经营许可"))[0] == "食品经营许可"
    by_use = await found(client, hall, "", order="most_used")
    assert by_use[:2] == ["食品经营许可（新办）", "取水许可"]
    assert by_use[2:] == [name for name in NAMES if name not in by_use[:2]]
    await service.record_uses(act_as(), {await id_of("食品经营许可（新办）"): 0})
    assert (await found(client, hall, "", order="most_used"))[0] == "取水许可"
    searched = await found(client, hall, "食品", order="most_used")
    assert searched == [NAMES[0], NAMES[1], NAMES[7]]


@pytest.mark.parametrize("query", [{"q": "登记"}, {"q": "许可食品"}, {"order": "most_used"}, {}])
async def test_pages_are_the_list_in_pieces(
    client: httpx.AsyncClient, hall: str, act_as: ActAs, query: dict[str, str]
) -> None:
    await service.record_uses(act_as(), {await id_of(NAMES[5]): 2, await id_of(NAMES[6]): 2})
    whole = (await client.get(ITEMS, params={"hall_id": hall} | query)).json()["items"]
    assert len(whole) > 1
    pieces, after = [], None
    for _ in range(len(whole)):
        asked = {"hall_id": hall, "limit": 1} | query | ({"after": after} if after else {})
        answer = (await client.get(ITEMS, params=asked)).json()
        pieces += answer["items"]
        after = answer["next"]
    assert (pieces, after) == (whole, None)


async def test_a_place_in_another_list_is_no_place_in_this_one(
    client: httpx.AsyncClient, hall: str
) -> None:
    first = (await client.get(ITEMS, params={"hall_id": hall, "limit": 1})).json()
    answer = await client.get(ITEMS, params={"q": "许可", "after": first["next"]})
    assert code_of(answer) == "invalid_query"


async def test_what_is_withdrawn_or_renamed_is_found_no_more(
    client: httpx.AsyncClient, hall: str, act_as: ActAs
) -> None:
    item_id = await id_of("取水许可")
    renamed = VersionIn(content=content(name="用水批准"))
    await service.add_version(act_as(), item_id, renamed)
    assert await found(client, hall, "qsxk") == []
    assert await found(client, hall, "yspz") == ["用水批准"]
    await service.withdraw(act_as(), item_id, "测试")
    assert await found(client, hall, "yspz") == []


async def test_an_index_of_an_older_program_is_made_anew(
    client: httpx.AsyncClient, hall: str, act_as: ActAs
) -> None:
    await db.execute("UPDATE item_index SET edition = 0, sound = '', initials = ''")
    assert await indexing.refresh(act_as()) == len(NAMES)
    assert await found(client, hall, "qsxk") == ["取水许可"]
    assert await indexing.refresh(act_as()) == 0


# --- a hall's own words


async def test_an_administrator_says_what_people_call_things(
    client: httpx.AsyncClient, hall: str, act_as: ActAs, place: Place
) -> None:
    admin = await staff_headers(act_as(), place, "admin")
    path = f"/api/v1/halls/{hall}/synonyms"
    assert await found(client, hall, "挖机井") == []
    made = await client.put(path, json={"phrase": "挖机井", "terms": ["取水 许可"]}, headers=admin)
    assert made.status_code == 200, made.text
    assert await found(client, hall, "挖机井") == ["取水许可"]
    again = {"phrase": "挖 机井", "terms": ["户口"]}
    changed = await client.put(path, json=again, headers=admin)
    assert changed.json()["id"] == made.json()["id"]
    assert await found(client, hall, "挖机井") == ["户口登记"]
    listed = (await client.get(path, headers=admin)).json()["items"]
    own = [entry for entry in listed if entry["id"]]
    assert [(entry["phrase"], entry["terms"]) for entry in own] == [("挖机井", ["户口"])]
    assert len(listed) > 40
    gone = await client.delete(f"{path}/{made.json()['id']}", headers=admin)
    assert gone.status_code == 204
    assert await found(client, hall, "挖机井") == []
    verbs = await db.fetch(
        "SELECT verb FROM audit_entries WHERE subject = $1 ORDER BY id",
        f"synonym:{made.json()['id']}",
    )
    assert [row["verb"] for row in verbs] == ["synonym.set", "synonym.set", "synonym.removed"]


async def test_a_built_in_word_can_be_switched_off(
    client: httpx.AsyncClient, hall: str, act_as: ActAs, place: Place
) -> None:
    admin = await staff_headers(act_as(), place, "admin")
    path = f"/api/v1/halls/{hall}/synonyms"
    await client.put(path, json={"phrase": "上户口", "terms": []}, headers=admin)
    without = await found(client, hall, "上户口")
    await client.put(path, json={"phrase": "上户口", "terms": ["户口登记"]}, headers=admin)
    assert await found(client, hall, "上户口") == ["户口登记"]
    assert without == ["户口登记"], "still alike"


async def test_words_without_letters_are_refused(
    client: httpx.AsyncClient, hall: str, act_as: ActAs, place: Place
) -> None:
    admin = await staff_headers(act_as(), place, "admin")
    path = f"/api/v1/halls/{hall}/synonyms"
    for body in ({"phrase": "？！", "terms": ["户口"]}, {"phrase": "户口", "terms": ["…"]}):
        answer = await client.put(path, json=body, headers=admin)
        assert code_of(answer) == "catalog.synonym_invalid"


@pytest.mark.parametrize("name", ["clerk", "manager", "far_admin"])
async def test_only_the_halls_administrators_set_words(
    client: httpx.AsyncClient, hall: str, act_as: ActAs, place: Place, name: str
) -> None:
    headers = await staff_headers(act_as(), place, name)
    path = f"/api/v1/halls/{hall}/synonyms"
    answer = await client.put(path, json={"phrase": "挖机井", "terms": ["取水"]}, headers=headers)
    assert code_of(answer) == "forbidden"
    assert await db.fetch("SELECT 1 FROM search_synonyms") == []
