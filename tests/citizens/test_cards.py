"""A clerk sets an identity from the ID card of whoever stands at the window."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.citizens.realname import Verdict
from app.core import db
from tests.agency.agents import Agents, Known, id_number, phone
from tests.cases.builders import ok, refused
from tests.citizens.conftest import Authority
from tests.citizens.test_identity import _me, _somebody


async def _code(agents: Agents, who: Known) -> str:
    return ok(await agents.post(who, "citizens/me/window-code", {"consent": True}))["code"]


async def _seen(agents: Agents, code: str, by: str = "clerk", **changed: Any) -> httpx.Response:
    body = {"code": code, "name": "李大明", "id_number": id_number(1), "card_seen": True}
    return await agents.world.do(by, "identities", body | changed)


async def test_what_the_card_says_is_verified(agents: Agents) -> None:
    who = await _somebody(agents)
    ok(await agents.say_who(who))
    code = await _code(agents, who)
    taken = ok(await _seen(agents, code.lower().replace("-", " ")))
    assert taken == {
        "name": "李*明",
        "id_number": "511***********" + who.id_number[-4:],
        "level": "verified",
        "changed": False,
    }
    row = await db.fetch_one("SELECT verified_by FROM citizens WHERE id = $1", who.id)
    assert row == {"verified_by": f"staff:{agents.world.place.staff['clerk']}"}
    [entry] = await db.fetch(
        "SELECT hall_id, data::text AS data FROM audit_entries"
        " WHERE verb = 'citizen.verified_at_window' AND subject = $1",
        f"citizen:{who.id}",
    )
    assert entry["hall_id"] == agents.world.place.hall_id
    assert who.id_number not in entry["data"]


async def test_what_was_confirmed_wrongly_is_put_right_there(
    agents: Agents, authority: Authority
) -> None:
    who = await _somebody(agents)
    ok(await agents.say_who(who))
    await agents.filed(who)
    refused(await agents.say_who(who, name="李小明"), 409, "citizens.identity_fixed")
    taken = ok(await _seen(agents, await _code(agents, who), name="李小明"))
    assert taken["changed"]
    assert (await _me(agents, who))["name"] == "李*明"
    verbs = await db.fetch(
        "SELECT verb FROM audit_entries WHERE subject = $1 ORDER BY id", f"citizen:{who.id}"
    )
    assert "citizen.identity_changed_at_window" in {row["verb"] for row in verbs}


async def test_one_whom_the_authority_knows_otherwise_is_taken_by_the_card(
    agents: Agents, authority: Authority
) -> None:
    authority.says = Verdict.MISMATCH
    who = await _somebody(agents)
    refused(await agents.say_who(who), 422, "citizens.identity_mismatch")
    ok(await _seen(agents, await _code(agents, who)))
    assert not (await _me(agents, who))["complete"]
    shown = ok(await agents.say_who(who))
    assert (shown["level"], shown["complete"]) == ("verified", True)
    assert len(authority.asked) == 1


async def test_a_code_works_once_and_for_a_while(agents: Agents) -> None:
    who = await _somebody(agents)
    first, second = await _code(agents, who), await _code(agents, who)
    refused(await _seen(agents, first), 404, "not_found")
    ok(await _seen(agents, second))
    refused(await _seen(agents, second), 404, "not_found")
    third = await _code(agents, who)
    agents.world.house.clock.shift(timedelta(minutes=11))
    refused(await _seen(agents, third), 404, "not_found")


@pytest.mark.parametrize("by", ["reviewer", "manager", "admin", ""])
async def test_only_a_clerk_sees_cards(agents: Agents, by: str) -> None:
    answer = await _seen(agents, await _code(agents, await _somebody(agents)), by=by)
    assert answer.status_code == (403 if by else 401)


async def test_the_card_itself_must_be_there(agents: Agents) -> None:
    who = await _somebody(agents)
    refused(
        await _seen(agents, await _code(agents, who), card_seen=False),
        422,
        "citizens.card_not_seen",
    )
    refused(
        await agents.post(who, "citizens/me/window-code", {"consent": False}),
        422,
        "citizens.no_consent",
    )
    answer = await _seen(agents, await _code(agents, who), id_number=id_number(1, "20200101"))
    refused(answer, 422, "citizens.guardian_needed")
    answer = await _seen(agents, await _code(agents, who), id_number="110105194912310020")
    refused(answer, 422, "citizens.bad_id_number")


async def test_an_account_that_took_things_of_the_counter_stays_the_same_persons(
    agents: Agents,
) -> None:
    who = await _somebody(agents)
    given = {"name": "李大明", "phone": phone(1), "id_number": id_number(1), "consent": True}
    ok(await agents.world.do("clerk", "applicants", given))
    ok(await agents.say_who(who))
    ok(await agents.prove(who, phone(1)))
    answer = await _seen(agents, await _code(agents, who), id_number=id_number(2))
    refused(answer, 409, "citizens.id_number_fixed")
    ok(await _seen(agents, await _code(agents, who)))


# --- at the counter the card is there anyway
async def _verified(who: Any) -> bool:
    row = await db.fetch_one("SELECT verified_at FROM citizens WHERE id = $1", who)
    assert row
    return row["verified_at"] is not None


async def test_who_applies_at_the_counter_is_verified_by_the_clerk(agents: Agents) -> None:
    given = {"name": "张老汉", "phone": phone(3), "id_number": id_number(3), "consent": True}
    ok(await agents.world.do("clerk", "applicants", given))
    row = await db.fetch_one("SELECT id, verified_by FROM citizens WHERE made_by IS NOT NULL")
    assert row
    assert row["verified_by"] == f"staff:{agents.world.place.staff['clerk']}"
    # A clerk who has misread the name puts it right with the card.
    ok(await agents.world.do("clerk2", "applicants", given | {"name": "张老汗"}))
    row = await db.fetch_one("SELECT id, verified_by FROM citizens WHERE made_by IS NOT NULL")
    assert row
    assert row["verified_by"] == f"staff:{agents.world.place.staff['clerk2']}"


async def test_so_is_whoever_has_proved_that_the_phone_is_theirs(agents: Agents) -> None:
    who = await agents.person(4, "赵四海")
    given = {"name": "赵四海", "phone": phone(4), "id_number": id_number(4), "consent": True}
    ok(await agents.world.do("clerk", "applicants", given | {"name": "赵死海"}))
    assert not await _verified(who.id)
    ok(await agents.world.do("clerk", "applicants", given))
    assert await _verified(who.id)


async def test_a_stranger_who_says_the_same_is_not(agents: Agents) -> None:
    thief = await agents.person(5, "钱五", proven=False)
    given = {"name": "钱五", "phone": phone(5), "id_number": id_number(5), "consent": True}
    ok(await agents.world.do("clerk", "applicants", given))
    assert not await _verified(thief.id)
