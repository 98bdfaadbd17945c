"""The page that a phone opens which scans a paper's QR code."""

import httpx
import pytest
from prometheus_client import REGISTRY

from app.documents import rules
from app.documents import service as documents
from tests.documents.makers import CODE, paper
from tests.public.reading import read


@pytest.fixture
def write(act_as, place):
    """`await write(...)` writes a paper of the hall that differs so from the usual one."""

    async def do(**given):
        return await documents.write(act_as(), paper(hall_id=place.hall_id, **given))

    return do


async def test_the_address_in_the_qr_code_is_a_page_to_read(write, client, house):
    made = await write(item_name="<script>alert(1)</script>")
    address = documents.address(house, made.code)
    assert address.startswith(house.settings.public_url)
    answer = await client.get(address.removeprefix(house.settings.public_url))
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    page = read(answer)
    for part in ("有效", "受理通知书", made.number, "欧**月", "<script>alert(1)</script>"):
        assert part in page.text
    assert "&lt;script&gt;" in answer.text
    assert "欧阳明月" not in answer.text
    assert page.metas["robots"] == "noindex"


async def test_it_sends_nobody_elsewhere_with_the_code(write, client):
    made = await write()
    answer = await client.get(f"/v/{made.code}")
    assert answer.headers["referrer-policy"] == "same-origin"
    assert all(link.startswith("/") for link in read(answer).links if "#" not in link)


async def test_a_revoked_paper_says_so_and_why(write, client, act_as):
    made = await write()
    await documents.revoke(act_as(), made.number, "材料不实。")
    page = read(await client.get(f"/v/{made.code}"))
    assert "已撤销" in page.text
    assert "材料不实。" in page.text


async def test_a_code_can_be_typed(write, client):
    made = await write()
    empty = read(await client.get("/v"))
    assert [form.action for form in empty.forms] == ["/v"]
    typed = await client.get("/v", params={"code": rules.shown_code(made.code).lower()})
    assert made.number in read(typed).text
    wrong = await client.get("/v", params={"code": '"><b>'})
    page = read(wrong)
    assert "没有查到" in page.text
    assert "<b>" not in wrong.text
    assert dict(page.forms[0].values)["code"] == '"><b>', "to be mended, not typed again"


async def test_a_verification_by_the_page_is_counted(write, client):
    def count(state: str) -> float:
        name = "zhangban_document_verifications_total"
        return REGISTRY.get_sample_value(name, {"state": state}) or 0.0

    made = await write()
    before = count("valid"), count("unknown")
    await client.get(f"/v/{made.code}")
    await client.get(f"/v/{CODE}")
    assert (count("valid"), count("unknown")) == (before[0] + 1, before[1] + 1)


async def test_who_tries_codes_is_slowed_down_by_page_and_api_together(client: httpx.AsyncClient):
    for n in range(59):
        await client.get(f"/api/v1/verify/{n}")
    assert (await client.get(f"/v/{CODE}")).status_code == 200
    slowed = await client.get(f"/v/{CODE}")
    assert slowed.status_code == 429
    assert "太频繁" in slowed.text
    assert (await client.get(f"/api/v1/verify/{CODE}")).status_code == 429
