"""Lists, the board, deadlines and reports: who sees what, in which order, and what it counts."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.cases.clock import deadlines
from app.cases.clock.deadlines import Position, Sought
from app.cases.rules import Step
from app.core import db
from app.core.lights import Light, standing
from app.halls import service as halls
from app.halls.schemas import HallIn
from app.supervision import jobs
from tests.cases.builders import NAME, ok, refused
from tests.cases.decisions import noon
from tests.supervision.watch import ANSWER, MONDAY, NOTE, Watch

PERIOD = {"from": "2026-03-01", "to": "2026-03-31"}


async def read_on(watch: Watch, name: str, path: str, **query: Any) -> list[dict[str, Any]]:
    """Every page of a list, two lines at a time."""
    found: list[dict[str, Any]] = []
    after: dict[str, Any] = {}
    while True:
        page = ok(await watch.get(name, path, limit=2, **query, **after))
        found += page["items"]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


class TestEntries:
    async def test_everybody_sees_those_of_their_halls_and_departments(self, watch: Watch) -> None:
        market, fire = await watch.overdue(), await watch.overdue("fire")
        seen = {
            name: {row["id"] for row in await watch.entries(name)}
            for name in ("clerk", "supervisor", "manager", "reviewer", "fire_reviewer")
        }
        assert seen == {
            "clerk": {market, fire},
            "supervisor": {market, fire},
            "manager": {market, fire},
            "reviewer": {market},
            "fire_reviewer": {fire},
        }
        for name in ("far_clerk", "far_manager"):
            assert await watch.entries(name) == []
            refused(await watch.get(name, f"entries/{market}"), 404, "not_found")
        refused(await watch.get("reviewer", f"entries/{fire}"), 404, "not_found")
        refused(await watch.get("admin", "entries"), 403, "forbidden")
        refused(await watch.get("", "entries"), 401, "not_signed_in")

    async def test_what_is_longest_owed_stands_first_and_pages_miss_nothing(
        self, watch: Watch
    ) -> None:
        late = [await watch.overdue() for _ in range(2)]
        watch.go_to(date(2026, 3, 3))
        answered = [await watch.answered() for _ in range(2)]
        fresh = [await watch.overdue() for _ in range(3)]
        rows = await read_on(watch, "supervisor", "entries")
        assert [row["id"] for row in rows] == late + fresh + answered
        watch.go_to(date(2026, 3, 5))
        rows = await read_on(watch, "supervisor", "entries")
        lights = [row["light"] for row in rows]
        assert lights == ["red"] * 2 + ["yellow"] * 3 + [None] * 2

    async def test_they_can_be_sought_by_state_and_light(self, watch: Watch) -> None:
        red = await watch.overdue()
        watch.go_to(date(2026, 3, 4))
        green, answered = await watch.overdue(), await watch.answered()
        watch.go_to(date(2026, 3, 5))
        yellow = green
        newest = await watch.overdue()
        for query, ids in (
            ({"light": "red"}, [red]),
            ({"light": "yellow"}, [yellow]),
            ({"light": "green"}, [newest]),
            ({"state": "open"}, [red, yellow, newest]),
            ({"state": "answered"}, [answered]),
            ({"state": "answered", "light": "red"}, []),
            ({"state": "closed"}, []),
            ({"state": "closed", "light": "red"}, []),
        ):
            assert [row["id"] for row in await watch.entries("supervisor", **query)] == ids, query

    async def test_closed_ones_are_listed_apart_the_last_first(self, watch: Watch) -> None:
        closed = []
        for _ in range(3):
            closed.append(await watch.answered())
            ok(await watch.post("supervisor", f"entries/{closed[-1]}/accept", NOTE))
            await watch.step_is_done(closed[-1])
        assert await watch.entries("supervisor") == []
        rows = await read_on(watch, "supervisor", "entries", state="closed")
        assert [row["id"] for row in rows] == closed[::-1]

    async def test_those_of_a_hall_below_are_found_with_the_hall_above(self, watch: Watch) -> None:
        above = watch.world.place.hall_id
        town = await halls.add_hall(
            watch.world.act_as(),
            HallIn(
                code="TOWN",
                name="城东镇便民服务中心",
                level="town",
                region_code="511602",
                parent_id=above,
            ),
        )
        below, here = await watch.overdue(None, hall_id=town.id), await watch.overdue(None)
        ids = [row["id"] for row in await watch.entries("supervisor", hall_id=str(above))]
        assert ids == [below, here]
        [row] = await watch.entries("supervisor", hall_id=str(town.id))
        assert (row["id"], row["hall"]) == (below, "城东镇便民服务中心")
        far = str(watch.world.place.other_hall_id)
        assert await watch.entries("supervisor", hall_id=far) == []

    async def test_a_cursor_of_another_list_is_refused(self, watch: Watch) -> None:
        answer = await watch.get("supervisor", "entries", after="WzFd")
        refused(answer, 422, "invalid_query")

    async def test_the_board_counts_by_state_and_light(self, watch: Watch) -> None:
        await watch.overdue()
        watch.go_to(date(2026, 3, 5))
        await watch.overdue("fire")
        await watch.answered()
        case = await watch.case()
        await watch.turn(watch.turned(case, Light.YELLOW))
        await jobs.tell_managers(watch.world.act_as())
        board = ok(await watch.get("manager", "board"))
        columns = {column["state"]: column for column in board["columns"]}
        lights = [columns["open"][light] for light in ("green", "yellow", "red")]
        assert lights == [1, 0, 1]
        assert {state: column["total"] for state, column in columns.items()} == {
            "open": 2,
            "answered": 1,
            "returned": 0,
            "accepted": 0,
        }
        assert (board["escalated"], board["warnings"]) == (1, 1)
        assert board["overdue"] == 3, "steps, whatever their entries wait for"
        mine = ok(await watch.get("fire_reviewer", "board"))
        assert [column["total"] for column in mine["columns"]] == [1, 0, 0, 0]
        assert (mine["escalated"], mine["warnings"], mine["overdue"]) == (0, 0, 1)


class TestDeadlines:
    async def test_every_open_step_of_the_hall_stands_there_the_soonest_first(
        self, watch: Watch
    ) -> None:
        hall = str(watch.world.place.hall_id)
        waiting = await watch.case(state="submitted", accept_due=date(2026, 3, 6))
        reviewed = await watch.case()
        await watch.task(reviewed)
        await watch.task(reviewed, "fire", due=date(2026, 2, 27))
        decided = await watch.case(
            state="granted",
            decision="granted",
            decided_at=noon(MONDAY),
            delivery_due=date(2026, 3, 16),
        )
        rows = await read_on(watch, "manager", "deadlines", hall_id=hall)
        assert [
            (row["case_number"], row["step"], row["due"], row["remaining_days"], row["light"])
            for row in rows
        ] == [
            # The Saturday between was a working day, in exchange for one of the Spring Festival.
            (reviewed.number, "review", "2026-02-27", -2, "red"),
            (reviewed.number, "review", "2026-03-05", 3, "green"),
            (waiting.number, "accept", "2026-03-06", 4, "green"),
            (reviewed.number, "case", "2026-03-09", 5, "green"),
            (decided.number, "delivery", "2026-03-16", 10, "green"),
        ]
        assert [row["department"] for row in rows] == [
            "消防救援大队",
            "市场监管局",
            None,
            "市场监管局",
            None,
        ]

    async def test_nothing_tells_of_the_applicant(self, watch: Watch) -> None:
        case = await watch.case()
        hall = str(case.hall_id)
        answer = await watch.get("manager", "deadlines", hall_id=hall)
        assert ok(answer)["items"]
        assert NAME not in answer.text
        assert str(case.applicant_id) not in answer.text

    async def test_what_stands_still_has_no_deadline(self, watch: Watch) -> None:
        hall = str(watch.world.place.hall_id)
        paused = await watch.case(paused_since=MONDAY)
        await watch.task(paused)
        await watch.decisions.pause(paused, MONDAY, None)
        suspended = await watch.case(state="suspended")
        await watch.task(suspended)
        apart = await watch.case()
        task = await watch.task(apart)
        await watch.decisions.pause(apart, MONDAY, None, kind="inspection", task_id=task.id)
        rows = await read_on(watch, "manager", "deadlines", hall_id=hall)
        assert [(row["case_number"], row["step"]) for row in rows] == [(apart.number, "case")]

    async def test_a_reviewer_sees_the_departments_reviews(self, watch: Watch) -> None:
        place = watch.world.place
        case = await watch.case()
        await watch.task(case)
        fire = await watch.task(case, "fire")
        of_fire = str(place.departments["fire"])
        [row] = ok(await watch.get("fire_reviewer", "deadlines", department_id=of_fire))["items"]
        assert row["id"] == str(fire.id)
        for name in ("reviewer", "clerk", "manager"):
            answer = await watch.get(name, "deadlines", department_id=of_fire)
            refused(answer, 403, "forbidden")
        for name in ("far_manager", "reviewer"):
            answer = await watch.get(name, "deadlines", hall_id=str(place.hall_id))
            refused(answer, 403, "forbidden")

    async def test_one_hall_or_one_department_must_be_chosen(self, watch: Watch) -> None:
        refused(await watch.get("manager", "deadlines"), 422, "invalid_query")
        both = {"hall_id": str(uuid4()), "department_id": str(uuid4())}
        refused(await watch.get("manager", "deadlines", **both), 422, "invalid_query")

    @settings(
        max_examples=15,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        st.lists(st.tuples(st.integers(-9, 40), st.integers(0, 45)), min_size=1, max_size=12),
        st.dates(date(2026, 1, 1), date(2026, 12, 20)),
    )
    async def test_sought_by_light_are_exactly_those_that_show_it(
        self, watch: Watch, limits: list[tuple[int, int]], today: date
    ) -> None:
        await db.execute("DELETE FROM cases")
        hall = watch.world.place.hall_id
        calendar = await halls.calendar(hall)
        expected: dict[Light, set[str]] = {light: set() for light in Light}
        for away, days in limits:
            due = today + timedelta(days=away)
            case = await watch.case(promised_due=due, promised_days=days)
            expected[standing(calendar, today, due, days).light].add(case.number)
        for light in Light:
            found = await deadlines.of_hall(hall, calendar, today, Sought(99, light))
            assert {step.case_number for step in found} == expected[light]
        read, after = [], None
        while True:
            page = (await deadlines.of_hall(hall, calendar, today, Sought(1, after=after)))[:1]
            if not page:
                break
            read += page
            after = Position(page[0].due, page[0].step, page[0].id)
        assert [step.due for step in read] == sorted(step.due for step in read)
        assert {step.case_number for step in read} == set().union(*expected.values())

    async def test_each_kind_of_step_is_read_from_its_index(self, watch: Watch) -> None:
        act = watch.world.act_as()
        async with act.transaction():
            await db.execute("SET LOCAL enable_seqscan = off")
            await db.execute("SET LOCAL enable_bitmapscan = off")
            rows = await db.fetch(
                f"EXPLAIN {deadlines._OF_HALL}",
                watch.world.place.hall_id,
                21,
                MONDAY,
                [MONDAY] * 70,
                None,
                None,
                None,
                None,
                None,
            )
        plan = "\n".join(row["QUERY PLAN"] for row in rows)
        for index in ("cases_accept_due_of_hall", "cases_due", "cases_delivery_due"):
            assert f"using {index} " in plan, plan
        assert "Seq Scan" not in plan, plan

    async def test_only_one_kind_of_step_can_be_sought(self, watch: Watch) -> None:
        hall = str(watch.world.place.hall_id)
        case = await watch.case()
        await watch.task(case)
        for step in Step:
            rows = ok(await watch.get("clerk", "deadlines", hall_id=hall, step=step.value))
            assert {row["step"] for row in rows["items"]} <= {step.value}
            assert bool(rows["items"]) == (step in (Step.CASE, Step.REVIEW))


class TestAnswers:
    async def test_the_report_says_how_each_department_answered(self, watch: Watch) -> None:
        hall = str(watch.world.place.hall_id)
        ok(await watch.post("supervisor", f"entries/{await watch.answered()}/return", NOTE))
        late, never = await watch.overdue(), await watch.overdue("fire")
        await watch.overdue(None)
        watch.go_to(date(2026, 3, 5))
        ok(await watch.post("reviewer", f"entries/{late}/answer", ANSWER))
        fresh = await watch.overdue("fire")
        await jobs.tell_managers(watch.world.act_as())
        report = ok(await watch.get("manager", "answers", hall_id=hall, **PERIOD))
        rows = {row["name"]: row for row in report["rows"]}
        assert list(rows) == ["市场监管局", "消防救援大队", "窗口"]
        market, fire, desk = rows.values()
        assert (market["opened"], market["returned"], market["escalated"]) == (2, 1, 1)
        assert market["answered"] == {"numerator": 2, "denominator": 2, "value": 1.0}
        assert market["answered_on_time"] == {"numerator": 1, "denominator": 2, "value": 0.5}
        # One of the two is not due yet, and counts as neither.
        assert fire["answered_on_time"] == {"numerator": 0, "denominator": 1, "value": 0.0}
        assert (fire["answered"]["numerator"], fire["opened"]) == (0, 2)
        assert desk["key"] is None
        assert report["total"]["opened"] == 5
        assert report["total"]["answered_on_time"]["denominator"] == 4
        assert {never, fresh} <= {row["id"] for row in await watch.entries("manager")}
        later = {"from": "2026-04-01", "to": "2026-04-30"}
        assert ok(await watch.get("manager", "answers", hall_id=hall, **later))["rows"] == []

    async def test_only_managers_and_supervisors_of_the_hall_read_reports(
        self, watch: Watch
    ) -> None:
        hall = str(watch.world.place.hall_id)
        for path in (
            "answers",
            "defaults",
            "defaults/reviews",
            "figures",
            "figures/trend",
            "figures/comparison",
        ):
            ok(await watch.get("supervisor", path, hall_id=hall, **PERIOD))
            for name in ("clerk", "reviewer", "far_manager"):
                refused(await watch.get(name, path, hall_id=hall, **PERIOD), 403, "forbidden")
            backwards = {"from": "2026-03-31", "to": "2026-03-01"}
            refused(
                await watch.get("manager", path, hall_id=hall, **backwards), 422, "invalid_query"
            )


class TestDefaults:
    async def test_what_departments_let_pass_is_counted_and_listed(self, watch: Watch) -> None:
        hall = str(watch.world.place.hall_id)
        case = await watch.case()
        for department, by_default in (("market", None), ("fire", "overdue"), ("water", "absent")):
            await watch.decisions.task(case, department, by_default)
        other = await watch.case()
        await watch.decisions.task(other, "fire", "overdue")
        await watch.task(other, "water")
        report = ok(await watch.get("manager", "defaults", hall_id=hall, **PERIOD))
        assert [
            (row["department"], row["overdue"], row["absent"], row["share"]["value"])
            for row in report["rows"]
        ] == [("消防救援大队", 2, 0, 1.0), ("水利局", 0, 1, 1.0), ("市场监管局", 0, 0, 0.0)]
        rows = await read_on(watch, "manager", "defaults/reviews", hall_id=hall, **PERIOD)
        assert sorted((row["department"], row["by_default"]) for row in rows) == [
            ("水利局", "absent"),
            ("消防救援大队", "overdue"),
            ("消防救援大队", "overdue"),
        ]
        water = str(watch.world.place.departments["water"])
        [row] = await read_on(
            watch, "manager", "defaults/reviews", hall_id=hall, department_id=water, **PERIOD
        )
        assert row["case_number"] == case.number
        later = {"from": "2026-03-06", "to": "2026-03-31"}
        assert ok(await watch.get("manager", "defaults", hall_id=hall, **later))["rows"] == []


class TestFigures:
    @pytest.fixture
    async def hall(self, watch: Watch) -> str:
        """Three cases were decided in March and one in April, after 1, 4, 7 and 2 days."""
        for accepted, decided, way in (
            (MONDAY, date(2026, 3, 3), "granted"),
            (MONDAY, date(2026, 3, 6), "granted"),
            (MONDAY, date(2026, 3, 11), "refused"),
            (date(2026, 4, 7), date(2026, 4, 9), "granted"),
        ):
            case = await watch.decisions.case(accepted)
            await watch.decisions.decide(case, decided, way)
        return str(watch.world.place.hall_id)

    async def test_every_rate_states_what_it_is_made_of(self, watch: Watch, hall: str) -> None:
        report = ok(await watch.get("manager", "figures", hall_id=hall, **PERIOD))
        total = report["total"]
        assert (total["decided"], total["granted"], total["refused"]) == (3, 2, 1)
        assert total["handling_time"] == {"numerator": 12, "denominator": 3, "value": 4.0}
        assert total["within_a_day"] == {"numerator": 1, "denominator": 3, "value": 1 / 3}
        assert total["compression"] == {"numerator": 48, "denominator": 60, "value": 0.8}
        assert total["promised_compression"]["numerator"] == 45
        assert total["on_time"] == {"numerator": 2, "denominator": 3, "value": 2 / 3}
        assert total["small_sample"]
        assert (report["small_sample_below"], len(report["formulas"])) == (5, 5)

    @pytest.mark.parametrize(
        ("by", "name"),
        [
            ("hall", "青河县政务服务中心"),
            ("department", "市场监管局"),
            ("window", "01 综合窗口01"),
            ("staff", "员工001"),
            ("item", "小餐饮登记"),
            ("case_type", "承诺件"),
        ],
    )
    async def test_they_are_told_by_everything(
        self, watch: Watch, hall: str, by: str, name: str
    ) -> None:
        report = ok(await watch.get("manager", "figures", hall_id=hall, by=by, **PERIOD))
        [row] = report["rows"]
        assert (row["name"], row["decided"]) == (name, 3)
        assert row["handling_time"] == report["total"]["handling_time"]

    async def test_the_trend_goes_by_month_and_shows_gaps(self, watch: Watch, hall: str) -> None:
        period = {"from": "2026-02-15", "to": "2026-04-30"}
        trend = ok(await watch.get("manager", "figures/trend", hall_id=hall, **period))
        buckets = [(bucket["from"], bucket["whole"]) for bucket in trend["buckets"]]
        assert buckets == [("2026-02-15", False), ("2026-03-01", True), ("2026-04-01", True)]
        [series] = trend["series"]
        february, march, april = series["points"]
        assert february is None
        assert (march["decided"], april["handling_time"]["value"]) == (3, 2.0)

    async def test_the_trend_of_some_keys_names_only_what_was_counted(
        self, watch: Watch, hall: str
    ) -> None:
        mine, other = watch.world.place.departments["market"], uuid4()
        query = {"by": "department", "key": [str(mine), str(other)]} | PERIOD
        trend = ok(await watch.get("manager", "figures/trend", hall_id=hall, **query))
        assert [(s["name"], s["points"][0] is None) for s in trend["series"]] == [
            ("市场监管局", False),
            (str(other), True),
        ]
        keys = [str(uuid4()) for _ in range(21)]
        answer = await watch.get("manager", "figures/trend", hall_id=hall, key=keys, **PERIOD)
        refused(answer, 422, "invalid_query")
        last = {"from": "9999-12-01", "to": "9999-12-31"}
        for step in ("day", "week", "month", "quarter"):
            answer = await watch.get("manager", "figures/trend", hall_id=hall, step=step, **last)
            refused(answer, 422, "invalid_query")
        years = {"from": "2023-01-01", "to": "2026-12-31", "step": "day"}
        refused(
            await watch.get("manager", "figures/trend", hall_id=hall, **years), 422, "invalid_query"
        )

    async def test_two_periods_are_compared(self, watch: Watch, hall: str) -> None:
        april = {"from": "2026-04-01", "to": "2026-04-30"}
        march = {"before_from": "2026-03-01", "before_to": "2026-03-31"}
        found = ok(await watch.get("manager", "figures/comparison", hall_id=hall, **april, **march))
        total = found["total"]
        assert (total["now"]["decided"], total["before"]["decided"]) == (1, 3)
        assert total["change"]["handling_time"] == -2.0
        assert total["change"]["compression"] == pytest.approx(0.9 - 0.8)
        [row] = found["rows"]
        assert row["change"] == total["change"]

    async def test_without_an_earlier_period_it_is_the_one_before(
        self, watch: Watch, hall: str
    ) -> None:
        april = {"from": "2026-04-01", "to": "2026-04-30"}
        found = ok(await watch.get("manager", "figures/comparison", hall_id=hall, **april))
        assert (found["before_from"], found["before_to"]) == ("2026-03-02", "2026-03-31")
        for wrong in (
            {"before_from": "2026-03-01"},
            {"before_from": "2026-03-02", "before_to": "2026-03-01"},
        ):
            query = april | wrong
            answer = await watch.get("manager", "figures/comparison", hall_id=hall, **query)
            refused(answer, 422, "invalid_query")

    async def test_of_nothing_there_are_no_rates(self, watch: Watch, hall: str) -> None:
        later = {"from": "2026-05-01", "to": "2026-05-31"}
        report = ok(await watch.get("manager", "figures", hall_id=hall, **later))
        assert report["rows"] == []
        assert report["total"]["handling_time"]["value"] is None
        found = ok(await watch.get("manager", "figures/comparison", hall_id=hall, **later))
        assert (found["total"]["now"], found["total"]["before"]["decided"]) == (None, 1)
