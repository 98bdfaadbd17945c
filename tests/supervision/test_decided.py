"""From every figure of handling time to its cases: as many as it counts, the newest first."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from app.core import db
from app.halls import service as halls
from app.halls.schemas import DepartmentIn, HallIn, WindowIn
from tests.cases.builders import ID_NUMBER, NAME, PHONE, ok
from tests.places import code_of
from tests.supervision.watch import MONDAY, Watch

CASES, FIGURES = "figures/cases", "figures"
BY = ("hall", "department", "window", "staff", "item", "case_type")
PARTS: dict[str, Callable[[dict[str, Any]], int]] = {
    "decided": lambda row: row["decided"],
    "granted": lambda row: row["granted"],
    "refused": lambda row: row["refused"],
    "within_a_day": lambda row: row["within_a_day"]["numerator"],
    "over_a_day": lambda row: row["decided"] - row["within_a_day"]["numerator"],
    "on_time": lambda row: row["on_time"]["numerator"],
    "late": lambda row: row["decided"] - row["on_time"]["numerator"],
}
"""What each part is by the figures."""


def march(watch: Watch, **more: Any) -> dict[str, Any]:
    place = watch.world.place
    return {"hall_id": str(place.hall_id), "from": "2026-03-01", "to": "2026-03-31"} | more


async def every_page(watch: Watch, **query: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """All cases of a figure, page by page, and what the last page said."""
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = ok(await watch.get("manager", CASES, **query, **after))
        found += page["items"]
        if page["next"] is None:
            return found, page
        after = {"after": page["next"]}


async def a_town(watch: Watch) -> dict[str, Any]:
    """A hall below the hall, as a case that belongs there is given it."""
    act, place = watch.world.act_as(), watch.world.place
    town = await halls.add_hall(
        act,
        HallIn(
            code="TOWN",
            name="城东镇便民服务中心",
            level="town",
            region_code="511602",
            parent_id=place.hall_id,
        ),
    )
    department = await halls.add_department(act, town.id, DepartmentIn(name="镇民政办"))
    window = await halls.add_window(act, town.id, WindowIn(number="01", name="便民窗口"))
    return {"hall_id": town.id, "department_id": department.id, "window_id": window.id}


async def history(watch: Watch, rng: random.Random, many: int = 30) -> None:
    """Cases of the hall and of a town below it, decided some days later, or never."""
    place, town = watch.world.place, await a_town(watch)
    for _ in range(many):
        accepted = MONDAY + timedelta(days=rng.randrange(12))
        given: dict[str, Any] = rng.choice(
            [
                {},
                {"department_id": place.departments["fire"], "accepted_by": place.staff["clerk2"]},
                {"window_id": None, "accepted_by": None},
                town,
            ]
        )
        case = await watch.case(accepted=accepted, **given)
        if rng.random() < 0.9:
            day = accepted + timedelta(days=rng.choice([0, 1, 2, 5, 9, 12]))
            await watch.decisions.decide(case, day, rng.choice(["granted", "refused"]))


@pytest.mark.parametrize("seed", range(3))
async def test_behind_every_figure_stand_as_many_cases_as_it_counts(
    watch: Watch, seed: int
) -> None:
    rng = random.Random(seed)
    await watch.world.place.actor(watch.world.act_as(), "clerk2")
    await history(watch, rng)
    looked_at = 0
    for by in BY:
        figures = ok(await watch.get("manager", FIGURES, **march(watch, by=by)))["rows"]
        for figure in figures:
            part = rng.choice(list(PARTS))
            query = march(watch, by=by, key=figure["key"], part=part, limit=rng.choice([1, 3, 50]))
            found, page = await every_page(watch, **query)
            assert len(found) == len({row["id"] for row in found})
            assert len(found) == page["counted"] == PARTS[part](figure), (by, part)
            places = [(row["decided_at"], row["id"]) for row in found]
            assert places == sorted(places, reverse=True)
            assert page["name"] == figure["name"]
            looked_at += len(found)
    assert looked_at > 20


@pytest.mark.parametrize("by", ["window", "staff"])
async def test_behind_what_no_row_holds_stand_the_cases_without_a_key(
    watch: Watch, by: str
) -> None:
    await history(watch, random.Random(5))
    figures = ok(await watch.get("manager", FIGURES, **march(watch, by=by)))
    for part, of in PARTS.items():
        found, page = await every_page(watch, **march(watch, by=by, key="none", part=part, limit=2))
        wanted = of(figures["total"]) - sum(of(row) for row in figures["rows"])
        assert len(found) == len({row["id"] for row in found}) == page["counted"] == wanted, part
        assert {row[by] for row in found} <= {None}
        assert page["name"].startswith("没有对应的")
    refused = await watch.get("manager", CASES, **march(watch, by="item", key="none"))
    assert code_of(refused) == "invalid_query"


async def test_corrections_and_defaults_lead_to_the_cases_that_had_them(watch: Watch) -> None:
    """A case may have several: the figure counts rounds and departments, the list cases."""
    decisions = watch.decisions
    for n, corrections in enumerate((0, 1, 3)):
        case = await watch.case(corrections=corrections)
        for department in ("fire", "water")[:n]:
            await decisions.task(case, department, "overdue")
        await decisions.decide(case, MONDAY + timedelta(days=n + 1))
    for by in BY:
        for row in ok(await watch.get("manager", FIGURES, **march(watch, by=by)))["rows"]:
            for part, measure in (("corrected", "corrections"), ("by_default", "by_default")):
                query = march(watch, by=by, key=row["key"], part=part, limit=1)
                found, page = await every_page(watch, **query)
                assert len(found) == 2
                assert sum(one[measure] for one in found) == page["counted"] == row[measure]


async def test_second_corrections_are_listed_under_who_asked_on_their_day(watch: Watch) -> None:
    """Each counts on the day of the supervisor's consent, whether its case is decided or not."""
    await watch.world.place.actor(watch.world.act_as(), "clerk2")
    decisions = watch.decisions
    for n, by in enumerate(("clerk", "clerk2", "clerk")):
        case = await watch.case()
        await decisions.send_back_again(case, MONDAY + timedelta(days=n), by)
    await decisions.send_back_again(await watch.case(), date(2026, 4, 1))
    looked_at = 0
    for by in BY:
        for row in ok(await watch.get("manager", FIGURES, **march(watch, by=by)))["rows"]:
            found: list[dict[str, Any]] = []
            after: dict[str, str] = {}
            while True:
                query = march(watch, by=by, key=row["key"], limit=1) | after
                page = ok(await watch.get("manager", f"{FIGURES}/second-corrections", **query))
                found += page["items"]
                if page["next"] is None:
                    break
                after = {"after": page["next"]}
            assert len(found) == row["second_corrections"], by
            assert page["name"] == row["name"]
            assert [one["agreed_at"] for one in found] == sorted(
                (one["agreed_at"] for one in found), reverse=True
            )
            looked_at += len(found)
    assert looked_at >= 3 * 4
    for name in ("far_manager", "clerk", "reviewer", "admin"):
        answer = await watch.get(name, f"{FIGURES}/second-corrections", **march(watch))
        assert answer.status_code == 403, name


