"""The applicant's view is kept ready, and never older than the moment at which it is asked for."""

import asyncio
import re
from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from tortoise.transactions import in_transaction

from app.cases import kept, service
from app.cases.kept import KeptCases
from app.core import db
from app.core.auth import Citizen
from tests.cases.builders import Filed, World, ok, refused
from tests.cases.clocks import begun, case_row, end, extended, shown


@pytest.fixture
def made(world: World, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Grows with each time that a case is read and put together."""
    world.house.put(KeptCases())
    seen: list[UUID] = []
    real = service.for_applicant

    async def counting(act: Any, case_id: UUID) -> Any:
        seen.append(case_id)
        return await real(act, case_id)

    monkeypatch.setattr(service, "for_applicant", counting)
    return seen


async def test_asked_again_it_is_not_read_again(world: World, made: list[UUID]) -> None:
    case = await world.accepted()
    first = await world.seen(case)
    assert await world.seen(case) == first
    assert await asyncio.gather(*(world.seen(case) for _ in range(5))) == [first] * 5
    assert len(made) == 1


async def test_whatever_happens_to_it_shows_at_once(world: World, made: list[UUID]) -> None:
    case = await world.filed()
    assert (await world.seen(case))["state"] == "submitted"
    ok(await world.accept(case))
    assert (await world.seen(case))["state"] == "under_review"
    pause = await begun(world, case)
    assert len((await world.seen(case))["deadline"]["pauses"]) == 1
    ok(await end(world, pause))
    assert (await world.seen(case))["deadline"]["pauses"][0]["ended"] is not None
    await extended(world, case)
    assert (await world.seen(case))["deadline"]["extension"]["days"] == 5
    ok(await world.grant(case))
    assert (await world.seen(case))["state"] == "granted"
    assert len(made) == 6


async def test_rows_that_change_without_an_act_show_too(world: World, made: list[UUID]) -> None:
    case = await world.accepted()
    await world.seen(case)
    await db.execute("UPDATE case_tasks SET due = $1", date(2026, 3, 30))
    assert (await world.seen(case))["tasks"][0]["due"] == "2026-03-30"
    await db.execute("UPDATE cases SET project_number = 'P-2026-1'")
    assert (await world.seen(case))["project_number"] == "P-2026-1"


async def test_a_new_day_is_another_answer(world: World, made: list[UUID]) -> None:
    case = await world.accepted()
    before = (await world.seen(case))["deadline"]["remaining_days"]
    world.go_to_day(date(2026, 3, 3))
    assert (await shown(world, case))["remaining_days"] == before - 1


async def test_nobody_else_gets_it(world: World, made: list[UUID]) -> None:
    case, other = await world.accepted(), await world.citizen("o-other")
    await world.seen(case)
    path = f"/api/v1/cases/{case.id}"
    refused(await world.client.get(path, headers=other.headers), 404, "not_found")
    refused(await world.client.get(path), 401, "not_signed_in")
    assert ok(await world.client.get(path, headers=case.owner.headers))["id"] == case.id


async def test_it_is_the_same_answer_kept_or_not(world: World, made: list[UUID]) -> None:
    case = await world.granted()
    first, again = await world.seen(case), await world.seen(case)
    world.house.put(KeptCases())
    assert first == again == await world.seen(case)
    assert len(made) == 2


async def test_no_more_is_kept_than_there_is_room_for(
    world: World, made: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    item, owner = await world.item(), await world.citizen()
    cases = [await world.filed(owner, item) for _ in range(3)]
    size = len((await world.client.get(_path(cases[0]), headers=owner.headers)).content)
    monkeypatch.setattr(kept, "MOST_BYTES", 2 * size + 10)
    for case in (*cases, cases[2], cases[0]):
        await world.seen(case)
    assert [str(case_id) for case_id in made] == [
        case.id for case in (cases[0], cases[1], cases[2], cases[0])
    ]


def _path(case: Filed) -> str:
    return f"/api/v1/cases/{case.id}"


async def _two(world: World) -> tuple[Filed, Filed]:
    item = await world.item()
    owners = [await world.citizen(), await world.citizen("o-second")]
    first, second = [await world.filed(owner, item) for owner in owners]
    return first, second


async def _stamp(case: Filed) -> int:
    row = await db.fetch_one("SELECT stamp FROM case_stamps WHERE case_id = $1", UUID(case.id))
    assert row is not None
    stamp: int = row["stamp"]
    return stamp


async def test_a_commit_raises_the_stamp_once_and_a_rollback_not_at_all(world: World) -> None:
    case, other = await _two(world)
    before, untouched = await _stamp(case), await _stamp(other)
    async with in_transaction("default"):
        for days in (3, 4):
            await db.execute("UPDATE case_tasks SET days = $1 WHERE case_id = $2", days, case.id)
        await db.execute("UPDATE cases SET project_number = 'P-1' WHERE id = $1", case.id)
    assert (await _stamp(case), await _stamp(other)) == (before + 1, untouched)
    with suppress(ZeroDivisionError):
        async with in_transaction("default"):
            await db.execute("UPDATE cases SET project_number = 'P-2' WHERE id = $1", case.id)
            raise ZeroDivisionError
    assert await _stamp(case) == before + 1


async def test_what_a_savepoint_takes_back_does_not_hide_what_follows(world: World) -> None:
    case = await world.accepted()
    before = await _stamp(case)
    write = "UPDATE cases SET project_number = 'P-1' WHERE id = $1"
    async with in_transaction("default"):
        await db.execute("SAVEPOINT here")
        await db.execute(write, case.id)
        await db.execute("ROLLBACK TO SAVEPOINT here")
        assert await _stamp(case) == before
        await db.execute(write, case.id)
    assert await _stamp(case) == before + 1


async def test_two_cases_written_in_turns_are_both_raised(world: World) -> None:
    cases = await _two(world)
    before = [await _stamp(case) for case in cases]
    async with in_transaction("default"):
        for case in (*cases, *cases):
            await db.execute("UPDATE case_tasks SET days = 9 WHERE case_id = $1", case.id)
    after = [await _stamp(case) for case in cases]
    assert all(now > then for now, then in zip(after, before, strict=True))


async def test_a_part_that_moves_or_goes_raises_the_stamp(world: World) -> None:
    case, other = await _two(world)
    before = await _stamp(case), await _stamp(other)
    await db.execute(
        "UPDATE case_tasks SET case_id = $1, stage = stage + 10 WHERE case_id = $2",
        other.id,
        case.id,
    )
    moved = await _stamp(case), await _stamp(other)
    assert moved[0] > before[0]
    assert moved[1] > before[1]
    await db.execute("DELETE FROM case_tasks WHERE case_id = $1", other.id)
    assert await _stamp(other) > moved[1]


async def test_what_is_written_between_the_stamp_and_the_reading_is_not_lost(
    world: World, made: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer that is kept goes by the stamp from before it was read."""
    case = await world.accepted()
    real = service.for_applicant

    async def overtaken(act: Any, case_id: UUID) -> Any:
        seen = await real(act, case_id)
        await db.execute("UPDATE cases SET project_number = 'P-1' WHERE id = $1", case.id)
        return seen

    with monkeypatch.context() as slow:
        slow.setattr(service, "for_applicant", overtaken)
        assert (await world.seen(case))["project_number"] is None
    assert (await world.seen(case))["project_number"] == "P-1"


async def test_it_is_no_longer_shown_once_the_session_ends_or_the_case_is_anothers(
    world: World, made: list[UUID]
) -> None:
    case, other = await world.accepted(), await world.citizen("o-other")
    await world.seen(case)
    await db.execute("UPDATE cases SET applicant_id = $1 WHERE id = $2", other.id, case.id)
    path = _path(case)
    refused(await world.client.get(path, headers=case.owner.headers), 404, "not_found")
    assert ok(await world.client.get(path, headers=other.headers))["id"] == case.id
    await db.execute("UPDATE sessions SET revoked_at = now() WHERE subject_id = $1", other.id)
    refused(await world.client.get(path, headers=other.headers), 401, "not_signed_in")


async def test_a_case_that_is_not_there_is_not_found(world: World, made: list[UUID]) -> None:
    owner = await world.citizen()
    for _ in range(2):
        answer = await world.client.get(f"/api/v1/cases/{UUID(int=7)}", headers=owner.headers)
        refused(answer, 404, "not_found")


async def _raising() -> set[str]:
    """The tables that raise the stamp whenever a row of theirs is added, changed or deleted."""
    rows = await db.fetch(
        "SELECT c.relname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'raise_stamp_of_part'"
        " AND t.tgenabled = 'O' AND t.tgqual IS NULL AND t.tgattr = ''"
        # ROW (1), after (neither 2 nor 64), INSERT (4), DELETE (8), UPDATE (16)
        " AND t.tgtype = 1 + 4 + 8 + 16"
    )
    return {row["name"] for row in rows}


async def test_every_table_that_is_shown_raises_the_stamp(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever shows something new of a case has its table raise the stamp."""
    case = await world.granted()
    ok(await world.do("clerk", f"cases/{case.id}/issue", {"title": "许可证", "number": "1"}))
    ok(await world.do("clerk", f"cases/{case.id}/deliver", {}))
    asked: list[str] = []
    real = db.fetch

    async def listening(sql: str, *values: Any) -> Any:
        asked.append(sql)
        return await real(sql, *values)

    monkeypatch.setattr(db, "fetch", listening)
    act = world.act_as(Citizen(case.owner.id, case.owner.id))
    await service.for_applicant(act, UUID(case.id))
    tables = set(re.findall(r"\bcase_[a-z]+\b", " ".join(asked))) & {
        row["tablename"] for row in await real("SELECT tablename FROM pg_tables")
    }
    assert "case_events" in tables
    assert tables <= await _raising()
    assert (await case_row(case))["state"] == "closed"
