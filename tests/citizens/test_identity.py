"""Saying who one is, and the authority that knows better."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from app.citizens.realname import Verdict
from app.core import db
from tests.agency.agents import Agents, Known, id_number, phone
from tests.cases.builders import ok, refused
from tests.citizens.conftest import Authority
from tests.places import citizen_actor

WorkOutbox = Callable[[], Any]


async def _somebody(agents: Agents, n: int = 1) -> Known:
    """A signed-in citizen who has said nothing yet."""
    openid = f"o-person-{n}"
    actor, headers = await citizen_actor(agents.world.act_as(), openid)
    return Known(actor.id, headers, openid, "李大明", phone(n), id_number(n))


async def _me(agents: Agents, who: Known) -> dict[str, Any]:
    return ok(await agents.get(who, "citizens/me"))


async def _audited(who: Known) -> list[str]:
    rows = await db.fetch(
        "SELECT verb, data::text AS data FROM audit_entries WHERE subject = $1 ORDER BY id",
        f"citizen:{who.id}",
    )
    told = "".join(row["data"] for row in rows)
    assert who.id_number not in told
    assert who.name not in told
    return [row["verb"].removeprefix("citizen.") for row in rows]


# --- without an authority
async def test_without_an_authority_an_identity_is_what_was_said(agents: Agents) -> None:
    who = await _somebody(agents)
    assert (await _me(agents, who))["level"] is None
    shown = ok(await agents.say_who(who))
    assert (shown["level"], shown["complete"], shown["checking"]) == ("stated", True, False)
    ok(await agents.prove(who, who.phone))
    assert (await _me(agents, who))["level"] == "phone_proven"


# --- with one
async def test_what_matches_is_verified_with_when_and_by_whom(
    agents: Agents, authority: Authority
) -> None:
    who = await _somebody(agents)
    shown = ok(await agents.say_who(who))
    assert (shown["level"], shown["mismatched"]) == ("verified", False)
    [asked] = authority.asked
    assert (asked.name.reveal(), asked.id_number.reveal(), asked.phone) == (
        who.name,
        who.id_number,
        None,
    )
    row = await db.fetch_one("SELECT verified_at, verified_by FROM citizens WHERE id = $1", who.id)
    assert row
    assert row["verified_by"] == "service:test"
    assert row["verified_at"] is not None
    check = await db.fetch_one("SELECT state, reference FROM identity_checks")
    assert check == {"state": "matched", "reference": "ref-1"}
    assert await _audited(who) == ["identity_matched", "said_who"]


async def test_what_is_verified_is_not_asked_for_again(
    agents: Agents, authority: Authority
) -> None:
    who = await _somebody(agents)
    ok(await agents.say_who(who))
    assert ok(await agents.say_who(who, phone=phone(9)))["level"] == "verified"
    assert len(authority.asked) == 1


async def test_a_phone_goes_along_where_it_is_proven(agents: Agents, authority: Authority) -> None:
    authority.says = Verdict.UNKNOWN
    who = await _somebody(agents)
    ok(await agents.say_who(who))
    ok(await agents.prove(who, who.phone))
    ok(await agents.say_who(who))
    ok(await agents.say_who(who, phone=phone(9)))
    assert [a.phone.reveal() if a.phone else None for a in authority.asked] == [
        None,
        who.phone,
        None,
    ]


async def test_what_does_not_match_is_not_kept(agents: Agents, authority: Authority) -> None:
    authority.says = Verdict.MISMATCH
    who = await _somebody(agents)
    answer = await agents.say_who(who)
    refused(answer, 422, "citizens.identity_mismatch")
    assert "身份证" in answer.json()["title"]
    shown = await _me(agents, who)
    assert (shown["name"], shown["level"], shown["complete"]) == (None, None, False)
    assert await _audited(who) == ["identity_mismatched"]
    authority.says = Verdict.MATCH
    assert ok(await agents.say_who(who))["level"] == "verified"


async def test_tries_are_limited_and_a_day_later_there_are_new_ones(
    agents: Agents, authority: Authority
) -> None:
    authority.says = Verdict.MISMATCH
    who = await _somebody(agents)
    most = agents.world.house.settings.real_name_attempts
    for n in range(most):
        answer = await agents.say_who(who, id_number=id_number(n + 10))
        refused(answer, 422, "citizens.identity_mismatch")
    refused(await agents.say_who(who), 429, "citizens.attempts_spent")
    assert len(authority.asked) == most
    authority.says = Verdict.MATCH
    refused(await agents.say_who(who), 429, "citizens.attempts_spent")
    agents.world.house.clock.shift(timedelta(days=1, minutes=1))
    who = await agents.again(who)
    assert ok(await agents.say_who(who))["level"] == "verified"


async def test_tries_at_once_are_all_counted(agents: Agents, authority: Authority) -> None:
    authority.says = Verdict.MISMATCH
    who = await _somebody(agents)
    most = agents.world.house.settings.real_name_attempts
    answers = await asyncio.gather(
        *(agents.say_who(who, id_number=id_number(n + 10)) for n in range(most + 4))
    )
    assert sorted(a.status_code for a in answers) == [422] * most + [429] * 4
    assert len(authority.asked) == most


async def test_one_without_a_record_stays_as_they_said(
    agents: Agents, authority: Authority
) -> None:
    authority.says = Verdict.UNKNOWN
    shown = ok(await agents.say_who(await _somebody(agents)))
    assert (shown["level"], shown["checking"]) == ("stated", False)


# --- an authority that is down
async def test_an_authority_that_is_down_keeps_nobody_waiting(
    agents: Agents, authority: Authority, work_outbox: WorkOutbox
) -> None:
    authority.says = None
    who = await _somebody(agents)
    shown = ok(await agents.say_who(who))
    assert (shown["level"], shown["complete"], shown["checking"]) == ("stated", True, True)
    case = await agents.filed(who)
    assert case.number
    # Still down a minute later, and a while after that it is up again.
    agents.world.house.clock.shift(timedelta(minutes=2))
    await work_outbox()
    assert (await _me(agents, who))["checking"]
    authority.says = Verdict.MATCH
    agents.world.house.clock.shift(timedelta(minutes=10))
    await work_outbox()
    shown = await _me(agents, who)
    assert (shown["level"], shown["checking"]) == ("verified", False)
    assert len({asked.key for asked in authority.asked}) == 1


async def test_what_turns_out_wrong_later_stops_further_applications(
    agents: Agents, authority: Authority, work_outbox: WorkOutbox
) -> None:
    authority.says = None
    who = await _somebody(agents)
    ok(await agents.say_who(who))
    authority.says = Verdict.MISMATCH
    agents.world.house.clock.shift(timedelta(minutes=2))
    await work_outbox()
    shown = await _me(agents, who)
    assert (shown["level"], shown["complete"], shown["mismatched"]) == (None, False, True)
    answer = await agents.file(who, await agents.item())
    refused(answer, 422, "citizens.identity_mismatch")
    authority.says = Verdict.MATCH
    assert not ok(await agents.say_who(who, name="李大名"))["mismatched"]
    ok(await agents.file(who, await agents.item()), 201)


async def test_an_answer_to_what_was_said_before_counts_for_nothing(
    agents: Agents, authority: Authority, work_outbox: WorkOutbox
) -> None:
    authority.says = None
    who = await _somebody(agents)
    ok(await agents.say_who(who))
    authority.says = Verdict.UNKNOWN
    ok(await agents.say_who(who, name="李大名"))
    authority.says = Verdict.MISMATCH
    agents.world.house.clock.shift(timedelta(minutes=2))
    await work_outbox()
    assert not (await _me(agents, who))["mismatched"]
    rows = await db.fetch("SELECT state FROM identity_checks ORDER BY id")
    assert [row["state"] for row in rows] == ["dropped", "unknown"]


async def test_an_authority_that_stays_silent_is_not_asked_for_ever(
    agents: Agents, authority: Authority, work_outbox: WorkOutbox
) -> None:
    authority.says = None
    who = await _somebody(agents)
    ok(await agents.say_who(who))
    for _ in range(10):
        agents.world.house.clock.shift(timedelta(days=1))
        await work_outbox()
    rows = await db.fetch("SELECT state FROM identity_checks")
    assert [row["state"] for row in rows] == ["unanswered"]
    waiting = await db.fetch("SELECT state FROM outbox WHERE topic = 'citizens.check_identity'")
    assert [row["state"] for row in waiting] == ["done"]
    who = await agents.again(who)
    assert (await _me(agents, who))["level"] == "stated"


# --- changing it
async def test_what_was_merely_said_can_be_corrected(agents: Agents) -> None:
    who = await _somebody(agents)
    ok(await agents.say_who(who))
    assert ok(await agents.say_who(who, name="李小明", id_number=id_number(5)))["name"] == "李*明"


async def test_what_is_verified_is_changed_at_the_window_alone(
    agents: Agents, authority: Authority
) -> None:
    who = await _somebody(agents)
    ok(await agents.say_who(who))
    for changed in ({"name": "王小二"}, {"id_number": id_number(2)}):
        refused(await agents.say_who(who, **changed), 409, "citizens.identity_fixed")
    assert len(authority.asked) == 1


async def test_after_applying_one_does_not_become_somebody_else(agents: Agents) -> None:
    who = await _somebody(agents)
    ok(await agents.say_who(who))
    await agents.filed(who)
    answer = await agents.say_who(who, id_number=id_number(2))
    refused(answer, 409, "citizens.identity_fixed")
    # Without an authority nobody confirms a corrected name either.
    refused(await agents.say_who(who, name="李大名"), 409, "citizens.identity_fixed")
    ok(await agents.say_who(who, phone=phone(7)))


async def test_after_applying_a_misspelt_name_is_put_right_where_it_is_confirmed(
    agents: Agents, authority: Authority
) -> None:
    authority.says = Verdict.UNKNOWN
    who = await _somebody(agents)
    ok(await agents.say_who(who))
    await agents.filed(who)
    refused(await agents.say_who(who, name="李大名"), 409, "citizens.identity_fixed")
    authority.says = None
    refused(await agents.say_who(who, name="李大名"), 503, "citizens.check_unavailable")
    authority.says = Verdict.MISMATCH
    refused(await agents.say_who(who, name="李大名"), 422, "citizens.identity_mismatch")
    assert (await _me(agents, who))["level"] == "stated"
    authority.says = Verdict.MATCH
    shown = ok(await agents.say_who(who, name="李大名"))
    assert (shown["name"], shown["level"]) == ("李*名", "verified")


# --- how well one must be known
@pytest.mark.parametrize("wanted", ["phone_proven", "verified"])
async def test_a_hall_may_want_to_know_more(
    agents: Agents, setting: Callable[..., None], wanted: str
) -> None:
    who = await _somebody(agents)
    ok(await agents.say_who(who))
    item = await agents.item()
    setting(filing_level=wanted)
    answer = await agents.file(who, item)
    refused(answer, 409, "citizens.level_needed")
    assert answer.json()["level"] == wanted
    if wanted == "phone_proven":
        ok(await agents.prove(who, who.phone))
    else:
        await db.execute(
            "UPDATE citizens SET verified_at = now(), verified_by = 'staff:x' WHERE id = $1", who.id
        )
    ok(await agents.file(who, item), 201)


async def test_an_authority_that_is_down_keeps_nobody_from_applying(
    agents: Agents, authority: Authority, setting: Callable[..., None]
) -> None:
    setting(filing_level="verified")
    authority.says = None
    who = await _somebody(agents)
    ok(await agents.say_who(who))
    ok(await agents.file(who, await agents.item()), 201)


async def test_under_fourteen_a_guardian_must_act(agents: Agents, authority: Authority) -> None:
    child = await _somebody(agents)
    young = id_number(1, born="20150601")
    refused(await agents.say_who(child, id_number=young), 422, "citizens.guardian_needed")
    assert authority.asked == []
    refused(await agents.file(child, await agents.item()), 409, "citizens.who_first")
    agents.world.go_to_day(date(2029, 6, 1))
    child = await agents.again(child)
    ok(await agents.say_who(child, id_number=young))
