"""From every figure to the ratings behind it: as many as it counts, each once, the newest first."""

import random
from datetime import timedelta

import pytest

from app.core import db
from app.core.clock import day_of
from evaluations.ratings.counting import Dimension
from evaluations.ratings.rulings import Verdict, rule_invalid
from evaluations.scores import drill_queries
from tests.evaluations.hub import RATE, SCORES, Evaluator, decided_case, enrolled, visit
from tests.evaluations.paging import every_page
from tests.places import citizen_actor, code_of, staff_headers

BEHIND = f"{SCORES}/ratings"
BY = [dimension.name.lower() for dimension in Dimension]


@pytest.fixture
def ask(client, place, house):
    """Reads the ratings behind a figure, as whoever's headers are given; the hall by default."""

    async def read(headers, path=BEHIND, **query):
        today = day_of(house.clock.now())
        period = {"from": (today - timedelta(days=60)).isoformat(), "to": today.isoformat()}
        params = {"hall_id": str(place.hall_id)} | period | query
        return await client.get(path, params=params, headers=headers)

    return read


@pytest.fixture
async def supervisor(act_as, place):
    return await staff_headers(act_as(), place, "supervisor")


@pytest.fixture
def history(evaluator, client, act_as, place, house):
    """Makes visits and cases of some days, at two windows, rated from several channels."""

    async def make(rng, steps=30):
        tablet = Evaluator(*await enrolled(act_as, place.hall_id, None), house, client)
        citizen, _ = await citizen_actor(act_as())
        for step in range(steps):
            house.clock.shift(timedelta(hours=rng.choice([0, 1, 30])))
            level = rng.choice([1, 2, 3, 4, 5, 5, 5])
            if step % 3 == 0:
                number = f"5116022026010100{step:05}"
                await decided_case(act_as(), place, number, citizen.id)
                _, headers = await citizen_actor(act_as())
                body = {"case_number": number, "level": level, "tags": tags_of(level)}
                answer = await client.post("/api/v1/ratings", json=body, headers=headers)
            else:
                name, window = rng.choice([("clerk", "01"), ("clerk2", "02")])
                served = await visit(act_as, place, name, window)
                device = tablet if window == "02" else evaluator
                tap = device.tap(served.id, level, tags=tags_of(level))
                answer = await device.post(RATE, tap)
            assert answer.status_code == 201, answer.text

    return make


def tags_of(level):
    return {1: ["115"], 2: ["213"], 3: ["307"], 4: [], 5: ["510", "517"]}[level]


