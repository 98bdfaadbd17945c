"""Figures of handling time: kept in the decision's commit, and equal to a recount of the cases."""

import asyncio
import contextvars
import os
import sys
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from app.cases.figures import service as figures
from app.cases.figures import upkeep as figure_upkeep
from app.cases.figures.rules import MEASURES, Counts, Dimension
from app.cases.figures.upkeep import Difference, WrongCase
from app.cases.models import Case
from app.core import db
from app.core.acts import Act
from app.halls import service as halls
from app.halls.schemas import DayIn, HallIn
from app.settings import Settings, environment
from tests.cases.builders import World
from tests.cases.decisions import Decisions, counted_by_hand, kept

MONDAY = date(2026, 3, 2)
FRIDAY = date(2026, 3, 6)
LATER = date(2026, 12, 31)


@pytest.fixture
async def decisions(world: World) -> Decisions:
    """A hall with one item, a clerk on duty at window 01, and an applicant."""
    clerk = await world.place.actor(world.act_as(), "clerk")
    act = world.act_as(clerk)
    act.at -= timedelta(days=30)
    await halls.start_duty(act, world.place.windows["01"])
    owner = await world.citizen()
    return Decisions(world, await world.item(), owner.id)


async def of_hall(decisions: Decisions, first: date = MONDAY, last: date = LATER) -> Counts:
    hall = decisions.world.place.hall_id
    found = await figures.period(hall, {Dimension.HALL}, first, last)
    return found.get((Dimension.HALL, str(hall)), Counts())


class TestDecided:
    async def test_a_case_counts_the_days_that_it_used(self, decisions: Decisions) -> None:
        case = await decisions.decide(await decisions.case(MONDAY), FRIDAY)
        assert case.used_days == 4
        assert await of_hall(decisions) == Counts(
            decided=1,
            granted=1,
            working_days_used=4,
            promised_days=5,
            legal_days=20,
            on_time=1,
        )

    async def test_it_counts_in_every_dimension_that_it_has(self, decisions: Decisions) -> None:
        place = decisions.world.place
        await decisions.decide(await decisions.case(MONDAY), FRIDAY, "refused")
        found = await figures.period(place.hall_id, set(Dimension), FRIDAY, FRIDAY)
        assert {place: counts.refused for place, counts in found.items()} == {
            (Dimension.HALL, str(place.hall_id)): 1,
            (Dimension.DEPARTMENT, str(place.departments["market"])): 1,
            (Dimension.WINDOW, str(place.windows["01"])): 1,
            (Dimension.STAFF, str(place.staff["clerk"])): 1,
            (Dimension.ITEM, str(decisions.item.id)): 1,
            (Dimension.CASE_TYPE, "promised"): 1,
        }

    async def test_what_was_accepted_by_law_has_no_window(self, decisions: Decisions) -> None:
        hall = decisions.world.place.hall_id
        case = await decisions.case(MONDAY, window_id=None, accepted_by=None)
        await decisions.decide(case, FRIDAY)
        found = await figures.period(hall, set(Dimension), FRIDAY, FRIDAY)
        assert {dimension for dimension, _ in found} == set(Dimension) - {
            Dimension.WINDOW,
            Dimension.STAFF,
        }

    @pytest.mark.parametrize(("day", "within"), [(2, 1), (3, 1), (4, 0)])
    async def test_within_a_day_is_at_most_one_working_day(
        self, decisions: Decisions, day: int, within: int
    ) -> None:
        await decisions.decide(await decisions.case(MONDAY), date(2026, 3, day))
        assert (await of_hall(decisions)).within_a_day == within

    async def test_a_weekend_is_not_used_and_the_last_day_is_on_time(
        self, decisions: Decisions
    ) -> None:
        await decisions.decide(await decisions.case(MONDAY), date(2026, 3, 9))
        await decisions.decide(await decisions.case(MONDAY), date(2026, 3, 10))
        found = await of_hall(decisions)
        assert (found.decided, found.working_days_used, found.on_time) == (2, 5 + 6, 1)

    async def test_pauses_are_left_out(self, decisions: Decisions) -> None:
        case = await decisions.case(MONDAY)
        task = await decisions.task(case, "market", None)
        await decisions.pause(case, MONDAY, date(2026, 3, 3))
        await decisions.pause(case, date(2026, 3, 4), FRIDAY, kind="inspection", task_id=task.id)
        await decisions.decide(case, date(2026, 3, 10))
        # Of Tuesday to the next Tuesday, Tuesday, Thursday and Friday stood still.
        assert (await of_hall(decisions)).working_days_used == 3

    async def test_departments_that_were_taken_as_agreeing_are_counted(
        self, decisions: Decisions
    ) -> None:
        case = await decisions.case(MONDAY)
        for department, by_default in (("market", None), ("fire", "overdue"), ("water", "absent")):
            await decisions.task(case, department, by_default)
        await decisions.decide(case, FRIDAY)
        assert (await of_hall(decisions)).by_default == 2

    async def test_what_is_undone_is_not_counted(self, decisions: Decisions) -> None:
        case, act = await decisions.case(MONDAY), decisions.act_on(FRIDAY)

        async def decide_and_fail() -> None:
            async with act.transaction():
                case.state, case.decision, case.decided_at = "granted", "granted", act.at
                case.used_days = 4
                await case.save()
                await figures.count_decided(act, case)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await decide_and_fail()
        assert await of_hall(decisions) == Counts()
        assert await figure_upkeep.verify() == []

    async def test_many_at_once_are_all_counted(self, decisions: Decisions) -> None:
        cases = [await decisions.case(MONDAY) for _ in range(12)]
        ways = ["granted", "refused"] * 6
        await asyncio.gather(
            *(decisions.decide(case, FRIDAY, way) for case, way in zip(cases, ways, strict=True))
        )
        found = await of_hall(decisions)
        assert (found.decided, found.granted, found.refused) == (12, 6, 6)
        assert await kept() == await counted_by_hand()


