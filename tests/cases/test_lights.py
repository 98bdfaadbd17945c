"""Lights as events: each step's turns yellow and red once, at the right day, and is told of."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.clock import lights
from app.cases.models import Case
from app.cases.rules import Step
from app.core import db
from app.core.calendar import WorkingCalendar
from app.core.lights import Light, light, standing
from tests.cases.builders import Filed, World, ok
from tests.cases.clocks import begun, eight_days, end, extended, joint_item

days = st.dates(date(2025, 9, 15), date(2026, 3, 15))
calendars = st.sets(days, max_size=20).flatmap(
    lambda opened: st.sets(days, max_size=20).map(
        lambda closed: WorkingCalendar(frozenset(opened - closed), frozenset(closed - opened))
    )
)


@given(calendars, days, days, st.integers(0, 120))
def test_the_days_up_to_which_lights_are_lit_agree_with_the_rule(
    calendar: WorkingCalendar, today: date, due: date, limit: int
) -> None:
    lit = due <= lights.lit_until(calendar, today)[max(limit, 1) - 1]
    assert lit == (standing(calendar, today, due, limit).light is not Light.GREEN)


@given(st.integers(0, lights.LONGEST_LIMIT))
def test_the_share_is_the_rules(limit: int) -> None:
    left = lights.left_when_yellow(limit)
    assert light(left, limit, overdue=False) is Light.YELLOW
    assert light(left + 1, limit, overdue=False) is Light.GREEN


async def turned(world: World) -> list[tuple[str, str, str]]:
    """Runs the job; all lights so far: step, light, due."""
    await lights.turn_lights(world.act_as())
    rows = await db.fetch("SELECT step, light, due FROM case_lights ORDER BY id")
    return [(row["step"], row["light"], row["due"].isoformat()) for row in rows]


async def told() -> list[tuple[str, str]]:
    rows = await db.fetch(
        "SELECT payload->>'step' AS step, payload->>'light' AS light FROM outbox"
        " WHERE topic = 'supervision.light' ORDER BY id"
    )
    return [(row["step"], row["light"]) for row in rows]


class TestSteps:
    async def test_acceptance(self, world: World) -> None:
        """Received on Monday 2 March; the hall answers by Monday the 9th."""
        await world.filed()
        world.go_to_day(date(2026, 3, 5))
        assert await turned(world) == []
        world.go_to_day(date(2026, 3, 6))
        assert await turned(world) == [("accept", "yellow", "2026-03-09")]
        world.go_to_day(date(2026, 3, 9))
        assert len(await turned(world)) == 1
        world.go_to_day(date(2026, 3, 10))
        assert (await turned(world))[1:] == [("accept", "red", "2026-03-09")]

    async def test_the_review_of_each_department_and_the_case(self, world: World) -> None:
        """Eight days promised, until the 12th: yellow with two left; fire's three until the 5th."""
        case = await world.accepted(item=await joint_item(world))
        world.go_to_day(date(2026, 3, 4))
        assert await turned(world) == [("review", "yellow", "2026-03-05")]
        row = await db.fetch_one("SELECT task_id, case_id FROM case_lights")
        assert row == {"task_id": await world.task(case, "fire"), "case_id": UUID(case.id)}
        payload = await db.fetch_one(
            "SELECT payload::text AS p FROM outbox WHERE topic LIKE 'sup%'"
        )
        assert payload
        assert str(world.place.departments["fire"]) in payload["p"]
        assert case.number in payload["p"]
        world.go_to_day(date(2026, 3, 10))
        assert sorted((await turned(world))[1:]) == [
            ("case", "yellow", "2026-03-12"),
            ("review", "red", "2026-03-05"),
            ("review", "red", "2026-03-09"),
            ("review", "red", "2026-03-09"),
        ]

    async def test_delivery(self, world: World) -> None:
        """Decided on 2 March, to be delivered by the 16th: yellow with three days left."""
        await world.granted()
        world.go_to_day(date(2026, 3, 10))
        assert await turned(world) == []
        world.go_to_day(date(2026, 3, 11))
        assert await turned(world) == [("delivery", "yellow", "2026-03-16")]
        world.go_to_day(date(2026, 3, 17))
        assert (await turned(world))[1:] == [("delivery", "red", "2026-03-16")]

    async def test_on_the_weekend_after_the_last_day_it_is_red(self, world: World) -> None:
        await world.accepted(item=await world.item(promised_days=4))
        world.go_to_day(date(2026, 3, 7))
        assert {light for _, light, _ in await turned(world)} == {"red"}

    async def test_a_case_that_is_over_turns_none(self, world: World) -> None:
        case = await world.accepted()
        ok(await world.mine(case, "withdraw"))
        world.go_to_day(date(2026, 4, 30))
        assert await turned(world) == []


