"""Trends, comparisons, tags, rankings and what is missing, as a manager reads them."""

import io
import random
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import openpyxl
import pytest

from app.core import db
from app.core.clock import CHINA
from app.halls import service as halls
from evaluations.ratings import visits
from evaluations.ratings.counting import Dimension
from evaluations.scores.spreadsheet import CONTENT_TYPE
from tests.evaluations.counted import count
from tests.evaluations.hub import RATE, SCORES, on_duty, some_history, visit
from tests.places import citizen_actor, code_of, staff_headers

VIEWS = ("", "/ranking", "/trend", "/comparison", "/tags", "/missing")
MARCH = {"from": "2026-03-01", "to": "2026-03-31"}


@pytest.fixture
def ask(client, place, manager):
    """Reads a view as the hall's manager."""

    async def read(view, **query):
        params = {"hall_id": str(place.hall_id)} | query
        answer = await client.get(SCORES + view, params=params, headers=manager)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read


async def test_a_day_of_which_nothing_is_known_is_a_gap_and_not_a_zero(ask, place):
    await count(place.hall_id, date(2026, 3, 2), {5: 3, 1: 1}, due=5, due_rated=4)
    await count(place.hall_id, date(2026, 3, 4), due=2)
    found = await ask("/trend", **{"from": "2026-03-01", "to": "2026-03-05"})
    assert [bucket["from"] for bucket in found["buckets"]] == [f"2026-03-0{n}" for n in range(1, 6)]
    (series,) = found["series"]
    first, second, third, fourth, fifth = series["points"]
    assert (first, third, fifth) == (None, None, None)
    assert second["satisfaction"] == {"numerator": 3, "denominator": 4, "value": 0.75}
    assert fourth["satisfaction"] == {"numerator": 0, "denominator": 0, "value": None}
    assert fourth["participation"] == {"numerator": 0, "denominator": 2, "value": 0.0}


@pytest.mark.parametrize("step", ["day", "week", "month", "quarter"])
async def test_a_trend_adds_up_to_the_scores_of_its_period(ask, place, step):
    rng, begin = random.Random(7), date(2025, 11, 20)
    for offset in rng.sample(range(200), 60):
        day = begin + timedelta(days=offset)
        levels = {level: rng.randint(0, 3) for level in range(1, 6)}
        await count(place.hall_id, day, levels, due=9, due_rated=rng.randint(0, 9))
    period = {"from": "2025-12-17", "to": "2026-05-12"}
    total = (await ask("", **period))["total"]
    found = await ask("/trend", **period, step=step)
    points = [point for point in found["series"][0]["points"] if point]
    assert len(found["series"][0]["points"]) == len(found["buckets"])
    for name in ("rated", "due", "due_rated"):
        assert sum(point[name] for point in points) == total[name]
    for level in "12345":
        assert sum(point["levels"][level] for point in points) == total["levels"][level]
    assert all(bucket["whole"] for bucket in found["buckets"][1:-1])
    assert not found["buckets"][0]["whole"] or step == "day"


async def test_a_trend_of_some_keys_shows_these_and_no_others(ask, place):
    day = date(2026, 3, 10)
    for number, n in (("01", 6), ("02", 7)):
        window = place.windows[number]
        await count(place.hall_id, day, {4: n}, of=Dimension.WINDOW, key=window)
    far = place.windows["far"]
    await count(place.other_hall_id, day, {1: 9}, of=Dimension.WINDOW, key=far)
    wanted = [str(place.windows["02"]), str(far)]
    found = await ask("/trend", **MARCH, step="month", by="window", key=wanted)
    mine, others = found["series"]
    assert (mine["name"], mine["points"][0]["rated"]) == ("02 综合窗口02", 7)
    assert (others["name"], others["points"]) == (str(far), [None])


async def test_a_trend_has_so_many_points_and_no_more(client, place, manager):
    query = {"hall_id": str(place.hall_id), "from": "2024-01-01", "to": "2026-01-01"}
    answer = await client.get(f"{SCORES}/trend", params=query, headers=manager)
    assert (answer.status_code, code_of(answer)) == (422, "invalid_query")
    answer = await client.get(f"{SCORES}/trend", params=query | {"step": "week"}, headers=manager)
    assert answer.status_code == 200
    many = query | {"step": "week", "by": "item", "key": [str(n) for n in range(21)]}
    answer = await client.get(f"{SCORES}/trend", params=many, headers=manager)
    assert (answer.status_code, answer.json()["field"]) == (422, "key")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("view", ["", "/trend", "/trend.xlsx", "/missing", "/comparison"])
