"""The bad-rating loop through HTTP: who does what, until when, and what the rater gets to know."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest

from app.core import db
from app.core.house import House
from evaluations.rectification import intake
from evaluations.rectification.schemas import BadRatingReceived
from tests.evaluations.loop import (
    CALLED,
    DONE,
    HAPPY,
    MISSED,
    PATH,
    POSTED,
    TO_INBOX,
    TRUE,
    UNHAPPY,
    WHY,
    Loops,
)
from tests.places import citizen_actor, code_of


async def trail(found: str) -> list[str]:
    rows = await db.fetch(
        "SELECT verb FROM audit_entries WHERE subject = $1 ORDER BY id", f"rectification:{found}"
    )
    return [row["verb"].removeprefix("rectification.") for row in rows]


class TestReceipt:
    async def test_every_bad_rating_begins_a_loop_at_the_services_department(self, loops):
        found = await loops.shown(await loops.named(comment="等了很久"))
        row = found["summary"]
        assert row["department"] == "市场监管局"
        assert (row["state"], row["named"], row["level"]) == ("to_contact", True, 1)
        assert row["due"] == "2026-03-03"
        assert (found["rectify_due"], found["appeal_until"]) == ("2026-03-09", "2026-03-04")
        assert found["comment"] == "等了很久"

    @pytest.mark.parametrize("level", [3, 4, 5])
    async def test_a_rating_of_three_and_more_begins_none(self, loops, act_as, level):
        evaluator, served = loops.evaluator, await _visit(loops)
        await evaluator.post("/api/v1/ratings/device", evaluator.tap(served, level))
        await loops.work_outbox()
        assert await db.fetch("SELECT 1 FROM rectifications") == []

    async def test_the_same_entry_twice_at_once_begins_one(self, loops, act_as):
        rating = await loops.rated_case()
        entry = BadRatingReceived(rating)
        await asyncio.gather(*(intake.receive(act_as(), entry, str(rating)) for _ in range(4)))
        await loops.work_outbox()
        rows = await db.fetch("SELECT id FROM rectifications")
        assert len(rows) == 1
        assert await trail(str(rows[0]["id"])) == ["received"]

    async def test_limits_run_from_the_day_of_the_rating_however_late_it_is_worked(self, loops):
        rating = await loops.rated_case()
        loops.go_to(date(2026, 3, 5))
        found = await loops.shown(await loops.of(rating))
        assert found["summary"]["due"] == "2026-03-03"
        assert found["summary"]["light"] == "red"

    async def test_without_a_department_a_supervisor_assigns_one(self, loops):
        found = await loops.anonymous()
        assert (await loops.shown(found))["summary"]["state"] == "to_assign"
        loops.go_to(date(2026, 3, 3))
        stands = await loops.assign(found)
        assert (stands["state"], stands["due"]) == ("to_verify", "2026-03-10")


async def _visit(loops: Loops) -> UUID:
    from tests.evaluations.hub import visit

    return (await visit(loops.act_as, loops.place)).id


class TestTheWholeLoop:
    async def test_a_known_raters(self, loops):
        found = await loops.answered()
        loops.go_to(date(2026, 3, 3))
        stands = await loops.do("reviewer2", found, "revisit", HAPPY)
        assert (stands["state"], stands["due"]) == ("closed", None)
        shown = await loops.shown(found)
        assert (shown["satisfied"], shown["late"]) == (True, False)
        assert [entry["kind"] for entry in shown["timeline"]] == [
            "received",
            "contacted",
            "found_true",
            "rectified",
            "answered",
            "revisited",
        ]
        assert await trail(found) == [
            "received",
            "contacted",
            "found_true",
            "rectified",
            "answered",
            "revisited",
            "read",
        ]

    async def test_an_unknown_raters_is_answered_in_public_and_closed(self, loops):
        found = await loops.anonymous()
        await loops.assign(found)
        assert code_of(await loops.try_to("reviewer", found, "contact", CALLED)) == (
            "rectification.wrong_step"
        )
        await loops.do("reviewer", found, "verify", TRUE)
        await loops.do("reviewer", found, "rectify", DONE)
        wrong = await loops.try_to("reviewer", found, "answer", TO_INBOX)
        assert code_of(wrong) == "rectification.wrong_way"
        stands = await loops.do("reviewer", found, "answer", POSTED)
        assert stands["state"] == "closed"

    async def test_what_is_not_reasonable_is_explained_and_revisited(self, loops):
        found = await loops.named()
        await loops.do("reviewer", found, "contact", CALLED)
        body = {"finding": "not_reasonable", "reason": "要求免交法定材料。"}
        assert (await loops.do("reviewer", found, "verify", body))["state"] == "to_answer"
        await loops.do("reviewer", found, "answer", TO_INBOX)
        assert (await loops.do("reviewer2", found, "revisit", HAPPY))["state"] == "closed"

    async def test_the_rater_reads_the_answer_in_the_inbox_and_under_the_rating(self, loops):
        found = await loops.named()
        await loops.do("reviewer", found, "contact", CALLED)
        await loops.do("reviewer", found, "verify", TRUE)
        _, headers = await citizen_actor(loops.act_as())
        [mine] = (await loops.client.get(f"{PATH}/mine", headers=headers)).json()["items"]
        assert (mine["verdict"], mine["answer"], mine["progress"]) == (None, None, "待整改")
        await loops.do("reviewer", found, "rectify", DONE)
        await loops.do("reviewer", found, "answer", TO_INBOX)
        [mine] = (await loops.client.get(f"{PATH}/mine", headers=headers)).json()["items"]
        assert (mine["verdict"], mine["answer"]) == ("true", TO_INBOX["text"])
        assert mine["done"] == DONE["done"]
        notices = (await loops.client.get("/api/v1/notices", headers=headers)).json()["items"]
        [letter] = [notice for notice in notices if notice["kind"] == "answer"]
        assert TO_INBOX["text"] in letter["body"]
        _, other = await citizen_actor(loops.act_as(), "o-other")
        assert (await loops.client.get(f"{PATH}/mine", headers=other)).json()["items"] == []

    async def test_calls_that_nobody_answers_are_noted_and_end_after_the_third(self, loops):
        found = await loops.named()
        states = [(await loops.do("reviewer", found, "contact", MISSED))["state"] for _ in range(3)]
        assert states == ["to_contact", "to_contact", "to_verify"]
        said = [e["said"] for e in (await loops.shown(found))["timeline"]]
        assert said[1:] == [f"第 {n} 次联系评价人，未接通。" for n in (1, 2, 3)]


class TestTheRevisit:
    async def test_nobody_who_handled_it_revisits_it(self, loops):
        found = await loops.answered()
        refused = await loops.try_to("reviewer", found, "revisit", HAPPY)
        assert (refused.status_code, code_of(refused)) == (403, "rectification.same_person")
        await loops.do("supervisor", found, "revisit", HAPPY)

    async def test_who_is_not_satisfied_sends_it_back_once_with_a_new_limit(self, loops):
        found = await loops.answered()
        loops.go_to(date(2026, 3, 10))
        stands = await loops.do("reviewer2", found, "revisit", UNHAPPY)
        assert (stands["state"], stands["due"]) == ("to_rectify", "2026-03-17")
        await loops.do("reviewer", found, "rectify", DONE)
        await loops.do("reviewer", found, "answer", TO_INBOX)
        stands = await loops.do("reviewer2", found, "revisit", UNHAPPY)
        assert stands["state"] == "closed"
        shown = await loops.shown(found)
        assert (shown["satisfied"], shown["summary"]["sent_back"]) == (False, True)
        assert shown["late"] is False

    async def test_whether_the_rater_is_satisfied_is_never_filled_in(self, loops):
        found = await loops.answered()
        for body in (MISSED | {"satisfied": True}, CALLED):
            refused = await loops.try_to("reviewer2", found, "revisit", body)
            assert code_of(refused) == "rectification.say_whether"

    async def test_a_rater_who_is_never_reached_does_not_count_as_revisited(self, loops):
        found = await loops.answered()
        for _ in range(3):
            await loops.do("reviewer2", found, "revisit", MISSED)
        shown = await loops.shown(found)
        assert (shown["summary"]["state"], shown["satisfied"]) == ("closed", None)
        rates = await loops.get("manager", f"{PATH}/rates", **_march(loops))
        assert rates["total"]["revisit"] == {"numerator": 0, "denominator": 1, "value": 0.0}


def _march(loops: Loops) -> dict[str, str]:
    return {"hall_id": str(loops.place.hall_id), "from": "2026-03-01", "to": "2026-03-31"}


class TestTwoAtOnce:
    @pytest.mark.parametrize(
        ("what", "body", "people"),
        [
            ("contact", CALLED, ("reviewer", "reviewer2")),
            ("appeal", {"claim": "not_ours", **WHY}, ("reviewer", "reviewer2")),
        ],
    )
    async def test_one_acts_and_the_second_is_told_by_whom(self, loops, what, body, people):
        found = await loops.named()
        answers = await asyncio.gather(*(loops.try_to(p, found, what, body) for p in people))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        [told] = [answer for answer in answers if answer.status_code == 409]
        assert code_of(told) == "rectification.wrong_step"
        assert "办理" in told.json()["detail"]
        assert len(await trail(found)) == 2

    async def test_two_revisits_at_once_close_it_once(self, loops):
        found = await loops.answered()
        answers = await asyncio.gather(
            *(loops.try_to(p, found, "revisit", HAPPY) for p in ("reviewer2", "supervisor"))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert (await trail(found)).count("revisited") == 1

    async def test_a_repeated_request_gets_the_first_answer(self, loops):
        found = await loops.named()
        headers = await loops.headers("reviewer") | {"Idempotency-Key": "call-1"}
        answers = [
            await loops.client.post(f"{PATH}/{found}/contact", json=MISSED, headers=headers)
            for _ in range(2)
        ]
        assert answers[0].json() == answers[1].json()
        assert (await trail(found)).count("contact_missed") == 1


class TestSight:
    @pytest.mark.parametrize("name", ["fire_reviewer", "far_manager"])
    async def test_it_is_not_there_for_another_department_or_hall(self, loops, name):
        found = await loops.named()
        answer = await loops.client.get(f"{PATH}/{found}", headers=await loops.headers(name))
        assert answer.status_code == 404
        assert (await loops.get(name, PATH))["items"] == []

    async def test_a_manager_reads_nothing_that_people_wrote(self, loops):
        secret = "王先生，电话 13800138000"
        found = await loops.named(comment=secret)
        await loops.do("reviewer", found, "contact", CALLED | {"note": secret})
        body = {"finding": "malicious", "reason": secret}
        await loops.do("reviewer", found, "verify", body)
        await loops.do("supervisor", found, "rule", {"agree": True, "note": secret})
        await loops.do("reviewer", found, "answer", {"way": "call", "text": secret})
        answer = await loops.client.get(f"{PATH}/{found}", headers=await loops.headers("manager"))
        assert answer.status_code == 200
        assert secret not in answer.text
        assert secret in str(await loops.shown(found, "reviewer"))

    async def test_what_people_wrote_is_sealed_and_each_reading_recorded(self, loops):
        found = await loops.named()
        await loops.do("reviewer", found, "contact", CALLED)
        rows = await db.fetch("SELECT note FROM rectification_events WHERE note IS NOT NULL")
        assert rows
        assert all(CALLED["note"].encode() not in row["note"] for row in rows)
        await loops.shown(found, "manager")
        assert "read" not in await trail(found)
        await loops.shown(found, "reviewer")
        assert (await trail(found))[-1] == "read"

    async def test_the_raters_number_is_for_who_calls_and_each_reading_is_recorded(self, loops):
        found = await loops.named()
        _, headers = await citizen_actor(loops.act_as())
        path = f"{PATH}/{found}/rater"
        answer = await loops.client.get(path, headers=await loops.headers("reviewer"))
        assert code_of(answer) == "rectification.no_contact"
        person = {
            "name": "王大山",
            "phone": "13800138000",
            "id_number": "11010519491231002X",
            "consent": True,
        }
        await loops.client.put("/api/v1/citizens/me", json=person, headers=headers)
        assert await loops.get("reviewer", path) == {"name": "王大山", "phone": "13800138000"}
        assert (await trail(found))[-1] == "rater_read"
        refused = await loops.client.get(path, headers=await loops.headers("manager"))
        assert refused.status_code == 403
        other = await loops.client.get(path, headers=await loops.headers("fire_reviewer"))
        assert other.status_code == 404


async def test_events_are_never_changed(loops, house: House):
    found = await loops.named()
    for sql in (
        "UPDATE rectification_events SET said = 'x' WHERE rectification_id = $1",
        "DELETE FROM rectification_events WHERE rectification_id = $1",
    ):
        with pytest.raises(Exception, match="never changed"):
            await db.execute(sql, UUID(found))


async def test_a_rectification_after_its_limit_is_late_for_good(loops):
    found = await loops.named()
    await loops.do("reviewer", found, "contact", CALLED)
    await loops.do("reviewer", found, "verify", TRUE)
    loops.go_to(date(2026, 3, 9) + timedelta(days=1))
    await loops.do("reviewer", found, "rectify", DONE)
    await loops.do("reviewer", found, "answer", TO_INBOX)
    await loops.do("reviewer2", found, "revisit", HAPPY)
    assert (await loops.shown(found))["late"] is True
    total = (await loops.get("manager", f"{PATH}/rates", **_march(loops)))["total"]
    assert total["rectification"] == {"numerator": 1, "denominator": 1, "value": 1.0}
    assert total["on_time"] == {"numerator": 0, "denominator": 1, "value": 0.0}
