"""Published months for everybody: what they say, how it was counted, that nothing was changed."""

from datetime import date, timedelta

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import day_of
from app.public.chart import MOST_LABELS, Line, chart, floor_of
from app.public.published import MOST_ROWS, table
from evaluations.ratings.counting import Dimension
from evaluations.scores import publication
from evaluations.scores.documents import PublishedRow
from evaluations.scores.publication_schemas import AnswerIn, PublicationIn
from tests.evaluations.counted import count
from tests.public.reading import read

FEBRUARY, MARCH = "2026-02", "2026-03"


@pytest.fixture(autouse=True)
def later(house):
    """A day on which all these months are over."""
    house.clock.shift(max(timedelta(), date(2026, 4, 2) - day_of(house.clock.now())))


@pytest.fixture
def publish(act_as, place):
    """`await publish("2026-03")` has a month proposed, confirmed and out."""

    async def do(month):
        manager = act_as(await place.actor(act_as(), "manager"))
        made = await publication.propose(manager, PublicationIn(hall_id=place.hall_id, month=month))
        supervisor = act_as(await place.actor(act_as(), "supervisor"))
        await publication.answer(supervisor, made.id, AnswerIn(agree=True))

    return do


@pytest.fixture
async def march(place, publish):
    """March, with two windows of enough ratings and a department of too few."""
    day = date(2026, 3, 10)
    await count(place.hall_id, day, {5: 20, 4: 8, 1: 2}, due=40, due_rated=30)
    for number, levels in (("01", {5: 18, 1: 2}), ("02", {4: 10})):
        key = place.windows[number]
        await count(place.hall_id, day, levels, due=20, of=Dimension.WINDOW, key=key)
    for name, levels in (("market", {5: 12}), ("fire", {4: 3}), ("water", {1: 2, 5: 1})):
        key = place.departments[name]
        await count(place.hall_id, day, levels, of=Dimension.DEPARTMENT, key=key)
    await count(place.hall_id, day, {5: 20}, of=Dimension.STAFF, key=place.staff["clerk"])
    await publish(MARCH)


class TestAMonth:
    async def test_it_states_every_rate_with_what_it_was_made_of(self, client, place, march):
        page = read(await client.get(f"/published/{place.hall_id}/{MARCH}"))
        for said in ("2026年3月评价结果", "93.3%", "28 ÷ 30", "75.0%", "30 ÷ 40", "综合窗口01"):
            assert said in page.text
        for formula in ("满意度 =", "好评率 =", "主动评价率 ="):
            assert formula in page.text
        assert f"/api/v1/published/{place.hall_id}/{MARCH}/scores.xlsx" in page.links

    async def test_too_few_are_withheld_and_said_to_be(self, client, place, march):
        page = read(await client.get(f"/published/{place.hall_id}/{MARCH}"))
        assert "市场监管局" in page.text
        assert "消防救援大队" not in page.text
        assert "另有 2 个因评价太少" in page.text

    async def test_nobody_who_served_is_in_it(self, client, place, march):
        answer = await client.get(f"/published/{place.hall_id}/{MARCH}")
        assert "员工" not in answer.text
        assert str(place.staff["clerk"]) not in answer.text

    async def test_it_proves_itself_and_tells_when_it_was_changed(
        self, client, place, march, database_url
    ):
        path = f"/published/{place.hall_id}/{MARCH}"
        assert "没有改过" in read(await client.get(path)).text
        connection = await asyncpg.connect(database_url)
        await connection.execute(
            "SET session_replication_role = replica;"
            " UPDATE published_scores SET content = replace(content, '\"5\":20', '\"5\":21')"
        )
        await connection.close()
        changed = read(await client.get(path)).text
        assert "没有改过" not in changed
        assert "核对不一致" in changed

    @pytest.mark.parametrize("month", [FEBRUARY, "2026-13", "x"])
    async def test_what_was_not_published_is_not_there(self, client, place, march, month):
        answer = await client.get(f"/published/{place.hall_id}/{month}")
        assert answer.status_code in (404, 422)
        read(answer, answer.status_code)

    async def test_a_proposal_is_nobodys_business_yet(self, client, act_as, place):
        manager = act_as(await place.actor(act_as(), "manager"))
        await count(place.hall_id, date(2026, 3, 10), {5: 20})
        await publication.propose(manager, PublicationIn(hall_id=place.hall_id, month=MARCH))
        read(await client.get(f"/published/{place.hall_id}/{MARCH}"), 404)
        assert "还没有公布过" in read(await client.get(f"/published/{place.hall_id}")).text
        assert "还没有公布过" in read(await client.get("/published")).text


