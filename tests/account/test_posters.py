"""What administrators print: the code for any phone, and the mini program's beside it."""

from collections.abc import Iterator

import httpx
import msgspec
import pytest

from app.core.house import House
from tests.account.browsing import Browser, said, signed_in
from tests.cases.builders import World
from wechat.sandbox.faults import Fault
from wechat.sandbox.server import RunningSandbox

DRAWING = "/wxa/getwxacodeunlimit"


@pytest.fixture
async def admin(world: World) -> Browser:
    return await signed_in(world.client, world.act_as(), world.place, "admin")


@pytest.fixture
def quota_used_up(wechat: RunningSandbox) -> Iterator[None]:
    """The platform draws no more codes today."""
    wechat.platform.faults.add(Fault(kind="errcode", errcode=45009, path=DRAWING))
    yield
    wechat.platform.faults.clear()


async def picture(admin: Browser, address: str) -> httpx.Response:
    """What the browser gets for a picture of the page, by its cookie."""
    return await admin.get(address)


async def test_a_windows_sheet_has_both_codes(admin: Browser, world: World) -> None:
    window = world.place.windows["01"]
    page = await admin.get(f"/admin/windows/{window}/code")
    address = f"/api/v1/windows/{window}/mini-program-code"
    assert page.text.count("<svg") == 1
    assert f'src="{address}"' in page.text
    assert "微信扫这里" in said(page)
    assert (await picture(admin, address)).content.startswith(b"\x89PNG")


async def test_an_item_is_found_and_its_sheet_has_both_codes(admin: Browser, world: World) -> None:
    item = await world.item("CODED", name="烟花爆竹经营（零售）许可")
    await world.item("OTHER", name="取水许可")
    found = await admin.get("/admin/items?q=烟花")
    assert "烟花爆竹经营（零售）许可" in said(found)
    assert "取水许可" not in said(found)
    path = f"/admin/items/{item.id}/code"
    assert f'href="{path}"' in found.text
    page = await admin.get(path)
    assert "扫一扫，看办事指南" in said(page)
    address = f"/api/v1/items/{item.id}/mini-program-code"
    assert f'src="{address}"' in page.text
    assert (await picture(admin, address)).content.startswith(b"\x89PNG")


async def test_a_long_list_goes_on(admin: Browser, world: World) -> None:
    for number in range(51):
        await world.item(f"MANY-{number:02}", name=f"第 {number:02} 个事项")
    first = await admin.get("/admin/items")
    assert first.text.count('/code"') == 50
    more = first.text.partition('href="/admin/items?')[2].partition('"')[0].replace("&amp;", "&")
    rest = await admin.get(f"/admin/items?{more}")
    assert rest.text.count('/code"') == 1


async def test_when_the_platform_draws_none_the_other_code_is_printed_all_the_same(
    admin: Browser, world: World, wechat: RunningSandbox, quota_used_up: None
) -> None:
    before = wechat.platform.calls.get(DRAWING, 0)
    item = await world.item("REFUSED")
    page = await admin.get(f"/admin/items/{item.id}/code")
    assert page.status_code == 200
    assert "小程序码：微信接口的调用次数已用完，请稍后再试。二维码照常可以打印。" in said(page)
    assert page.text.count("<svg") == 1
    assert "mini-program-code" not in page.text
    assert wechat.platform.calls[DRAWING] == before + 1


async def test_without_a_mini_program_one_sentence_says_so(
    admin: Browser, world: World, house: House
) -> None:
    before = house.settings
    house.settings = msgspec.structs.replace(before, wechat_appid="")
    try:
        page = await admin.get(f"/admin/halls/{world.place.hall_id}/codes")
    finally:
        house.settings = before
    assert said(page).count("还没有接入微信小程序") == 1
    assert page.text.count("<svg") == 2
    assert "mini-program-code" not in page.text
