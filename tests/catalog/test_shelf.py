"""Answers kept ready: never older than they may be, and gone once something is published."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from app.catalog import service, shelf
from app.catalog.schemas import ItemIn, VersionIn
from app.catalog.shelf import CHANNEL, Shelf
from app.core import db
from app.core.acts import Act
from app.core.house import House
from tests.catalog.makers import content
from tests.places import Place

ActAs = Callable[..., Act]


@pytest.fixture
def kept(house: House) -> Shelf:
    return house.part(Shelf)


async def made(answer: Any) -> Any:
    return answer


def read(raw: Any) -> Any:
    assert isinstance(raw, msgspec.Raw)
    return msgspec.json.decode(raw)


async def test_an_answer_is_made_once_for_each_key(kept: Shelf) -> None:
    assert read(await kept.answer("a", lambda: made(1))) == 1
    assert read(await kept.answer("a", lambda: made(2))) == 1
    assert read(await kept.answer("b", lambda: made(3))) == 3


async def test_after_a_change_it_is_made_anew(kept: Shelf) -> None:
    await kept.answer("a", lambda: made(1))
    await kept.changed()
    assert read(await kept.answer("a", lambda: made(2))) == 2


async def test_a_change_in_another_worker_is_heard_of(kept: Shelf, house: House) -> None:
    await kept.answer("a", lambda: made(1))
    await house.live.publish(CHANNEL, b"")
    for _ in range(200):
        if read(await kept.answer("a", lambda: made(2))) == 2:
            return
        await asyncio.sleep(0.01)
    pytest.fail("the message was not heard of, or only KEEP_SECONDS later")


async def test_what_was_read_before_a_change_is_not_kept_after_it(kept: Shelf) -> None:
    async def slow() -> int:
        kept.clear()  # somebody publishes while this is being read
        return 1

    assert read(await kept.answer("a", slow)) == 1
    assert read(await kept.answer("a", lambda: made(2))) == 2


async def test_a_lost_message_is_outlived(
    kept: Shelf, act_as: ActAs, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(_channel: str, _message: bytes) -> None:
        """Nobody hears of it."""

    act = act_as()
    await kept.answer("a", lambda: made(1))
    monkeypatch.setattr(kept, "clear", lambda: None)  # what publishes is another worker
    monkeypatch.setattr(act.house.live, "publish", lost)
    new = ItemIn(
        hall_id=place.hall_id,
        implementation_code="LOST-1",
        department_id=place.departments["market"],
        content=content(),
    )
    await service.add_item(act, new)
    monkeypatch.undo()
    assert read(await kept.answer("a", lambda: made(2))) == 1
    monkeypatch.setattr(shelf, "LOOK_SECONDS", 0.0)
    assert read(await kept.answer("a", lambda: made(3))) == 3


async def test_an_answer_does_not_stay_for_ever(
    kept: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kept.answer("a", lambda: made(1))
    monkeypatch.setattr(shelf, "KEEP_SECONDS", 0.0)
    assert read(await kept.answer("a", lambda: made(2))) == 2


async def test_a_problem_is_not_kept(kept: Shelf) -> None:
    async def fails() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await kept.answer("a", fails)
    assert read(await kept.answer("a", lambda: made(2))) == 2


async def test_it_has_room_for_so_much_and_forgets_the_oldest(
    kept: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "MOST_BYTES", 20)
    for key in "abc":
        await kept.answer(key, lambda: made("12345678"))  # ten bytes as JSON
    assert read(await kept.answer("c", lambda: made("new"))) == "12345678"
    assert read(await kept.answer("a", lambda: made("new"))) == "new"


async def test_what_everybody_reads_follows_each_publication_at_once(
    client: httpx.AsyncClient, act_as: ActAs, place: Place
) -> None:
    async def seen() -> list[tuple[str, int]]:
        listed = (await client.get("/api/v1/items")).json()["items"]
        facets = (await client.get("/api/v1/catalog/facets")).json()
        assert facets["total"] == len(listed)
        guides = [(await client.get(f"/api/v1/items/{row['id']}")).json() for row in listed]
        return [(guide["name"], guide["version_number"]) for guide in guides]

    assert await seen() == []
    new = ItemIn(
        hall_id=place.hall_id,
        implementation_code="S-1",
        department_id=place.departments["water"],
        content=content(),
    )
    first = await service.add_item(act_as(), new)
    assert await seen() == [("取水许可", 1)]
    await service.add_version(
        act_as(), first.item_id, VersionIn(content=content(name="取水许可（延续）"))
    )
    assert await seen() == [("取水许可（延续）", 2)]
    draft = VersionIn(content=content(name="草稿"), publish=False)
    second = await service.add_version(act_as(), first.item_id, draft)
    assert await seen() == [("取水许可（延续）", 2)]
    await service.publish(act_as(), second.id)
    assert await seen() == [("草稿", 3)]
    await service.withdraw(act_as(), first.item_id, "测试")
    assert await seen() == []


async def test_a_publication_that_is_undone_changes_nothing(
    kept: Shelf, act_as: ActAs, place: Place
) -> None:
    await kept.answer("a", lambda: made(1))
    act = act_as()

    async def undone() -> None:
        async with act.transaction():
            new = ItemIn(
                hall_id=place.hall_id,
                implementation_code="S-1",
                department_id=UUID(str(place.departments["water"])),
                content=content(),
            )
            await service.add_item(act, new)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    assert read(await kept.answer("a", lambda: made(2))) == 1
    assert await db.fetch("SELECT 1 FROM item_index") == []
