"""What is swept away, when, and what never is."""

from datetime import timedelta
from typing import Any

from app.core import db
from app.core.acts import Act
from app.core.auth import Citizen
from app.core.house import House
from app.materials import forgetting, jobs, rules, service

from . import odd_pictures as odd
from .conftest import ActAs, Send, Stored, count, every_row_has_its_objects


async def run_jobs(act: Act) -> None:
    for job in jobs.PERIODICS:
        await job.run(act)


class TestSweeping:
    async def test_forgets_after_a_day_what_was_never_submitted(
        self,
        send: Send,
        owner: Citizen,
        stranger: Citizen,
        act_as: ActAs,
        house: House,
        stored: Stored,
    ) -> None:
        kept, _ = await send(owner), await send(owner, odd.jpeg((50, 50)))
        await send(stranger)
        await service.claim(act_as(), owner.id, [kept.id])
        house.clock.shift(rules.UNATTACHED_LIFE - timedelta(seconds=5))
        await run_jobs(act_as())
        assert await count("materials") == 3
        house.clock.shift(timedelta(seconds=6))
        await run_jobs(act_as())
        assert [row["id"] for row in await db.fetch("SELECT id FROM materials")] == [kept.id]
        assert len(await stored()) == 2
        assert await every_row_has_its_objects(act_as())

    async def test_counts_from_when_a_photo_was_last_sent(
        self, send: Send, owner: Citizen, act_as: ActAs, house: House
    ) -> None:
        shown = await send(owner)
        house.clock.shift(timedelta(hours=23))
        assert (await send(owner)).id == shown.id
        house.clock.shift(timedelta(hours=23))
        assert await service.sweep_unattached(act_as()) == 0
        house.clock.shift(timedelta(hours=2))
        assert await service.sweep_unattached(act_as()) == 1

    async def test_goes_through_more_than_one_batch(
        self, send: Send, owner: Citizen, act_as: ActAs, house: House, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(forgetting, "BATCH", 2)
        for n in range(5):
            await send(owner, odd.jpeg((40 + n, 40)))
        house.clock.shift(timedelta(days=2))
        assert await service.sweep_unattached(act_as()) == 5

    async def test_removes_objects_that_a_crash_left_behind_and_no_others(
        self,
        send: Send,
        owner: Citizen,
        act_as: ActAs,
        house: House,
        stored: Stored,
        monkeypatch: Any,
    ) -> None:
        monkeypatch.setattr(forgetting, "BATCH", 2)
        shown = await send(owner)
        await service.claim(act_as(), owner.id, [shown.id])
        whole = await stored()
        for _ in range(2):
            await house.storage.put(rules.object_key(db.new_id(), "display"), b"half an upload")
        await house.storage.put("photos/readme.txt", b"not ours")
        assert await service.sweep_orphans(act_as()) == 0, "an upload may be under way"
        house.clock.shift(rules.ORPHAN_LIFE + timedelta(seconds=5))
        assert await service.sweep_orphans(act_as()) == 2
        assert await stored() == [*whole, "photos/readme.txt"]
        assert await every_row_has_its_objects(act_as())

    async def test_removes_nothing_where_storage_and_database_do_not_belong_together(
        self, owner: Citizen, act_as: ActAs, house: House, stored: Stored, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(rules, "FEW_ORPHANS", 3)
        for _ in range(4):
            await house.storage.put(rules.object_key(db.new_id(), "display"), b"another's")
        house.clock.shift(timedelta(days=2))
        assert await service.sweep_orphans(act_as()) == 0
        assert len(await stored()) == 4

    async def test_deletes_uploads_of_a_process_that_was_killed(
        self, owner: Citizen, act_as: ActAs, house: House
    ) -> None:
        folder = service.upload_folder(house)
        assert folder.stat().st_mode & 0o777 == 0o700
        left = folder / "upload-left"
        left.write_bytes(b"a photo with all its metadata")
        assert await service.sweep_uploads(act_as()) == 0
        house.clock.shift(timedelta(days=2))
        assert await service.sweep_uploads(act_as()) == 1
        assert not left.exists()
