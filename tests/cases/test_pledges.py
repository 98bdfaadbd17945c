"""Pledges (告知承诺): in the place of a material, checked after the grant, revoked if false."""

import asyncio
from typing import Any

import httpx
import pytest

from app.core import db
from tests.cases.builders import Filed, World, ok, refused
from tests.cases.promised import FIRE, HEALTH, PLEDGED, RULES, count, item_of, supplied

PAPER = {"title": "食品经营许可证", "number": "JY25116020000001"}
FALSE = {"kept": False, "finding": "现场没有管理制度。", "basis": "行政许可法第六十九条"}
KEPT = {"kept": True, "finding": "制度齐全，已上墙。"}


async def _granted(world: World, **guide: Any) -> Filed:
    """A case that was granted on the applicant's pledge."""
    case = await world.filed(item=await item_of(world, RULES, **guide), **PLEDGED)
    ok(await world.accept(case))
    ok(await world.grant(case))
    return case


async def _pledge(world: World, case: Filed) -> dict[str, Any]:
    (found,) = (await world.seen(case))["pledges"]
    return found


async def _check(
    world: World, case: Filed, body: dict[str, Any], by: str = "reviewer"
) -> httpx.Response:
    return await world.do(by, f"pledges/{(await _pledge(world, case))['id']}/check", body)


async def _to_check(world: World, by: str, department: str, **query: Any) -> httpx.Response:
    department_id = world.place.departments[department]
    return await world.look(by, "pledges", department_id=department_id, **query)


class TestSigning:
    async def test_the_words_are_the_guides_or_those_of_the_state_council(
        self, world: World
    ) -> None:
        item = await item_of(world, RULES, FIRE)
        both = {"pledged": ["rules", "fire"], "pledge_agreed": True}
        case = await world.filed(item=item, **both)
        signed = {p["requirement"]: p for p in (await world.seen(case))["pledges"]}
        assert signed["fire"]["text"] == "本店已配齐消防器材。"
        assert "愿意承担不实承诺的法律责任" in signed["rules"]["text"]
        assert "“管理制度”" in signed["rules"]["text"]
        assert {p["state"] for p in signed.values()} == {"signed"}

    async def test_it_must_be_allowed_agreed_to_and_instead_of_the_material(
        self, world: World
    ) -> None:
        owner, item = await world.citizen(), await item_of(world, RULES, HEALTH)
        health = await supplied(owner, world, "health")
        with_health: dict[str, Any] = {"materials": [health]}
        bare = await world.submit(owner, item, pledged=["rules"], **with_health)
        refused(bare, 422, "cases.pledge_missing")
        wrong = {"pledged": ["health"], "pledge_agreed": True}
        refused(await world.submit(owner, item, **wrong), 422, "catalog.material_refused", "承诺")
        rules = await supplied(owner, world, "rules")
        twice = await world.submit(owner, item, **PLEDGED, materials=[rules, health])
        refused(twice, 422, "cases.promise_needless")
        ok(await world.submit(owner, item, **PLEDGED, **with_health), 201)


class TestChecking:
    async def test_after_the_grant_it_waits_for_the_supervising_department(
        self, world: World
    ) -> None:
        case = await world.filed(
            item=await item_of(world, RULES, supervising_department="消防救援大队"), **PLEDGED
        )
        ok(await world.accept(case))
        assert ok(await _to_check(world, "fire_reviewer", "fire"))["items"] == []
        ok(await world.grant(case))
        (row,) = ok(await _to_check(world, "fire_reviewer", "fire"))["items"]
        assert (row["number"], row["name"], row["applicant"]) == (case.number, "管理制度", "欧**月")
        refused(await _to_check(world, "reviewer", "fire"), 403, "forbidden")
        refused(await _to_check(world, "clerk", "fire"), 403, "forbidden")
        refused(await _check(world, case, KEPT, "reviewer"), 404, "not_found")
        ok(await _check(world, case, KEPT, "fire_reviewer"))

    async def test_before_the_grant_there_is_nothing_to_check(self, world: World) -> None:
        case = await world.filed(item=await item_of(world, RULES), **PLEDGED)
        refused(await _check(world, case, KEPT), 409, "cases.pledge_done")

    async def test_kept_it_is_recorded_and_the_applicant_told(self, world: World) -> None:
        case = await _granted(world)
        checked = ok(await _check(world, case, KEPT))
        assert (checked["state"], checked["proposal_id"]) == ("kept", None)
        pledge = await _pledge(world, case)
        assert (pledge["state"], pledge["finding"]) == ("kept", KEPT["finding"])
        assert (await world.seen(case))["timeline"][-1]["note"] == "承诺事项“管理制度”经核查属实。"
        assert (await world.notices(case))[-1] == "reminder"
        refused(await _check(world, case, FALSE), 409, "cases.pledge_done")
        kept = ok(await _to_check(world, "reviewer", "market", state="kept"))["items"]
        assert [row["finding"] for row in kept] == [KEPT["finding"]]
        assert await world.trail(case, "case.pledge_kept") == 1

    async def test_a_refused_or_withdrawn_case_leaves_nothing_to_check(self, world: World) -> None:
        item = await item_of(world, RULES)
        withdrawn = await world.filed(item=item, **PLEDGED)
        ok(await world.mine(withdrawn, "withdraw"))
        case = await world.filed(item=item, **PLEDGED)
        ok(await world.accept(case))
        ok(await world.answer(ok(await world.refuse(case), 202)["id"]))
        for over in (withdrawn, case):
            assert (await _pledge(world, over))["state"] == "ended"


