"""Texts are checked after they are kept; nobody waits for it, and nothing is lost by it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core import db
from app.core.house import House
from app.moderation import service
from evaluations.ratings.moderated import shown_text
from tests.evaluations.hub import RATE, Evaluator, enrolled, entered, visit
from tests.moderation.conftest import (
    GOOD,
    ODD,
    RISKY,
    Rater,
    Work,
    check_of,
    state_of,
)
from wechat.sandbox.moderation import Rule


async def seen_by_others(rater: Rater, rating_id: UUID, text: str) -> str:
    return await shown_text(rater.act_as(), rating_id, text)


async def test_a_harmless_text_is_asked_about_once_and_shown(rater: Rater, work: Work) -> None:
    rating_id = await rater.rates(GOOD)
    await work()
    assert await state_of(rating_id) == ("passed", "platform")
    assert [one.subject for one in rater.asked()] == [GOOD]
    assert (await check_of(rating_id))["trace_id"] == rater.asked()[0].trace_id
    assert await seen_by_others(rater, rating_id, GOOD) == GOOD


@pytest.mark.parametrize("text", [RISKY, ODD])
async def test_a_risky_text_is_held_and_stays_stored(rater: Rater, work: Work, text: str) -> None:
    rating_id = await rater.rates(text, level=1)
    await work()
    row = await check_of(rating_id)
    assert (row["state"], row["why"], row["hall_id"]) == ("held", "platform", rater.place.hall_id)
    assert await seen_by_others(rater, rating_id, text) == "内容待人工审核"
    kept = await db.fetch_one("SELECT level, comment FROM ratings WHERE id = $1", rating_id)
    assert kept == {"level": 1, "comment": text}
    mine = await rater.client.get("/api/v1/ratings/mine", headers=rater.headers)
    assert [one["comment"] for one in mine.json()["items"]] == [text]
    trail = await db.fetch(
        "SELECT hall_id, data::text AS data FROM audit_entries"
        " WHERE verb = 'moderation.held' AND subject = $1",
        f"rating:{rating_id}",
    )
    assert [entry["hall_id"] for entry in trail] == [rater.place.hall_id]
    assert text not in trail[0]["data"]


async def test_a_held_text_leaves_the_score_alone(rater: Rater, work: Work) -> None:
    await rater.rates(RISKY, level=1)
    counts = "SELECT dimension, day, key, measure, n FROM score_days ORDER BY 1, 2, 3, 4"
    before = await db.fetch(counts)
    await work()
    assert await db.fetch(counts) == before


async def test_a_rating_without_a_text_is_not_checked(rater: Rater, work: Work) -> None:
    await rater.rates("")
    assert await db.fetch("SELECT id FROM outbox WHERE topic = 'moderation.check'") == []
    await work()
    assert await db.fetch("SELECT id FROM content_checks") == []


async def test_a_bad_rating_with_a_text_is_both_checked_and_rectified(rater: Rater) -> None:
    await rater.rates(GOOD, level=1)
    topics = {row["topic"] for row in await db.fetch("SELECT topic FROM outbox")}
    assert topics >= {"moderation.check", "rectification.received"}


async def test_the_same_rating_again_is_checked_once(rater: Rater, work: Work) -> None:
    served = await visit(rater.act_as, rater.place, citizen_id=rater.actor.id)
    body = {"service_id": str(served.id), "level": 5, "comment": GOOD}
    for _ in range(3):
        await rater.client.post("/api/v1/ratings", json=body, headers=rater.headers)
        await work()
    assert len(rater.asked()) == 1


async def test_what_is_added_later_is_checked_by_itself(rater: Rater, work: Work) -> None:
    rating_id = await rater.rates(GOOD)
    path = f"/api/v1/ratings/{rating_id}/supplement"
    answer = await rater.client.post(path, json={"comment": RISKY}, headers=rater.headers)
    assert answer.json()["supplement"] == RISKY
    await work()
    assert await state_of(rating_id) == ("passed", "platform")
    assert await state_of(f"supplement:{rating_id}") == ("held", "platform")


class TestWithoutTheirAccount:
    async def test_a_tap_on_an_evaluator_is_nobodys_and_shown(
        self, rater: Rater, evaluator: Evaluator, work: Work
    ) -> None:
        served = await visit(rater.act_as, rater.place)
        answer = await evaluator.post(RATE, evaluator.tap(served.id, comment=RISKY))
        rating_id = UUID(answer.json()["id"])
        await work()
        assert await state_of(rating_id) == ("unchecked", "no_account")
        assert await seen_by_others(rater, rating_id, RISKY) == RISKY

    @pytest.mark.usefixtures("words")
    async def test_the_halls_own_words_hold_it(
        self, rater: Rater, evaluator: Evaluator, work: Work
    ) -> None:
        served = await visit(rater.act_as, rater.place)
        answer = await evaluator.post(RATE, evaluator.tap(served.id, comment="你们都是坏 - 蛋！"))
        await work()
        assert await state_of(UUID(answer.json()["id"])) == ("held", "words")

    @pytest.mark.usefixtures("words")
    async def test_a_card_from_the_suggestion_box_too(self, rater: Rater, work: Work) -> None:
        texts = {"source": "box", "level": 1, "tags": ["115"], "comment": "坏蛋"}
        rating_id = await entered(rater.act_as, rater.place, "C-9", **texts)
        await work()
        assert await state_of(rating_id) == ("held", "words")

    async def test_a_user_whom_the_platform_does_not_know(self, rater: Rater, work: Work) -> None:
        rating_id = await rater.rates()
        await db.execute("UPDATE citizens SET openid = 'o-gone' WHERE id = $1", rater.actor.id)
        await work()
        assert await state_of(rating_id) == ("unchecked", "no_account")

    async def test_who_has_left_the_mini_program(self, rater: Rater, work: Work) -> None:
        rating_id = await rater.rates(RISKY)
        rater.leaves()
        await work()
        assert await state_of(rating_id) == ("unchecked", "not_active")
        assert await seen_by_others(rater, rating_id, RISKY) == RISKY

    async def test_a_hall_without_a_mini_program_asks_nobody(
        self, rater: Rater, work: Work, settings_with: Any
    ) -> None:
        rating_id = await rater.rates(RISKY)
        settings_with(wechat_appid="")
        await work()
        assert await state_of(rating_id) == ("unchecked", "off")


@pytest.mark.usefixtures("words")
async def test_the_halls_own_words_come_before_the_platform(rater: Rater, work: Work) -> None:
    rating_id = await rater.rates("真是坏蛋")
    await work()
    assert await state_of(rating_id) == ("held", "words")
    assert rater.asked() == []


@pytest.mark.usefixtures("words")
async def test_words_hold_a_submitted_text_from_the_first_moment(rater: Rater) -> None:
    act = rater.act()
    await service.submit_text(
        act, f"rating:{rater.actor.id}", rater.actor.id, "坏蛋", hall_id=rater.place.hall_id
    )
    assert await state_of(f"rating:{rater.actor.id}") == ("held", "words")
    await service.submit_text(act, "rating:x", rater.actor.id, "  ", hall_id=None)
    assert len(await db.fetch("SELECT id FROM content_checks")) == 1


class TestWhileThePlatformIsDown:
    @pytest.mark.parametrize(
        "fault",
        [
            {"kind": "http_5xx"},
            {"kind": "html"},
            {"kind": "busy"},
            {"kind": "errcode", "errcode": 45009},
        ],
    )
    async def test_a_rating_is_kept_and_checked_when_it_is_back(
        self, *, rater: Rater, work: Work, house: House, fault: dict[str, Any]
    ) -> None:
        rater.breaks_down(**fault)
        rating_id = await rater.rates(RISKY)
        await work()
        assert await state_of(rating_id) == ("waiting", None)
        assert await seen_by_others(rater, rating_id, RISKY) == RISKY
        rater.sandbox.platform.faults.clear()
        house.clock.shift(timedelta(minutes=1))
        await work()
        assert await state_of(rating_id) == ("held", "platform")

    async def test_it_is_asked_less_and_less_often_and_given_up_after_a_day(
        self, rater: Rater, for_days: Any
    ) -> None:
        calls = rater.sandbox.platform.calls
        rater.breaks_down()
        rating_id = await rater.rates(RISKY)
        before = calls["/wxa/msg_sec_check"]
        await for_days(2)
        assert await state_of(rating_id) == ("unchecked", "no_answer")
        assert 5 <= calls["/wxa/msg_sec_check"] - before <= 40
        left = await db.fetch("SELECT state FROM outbox WHERE topic = 'moderation.check'")
        assert {row["state"] for row in left} == {"done"}, "nothing is dead"

    async def test_with_the_setting_nothing_is_shown_that_nobody_has_checked(
        self, *, rater: Rater, for_days: Any, work: Work, settings_with: Any
    ) -> None:
        settings_with(moderation_hold_unchecked=True)
        rater.breaks_down()
        rating_id = await rater.rates(GOOD)
        hidden = "内容待人工审核"
        assert await seen_by_others(rater, rating_id, GOOD) == hidden, "not entered yet"
        await work()
        assert await seen_by_others(rater, rating_id, GOOD) == hidden
        await for_days(2)
        assert await seen_by_others(rater, rating_id, GOOD) == hidden
        settings_with(moderation_hold_unchecked=False)
        assert await seen_by_others(rater, rating_id, GOOD) == GOOD


async def test_with_the_setting_what_was_never_submitted_is_still_shown(
    rater: Rater, settings_with: Any
) -> None:
    settings_with(moderation_hold_unchecked=True)
    before_there_were_checks = await rater.rates(GOOD)
    await db.execute("DELETE FROM outbox")
    assert await seen_by_others(rater, before_there_were_checks, GOOD) == GOOD


async def test_a_rule_of_the_platform_may_change_but_a_verdict_stands(
    rater: Rater, work: Work
) -> None:
    rating_id = await rater.rates(GOOD)
    await work()
    rater.sandbox.platform.moderation.add(Rule("risky", GOOD, 20003, "text"))
    await db.execute("UPDATE outbox SET state = 'waiting' WHERE topic = 'moderation.check'")
    await work()
    assert await state_of(rating_id) == ("passed", "platform")


@pytest.fixture
async def evaluator(rater: Rater, house: House) -> Evaluator:
    device_id, key = await enrolled(rater.act_as, rater.place.hall_id, rater.place.windows["01"])
    return Evaluator(device_id, key, house, rater.client)