class TestTheMonths:
    async def test_the_newest_first_with_a_line_of_how_it_went(self, client, place, publish, march):
        await count(place.hall_id, date(2026, 2, 10), {5: 6, 2: 4})
        await publish(FEBRUARY)
        page = read(await client.get(f"/published/{place.hall_id}"))
        months = [link.rpartition("/")[2] for link in page.links if f"{place.hall_id}/" in link]
        assert months == [MARCH, FEBRUARY]
        assert "60.0%" in page.text
        svg = (await client.get(f"/published/{place.hall_id}")).text
        assert svg.count("<circle") - 1 == 2, "a point a month, and one in the key"

    async def test_one_month_needs_no_line(self, client, place, march):
        assert "<figure" not in (await client.get(f"/published/{place.hall_id}")).text

    async def test_the_front_shows_each_halls_newest_month(self, client, place, publish, march):
        page = read(await client.get("/published"))
        assert f"/published/{place.hall_id}/{MARCH}" in page.links
        assert "青河县政务服务中心" in page.text
        assert "邻县" not in page.text

    async def test_a_hall_that_is_not_there(self, client, place):
        read(await client.get(f"/published/{place.windows['01']}"), 404)

    async def test_all_of_it_is_light(self, client, place, march):
        for path in (
            "/published",
            f"/published/{place.hall_id}",
            f"/published/{place.hall_id}/{MARCH}",
        ):
            assert (await client.get(path)).num_bytes_downloaded < 20_000


class TestTables:
    def test_a_long_chapter_is_cut_and_says_so(self):
        rows = [
            PublishedRow(key=str(n), name=str(n), hall="", figures=None) for n in range(MOST_ROWS)
        ]
        assert (table("各窗口", rows).withheld, table("各窗口", rows).rows) == (MOST_ROWS, [])


SHARES = st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=24)


class TestTheCurve:
    @given(SHARES, st.data())
    def test_every_point_lies_between_the_axes_and_every_gap_begins_the_line_anew(
        self, shares, data
    ):
        other = data.draw(
            st.lists(st.none() | st.floats(0, 1), min_size=len(shares), max_size=len(shares))
        )
        labels = [str(n) for n in range(len(shares))]
        made = chart(labels, [Line("满意度", shares), Line("好评率", other)])
        for line, given_shares in zip(made.lines, (shares, other), strict=True):
            assert len(line.dots) == sum(share is not None for share in given_shares)
            for dot in line.dots:
                assert made.left <= dot.x <= made.right
                assert made.grid[-1].at - 0.1 <= dot.y <= made.base + 0.1
            begun = sum(
                share is not None and (at == 0 or given_shares[at - 1] is None)
                for at, share in enumerate(given_shares)
            )
            assert line.path.count("M") == begun

    @given(st.lists(st.floats(0, 1), min_size=1))
    def test_the_axis_begins_below_the_least(self, shares):
        low = floor_of(shares)
        assert 0 <= low <= 0.95
        assert low <= min(shares)

    @given(st.integers(1, 48))
    def test_labels_are_few_and_the_newest_has_one(self, months):
        labels = [str(n) for n in range(months)]
        made = chart(labels, [Line("满意度", [0.9] * months)])
        assert 1 <= len(made.labels) <= MOST_LABELS
        assert made.labels[-1].text == labels[-1]