async def test_the_ends_of_the_calendar_are_no_period(client, place, manager, view, day):
    query = {"hall_id": str(place.hall_id), "from": day, "to": day}
    if view == "/comparison":
        query["by"] = "window"
    answer = await client.get(f"{SCORES}{view}", params=query, headers=manager)
    assert (answer.status_code, code_of(answer)) == (422, "invalid_query")


async def test_a_period_stands_beside_the_one_of_equal_length_before_it(ask, place):
    window, other = place.windows["01"], place.windows["02"]
    for day, levels, key in (
        (date(2026, 2, 28), {5: 5, 1: 5}, window),
        (date(2026, 3, 31), {5: 9, 1: 1}, window),
        (date(2026, 3, 1), {3: 2}, other),
        (date(2026, 1, 28), {1: 100}, window),  # a day before the period before
    ):
        await count(place.hall_id, day, levels, of=Dimension.WINDOW, key=key)
        await count(place.hall_id, day, levels)
    found = await ask("/comparison", **MARCH, by="window")
    assert (found["before_from"], found["before_to"]) == ("2026-01-29", "2026-02-28")
    changed, new = found["rows"]
    assert (changed["now"]["rated"], changed["before"]["rated"]) == (10, 10)
    assert changed["change"]["satisfaction"] == pytest.approx(0.4)
    assert new["before"] is None
    assert new["change"]["satisfaction"] is None
    assert found["total"]["now"]["rated"] == 12
    assert found["total"]["change"]["satisfaction"] == pytest.approx(11 / 12 - 0.5)


async def test_tags_are_told_with_the_ratings_of_their_level(ask, evaluator, act_as, place, period):
    await some_history(evaluator, act_as, place, [1, 2, 2, 5])
    found = await ask("/tags", **period())
    assert [level["level"] for level in found["levels"]] == [5, 4, 3, 2, 1]
    by_level = {level["level"]: level for level in found["levels"]}
    assert all(len(level["tags"]) == 8 for level in found["levels"])
    first, second = by_level[2]["tags"][:2]
    assert (first["code"], first["share"]) == (
        "213",
        {"numerator": 2, "denominator": 2, "value": 1.0},
    )
    assert second["share"] == {"numerator": 0, "denominator": 2, "value": 0.0}
    assert by_level[4]["tags"][0]["share"]["value"] is None


async def test_a_tag_of_an_older_version_is_told_by_its_code(ask, place):
    await count(place.hall_id, date(2026, 3, 3), {2: 4})
    await count(place.hall_id, date(2026, 3, 3), {2: 3}, of=Dimension.TAG, key="299")
    found = await ask("/tags", **MARCH)
    level = next(level for level in found["levels"] if level["level"] == 2)
    assert len(level["tags"]) == 9
    assert level["tags"][0] == {
        "code": "299",
        "text": "299",
        "share": {"numerator": 3, "denominator": 4, "value": 0.75},
    }


async def test_a_ranking_goes_by_the_lower_bound_and_leaves_few_out(ask, place):
    keys = {name: uuid4() for name in ("many", "five", "four", "harsh")}
    day = date(2026, 3, 3)
    for name, levels in (
        ("many", {5: 400, 4: 580, 1: 20}),
        ("five", {5: 5}),
        ("four", {5: 4}),
        ("harsh", {3: 50}),
    ):
        await count(place.hall_id, day, levels, of=Dimension.STAFF, key=keys[name])
    found = await ask("/ranking", **MARCH, by="staff")
    order = [str(keys[name]) for name in ("many", "harsh", "five")]
    assert [row["key"] for row in found["rows"]] == order
    assert [row["rank"] for row in found["rows"]] == [1, 2, 3]
    assert [row["key"] for row in found["left_out"]] == [str(keys["four"])]
    many = found["rows"][0]
    assert many["share"]["value"] == 0.98
    assert (many["lower"], many["upper"]) == pytest.approx((0.9693, 0.9870), abs=1e-4)
    found = await ask("/ranking", **MARCH, by="staff", of="good_rate")
    assert [row["key"] for row in found["rows"]][-1] == str(keys["harsh"])


async def test_points_are_shown_where_the_hall_counts_in_points(ask, place, house):
    await count(place.hall_id, date(2026, 3, 3), {5: 1, 2: 1})
    assert (await ask("", **MARCH))["total"]["mean_points"] is None
    await db.execute(
        "INSERT INTO hall_rating_settings (hall_id, rate_acceptance, rate_issue, uses_points,"
        " invite_after_days, check_percent, updated_at) VALUES ($1, false, false, true, 3, 10, $2)",
        place.hall_id,
        house.clock.now(),
    )
    points = (await ask("", **MARCH))["total"]["mean_points"]
    assert points == {"numerator": 13, "denominator": 2, "value": 6.5}


