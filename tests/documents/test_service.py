"""Papers written, read, verified, revoked: in a real house."""

import asyncio
import dataclasses
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from app.core import db
from app.core.acts import Act
from app.core.errors import NotFound
from app.core.house import House
from app.documents import rules
from app.documents import service as documents
from app.documents.rules import Kind, Written
from app.documents.service import AlreadyRevoked, Altered, NumberTaken
from tests.documents.makers import CODE, paper, text
from tests.places import Place, code_of

ActAs = Callable[..., Act]
Write = Callable[..., Any]


@pytest.fixture
def write(act_as: ActAs, place: Place) -> Write:
    """`await write(...)` writes a paper of the hall that differs so from the usual one."""

    async def make(**given: Any) -> Written:
        act = act_as()
        made = paper(**({"hall_id": place.hall_id, "issued_at": act.at} | given))
        async with act.transaction():
            return await documents.write(act, made)

    return make


async def verified(client: httpx.AsyncClient, code: str) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/verify/{code}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def trail(subject: str, verb: str) -> list[dict[str, Any]]:
    return await db.fetch(
        "SELECT data::text AS data FROM audit_entries WHERE subject = $1 AND verb = $2"
        " AND at > now() - interval '1 minute' ORDER BY id",
        subject,
        verb,
    )


# --- written
async def test_a_paper_is_written_with_a_code_and_leaves_a_trace(write: Write) -> None:
    made = await write(number="A-1")
    assert rules.read_code(made.code) == made.code
    row = await db.fetch_one("SELECT * FROM documents WHERE id = $1", made.id)
    assert row is not None
    assert (row["number"], row["code"]) == ("A-1", made.code)
    assert "欧阳明月".encode() not in row["holder"]
    assert await trail("document:A-1", "document.written")


async def test_no_two_papers_have_the_same_number(write: Write) -> None:
    await write(number="A-1")
    with pytest.raises(NumberTaken):
        await write(number="A-1", title="另一份")


async def test_a_paper_fails_with_the_act_that_writes_it(act_as: ActAs, place: Place) -> None:
    act = act_as()

    async def fail() -> None:
        async with act.transaction():
            await documents.write(act, paper(hall_id=place.hall_id, number="A-2"))
            raise NotFound

    with pytest.raises(NotFound):
        await fail()
    assert await documents.codes(["A-2"]) == {}


async def test_ensuring_a_paper_ten_times_at_once_writes_it_once(
    act_as: ActAs, place: Place
) -> None:
    wanted = paper(hall_id=place.hall_id, number="A-3")
    made = await asyncio.gather(*(documents.ensure(act_as(), wanted) for _ in range(10)))
    assert len({found.code for found in made}) == 1
    assert await documents.ensure(act_as(), wanted) == made[0]
    with pytest.raises(NumberTaken):
        await documents.ensure(act_as(), dataclasses.replace(wanted, subject="case:other"))


CHANGED = {
    "title": "'改过'",
    "lines": "'[]'::jsonb",
    "holder": "NULL",
    "valid_until": "'2099-01-01'",
    "digest": "decode(repeat('00', 32), 'hex')",
    "code": f"'{CODE}'",
    "revoked_at": "NULL",
}


@pytest.mark.parametrize("column", CHANGED)
async def test_what_is_written_stays(write: Write, act_as: ActAs, column: str) -> None:
    await write(number="A-4")
    if column == "revoked_at":
        await documents.revoke(act_as(), "A-4", "测试")
    with pytest.raises(Exception, match="never changed"):
        await db.execute(f"UPDATE documents SET {column} = {CHANGED[column]}")
    with pytest.raises(Exception, match="never changed"):
        await db.execute("DELETE FROM documents")


# --- read
async def test_the_pdf_is_always_the_same_and_each_reading_is_recorded(
    write: Write, act_as: ActAs, house: House
) -> None:
    made = await write(number="A-5", details=(("地址", "东风路 18 号"),))
    first = await documents.pdf(act_as(), made.id)
    anonymous = await documents.pdf(act_as(), made.id, anonymous=True)
    assert first.content == (await documents.pdf(act_as(), made.id)).content
    assert first.content_type == "application/pdf"
    assert first.filename == "受理通知书_A-5.pdf"
    assert "欧阳明月" in text(first.content)
    assert "东风路" in text(first.content)
    assert "欧阳明月" not in text(anonymous.content)
    assert rules.shown_code(made.code)[:19] in text(first.content)
    assert f"{house.settings.public_url}/v" in text(first.content)
    assert [("true" in row["data"]) for row in await trail("document:A-5", "document.read")] == [
        False,
        True,
        False,
    ]