async def rule_out_some(act_as, place, rng):
    rows = await db.fetch("SELECT id FROM ratings ORDER BY id")
    act = act_as(await place.actor(act_as(), "supervisor"))
    for row in rng.sample(rows, len(rows) // 4):
        await rule_invalid(act, row["id"], Verdict.MISTAKEN, "核实为误评")


@pytest.mark.parametrize("seed", range(3))
async def test_behind_every_figure_stand_as_many_ratings_as_it_counts(
    ask, history, act_as, place, seed
):
    rng = random.Random(seed)
    await history(rng)
    await rule_out_some(act_as, place, rng)
    manager = await staff_headers(act_as(), place, "manager")
    looked_at = 0
    for by in BY:
        figures = (await ask(manager, SCORES, by=by)).json()["rows"]
        for figure in figures:
            level = rng.choice([[], [1, 2], [3], [5, 4]])
            wanted = sum(figure["levels"][str(n)] for n in (level or range(1, 6)))
            found, page = await every_page(
                ask, manager, by=by, key=figure["key"], level=level, limit=rng.choice([1, 2, 50])
            )
            assert len(found) == len({row["id"] for row in found}) == wanted == page["counted"]
            assert {row["level"] for row in found} <= set(level or range(1, 6))
            places = [(row["day"], row["id"]) for row in found]
            assert places == sorted(places, reverse=True)
            assert page["name"] == figure["name"]
            looked_at += wanted
    assert looked_at > 20


async def test_the_whole_hall_needs_no_key_and_everything_else_does(
    ask, manager, evaluator, act_as, place
):
    await evaluator.post(RATE, evaluator.tap((await visit(act_as, place)).id))
    answer = (await ask(manager)).json()
    assert (answer["name"], answer["counted"], len(answer["items"])) == ("合计", 1, 1)
    for by in BY[1:]:
        assert code_of(await ask(manager, by=by)) == "invalid_query"


async def test_a_rating_tells_where_it_was_given_and_nothing_of_who_gave_it(
    ask, manager, evaluator, act_as, place
):
    served = await visit(act_as, place)
    await evaluator.post(RATE, evaluator.tap(served.id, 2, tags=["213"]))
    [row] = (await ask(manager)).json()["items"]
    assert row["staff"] == "员工001"
    assert row["window"]
    assert row["hall"] == "青河县政务服务中心"
    assert (row["level"], row["level_name"], row["channel_name"]) == (2, "不满意", "窗口评价器")
    assert [tag["code"] for tag in row["tags"]] == ["213"]
    assert row["case_number"] is None
    assert row["kind"] == "visit"
    assert not {"citizen_id", "device_id", "openid", "card_number", "phone"} & row.keys()


async def test_a_case_is_named_by_its_number_and_a_bad_one_by_its_rectification(
    ask, manager, loops
):
    rectification = await loops.named()
    [row] = (await ask(manager, **{"from": "2026-03-01", "to": "2026-03-31"})).json()["items"]
    assert (row["case_number"], row["rectification_id"]) == ("BAD-0001", rectification)
    assert row["rectification_state"] == "to_contact"


async def test_what_was_written_is_for_supervisors_and_their_reading_is_recorded(
    ask, client, manager, supervisor, evaluator, act_as, place
):
    served = await visit(act_as, place)
    await evaluator.post(RATE, evaluator.tap(served.id, 5, comment="办得很快，谢谢。"))
    wordless = await visit(act_as, place)
    await evaluator.post(RATE, evaluator.tap(wordless.id))
    for_manager = (await ask(manager)).json()["items"]
    assert [row["commented"] for row in for_manager] == [False, True]
    assert all(row["comment"] is None for row in for_manager)
    [written] = (await ask(supervisor, commented="true")).json()["items"]
    assert written["commented"]
    whole = await client.get(f"{BEHIND}/{written['id']}", headers=supervisor)
    assert whole.json()["summary"]["comment"] == written["comment"]
    rows = await db.fetch(
        "SELECT subject FROM audit_entries WHERE verb = 'rating.texts_read' AND hall_id = $1"
        " ORDER BY at",
        place.hall_id,
    )
    assert [row["subject"] for row in rows] == [f"hall:{place.hall_id}", f"rating:{written['id']}"]


async def test_pages_of_texts_go_on_over_ratings_without_one(
    ask, evaluator, act_as, place, house, monkeypatch
):
    monkeypatch.setattr("evaluations.scores.drill.MOST_LOOKED_AT", 3)
    texts = 0
    for step in range(12):
        house.clock.shift(timedelta(hours=30))
        served = await visit(act_as, place)
        comment = "排队有点久。" if step % 5 == 0 else ""
        texts += bool(comment)
        answer = await evaluator.post(RATE, evaluator.tap(served.id, 3, comment=comment))
        assert answer.status_code == 201
    manager = await staff_headers(act_as(), place, "manager")
    found, page = await every_page(ask, manager, commented="true", limit=2)
    assert len(found) == texts == 3
    assert page["counted"] == 12


async def test_a_rating_that_no_longer_counts_is_gone_from_the_list_and_still_told_of(
    ask, client, manager, supervisor, evaluator, act_as, place
):
    await evaluator.post(RATE, evaluator.tap((await visit(act_as, place)).id, 1, tags=["115"]))
    [row] = (await ask(manager)).json()["items"]
    act = act_as(await place.actor(act_as(), "supervisor"))
    await rule_invalid(act, row["id"], Verdict.MALICIOUS, "与事实不符，有监控为证。")
    assert (await ask(manager)).json()["items"] == []
    one = (await client.get(f"{BEHIND}/{row['id']}", headers=manager)).json()
    assert (one["ruling"]["verdict"], one["ruling"]["why"]) == ("malicious", None)
    told = (await client.get(f"{BEHIND}/{row['id']}", headers=supervisor)).json()
    assert told["ruling"]["why"] == "与事实不符，有监控为证。"


async def test_nobody_reads_the_ratings_of_another_hall(ask, client, evaluator, act_as, place):
    await evaluator.post(RATE, evaluator.tap((await visit(act_as, place)).id))
    [row] = await db.fetch("SELECT id FROM ratings")
    elsewhere = await staff_headers(act_as(), place, "far_manager")
    assert (await ask(elsewhere)).status_code == 403
    assert (await client.get(f"{BEHIND}/{row['id']}", headers=elsewhere)).status_code == 404
    own = await ask(
        elsewhere, hall_id=str(place.other_hall_id), by="window", key=str(place.windows["01"])
    )
    assert own.json()["items"] == []
    assert own.json()["name"] == str(place.windows["01"]), "a foreign window is not named"
    for name in ("clerk", "reviewer", "admin"):
        assert (await ask(await staff_headers(act_as(), place, name))).status_code == 403


async def test_ratings_of_the_index_s_waiting_list_and_of_the_sorted_part_are_found_alike(
    ask, manager, evaluator, act_as, place
):
    for _ in range(3):
        await evaluator.post(RATE, evaluator.tap((await visit(act_as, place)).id))
    before = (await ask(manager)).json()["items"]
    await drill_queries.sort_in()
    assert (await ask(manager)).json()["items"] == before
    assert len(before) == 3


async def test_a_rating_names_exactly_the_lines_that_count_it(history):
    await history(random.Random(11))
    differing = await db.fetch(
        "WITH named AS (SELECT line, count(*) AS n FROM ratings, unnest(score_lines) AS line"
        " GROUP BY line), kept AS (SELECT score_line(hall_id, dimension, day, key, measure) AS"
        " line, n FROM score_days WHERE measure BETWEEN 1 AND 5)"
        " SELECT * FROM named FULL JOIN kept USING (line) WHERE named.n IS DISTINCT FROM kept.n"
    )
    assert differing == []
    assert await db.fetch("SELECT 1 FROM score_days WHERE measure BETWEEN 1 AND 5 LIMIT 1")


@pytest.mark.parametrize("seed", range(2))
async def test_behind_what_no_row_holds_stand_the_ratings_without_a_key(
    ask, history, act_as, place, seed
):
    rng = random.Random(seed)
    await history(rng)
    await rule_out_some(act_as, place, rng)
    manager = await staff_headers(act_as(), place, "manager")
    looked_at = 0
    for by in ("department", "window", "staff", "item"):
        figures = (await ask(manager, SCORES, by=by)).json()
        for level in ([], [5], [1, 2]):
            wanted = sum(
                figures["total"]["levels"][str(n)]
                - sum(r["levels"][str(n)] for r in figures["rows"])
                for n in (level or range(1, 6))
            )
            found, page = await every_page(ask, manager, by=by, key="none", level=level, limit=3)
            assert len(found) == len({row["id"] for row in found}) == wanted, (by, level)
            assert page["counted"] == wanted
            assert [row["day"] for row in found] == sorted((r["day"] for r in found), reverse=True)
            if by != "item":
                assert {row[by] for row in found} <= {None}
            looked_at += wanted
    assert looked_at > 10, "visits without an item, and cases at no window"


@pytest.mark.parametrize("by", ["hall", "channel", "tag"])
async def test_where_there_always_is_a_key_none_is_refused(ask, act_as, place, by):
    manager = await staff_headers(act_as(), place, "manager")
    answer = await ask(manager, BEHIND, by=by, key="none")
    assert (answer.status_code, code_of(answer)) == (422, "invalid_query")
