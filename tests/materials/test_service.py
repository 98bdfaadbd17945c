"""What is kept of a photo and how, what becomes part of an application, and what is swept away."""

import asyncio
import contextvars
import dataclasses
import functools
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core import db
from app.core.auth import Citizen
from app.core.errors import Forbidden, NotFound
from app.core.house import House
from app.core.privacy import Keyring, Unsealable
from app.core.storage import Missing
from app.materials import queries, service, taking, vault

from . import odd_pictures as odd
from .conftest import ActAs, Send, Stored, count, every_row_has_its_objects


def meanwhile(
    step: Callable[..., Awaitable[Any]],
    other: Callable[[], Any],
    begun: list[asyncio.Task[None]],
) -> Callable[..., Awaitable[Any]]:
    """`step`, after which `other` begins and has time to get in between."""

    async def both(*given: Any) -> Any:
        found = await step(*given)
        # A context of its own: it must not join the transaction that is open here.
        begun.append(asyncio.create_task(other(), context=contextvars.Context()))
        await asyncio.wait(begun, timeout=0.1)
        return found

    return both


class TestTakingIn:
    async def test_is_for_citizens(self, send: Send, act_as: ActAs, stored: Stored) -> None:
        with pytest.raises(Forbidden):
            await send(act_as().actor)
        assert await stored() == []

    async def test_keeps_nothing_that_is_a_picture_without_its_key(
        self, send: Send, owner: Citizen, house: House, stored: Stored
    ) -> None:
        await send(owner, odd.phone_photo(6))
        keys = await stored()
        assert [key.rpartition("/")[2] for key in keys] == ["display", "thumbnail"]
        for key in keys:
            sealed = await house.storage.get(key)
            assert b"\xff\xd8" not in sealed[:64]
            assert b"JFIF" not in sealed
            assert odd.SECRET not in sealed
        row = await db.fetch_one("SELECT digest, data_key FROM pictures")
        assert row
        with pytest.raises(Unsealable):
            Keyring.parse(Keyring.new_key("test")).open(row["data_key"], vault.DATA_KEY)

    async def test_the_table_does_not_tell_who_has_a_known_picture(
        self, send: Send, owner: Citizen, act_as: ActAs
    ) -> None:
        shown = await send(owner)
        jpeg = (await service.content(act_as(), shown.id, "display")).content
        row = await db.fetch_one("SELECT digest FROM pictures")
        assert row
        assert row["digest"] != hashlib.sha256(jpeg).digest()
        assert row["digest"] != hashlib.new("sm3", jpeg).digest()

    async def test_objects_cannot_be_exchanged_in_the_storage(
        self, send: Send, owner: Citizen, house: House, stored: Stored, act_as: ActAs
    ) -> None:
        shown = await send(owner)
        display, thumbnail = await stored()
        await house.storage.put(display, await house.storage.get(thumbnail))
        with pytest.raises(Unsealable):
            await service.content(act_as(), shown.id, "display")

    async def test_the_same_photo_after_the_keys_were_rotated_is_the_same(
        self, send: Send, owner: Citizen, house: House, stored: Stored, act_as: ActAs
    ) -> None:
        first = await send(owner)
        old = house.settings.keys
        rotated = dataclasses.replace(house, keyring=Keyring.parse(f"{Keyring.new_key()},{old}"))
        assert (await send(owner, house=rotated)).id == first.id
        assert len(await stored()) == 2
        act = act_as()
        act.house = rotated
        assert (await service.content(act, first.id, "display")).content

    async def test_by_two_people_at_once_keeps_one_picture_and_both_succeed(
        self,
        send: Send,
        owner: Citizen,
        stranger: Citizen,
        act_as: ActAs,
        stored: Stored,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        both = asyncio.Barrier(2)

        async def keep(*given: Any) -> vault.Kept:
            kept = await kept_before(*given)
            assert len(await stored()) >= 2
            await both.wait()
            return kept

        kept_before = vault.keep
        monkeypatch.setattr(vault, "keep", keep)
        one, other = await asyncio.gather(send(owner), send(stranger))
        assert one.id != other.id
        assert (await count("pictures"), await count("materials")) == (1, 2)
        assert len(await stored()) == 2
        assert await every_row_has_its_objects(act_as())

    async def test_by_one_person_many_times_at_once_gives_one_material(
        self, send: Send, owner: Citizen, stored: Stored
    ) -> None:
        taken = await asyncio.gather(*(send(owner) for _ in range(6)))
        assert len({shown.id for shown in taken}) == 1
        assert (await count("pictures"), await count("materials")) == (1, 1)
        assert len(await stored()) == 2

    async def test_while_its_picture_is_deleted_stores_it_again(
        self, send: Send, owner: Citizen, stranger: Citizen, act_as: ActAs, stored: Stored
    ) -> None:
        for _ in range(8):
            mine = await send(owner)
            theirs, _ = await asyncio.gather(send(stranger), service.forget(act_as(owner), mine.id))
            assert await every_row_has_its_objects(act_as())
            assert len(await stored()) == 2
            await service.forget(act_as(stranger), theirs.id)
        assert await stored() == []

    async def test_holds_on_to_a_picture_that_it_found_until_it_is_done(
        self, send: Send, owner: Citizen, stranger: Citizen, act_as: ActAs, monkeypatch: Any
    ) -> None:
        mine = await send(owner)
        forgetting: list[asyncio.Task[None]] = []
        forget = functools.partial(service.forget, act_as(owner), mine.id)
        monkeypatch.setattr(taking, "_picture", meanwhile(taking._picture, forget, forgetting))
        await send(stranger)
        await forgetting[0]
        assert (await count("pictures"), await count("materials")) == (1, 1)
        assert await every_row_has_its_objects(act_as())


class TestClaiming:
    async def test_gives_the_facts_and_keeps_the_material(
        self, send: Send, owner: Citizen, act_as: ActAs
    ) -> None:
        shown = await send(owner)
        claimed = await service.claim(act_as(), owner.id, [shown.id])
        assert claimed == await service.facts([shown.id, uuid4()])
        found = claimed[shown.id]
        assert (found.id, found.width, found.height) == (shown.id, 240, 320)
        assert (await service.own(act_as(owner), shown.id)).attached

    async def test_again_for_another_application_keeps_the_first_time(
        self, send: Send, owner: Citizen, act_as: ActAs, house: House
    ) -> None:
        shown = await send(owner)
        await service.claim(act_as(), owner.id, [shown.id, shown.id])
        first = await db.fetch_one("SELECT attached_at FROM materials")
        house.clock.shift(timedelta(days=3))
        assert shown.id in await service.claim(act_as(), owner.id, [shown.id])
        assert await db.fetch_one("SELECT attached_at FROM materials") == first

    async def test_of_a_foreign_or_missing_one_claims_nothing(
        self, send: Send, owner: Citizen, stranger: Citizen, act_as: ActAs
    ) -> None:
        mine, theirs = await send(owner), await send(stranger)
        for wrong in (theirs.id, uuid4()):
            with pytest.raises(NotFound):
                await service.claim(act_as(), owner.id, [mine.id, wrong])
        assert await db.fetch("SELECT id FROM materials WHERE attached_at IS NOT NULL") == []

    async def test_is_undone_with_the_transaction_of_the_caller(
        self, send: Send, owner: Citizen, act_as: ActAs
    ) -> None:
        shown = await send(owner)
        act = act_as(owner)

        async def submit() -> None:
            async with act.transaction():
                await service.claim(act, owner.id, [shown.id])
                raise LookupError

        with pytest.raises(LookupError):
            await submit()
        assert not (await service.own(act, shown.id)).attached

    async def test_in_two_orders_at_once_does_not_lock_up(
        self, send: Send, owner: Citizen, act_as: ActAs
    ) -> None:
        ids = [(await send(owner, odd.jpeg((40 + n, 60)))).id for n in range(6)]
        async with asyncio.timeout(5):
            await asyncio.gather(
                *(service.claim(act_as(), owner.id, ids[::turn]) for turn in (1, -1) * 4)
            )

    async def test_against_forgetting_at_once_one_of_the_two_wins(
        self, send: Send, owner: Citizen, act_as: ActAs
    ) -> None:
        for n in range(6):
            shown = await send(owner, odd.jpeg((40 + n, 60)))
            claimed, forgotten = await asyncio.gather(
                service.claim(act_as(), owner.id, [shown.id]),
                service.forget(act_as(owner), shown.id),
                return_exceptions=True,
            )
            assert isinstance(claimed, NotFound) != isinstance(forgotten, service.InUse)
            assert await every_row_has_its_objects(act_as())

    async def test_holds_on_to_a_material_until_it_is_done(
        self, send: Send, owner: Citizen, act_as: ActAs, monkeypatch: Any
    ) -> None:
        shown = await send(owner)
        forgetting: list[asyncio.Task[None]] = []
        forget = functools.partial(service.forget, act_as(owner), shown.id)
        monkeypatch.setattr(queries, "claimed", meanwhile(queries.claimed, forget, forgetting))
        assert shown.id in await service.claim(act_as(), owner.id, [shown.id])
        with pytest.raises(service.InUse):
            await forgetting[0]


async def test_a_row_whose_object_was_lost_is_told_as_missing(
    send: Send, owner: Citizen, act_as: ActAs, house: House, stored: Stored
) -> None:
    shown = await send(owner)
    for key in await stored():
        await house.storage.delete(key)
    with pytest.raises(Missing):
        await service.content(act_as(), shown.id, "display")


async def test_content_of_what_does_not_exist_is_not_found(house: House, act_as: ActAs) -> None:
    with pytest.raises(NotFound):
        await service.content(act_as(), UUID(int=0), "thumbnail")