async def test_an_altered_paper_is_given_to_nobody(
    write: Write, act_as: ActAs, client: httpx.AsyncClient
) -> None:
    made = await write(number="A-6")
    await db.execute("ALTER TABLE documents DISABLE TRIGGER documents_stay")
    try:
        await db.execute("UPDATE documents SET title = '准予决定书' WHERE id = $1", made.id)
    finally:
        await db.execute("ALTER TABLE documents ENABLE TRIGGER documents_stay")
    with pytest.raises(Altered):
        await documents.pdf(act_as(), made.id)
    assert (await verified(client, made.code))["state"] == "altered"


async def test_the_papers_of_a_subject_are_listed_oldest_first(write: Write) -> None:
    for number in ("B-1", "B-2"):
        await write(number=number, subject="case:7")
    await write(number="B-3", subject="case:8")
    found = await documents.of_subject("case:7")
    assert [shown.number for shown in found] == ["B-1", "B-2"]
    assert (found[0].kind, found[0].hall) == (Kind.RECEIPT, "青河县政务服务中心")
    assert set(await documents.codes(["B-1", "B-3", "B-9"])) == {"B-1", "B-3"}


# --- verified
async def test_anybody_learns_what_a_genuine_paper_says(
    write: Write, client: httpx.AsyncClient, act_as: ActAs
) -> None:
    made = await write(valid_until=date(2099, 1, 1))
    found = await verified(client, made.code)
    assert found == {
        "kind": "receipt",
        "title": "受理通知书",
        "number": made.number,
        "hall": "青河县政务服务中心",
        "issued_on": act_as().today.isoformat(),
        "valid_until": "2099-01-01",
        "item_name": "小餐饮登记",
        "case_number": "511602202603020000018",
        "holder": "欧**月",
        "state": "valid",
        "says": "有效",
        "revoked_on": None,
        "revoked_why": None,
    }
    typed = rules.shown_code(made.code).lower()
    assert await verified(client, typed) == found


async def test_an_expired_paper_says_so(
    write: Write, client: httpx.AsyncClient, house: House, act_as: ActAs
) -> None:
    made = await write(valid_until=act_as().today)
    assert (await verified(client, made.code))["state"] == "valid"
    house.clock.shift(timedelta(days=1))
    found = await verified(client, made.code)
    assert (found["state"], found["says"]) == ("expired", "已过有效期")


async def test_a_revoked_paper_says_when_and_why(
    write: Write, client: httpx.AsyncClient, act_as: ActAs
) -> None:
    made = await write(number="C-1")
    await documents.revoke(act_as(), "C-1", "承诺不实。")
    found = await verified(client, made.code)
    assert found["state"] == "revoked"
    assert found["revoked_why"] == "承诺不实。"
    assert found["revoked_on"] == act_as().today.isoformat()
    assert await trail("document:C-1", "document.revoked")
    with pytest.raises(AlreadyRevoked):
        await documents.revoke(act_as(), "C-1", "再次")
    with pytest.raises(NotFound):
        await documents.revoke(act_as(), "C-2", "没有这份")


@pytest.mark.parametrize("code", [CODE, "x", CODE.lower(), "%E2%98%83", CODE + CODE])
async def test_a_code_of_no_paper_is_not_found(client: httpx.AsyncClient, code: str) -> None:
    answer = await client.get(f"/api/v1/verify/{code}")
    assert (answer.status_code, code_of(answer)) == (404, "not_found")
    assert "没有查到" in answer.json()["detail"]


async def test_no_paper_takes_the_work_of_one(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, house: House, write: Write
) -> None:
    """What takes time in a verification is opening what is sealed, and the digest."""
    done: list[str] = []
    opened, checked = house.keyring.open, house.keyring.verify_mac

    def opening(sealed: bytes, context: str) -> bytes:
        done.append(context)
        return opened(sealed, context)

    def checking(*given: Any, **named: Any) -> bool:
        done.append("mac")
        return checked(*given, **named)

    made = await write()
    monkeypatch.setattr(house.keyring, "open", opening)
    monkeypatch.setattr(house.keyring, "verify_mac", checking)
    await verified(client, made.code)
    there = list(done)
    done.clear()
    await client.get(f"/api/v1/verify/{CODE}")
    assert done == there == ["documents.holder", "mac"]


async def test_every_verification_is_counted(write: Write, client: httpx.AsyncClient) -> None:
    def count(state: str) -> float:
        name = "zhangban_document_verifications_total"
        return REGISTRY.get_sample_value(name, {"state": state}) or 0.0

    made = await write()
    before = count("valid"), count("unknown")
    await verified(client, made.code)
    await client.get(f"/api/v1/verify/{CODE}")
    assert (count("valid"), count("unknown")) == (before[0] + 1, before[1] + 1)


async def test_who_tries_codes_is_slowed_down(client: httpx.AsyncClient) -> None:
    answers = [(await client.get(f"/api/v1/verify/{n}")).status_code for n in range(61)]
    assert answers[:60] == [404] * 60
    assert answers[60] == 429