class TestSecondCorrection:
    async def test_it_counts_against_the_window_that_asked(self, decisions: Decisions) -> None:
        place = decisions.world.place
        await decisions.send_back_again(await decisions.case(MONDAY), FRIDAY)
        found = await figures.period(place.hall_id, set(Dimension), FRIDAY, FRIDAY)
        assert set(found.values()) == {Counts(second_corrections=1)}
        assert (Dimension.WINDOW, str(place.windows["01"])) in found
        assert (Dimension.STAFF, str(place.staff["clerk"])) in found

    async def test_whoever_serves_at_no_window_answers_alone(self, decisions: Decisions) -> None:
        place = decisions.world.place
        await decisions.send_back_again(await decisions.case(MONDAY), FRIDAY, by="clerk2")
        found = await figures.period(place.hall_id, set(Dimension), FRIDAY, FRIDAY)
        assert (Dimension.STAFF, str(place.staff["clerk2"])) in found
        assert not [key for dimension, key in found if dimension is Dimension.WINDOW]
        assert await figure_upkeep.verify() == []

    async def test_a_third_round_counts_once_more(self, decisions: Decisions) -> None:
        case = await decisions.case(MONDAY)
        await decisions.send_back_again(case, date(2026, 3, 4))
        await decisions.send_back_again(case, FRIDAY)
        assert (await of_hall(decisions)).second_corrections == 2
        assert await figure_upkeep.verify() == []


