"""No visit stays open over midnight: what nobody ended, the night does."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import db
from app.core.clock import CHINA, day_of
from evaluations.ratings import visits
from evaluations.ratings.rules import forgotten_end
from evaluations.scores import service as scores
from tests.evaluations.hub import RATE, visit


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001
def test_it_ends_on_the_day_on_which_it_began(started):
    began = started.replace(tzinfo=CHINA)
    ended = forgotten_end(began)
    assert ended >= began
    assert day_of(ended) == day_of(began)


@pytest.fixture
def at_ten(house):
    """It is ten in the morning in China, so that a shift of hours stays within the day."""
    now = house.clock.now()
    ten = datetime.combine(day_of(now), time(10), CHINA)
    house.clock.shift(ten - now)
    return ten


async def test_open_visits_of_yesterday_end_and_todays_go_on(
    house, evaluator, act_as, place, at_ten
):
    first = await visit(act_as, place)
    assert (await evaluator.post(RATE, evaluator.tap(first.id, 3))).status_code == 201
    assert await visits.end_forgotten(act_as()) == 0
    house.clock.shift(timedelta(days=1))
    today = await visit(act_as, place, "clerk2", "02")
    assert await visits.end_forgotten(act_as()) == 1
    assert await visits.end_forgotten(act_as()) == 0
    rows = {row["id"]: row for row in await db.fetch("SELECT * FROM services")}
    assert day_of(rows[first.id]["ended_at"]) == at_ten.date()
    assert rows[today.id]["ended_at"] is None
    days = await db.fetch("SELECT DISTINCT day FROM score_days WHERE measure IN (0, 9)")
    assert [row["day"] for row in days] == [at_ten.date()]
    assert await scores.verify() == []
    (trail,) = await db.fetch(
        "SELECT actor FROM audit_entries WHERE subject = $1 AND verb = 'visit.ended'",
        f"visit:{first.id}",
    )
    assert trail["actor"].startswith("system:")