class TestRevoking:
    async def test_a_false_one_needs_a_basis_and_a_second_person(self, world: World) -> None:
        case = await _granted(world)
        bare = FALSE | {"basis": None}
        refused(await _check(world, case, bare), 422, "cases.basis_needed")
        checked = ok(await _check(world, case, FALSE))
        assert (checked["state"], await world.state(case)) == ("to_check", "granted")
        refused(await _check(world, case, FALSE), 409, "cases.proposal_open")
        waits = ok(await world.look("supervisor", "proposals"))["items"]
        assert [(row["kind"], row["points"]) for row in waits] == [("revoke", ["管理制度"])]
        refused(await world.answer(checked["proposal_id"], by="reviewer"), 404, "not_found")
        ok(await world.answer(checked["proposal_id"]))
        assert await world.state(case) == "revoked"

    @pytest.mark.parametrize("when", ["granted", "issued", "closed"])
    async def test_it_takes_back_the_grant_and_the_certificate(
        self, world: World, when: str
    ) -> None:
        case = await _granted(world)
        if when != "granted":
            ok(await world.do("clerk", f"cases/{case.id}/issue", PAPER))
        if when == "closed":
            ok(await world.do("clerk", f"cases/{case.id}/deliver", {"collector": None}))
        checked = ok(await _check(world, case, FALSE))
        ok(await world.answer(checked["proposal_id"]))
        seen = await world.seen(case)
        assert (seen["state"], seen["progress"]) == ("revoked", "已撤销")
        assert (await _pledge(world, case))["state"] == "false"
        receipt = seen["receipts"][-1]
        assert receipt["title"] == "撤销行政许可决定书"
        lines = "".join(receipt["lines"])
        for said in (FALSE["finding"], FALSE["basis"], "行政复议"):
            assert said in lines
        assert (await world.notices(case))[-1] == "ready"
        assert await world.trail(case, "case.revoked") == 1
        if when != "granted":
            (paper,) = seen["delivery_progress"]["certificates"]
            said = ok(await world.client.get(f"/api/v1/verify/{paper['code']}"))
            assert said["state"] == "revoked"
            assert "承诺不实" in said["revoked_why"]

    async def test_declined_it_can_be_checked_again(self, world: World) -> None:
        case = await _granted(world)
        checked = ok(await _check(world, case, FALSE))
        ok(await world.answer(checked["proposal_id"], agree=False))
        assert await world.state(case) == "granted"
        ok(await _check(world, case, KEPT))

    async def test_two_checks_at_once_have_one_effect(self, world: World) -> None:
        case = await _granted(world)
        await world.staff("reviewer"), await world.staff("reviewer2")
        answers = await asyncio.gather(
            _check(world, case, KEPT),
            _check(world, case, FALSE, "reviewer2"),
            _check(world, case, KEPT, "reviewer2"),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
        proposed = await count("case_proposals", "kind = 'revoke' AND state = 'open'")
        kept = (await _pledge(world, case))["state"] == "kept"
        assert proposed + kept == 1

    async def test_later_cases_of_the_applicant_show_it_to_who_handles_them(
        self, world: World
    ) -> None:
        case = await _granted(world)
        ok(await world.answer(ok(await _check(world, case, FALSE))["proposal_id"]))
        later = await world.filed(item=await world.item("X-9"))
        (shown,) = ok(await world.look("clerk", f"cases/{later.id}"))["false_pledges"]
        assert (shown["number"], shown["finding"]) == (case.number, FALSE["finding"])
        assert ok(await world.look("manager", f"cases/{later.id}"))["false_pledges"] == []
        stranger = await world.filed(await world.citizen("o-other"), await world.item("X-8"))
        assert ok(await world.look("clerk", f"cases/{stranger.id}"))["false_pledges"] == []
        assert "false_pledges" not in await world.seen(later)

    async def test_what_else_was_pledged_ends_with_it(self, world: World) -> None:
        item = await item_of(world, RULES, FIRE)
        case = await world.filed(item=item, pledged=["rules", "fire"], pledge_agreed=True)
        ok(await world.accept(case))
        ok(await world.grant(case))
        row = await db.fetch_one("SELECT id FROM case_pledges WHERE requirement = 'rules'")
        assert row
        checked = ok(await world.do("reviewer", f"pledges/{row['id']}/check", FALSE))
        ok(await world.answer(checked["proposal_id"]))
        states = {p["requirement"]: p["state"] for p in (await world.seen(case))["pledges"]}
        assert states == {"rules": "false", "fire": "ended"}