async def test_windows_and_devices_from_which_nothing_came_are_named(
    ask, evaluator, act_as, place, period
):
    served = await visit(act_as, place, "clerk", "01")
    await evaluator.post(RATE, evaluator.tap(served.id))
    await on_duty(act_as, place, "clerk2", "02")
    found = await ask("/missing", **period())
    assert [(row["name"], row["due"], row["on_duty"]) for row in found["windows"]] == [
        ("02 综合窗口02", 0, True)
    ]
    assert (found["windows_looked_at"], found["devices_looked_at"]) == (2, 1)
    assert found["devices"] == []
    clerk2 = act_as(await place.actor(act_as(), "clerk2"))
    unrated = await visit(act_as, place, "clerk2", "02")
    await visits.end(act_as(await place.actor(act_as(), "clerk2")), unrated.id)
    await halls.end_duty(clerk2)
    found = await ask("/missing", **period())
    assert [(row["name"], row["due"]) for row in found["windows"]] == [("02 综合窗口02", 1)]


async def test_a_device_counts_as_silent_only_while_it_was_in_service(ask, evaluator, place, house):
    device = "UPDATE devices SET enrolled_at = $2, revoked_at = $3, last_seen_at = $4 WHERE id = $1"

    def noon(month: int, day: int) -> datetime:
        return datetime(2026, month, day, 12, tzinfo=CHINA).astimezone(UTC)

    for enrolled, revoked, seen, told in (
        (noon(1, 1), None, noon(3, 20), [True]),
        (noon(1, 1), None, noon(2, 20), [False]),
        (noon(1, 1), None, None, [False]),
        (noon(4, 1), None, noon(4, 2), []),
        (noon(1, 1), noon(2, 28), noon(2, 28), []),
        (noon(1, 1), noon(3, 1), noon(2, 28), [False]),
    ):
        await db.execute(device, evaluator.id, enrolled, revoked, seen)
        found = await ask("/missing", **MARCH)
        assert [row["seen"] for row in found["devices"]] == told, (enrolled, revoked, seen)
        assert found["working_days"] == 22


async def test_every_view_is_a_spreadsheet_too_and_never_a_formula(
    client, evaluator, act_as, place, period
):
    await db.execute("UPDATE halls SET name = '=1+1' WHERE id = $1", place.hall_id)
    await db.execute("UPDATE windows SET name = '+1+1' WHERE hall_id = $1", place.hall_id)
    await db.execute("UPDATE devices SET name = '=2+2'")
    halls.forget_kept()
    await some_history(evaluator, act_as, place, [5, 1, None])
    manager = await staff_headers(act_as(), place, "manager")
    for view in VIEWS:
        by = {} if view in ("/tags", "/missing") else {"by": "window"}
        query = {"hall_id": str(place.hall_id)} | by | period(3)
        answer = await client.get(f"{SCORES}{view}.xlsx", params=query, headers=manager)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == CONTENT_TYPE
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
        assert all(cell.data_type != "f" for cell in cells)
        text = "\n".join(str(cell.value) for cell in cells)
        for needed in (period(3)["from"], "÷", "=1+1"):
            assert needed in text, (view, needed)


async def test_no_view_shows_who_rated_and_each_is_the_halls_own(
    client, evaluator, act_as, place, period
):
    citizen, headers = await citizen_actor(act_as())
    served = await visit(act_as, place, citizen_id=citizen.id)
    said = evaluator.tap(served.id, 1, comment="他叫张三，电话13800138000")
    assert (await evaluator.post(RATE, said)).status_code == 201
    query = {"hall_id": str(place.hall_id)} | period()
    manager = await staff_headers(act_as(), place, "manager")
    names = ("far_manager", "clerk", "admin")
    strangers = [headers] + [await staff_headers(act_as(), place, name) for name in names]
    for view in VIEWS:
        answer = await client.get(SCORES + view, params=query, headers=manager)
        assert answer.status_code == 200
        assert "张三" not in answer.text
        assert str(citizen.id) not in answer.text
        for address in (SCORES + view, f"{SCORES}{view}.xlsx"):
            for other in strangers:
                answer = await client.get(address, params=query, headers=other)
                assert (answer.status_code, code_of(answer)) == (403, "forbidden")
