"""A person's rights to what is kept of them: a copy, withdrawing the consent, deleting it."""

import asyncio
from typing import Any

import httpx
import pytest

from app.citizens import rights
from app.core import db
from tests.agency.agents import Agents, Known, id_number, phone
from tests.cases.builders import Filed, ok, refused
from tests.citizens.phones import APPID
from tests.citizens.test_children import _added as add_child
from tests.places import citizen_actor


@pytest.fixture
async def who(agents: Agents) -> Known:
    return await agents.person(1, "李大明")


def _code(agents: Agents, who: Known) -> dict[str, str]:
    """A fresh login code of this person's phone."""
    people = agents.wechat.platform.people
    return {"code": people.issue_login_code(people.user(openid=who.openid), APPID)}


async def _export(agents: Agents, who: Known) -> dict[str, Any]:
    answer = await agents.post(who, "citizens/me/export", _code(agents, who))
    assert answer.headers["content-type"].startswith("application/json")
    assert "attachment" in answer.headers["content-disposition"]
    return ok(answer)


async def _delete(agents: Agents, who: Known) -> dict[str, Any]:
    return ok(await agents.post(who, "citizens/me/delete", _code(agents, who)))


async def _row(who: Known) -> dict[str, Any]:
    found = await db.fetch_one("SELECT * FROM citizens WHERE id = $1", who.id)
    assert found
    return found


async def _verbs(who: Known) -> list[str]:
    rows = await db.fetch(
        "SELECT verb FROM audit_entries WHERE subject = $1 ORDER BY id", f"citizen:{who.id}"
    )
    return [row["verb"] for row in rows]


async def _with_everything(agents: Agents, who: Known) -> Filed:
    """A case, a draft, a photo, an enterprise, a helper, a child."""
    case = await agents.filed(who)
    item = await agents.world.with_photos()
    draft = {"version_id": str(item.version_id), "form": {"shop": "草稿里的店"}}
    ok(await agents.put(who, f"drafts/{item.id}", draft))
    await agents.world.photo(who)
    await agents.enterprise(who)
    await agents.granted(who)
    await add_child(agents, who)
    return case


def _personal_columns(row: dict[str, Any]) -> list[Any]:
    names = ("openid", "unionid", "session_key", "name", "phone", "phone_index", "id_number")
    return [row[name] for name in (*names, "id_number_index")]


# --- a copy
async def test_one_gets_a_copy_of_everything(agents: Agents, who: Known) -> None:
    case = await _with_everything(agents, who)
    found = await _export(agents, who)
    [account] = found["account"]["accounts"]
    assert (account["name"], account["phone"], account["id_number"]) == (
        who.name,
        who.phone,
        who.id_number,
    )
    assert [child["name"] for child in found["account"]["children"]] == ["李小宝"]
    kept = found["kept"]
    [shown] = kept["applications"]["cases"]
    assert (shown["number"], shown["applicant_id_number"]) == (case.number, who.id_number)
    assert kept["applications"]["drafts"][0]["content"]["form"] == {"shop": "草稿里的店"}
    assert len(kept["photos"]) == 1
    assert kept["messages"]["messages"]
    assert len(kept["acting_for_others"]["enterprises"]) == 1
    assert len(kept["acting_for_others"]["consents_given"]) == 1
    assert set(kept) >= {"handed_in_before", "ratings", "projects"}
    assert (await _verbs(who))[-1] == "citizen.exported"


async def test_the_copy_holds_nothing_of_others(agents: Agents, who: Known) -> None:
    other = await agents.person(2, "王小二")
    await _with_everything(agents, other)
    text = str(await _export(agents, who))
    assert other.id_number not in text
    assert other.phone not in text


async def test_a_copied_token_is_not_enough(agents: Agents, who: Known) -> None:
    thief = await agents.person(2, "王小二")
    for act in ("export", "delete"):
        answer = await agents.post(who, f"citizens/me/{act}", {"code": f"invented-{act}"})
        refused(answer, 401, "wechat.code_invalid")
        answer = await agents.post(who, f"citizens/me/{act}", _code(agents, thief))
        refused(answer, 403, "citizens.anothers_code")
    assert (await _row(who))["deleted_at"] is None


# --- withdrawing the consent
async def test_a_consent_withdrawn_leaves_an_empty_account(agents: Agents, who: Known) -> None:
    told = ok(await agents.post(who, "citizens/me/withdraw-consent"))
    assert told == {"open_cases": 0, "filed_cases": 0, "erased": True, "notes": []}
    shown = ok(await agents.get(who, "citizens/me"))
    assert (shown["name"], shown["phone"], shown["level"], shown["complete"]) == (
        None,
        None,
        None,
        False,
    )
    assert _personal_columns(await _row(who))[3:] == [None] * 5
    refused(await agents.file(who, await agents.item()), 409, "citizens.who_first")
    assert (await _verbs(who))[-1] == "citizen.consent_withdrawn"
    # It can be given again.
    ok(await agents.say_who(who))
    await agents.filed(who)


