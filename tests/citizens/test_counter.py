"""People at the counter, and how what they did there becomes theirs in the mini program."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from app.agency import service as agency
from app.citizens import service as citizens
from app.citizens.schemas import PersonIn
from app.core import db
from app.core.acts import Act
from app.core.auth import Citizen
from app.core.errors import Forbidden, NotFound
from tests.agency.agents import Agents, Known, id_number, phone
from tests.cases.builders import Filed, ok, refused

FARMER = PersonIn(name="张老汉", phone=phone(1), id_number=id_number(1), consent=True)


async def _clerk(agents: Agents, name: str = "clerk") -> Act:
    return agents.world.act_as(await agents.world.place.actor(agents.world.act_as(), name))


async def _at_counter(agents: Agents, given: PersonIn = FARMER) -> UUID:
    return (await citizens.at_counter(await _clerk(agents), given)).id


async def _code(agents: Agents, citizen_id: UUID) -> str:
    made = await citizens.claim_code(await _clerk(agents), citizen_id)
    assert made
    return made.code


async def _case_of(agents: Agents, citizen_id: UUID) -> Filed:
    """A case of this counter account."""
    case = await agents.filed(await agents.person(90, "经手人"))
    await db.execute("UPDATE cases SET applicant_id = $2 WHERE id = $1", case.id, citizen_id)
    return case


async def _farmers_phone(agents: Agents, *, proven: bool = False) -> Known:
    """The mini program on a phone whose owner says that they are the farmer."""
    return await agents.person(1, "张老汉", proven=proven)


async def _sees(agents: Agents, who: Known, case: Filed) -> bool:
    return (await agents.get(who, f"cases/{case.id}")).status_code == 200


async def _claim(agents: Agents, who: Known, code: str) -> Any:
    return await agents.post(who, "citizens/me/claims", {"code": code})


# --- the account
async def test_the_same_person_at_the_counter_is_the_same_account(agents: Agents) -> None:
    first = await _at_counter(agents)
    again = PersonIn(
        name="张老汉", phone=f"+86 {phone(1)}", id_number=id_number(1).lower(), consent=True
    )
    assert await _at_counter(agents, again) == first
    other = PersonIn(name="张老汉", phone=phone(2), id_number=id_number(1), consent=True)
    assert await _at_counter(agents, other) != first


async def test_two_clerks_at_once_make_one_account(agents: Agents) -> None:
    acts = [await _clerk(agents, name) for name in ("clerk", "clerk2")]
    made = await asyncio.gather(*(citizens.at_counter(act, FARMER) for act in acts))
    assert made[0].id == made[1].id


async def test_only_a_clerk_takes_people_in(agents: Agents) -> None:
    who = await _farmers_phone(agents)
    for act in (agents.world.act_as(Citizen(who.id, who.id)), await _clerk(agents, "manager")):
        with pytest.raises(Forbidden):
            await citizens.at_counter(act, FARMER)


async def test_what_was_said_at_the_counter_is_checked_as_everywhere(agents: Agents) -> None:
    clerk = await _clerk(agents)
    for changed, problem in (
        ({"consent": False}, citizens.NoConsent),
        ({"phone": "01012345678"}, citizens.BadPhone),
        ({"id_number": "110105194912310020"}, citizens.BadIdNumber),
        ({"id_number": id_number(1, born="20200101")}, citizens.GuardianNeeded),
    ):
        given = {"name": "张老汉", "phone": phone(1), "id_number": id_number(1), "consent": True}
        with pytest.raises(problem):
            await citizens.at_counter(clerk, PersonIn(**(given | changed)))  # type: ignore[arg-type]


async def test_who_merely_says_to_be_somebody_does_not_get_their_cases(agents: Agents) -> None:
    """A thief who knows ID number and phone waits for the farmer to come to the counter."""
    thief = await _farmers_phone(agents)
    account = await _at_counter(agents)
    assert account != thief.id
    case = await _case_of(agents, account)
    assert not await _sees(agents, thief, case)
    assert await agents.mine(thief) == []


async def test_an_account_with_a_proven_phone_is_the_farmers(agents: Agents) -> None:
    farmer = await _farmers_phone(agents, proven=True)
    assert await _at_counter(agents) == farmer.id
    assert await citizens.claim_code(await _clerk(agents), farmer.id) is None


# --- claiming
async def test_the_code_from_the_counter_and_the_id_number_bring_the_case_home(
    agents: Agents,
) -> None:
    account = await _at_counter(agents)
    case, code = await _case_of(agents, account), await _code(agents, account)
    farmer = await _farmers_phone(agents)
    assert not await _sees(agents, farmer, case)
    typed = f"{code[:4].lower()}-{code[4:].lower()}"
    assert ok(await _claim(agents, farmer, typed)) == {"linked": 1}
    assert await _sees(agents, farmer, case)
    assert [(r["number"], r["capacity"]) for r in await agents.mine(farmer)] == [
        (case.number, "applicant")
    ]
    assert await citizens.openid(account) == farmer.openid
    assert await citizens.identities(account) == (farmer.id, account)
    assert await citizens.identities(farmer.id) == (farmer.id, account)
    # Used once, a code is nobody's; and what was claimed cannot be claimed again.
    refused(await _claim(agents, farmer, code), 422, "citizens.claim_wrong")
    assert await citizens.claim_code(await _clerk(agents), account) is None


async def test_a_code_without_the_id_number_is_worth_nothing(agents: Agents) -> None:
    """A finder of the receipt."""
    account = await _at_counter(agents)
    case, code = await _case_of(agents, account), await _code(agents, account)
    finder = await agents.person(2, "赵四海")
    refused(await _claim(agents, finder, code), 422, "citizens.claim_wrong")
    assert not await _sees(agents, finder, case)
    ok(await _claim(agents, await _farmers_phone(agents), code))


async def test_guessing_a_code_spends_it(agents: Agents) -> None:
    account = await _at_counter(agents)
    case, code = await _case_of(agents, account), await _code(agents, account)
    thief = await _farmers_phone(agents)
    for n in range(agents.world.house.settings.claim_attempts):
        refused(await _claim(agents, thief, f"AAAA-AAA{n + 2}"), 422, "citizens.claim_wrong")
    refused(await _claim(agents, thief, code), 422, "citizens.claim_wrong")
    assert not await _sees(agents, thief, case)
    # At the counter the farmer shows the ID card and gets another.
    asked = {"id_number": id_number(1), "phone": phone(1)}
    new = ok(await agents.world.do("clerk", "claim-codes", asked), 201)["code"]
    ok(await _claim(agents, thief, new))


async def test_guesses_at_once_are_all_counted(agents: Agents) -> None:
    account = await _at_counter(agents)
    code = await _code(agents, account)
    thief = await _farmers_phone(agents)
    attempts = agents.world.house.settings.claim_attempts
    await asyncio.gather(*(_claim(agents, thief, f"BBBBBBB{n + 2}") for n in range(attempts)))
    refused(await _claim(agents, thief, code), 422, "citizens.claim_wrong")


async def test_a_new_code_ends_the_one_before_and_every_code_grows_old(agents: Agents) -> None:
    account = await _at_counter(agents)
    old, new = await _code(agents, account), await _code(agents, account)
    farmer = await _farmers_phone(agents)
    refused(await _claim(agents, farmer, old), 422, "citizens.claim_wrong")
    agents.world.go_to_day(date(2026, 12, 1))
    farmer = await agents.again(farmer)
    refused(await _claim(agents, farmer, new), 422, "citizens.claim_wrong")


async def test_two_phones_claim_at_once_and_one_gets_it(agents: Agents) -> None:
    account = await _at_counter(agents)
    case, code = await _case_of(agents, account), await _code(agents, account)
    phones = [await _farmers_phone(agents), await agents.person(2, "张老汉")]
    ok(await agents.say_who(phones[1], id_number=id_number(1)))
    answers = await asyncio.gather(*(_claim(agents, who, code) for who in phones))
    assert sorted(a.status_code for a in answers) == [200, 422]
    for who, answer in zip(phones, answers, strict=True):
        assert await _sees(agents, who, case) == (answer.status_code == 200)


async def test_the_platforms_word_for_the_phone_links_the_account(agents: Agents) -> None:
    account = await _at_counter(agents)
    case, code = await _case_of(agents, account), await _code(agents, account)
    farmer = await _farmers_phone(agents)
    ok(await agents.prove(farmer, phone(2)))
    assert not await _sees(agents, farmer, case)
    ok(await agents.prove(farmer, phone(1)))
    assert await _sees(agents, farmer, case)
    refused(await _claim(agents, farmer, code), 422, "citizens.claim_wrong")


async def test_a_phone_alone_is_not_enough(agents: Agents) -> None:
    """The neighbour whose phone the farmer gave."""
    account = await _at_counter(agents)
    case = await _case_of(agents, account)
    neighbour = await agents.person(2, "王邻居")
    ok(await agents.prove(neighbour, phone(1)))
    assert not await _sees(agents, neighbour, case)


async def test_saying_another_phone_takes_the_proof_away(agents: Agents) -> None:
    farmer = await _farmers_phone(agents, proven=True)
    assert ok(await agents.get(farmer, "citizens/me"))["phone_proven"]
    ok(await agents.say_who(farmer))
    assert ok(await agents.get(farmer, "citizens/me"))["phone_proven"]
    assert not ok(await agents.say_who(farmer, phone=phone(5)))["phone_proven"]


async def test_one_phone_does_not_collect_the_accounts_of_a_village(agents: Agents) -> None:
    """A phone given for many people claims for one of them: the ID number is fixed from then on."""
    accounts = []
    for n in (1, 2):
        given = PersonIn(name="村民", phone=phone(1), id_number=id_number(n), consent=True)
        accounts.append(await _at_counter(agents, given))
    cases = [await _case_of(agents, account) for account in accounts]
    village = await _farmers_phone(agents, proven=True)
    assert await _sees(agents, village, cases[0])
    again = await agents.say_who(village, id_number=id_number(2))
    refused(again, 409, "citizens.id_number_fixed")
    assert not await _sees(agents, village, cases[1])


async def test_a_code_is_given_out_by_clerks_for_what_is_there(agents: Agents) -> None:
    asked = {"id_number": id_number(1), "phone": phone(1)}
    refused(await agents.world.do("clerk", "claim-codes", asked), 404, "not_found")
    account = await _at_counter(agents)
    refused(await agents.world.do("reviewer", "claim-codes", asked), 403, "forbidden")
    ok(await agents.world.do("clerk", "claim-codes", asked), 201)
    rows = await db.fetch(
        "SELECT verb, data::text AS data FROM audit_entries WHERE subject = $1",
        f"citizen:{account}",
    )
    assert [r["verb"] for r in rows] == ["citizen.made_at_counter", "citizen.claim_code_made"]
    assert id_number(1) not in "".join(r["data"] for r in rows)


async def test_claiming_needs_to_know_who_asks(agents: Agents) -> None:
    stranger = await agents.world.citizen("o-unknown", known=False)
    answer = await agents.post(stranger, "citizens/me/claims", {"code": "ABCD2345"})
    refused(answer, 409, "citizens.who_first")


async def test_at_the_counter_too_an_enterprise_is_its_peoples(agents: Agents) -> None:
    """Somebody who is known at the counter under their first account has their roles there."""
    account, stranger = await _at_counter(agents), phone(7)
    farmer = await _farmers_phone(agents)
    ok(await _claim(agents, farmer, await _code(agents, account)))
    enterprise = await agents.enterprise(farmer)
    clerk = await _clerk(agents)
    here = await citizens.at_counter(clerk, FARMER)
    assert here.id == account
    who = await agency.principal_present(clerk, here, UUID(enterprise))
    assert who.enterprise
    assert str(who.enterprise.id) == enterprise
    given = PersonIn(name="赵四海", phone=stranger, id_number=id_number(7), consent=True)
    other = await citizens.at_counter(clerk, given)
    with pytest.raises(NotFound):
        await agency.principal_present(clerk, other, UUID(enterprise))
