"""The applicant's inbox over HTTP."""

from collections.abc import Callable
from uuid import uuid4

import httpx
import msgspec
import pytest

from app.core.acts import Act
from app.core.house import House
from app.notices.rules import Kind
from tests.notices.conftest import Applicant
from tests.places import citizen_actor, code_of
from wechat.client import OFFICIAL

INBOX = "/api/v1/notices"


async def inbox(client: httpx.AsyncClient, applicant: Applicant, **query: object) -> dict:
    answer = await client.get(INBOX, headers=applicant.headers, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def unread(client: httpx.AsyncClient, headers: dict[str, str]) -> int:
    return (await client.get(f"{INBOX}/unread-count", headers=headers)).json()["unread"]


async def test_a_message_is_in_the_inbox_before_wechat_knows_of_it(
    client: httpx.AsyncClient, applicant: Applicant
) -> None:
    await applicant.tell()
    (shown,) = (await inbox(client, applicant))["items"]
    assert shown["kind"] == "submitted"
    assert shown["title"] == "办件确认"
    assert "食品小作坊登记" in shown["body"]
    assert shown["read_at"] is None
    assert "wechat_state" not in shown


async def test_the_newest_comes_first_page_by_page(
    client: httpx.AsyncClient, applicant: Applicant
) -> None:
    for number in range(5):
        await applicant.tell(Kind.REMINDER, key=f"case:1:{number}", remark=f"第{number}次。")
    seen: list[str] = []
    after: str | None = None
    for _ in range(3):
        page = await inbox(client, applicant, limit=2, **({"after": after} if after else {}))
        seen += [item["body"][-4:] for item in page["items"]]
        after = page["next"]
    assert seen == ["第4次。", "第3次。", "第2次。", "第1次。", "第0次。"]
    assert after is None


async def test_a_made_up_place_in_the_list_is_refused(
    client: httpx.AsyncClient, applicant: Applicant
) -> None:
    answer = await client.get(INBOX, headers=applicant.headers, params={"after": "bm90aGluZw"})
    assert (answer.status_code, code_of(answer)) == (422, "invalid_query")


async def test_reading_counts_once(client: httpx.AsyncClient, applicant: Applicant) -> None:
    await applicant.tell()
    (shown,) = (await inbox(client, applicant))["items"]
    assert await unread(client, applicant.headers) == 1

    address = f"{INBOX}/{shown['id']}/read"
    assert (await client.post(address, headers=applicant.headers)).status_code == 204
    first = (await inbox(client, applicant))["items"][0]["read_at"]
    assert (await client.post(address, headers=applicant.headers)).status_code == 204
    assert (await inbox(client, applicant))["items"][0]["read_at"] == first is not None
    assert await unread(client, applicant.headers) == 0


async def test_another_citizen_neither_sees_nor_reads_it(
    client: httpx.AsyncClient, applicant: Applicant, act_as: Callable[..., Act]
) -> None:
    await applicant.tell()
    (shown,) = (await inbox(client, applicant))["items"]
    _, stranger = await citizen_actor(act_as(), "o-stranger")
    assert (await client.get(INBOX, headers=stranger)).json()["items"] == []
    assert await unread(client, stranger) == 0
    refused = await client.post(f"{INBOX}/{shown['id']}/read", headers=stranger)
    assert (refused.status_code, code_of(refused)) == (404, "not_found")
    assert await unread(client, applicant.headers) == 1


async def test_a_message_that_there_is_not_cannot_be_read(
    client: httpx.AsyncClient, applicant: Applicant
) -> None:
    refused = await client.post(f"{INBOX}/{uuid4()}/read", headers=applicant.headers)
    assert (refused.status_code, code_of(refused)) == (404, "not_found")


async def test_at_the_real_platform_only_the_templates_that_are_set_are_asked_for(
    client: httpx.AsyncClient, applicant: Applicant, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = msgspec.structs.replace(
        house.settings, wechat_base_url=OFFICIAL + "/", wechat_templates={"ready": "tmpl-1"}
    )
    monkeypatch.setattr(house, "settings", real)
    answer = await client.get(f"{INBOX}/templates", headers=applicant.headers)
    assert [item["template_id"] for item in answer.json()["items"]] == ["tmpl-1"]