class TestReading:
    async def test_a_period_has_both_its_ends(self, decisions: Decisions) -> None:
        for day in (3, 4, 5, 6):
            await decisions.decide(await decisions.case(MONDAY), date(2026, 3, day))
        for first, last, decided in ((3, 6, 4), (4, 5, 2), (6, 6, 1), (7, 9, 0)):
            found = await of_hall(decisions, date(2026, 3, first), date(2026, 3, last))
            assert found.decided == decided

    async def test_buckets_divide_what_the_period_counts(self, decisions: Decisions) -> None:
        hall = decisions.world.place.hall_id
        for day in (date(2026, 3, 31), date(2026, 4, 1), date(2026, 5, 29)):
            await decisions.decide(await decisions.case(MONDAY), day)
        begins = [date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)]
        found = await figures.divided(hall, Dimension.HALL, None, begins, date(2026, 5, 28))
        assert {at: counts.decided for at, counts in found[str(hall)].items()} == {0: 1, 1: 1}
        assert await figures.divided(hall, Dimension.HALL, ["other"], begins, LATER) == {}

    async def test_halls_below_are_read_with_the_hall_above(
        self, decisions: Decisions, act_as: Callable[..., Act]
    ) -> None:
        above = decisions.world.place.hall_id
        town = await halls.add_hall(
            act_as(),
            HallIn(
                code="TOWN",
                name="城东镇便民服务中心",
                level="town",
                region_code="511602",
                parent_id=above,
            ),
        )
        await decisions.decide(await decisions.case(MONDAY, hall_id=town.id), FRIDAY)
        found = await figures.period(above, {Dimension.HALL}, MONDAY, LATER)
        assert {key: counts.decided for (_, key), counts in found.items()} == {str(town.id): 1}
        other = decisions.world.place.other_hall_id
        assert await figures.period(other, set(Dimension), MONDAY, LATER) == {}


days = st.integers(0, 25)
acts = st.lists(
    st.one_of(
        st.tuples(
            st.just("decide"),
            days,  # accepted
            days,  # decided, after that
            st.sampled_from(["granted", "refused"]),
            st.lists(st.tuples(days, st.none() | days), max_size=2),  # pauses
            st.sampled_from([None, "overdue", "absent"]),
            st.integers(0, 3),  # corrections
        ),
        st.tuples(st.just("send back"), days, days, st.sampled_from(["clerk", "clerk2"])),
        st.tuples(st.just("leave open"), days),
    ),
    min_size=1,
    max_size=6,
)