@pytest.mark.parametrize("part", PARTS)
async def test_the_parts_of_the_whole_hall_are_those_of_its_total(watch: Watch, part: str) -> None:
    await history(watch, random.Random(7), 15)
    total = ok(await watch.get("manager", FIGURES, **march(watch)))["total"]
    found, page = await every_page(watch, **march(watch, part=part, limit=2))
    assert len(found) == page["counted"] == PARTS[part](total)
    assert page["name"] == "合计"


async def test_a_case_tells_where_it_was_decided_and_nothing_of_who_applied(watch: Watch) -> None:
    case = await watch.decisions.decide(await watch.case(), date(2026, 3, 10))
    answer = await watch.get("supervisor", CASES, **march(watch))
    [row] = ok(answer)["items"]
    assert (row["id"], row["number"]) == (str(case.id), case.number)
    assert (row["department"], row["window"]) == ("市场监管局", "01 综合窗口01")
    assert (row["staff"], row["hall"]) == ("员工001", "青河县政务服务中心")
    assert (row["used_days"], row["promised_days"], row["on_time"]) == (6, 5, False)
    assert row["decision"] == "granted"
    assert not [word for word in (NAME, PHONE, ID_NUMBER) if word in answer.text]


async def test_only_days_of_the_period_are_listed(watch: Watch) -> None:
    for day in (3, 4, 5, 6):
        await watch.decisions.decide(await watch.case(), date(2026, 3, day))
    query = march(watch) | {"from": "2026-03-04", "to": "2026-03-05"}
    found, _ = await every_page(watch, **query, limit=1)
    assert [row["decided_at"][:10] for row in found] == ["2026-03-05", "2026-03-04"]
    future = march(watch) | {"from": "2999-01-01", "to": "2999-12-31"}
    assert ok(await watch.get("manager", CASES, **future))["items"] == []


async def test_a_figure_that_is_yet_to_be_mended_hides_no_case(watch: Watch) -> None:
    """The figures lead the way; where they count too many, the list still goes on to its end."""
    for day in (3, 4, 5):
        await watch.decisions.decide(await watch.case(), date(2026, 3, day))
    await db.execute("UPDATE case_days SET decided = 9 WHERE day = '2026-03-05'")
    found, _ = await every_page(watch, **march(watch, limit=1))
    assert [row["decided_at"][:10] for row in found] == ["2026-03-05", "2026-03-04", "2026-03-03"]


async def test_the_whole_hall_needs_no_key_and_everything_else_does(watch: Watch) -> None:
    for by in BY[1:]:
        assert code_of(await watch.get("manager", CASES, **march(watch, by=by))) == "invalid_query"


@pytest.mark.parametrize("after", ["x", "WyI5OTk5LTEyLTMxVDIzOjU5OjU5WiIsICIwIl0"])
async def test_a_place_that_is_none_is_refused(watch: Watch, after: str) -> None:
    answer = await watch.get("manager", CASES, **march(watch, after=after))
    assert code_of(answer) == "invalid_query"


async def test_nobody_reads_the_cases_of_another_hall(watch: Watch) -> None:
    await watch.decisions.decide(await watch.case(), date(2026, 3, 4))
    for name in ("far_manager", "clerk", "reviewer", "admin"):
        assert (await watch.get(name, CASES, **march(watch))).status_code == 403, name
    assert (await watch.get("", CASES, **march(watch))).status_code == 401
    place = watch.world.place
    window = str(place.windows["01"])
    own = march(watch, by="window", key=window, hall_id=str(place.other_hall_id))
    answer = ok(await watch.get("far_manager", CASES, **own))
    assert answer["items"] == []
    assert answer["name"] == window, "a foreign window is not named"