async def test_while_a_case_is_open_it_has_what_it_needs(agents: Agents, who: Known) -> None:
    case = await agents.filed(who)
    told = ok(await agents.post(who, "citizens/me/withdraw-consent"))
    assert (told["open_cases"], told["erased"]) == (1, False)
    assert "办结" in told["notes"][0]
    row = await _row(who)
    assert row["name"] is not None
    assert (row["phone_index"], row["phone_proven_at"], row["consented_at"]) == (None, None, None)
    # To the person themselves it is as good as gone, and nothing new can be done with it.
    shown = ok(await agents.get(who, "citizens/me"))
    assert (shown["name"], shown["complete"]) == (None, False)
    refused(await agents.file(who, await agents.item()), 409, "citizens.who_first")
    ok(await agents.get(who, f"cases/{case.id}"))
    act = agents.world.act_as()
    await rights.erase_waiting(act)
    assert (await _row(who))["name"] is not None
    ok(await agents.post(who, f"cases/{case.id}/withdraw"))
    await rights.erase_waiting(agents.world.act_as())
    row = await _row(who)
    assert (row["name"], row["phone"], row["id_number"]) == (None, None, None)
    assert (await _verbs(who))[-1] == "citizen.erased"


async def test_who_consents_again_meanwhile_is_not_erased(agents: Agents, who: Known) -> None:
    case = await agents.filed(who)
    ok(await agents.post(who, "citizens/me/withdraw-consent"))
    ok(await agents.say_who(who))
    ok(await agents.post(who, f"cases/{case.id}/withdraw"))
    await rights.erase_waiting(agents.world.act_as())
    assert (await _row(who))["name"] is not None


async def test_withdrawing_is_no_way_to_become_somebody_else(agents: Agents, who: Known) -> None:
    case = await agents.filed(who)
    ok(await agents.post(who, f"cases/{case.id}/withdraw"))
    ok(await agents.post(who, "citizens/me/withdraw-consent"))
    answer = await agents.say_who(who, id_number=id_number(2))
    refused(answer, 409, "citizens.identity_fixed")
    ok(await agents.say_who(who))


async def test_everything_that_no_case_needs_goes(agents: Agents, who: Known) -> None:
    await _with_everything(agents, who)
    ok(await agents.post(who, "citizens/me/withdraw-consent"))
    for table, of in (
        ("case_drafts", "citizen_id"),
        ("materials", "owner_id"),
        ("citizen_children", "guardian_id"),
    ):
        assert await db.fetch(f"SELECT 1 FROM {table} WHERE {of} = $1", who.id) == []
    left = await db.fetch("SELECT subject FROM notices WHERE citizen_id = $1", who.id)
    assert {row["subject"].split(":")[0] for row in left} == {"case"}
    consents = await db.fetch("SELECT ended_as FROM assistance_consents")
    assert [row["ended_as"] for row in consents] == ["revoked"]
    people = await db.fetch("SELECT removed_at FROM enterprise_people")
    assert people[0]["removed_at"] is not None


# --- deleting the account
async def test_a_deleted_account_is_nobodys(agents: Agents, who: Known) -> None:
    told = await _delete(agents, who)
    assert (told["erased"], told["notes"]) == (True, [])
    row = await _row(who)
    assert _personal_columns(row) == [None] * 8
    assert row["deleted_at"] is not None
    refused(await agents.get(who, "citizens/me"), 401, "not_signed_in")
    assert (await _verbs(who))[-1] == "citizen.deleted"


async def test_who_comes_back_begins_anew(agents: Agents, who: Known) -> None:
    case = await agents.filed(who)
    told = await _delete(agents, who)
    assert any("窗口" in note for note in told["notes"])
    again = await agents.person(1, "李大明")
    assert again.id != who.id
    assert await agents.mine(again) == []
    refused(await agents.get(again, f"cases/{case.id}"), 404, "not_found")


async def test_the_hall_keeps_the_file_and_goes_on_with_it(agents: Agents, who: Known) -> None:
    case = await agents.filed(who)
    await _delete(agents, who)
    ok(await agents.world.accept(case))
    ok(await agents.world.grant(case))
    clear = ok(await agents.world.look("clerk", f"cases/{case.id}/applicant"))
    assert clear["name"] == who.name
    assert (await _row(who))["name"] is not None


async def test_all_sessions_end_with_it(agents: Agents, who: Known) -> None:
    _, other_phone = await citizen_actor(agents.world.act_as(), who.openid)
    await _delete(agents, who)
    answer = await agents.world.client.get("/api/v1/citizens/me", headers=other_phone)
    refused(answer, 401, "not_signed_in")


async def test_with_it_goes_what_was_linked_from_the_counter(agents: Agents) -> None:
    given = {"name": "张老汉", "phone": phone(3), "id_number": id_number(3), "consent": True}
    ok(await agents.world.do("clerk", "applicants", given))
    who = await agents.person(3, "张老汉")
    await _delete(agents, who)
    rows = await db.fetch("SELECT name, phone_index, adopted_by FROM citizens WHERE made_by <> id")
    assert rows == [{"name": None, "phone_index": None, "adopted_by": who.id}]
    # At the counter they are somebody new, with a code of their own to claim it.
    ok(await agents.world.do("clerk", "applicants", given))
    counted = await db.fetch("SELECT id FROM citizens WHERE made_by IS NOT NULL")
    assert len(counted) == 2


async def test_of_two_deletions_at_once_one_is_done(agents: Agents, who: Known) -> None:
    codes = [_code(agents, who), _code(agents, who)]
    answers: list[httpx.Response] = await asyncio.gather(
        *(agents.post(who, "citizens/me/delete", code) for code in codes)
    )
    assert {a.status_code for a in answers} <= {200, 401, 403}
    assert 200 in {a.status_code for a in answers}
    assert (await _row(who))["deleted_at"] is not None


async def test_an_export_is_asked_for_now_and_then(agents: Agents, who: Known) -> None:
    for _ in range(5):
        await _export(agents, who)
    answer = await agents.post(who, "citizens/me/export", _code(agents, who))
    refused(answer, 429, "too_many_requests")
