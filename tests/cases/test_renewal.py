"""Limits follow the calendar: a hall's own day, or a year's notice, that came after them."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import date

import pytest

from app.cases.clock import renewal
from app.cases.review import defaults
from app.core import calendar, db
from app.halls import service as halls
from tests.cases.builders import Filed, World, ok
from tests.cases.clocks import begun, case_row, end, joint_item, shown, task_dues
from tests.cases.promised import HEALTH, LATER, item_of

Work = Callable[[], Awaitable[int]]
WEDNESDAY, SATURDAY = date(2026, 3, 4), date(2026, 3, 7)
"""In the first week of the cases, which are accepted on Monday 2 March 2026."""


async def set_day(world: World, day: date, *, is_open: bool, by: str = "admin") -> None:
    hall = world.place.other_hall_id if by == "far_admin" else world.place.hall_id
    body = {"day": day.isoformat(), "open": is_open, "reason": "供水管网抢修。"}
    headers = await world.staff(by)
    made = await world.client.post(f"/api/v1/halls/{hall}/days", json=body, headers=headers)
    assert made.status_code in (200, 201, 204), made.text


async def renewed(world: World, case: Filed) -> int:
    return await world.trail(case, "case.limits_renewed")


class TestADayOfTheHallsOwn:
    async def test_a_closed_day_moves_every_limit_that_leans_on_it(
        self, world: World, work_outbox: Work
    ) -> None:
        case = await world.accepted(item=await joint_item(world))
        before = await case_row(case)
        assert (before["promised_due"], before["legal_due"]) == (
            date(2026, 3, 12),
            date(2026, 3, 30),
        )
        await set_day(world, WEDNESDAY, is_open=False)
        await work_outbox()
        after = await case_row(case)
        assert (after["promised_due"], after["legal_due"]) == (date(2026, 3, 13), date(2026, 3, 31))
        assert (await task_dues(case))["消防救援大队"] == date(2026, 3, 6)
        assert await renewed(world, case) == 1

    async def test_the_applicant_reads_it_and_the_arithmetic_adds_up(
        self, world: World, work_outbox: Work
    ) -> None:
        case = await world.accepted()
        await set_day(world, WEDNESDAY, is_open=False)
        await work_outbox()
        deadline = await shown(world, case)
        assert deadline["promised_due"] == "2026-03-10"
        assert "3月10日（周二）" in deadline["arithmetic"][0]
        assert "3月4日（周三）放假，不计入" in deadline["arithmetic"][-1]
        seen = await world.seen(await world.again(case))
        assert seen["timeline"][-1]["kind"] == "limits_renewed"
        assert "2026年03月10日前办结" in seen["timeline"][-1]["note"]

    async def test_an_opened_day_brings_the_end_nearer(
        self, world: World, work_outbox: Work
    ) -> None:
        case = await world.accepted()
        await set_day(world, SATURDAY, is_open=True)
        await work_outbox()
        assert (await case_row(case))["promised_due"] == SATURDAY

    async def test_a_day_that_no_limit_leans_on_changes_nothing(
        self, world: World, work_outbox: Work
    ) -> None:
        case = await world.accepted()
        await set_day(world, date(2026, 9, 1), is_open=False)
        await set_day(world, WEDNESDAY, is_open=False, by="far_admin")
        await work_outbox()
        assert (await case_row(case))["promised_due"] == date(2026, 3, 9)
        assert await renewed(world, case) == 0

    async def test_told_again_it_changes_nothing_more(
        self, world: World, work_outbox: Work
    ) -> None:
        case = await world.accepted()
        for _ in range(2):
            await set_day(world, WEDNESDAY, is_open=False)
            await work_outbox()
        assert await renewed(world, case) == 1

    async def test_the_days_to_answer_and_to_deliver_move_too(
        self, world: World, work_outbox: Work
    ) -> None:
        waiting = await world.filed()
        decided = await world.granted(item=await world.item("X-2"))
        await set_day(world, WEDNESDAY, is_open=False)
        await work_outbox()
        assert (await case_row(waiting))["accept_due"] == date(2026, 3, 10)
        assert (await case_row(decided))["delivery_due"] == date(2026, 3, 17)
        assert (await case_row(decided))["promised_due"] == date(2026, 3, 9)

    @pytest.mark.parametrize(
        ("day", "is_open", "due"),
        [(WEDNESDAY, False, date(2026, 3, 6)), (date(2026, 3, 1), True, date(2026, 3, 5))],
    )
    async def test_what_the_applicant_owes_is_due_later_and_never_sooner(
        self, world: World, work_outbox: Work, day: date, is_open: bool, due: date
    ) -> None:
        case = await world.accepted(item=await item_of(world, HEALTH), **LATER)
        await set_day(world, day, is_open=is_open)
        await work_outbox()
        row = await db.fetch_one("SELECT due FROM case_deferrals WHERE case_id = $1", case.id)
        assert row == {"due": due}

    async def test_while_the_clock_stands_what_is_left_stands(
        self, world: World, work_outbox: Work
    ) -> None:
        case = await world.accepted()
        pause = await begun(world, case)
        await set_day(world, WEDNESDAY, is_open=False)
        await work_outbox()
        world.go_to_day(date(2026, 3, 5))
        ok(await end(world, pause))
        # Tuesday and Thursday stood still, Wednesday never counted: five days from Friday on.
        assert (await case_row(case))["promised_due"] == date(2026, 3, 12)

    async def test_nobody_is_taken_as_agreeing_on_a_day_when_the_hall_was_closed(
        self, world: World
    ) -> None:
        case = await world.accepted(item=await joint_item(world, overdue_agrees=True))
        await set_day(world, WEDNESDAY, is_open=False)
        world.go_to_day(date(2026, 3, 6))  # the outbox is late: by the old limit it is overdue
        await defaults.agree_for_overdue(world.act_as())
        assert (await task_dues(case))["消防救援大队"] == date(2026, 3, 6)
        world.go_to_day(date(2026, 3, 9))
        await defaults.agree_for_overdue(world.act_as())
        assert "消防救援大队" not in await task_dues(case)


@pytest.fixture
def notice_of_2029(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Lets the State Council's notice for 2029 come out: New Year is a holiday of three days."""

    def come_out() -> None:
        days = {date(2029, 1, day): "元旦" for day in (1, 2, 3)}
        monkeypatch.setattr(calendar, "holidays", calendar.holidays | days)
        monkeypatch.setattr(calendar, "_ANNOUNCED", calendar._ANNOUNCED | {2028, 2029})
        calendar._national_year.cache_clear()
        halls.forget_kept()

    yield come_out
    monkeypatch.undo()
    calendar._national_year.cache_clear()
    halls.forget_kept()


class TestANotice:
    async def test_a_promise_over_an_unannounced_year_is_put_right_when_its_notice_is_out(
        self, world: World, notice_of_2029: Callable[[], None]
    ) -> None:
        world.go_to_day(date(2028, 12, 28))  # a Thursday
        case = await world.accepted()
        row = await case_row(case)
        assert (row["promised_due"], row["due_provisional"]) == (date(2029, 1, 4), True)
        await renewal.renew_provisional(world.act_as())
        assert await renewed(world, case) == 0
        notice_of_2029()
        await renewal.renew_provisional(world.act_as())
        row = await case_row(case)
        assert (row["promised_due"], row["due_provisional"]) == (date(2029, 1, 9), False)
        assert await renewed(world, case) == 1
