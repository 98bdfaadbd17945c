"""What takes two persons: rulings and appeals; and the longer limit that a supervisor grants."""

import asyncio
from datetime import date
from uuid import UUID

import pytest

from app.core import db
from app.core.auth import Role
from evaluations.scores.upkeep import verify
from tests.evaluations.hub import SCORES
from tests.evaluations.loop import CALLED, DONE, HAPPY, TO_INBOX, TRUE, WHY, Loops
from tests.places import code_of

YES = {"agree": True, "note": "证据充分。"}
NO = {"agree": False, "note": "证据不足。"}
MALICIOUS = {"finding": "malicious", "reason": "监控显示评价人当日未到窗口。"}
NOT_OURS = {"claim": "not_ours", "reason": "消防事项不由本部门负责。"}


async def proposed(loops: Loops) -> str:
    found = await loops.named()
    await loops.do("reviewer", found, "contact", CALLED)
    await loops.do("reviewer", found, "verify", MALICIOUS)
    return found


async def in_the_scores(loops: Loops) -> int:
    query = {"hall_id": str(loops.place.hall_id), "from": "2026-03-01", "to": "2026-03-31"}
    return (await loops.get("manager", SCORES, **query))["total"]["rated"]


class TestARuling:
    async def test_takes_two_and_only_then_falls_out_of_the_scores(self, loops):
        found = await proposed(loops)
        assert await in_the_scores(loops) == 1
        stands = await loops.do("supervisor", found, "rule", YES)
        assert stands["state"] == "to_answer"
        assert await in_the_scores(loops) == 0
        assert await verify() == []
        assert len(await db.fetch("SELECT 1 FROM ratings")) == 1
        [ruling] = await db.fetch("SELECT verdict, why, ruled_by FROM rating_rulings")
        assert ruling == {
            "verdict": "malicious",
            "why": MALICIOUS["reason"],
            "ruled_by": loops.place.staff["supervisor"],
        }

    async def test_whoever_proposed_it_does_not_confirm_it(self, loops, act_as):
        await _also(loops, "reviewer", Role.SUPERVISOR)
        found = await proposed(loops)
        refused = await loops.try_to("reviewer", found, "rule", YES)
        assert (refused.status_code, code_of(refused)) == (403, "rectification.same_person")
        assert await in_the_scores(loops) == 1

    async def test_two_supervisors_at_once_rule_once(self, loops):
        await _also(loops, "clerk2", Role.SUPERVISOR)
        found = await proposed(loops)
        answers = await asyncio.gather(
            *(loops.try_to(name, found, "rule", YES) for name in ("supervisor", "clerk2"))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert len(await db.fetch("SELECT 1 FROM rating_rulings")) == 1
        assert await verify() == []

    async def test_declined_goes_back_with_the_days_given_back_and_is_not_tried_again(self, loops):
        found = await proposed(loops)
        assert (await loops.shown(found))["summary"]["due"] == "2026-03-04"
        loops.go_to(date(2026, 3, 4))
        stands = await loops.do("supervisor", found, "rule", NO)
        assert (stands["state"], stands["due"]) == ("to_verify", "2026-03-11")
        again = await loops.try_to("reviewer", found, "verify", MALICIOUS)
        assert code_of(again) == "rectification.wrong_step"
        assert (await loops.do("reviewer", found, "verify", TRUE))["state"] == "to_rectify"

    async def test_the_rater_is_answered_and_revisited_all_the_same(self, loops):
        found = await proposed(loops)
        await loops.do("supervisor", found, "rule", YES)
        await loops.do("reviewer", found, "answer", TO_INBOX)
        refused = await loops.try_to("supervisor", found, "revisit", HAPPY)
        assert code_of(refused) == "rectification.same_person"
        assert (await loops.do("reviewer2", found, "revisit", HAPPY))["state"] == "closed"


async def _also(loops: Loops, name: str, role: Role) -> None:
    await db.execute(
        "INSERT INTO staff_roles (id, staff_id, role, hall_id) VALUES ($1, $2, $3, $4)",
        db.new_id(),
        loops.place.staff[name],
        role,
        loops.place.hall_id,
    )


class TestAnAppeal:
    async def test_upheld_goes_to_the_other_department_with_a_limit_of_its_own(self, loops):
        found = await loops.named()
        await loops.do("reviewer", found, "appeal", NOT_OURS)
        loops.go_to(date(2026, 3, 4))
        fire = {"department_id": str(loops.place.departments["fire"])}
        nowhere = await loops.try_to("supervisor", found, "review", YES)
        assert nowhere.status_code == 422
        stands = await loops.do("supervisor", found, "review", YES | fire)
        assert (stands["state"], stands["due"]) == ("to_contact", "2026-03-05")
        shown = await loops.shown(found, "fire_reviewer")
        assert shown["summary"]["department"] == "消防救援大队"
        assert shown["rectify_due"] == "2026-03-11"
        assert (await loops.try_to("reviewer", found, "contact", CALLED)).status_code == 404
        again = await loops.do("fire_reviewer", found, "appeal", NOT_OURS)
        assert again["state"] == "appealed"

    async def test_upheld_as_mistaken_falls_out_of_the_scores(self, loops):
        found = await loops.named()
        await loops.do("reviewer", found, "appeal", {"claim": "mistaken", **WHY})
        assert (await loops.do("supervisor", found, "review", YES))["state"] == "to_answer"
        assert await in_the_scores(loops) == 0
        assert await verify() == []
        assert (await loops.shown(found))["summary"]["verdict"] == "mistaken"

    async def test_rejected_goes_on_and_is_not_tried_again(self, loops):
        found = await loops.named()
        await loops.do("reviewer", found, "appeal", NOT_OURS)
        loops.go_to(date(2026, 3, 3))
        stands = await loops.do("supervisor", found, "review", NO)
        assert (stands["state"], stands["due"]) == ("to_contact", "2026-03-04")
        again = await loops.try_to("reviewer", found, "appeal", NOT_OURS)
        assert code_of(again) == "rectification.wrong_step"

    async def test_comes_within_two_working_days(self, loops):
        found, late = await loops.named(), await loops.named()
        loops.go_to(date(2026, 3, 4), hour=23)
        await loops.do("reviewer", found, "appeal", NOT_OURS)
        loops.go_to(date(2026, 3, 5), hour=0)
        refused = await loops.try_to("reviewer", late, "appeal", NOT_OURS)
        assert code_of(refused) == "rectification.too_late_to_appeal"

    async def test_is_reviewed_by_a_person_who_has_not_taken_part(self, loops):
        await _also(loops, "reviewer", Role.SUPERVISOR)
        await _also(loops, "clerk2", Role.SUPERVISOR)
        found = await loops.anonymous()
        await loops.assign(found)
        await loops.do("reviewer", found, "appeal", {"claim": "mistaken", **WHY})
        for involved in ("reviewer", "supervisor"):
            refused = await loops.try_to(involved, found, "review", NO)
            assert code_of(refused) == "rectification.same_person"
        await loops.do("clerk2", found, "review", NO)


class TestAssignment:
    async def test_another_department_begins_anew(self, loops):
        found = await loops.named()
        await loops.do("reviewer", found, "contact", CALLED)
        await loops.do("reviewer", found, "verify", TRUE)
        loops.go_to(date(2026, 3, 6))
        stands = await loops.assign(found, "fire")
        # The rater has been called already; the finding is the new department's to make.
        assert (stands["state"], stands["due"]) == ("to_verify", "2026-03-13")
        assert (await loops.shown(found))["summary"]["verdict"] is None

    async def test_the_same_department_again_is_told(self, loops):
        found = await loops.named()
        body = {"department_id": str(loops.place.departments["market"]), **WHY}
        refused = await loops.try_to("supervisor", found, "assign", body)
        assert code_of(refused) == "rectification.wrong_step"

    async def test_a_department_of_another_hall_is_not_there(self, loops):
        found = await loops.named()
        body = {"department_id": str(UUID(int=1)), **WHY}
        assert (await loops.try_to("supervisor", found, "assign", body)).status_code == 404


class TestTheLongerLimit:
    async def test_is_fifteen_days_from_the_same_day(self, loops):
        found = await loops.named()
        await loops.do("reviewer", found, "contact", CALLED)
        stands = await loops.do("supervisor", found, "complex", WHY)
        assert stands["due"] == "2026-03-23"
        again = await loops.try_to("supervisor", found, "complex", WHY)
        assert code_of(again) == "rectification.too_late_for_more"

    @pytest.mark.parametrize("rectified", [True, False])
    async def test_is_not_granted_afterwards(self, loops, rectified):
        found = await loops.named()
        await loops.do("reviewer", found, "contact", CALLED)
        await loops.do("reviewer", found, "verify", TRUE)
        if rectified:
            await loops.do("reviewer", found, "rectify", DONE)
        else:
            loops.go_to(date(2026, 3, 10))
        refused = await loops.try_to("supervisor", found, "complex", WHY)
        assert code_of(refused) == "rectification.too_late_for_more"