class TestRecount:
    @tried(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(acts)
    async def test_after_any_sequence_the_figures_equal_a_plain_count(
        self, decisions: Decisions, sequence: list[tuple]
    ) -> None:
        for act in sequence:
            accepted = MONDAY + timedelta(days=act[1])
            if act[0] == "leave open":
                await decisions.case(accepted)
            elif act[0] == "send back":
                case = await decisions.case(accepted)
                await decisions.send_back_again(case, accepted + timedelta(days=act[2]), act[3])
            else:
                await self._decide(decisions, accepted, *act[2:])
        assert await kept() == await counted_by_hand()
        assert await figure_upkeep.verify() == []

    async def _decide(
        self, decisions, accepted, after, decision, pauses, by_default, corrections
    ) -> None:
        case = await decisions.case(accepted, corrections=corrections)
        await decisions.task(case, "fire", by_default)
        kinds = ("hearing", "appraisal")
        for kind, (begin, long) in zip(kinds, pauses, strict=False):
            begins = accepted + timedelta(days=begin)
            ends = None if long is None else begins + timedelta(days=long)
            await decisions.pause(case, begins, ends, kind=kind)
        await decisions.decide(case, accepted + timedelta(days=after), decision)

    async def test_whatever_is_wrong_is_told_and_mended_exactly(
        self, decisions: Decisions, act_as: Callable[..., Act]
    ) -> None:
        for day in (3, 5, 6):
            await decisions.decide(await decisions.case(MONDAY), date(2026, 3, day))
        await decisions.send_back_again(await decisions.case(MONDAY), FRIDAY)
        right = await kept()
        await db.execute("UPDATE case_days SET on_time = on_time + 2 WHERE dimension = 1")
        await db.execute("DELETE FROM case_days WHERE dimension = 3")
        nothing = ", ".join("0" for _ in MEASURES[1:])
        await db.execute(
            f"INSERT INTO case_days (hall_id, dimension, day, key, {', '.join(MEASURES)})"
            f" VALUES ($1, 5, '2020-01-01', 'nowhere', 7, {nothing})",
            decisions.world.place.hall_id,
        )
        told = await figure_upkeep.verify()
        assert {(d.dimension, d.measure) for d in told if isinstance(d, Difference)} >= {
            (Dimension.HALL, "on_time"),
            (Dimension.WINDOW, "decided"),
            (Dimension.ITEM, "decided"),
        }
        assert await figure_upkeep.rebuild(act_as()) > 0
        assert await kept() == right
        assert not await db.fetch("SELECT 1 FROM case_days WHERE key = 'nowhere'")
        assert await figure_upkeep.verify() == []
        assert await figure_upkeep.rebuild(act_as()) == 0

    async def test_a_day_that_is_closed_afterwards_is_found_and_put_right(
        self, decisions: Decisions, act_as: Callable[..., Act]
    ) -> None:
        case = await decisions.decide(await decisions.case(MONDAY), FRIDAY)
        closed = DayIn(day=date(2026, 3, 4), open=False, reason="停电")
        manager = await decisions.world.place.actor(act_as(), "manager")
        await halls.set_day(act_as(manager), decisions.world.place.hall_id, closed)
        assert await figure_upkeep.verify() == [WrongCase(case.number, 4, 3)]
        assert await figure_upkeep.rebuild(act_as()) > 0
        assert (await of_hall(decisions)).working_days_used == 3
        assert await figure_upkeep.verify() == []

    async def test_cases_decided_before_anything_was_counted_are_counted_by_a_rebuild(
        self, decisions: Decisions, act_as: Callable[..., Act]
    ) -> None:
        case = await decisions.case(MONDAY)
        case.state, case.decision = "granted", "granted"
        case.decided_at = decisions.act_on(FRIDAY).at
        await case.save()
        assert await figure_upkeep.verify() == [WrongCase(case.number, None, 4)]
        await figure_upkeep.rebuild(act_as())
        assert (await of_hall(decisions)).decided == 1
        assert await kept() == await counted_by_hand()

    @pytest.mark.slow
    async def test_the_command_line_tells_what_is_wrong_and_mends_it(
        self, decisions: Decisions, settings: Settings
    ) -> None:
        await decisions.decide(await decisions.case(MONDAY), FRIDAY)
        await db.execute("UPDATE case_days SET decided = 9 WHERE dimension = 1")

        async def run(command: str) -> int:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "app", "cases", command),
                env=dict(os.environ) | environment(settings),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            return await process.wait()

        assert [await run(command) for command in ("verify", "rebuild")] == [1, 0]
        assert await figure_upkeep.verify() == []
        assert await kept() == await counted_by_hand()

    async def test_decisions_do_not_wait_while_everything_is_counted(
        self, decisions: Decisions, act_as: Callable[..., Act]
    ) -> None:
        case, act = await decisions.case(MONDAY), act_as()
        async with act.transaction():
            assert await db.fetch(figure_upkeep.DIFFERENCES) == []
            await asyncio.wait_for(_apart(decisions, case), 5)
        assert await figure_upkeep.verify() == []

    async def test_what_is_decided_between_finding_and_mending_is_neither_lost_nor_doubled(
        self,
        decisions: Decisions,
        act_as: Callable[..., Act],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        cases = [await decisions.case(MONDAY) for _ in range(8)]
        for case in cases[:4]:
            await decisions.decide(case, FRIDAY)
        await db.execute("DELETE FROM case_days WHERE dimension = 1")
        await db.execute("UPDATE case_days SET decided = decided + 3 WHERE dimension = 2")
        patiently, left = db.patiently, cases[4:]

        async def slowly(sql: str, *values: object, seconds: float):
            rows = await patiently(sql, *values, seconds=seconds)
            if sql.startswith("CREATE TEMPORARY TABLE") and left:
                await asyncio.gather(*(_apart(decisions, left.pop()) for _ in range(4)))
            return rows

        monkeypatch.setattr(db, "patiently", slowly)
        assert await figure_upkeep.rebuild(act_as()) > 0
        assert not left
        assert await kept() == await counted_by_hand()
        assert (await of_hall(decisions)).decided == 8


def _apart(decisions: Decisions, case: Case) -> asyncio.Task[Case]:
    """Decide a case in a transaction of its own, whichever is open here."""
    deciding = decisions.decide(case, FRIDAY)
    return asyncio.get_running_loop().create_task(deciding, context=contextvars.Context())