class TestOnce:
    async def test_each_is_told_of_once_however_often_the_job_runs(self, world: World) -> None:
        case = await world.accepted(item=await eight_days(world))
        world.go_to_day(date(2026, 3, 10))
        for _ in range(3):
            await turned(world)
        assert await told() == [("case", "yellow"), ("review", "yellow")]
        assert await world.trail(case, "case.light_turned") == 2

    async def test_many_cases_are_taken_in_batches(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lights, "AT_A_TIME", 3)
        item, owner = await eight_days(world), await world.citizen()
        for _ in range(4):
            await world.accepted(owner=owner, item=item)
        world.go_to_day(date(2026, 3, 20))
        assert len(await turned(world)) == 8
        assert len(await told()) == 8

    async def test_a_light_of_a_step_that_ends_now_is_not_told_again(self, world: World) -> None:
        filed = await world.filed()
        world.go_to_day(date(2026, 3, 10))
        due = date(2026, 3, 9)
        for _ in range(2):
            case = await Case.get(id=filed.id)
            await lights.turn(world.act_as(), case, Step.ACCEPT, Light.RED, due)
        assert await turned(world) == [("accept", "red", "2026-03-09")]
        assert await told() == [("accept", "red")]


class TestMovedLimits:
    @pytest.fixture
    async def case(self, world: World) -> Filed:
        return await world.accepted(item=await eight_days(world))

    async def test_what_stands_still_turns_none(self, world: World, case: Filed) -> None:
        world.go_to_day(date(2026, 3, 5))
        pause = await begun(world, case)
        world.go_to_day(date(2026, 4, 20))
        assert await turned(world) == []
        ok(await end(world, pause))
        assert await turned(world) == []
        world.go_to_day(date(2026, 4, 27))
        assert {(step, light) for step, light, _ in await turned(world)} == {
            ("case", "yellow"),
            ("review", "yellow"),
        }

    async def test_one_departments_pause_is_its_own(self, world: World) -> None:
        joint = await world.accepted(
            owner=await world.citizen("o-joint"), item=await joint_item(world)
        )
        await begun(world, joint, by="fire_reviewer", task_id=str(await world.task(joint, "fire")))
        world.go_to_day(date(2026, 3, 31))
        await lights.turn_lights(world.act_as())
        rows = await db.fetch(
            "SELECT d.name FROM case_lights l JOIN case_tasks t ON t.id = l.task_id"
            " JOIN departments d ON d.id = t.department_id WHERE l.case_id = $1",
            joint.id,
        )
        assert sorted(row["name"] for row in rows) == ["市场监管局", "水利局"]

    async def test_an_extended_limit_lights_up_anew(self, world: World, case: Filed) -> None:
        world.go_to_day(date(2026, 3, 12))
        await turned(world)
        await extended(world, case, days=10)
        assert len(await turned(world)) == 2
        world.go_to_day(date(2026, 3, 26))
        assert ("case", "yellow", "2026-03-26") in await turned(world)

    async def test_halls_have_their_own_days(self, world: World, case: Filed) -> None:
        """The hall closes on Thursday and Friday: the limit that was reckoned before is nearer."""
        closed = [date(2026, 3, 5) + timedelta(n) for n in range(2)]
        for day in closed:
            await db.execute(
                "INSERT INTO hall_days (id, hall_id, day, open, reason)"
                " VALUES ($1, $2, $3, false, '停电')",
                db.new_id(),
                world.place.hall_id,
                day,
            )
        world.go_to_day(date(2026, 3, 9))
        assert await turned(world) == []
        world.go_to_day(date(2026, 3, 10))
        assert len(await turned(world)) == 2
        assert case.id
