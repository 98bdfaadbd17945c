"""The pages on which administrators keep staff, halls, devices and settings in order."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.account import setting_names
from app.core import db
from app.core.acts import Act
from app.core.house import House
from app.settings import Settings, is_secret
from tests.account.browsing import Browser, said, signed_in
from tests.places import PASSWORD, Place

CODE = re.compile(r"[2-9A-Z]{5}-[2-9A-Z]{5}")
"""An enrolment code as its page shows it."""
PAGES = (
    "/admin/staff",
    "/admin/halls",
    "/admin/devices",
    "/admin/clients",
    "/admin/settings",
    "/admin/audit",
)


@pytest.fixture
async def admin(client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]) -> Browser:
    return await signed_in(client, act_as(), place, "admin")


@pytest.mark.parametrize("name", ["clerk", "reviewer", "manager", "supervisor"])
async def test_the_wrong_role_sees_nothing_of_them(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act], name: str
) -> None:
    browser = await signed_in(client, act_as(), place, name)
    own = await browser.get("/account")
    for page in PAGES:
        answer = await browser.get(page)
        allowed = name == "supervisor" and page == "/admin/audit"
        assert answer.status_code == (200 if allowed else 403), page
        if not allowed:
            assert f'href="{page}"' not in own.text
            assert "员工" not in re.sub(r'class="bar-me".*?</a>', "", answer.text, flags=re.S)


@pytest.mark.parametrize("page", PAGES)
async def test_another_hall_is_not_there(admin: Browser, place: Place, page: str) -> None:
    answer = await admin.get(f"{page}?hall={place.other_hall_id}")
    assert answer.status_code == 404
    assert "邻县" not in said(answer)


async def test_a_person_is_added_with_a_role_and_can_sign_in(
    admin: Browser, client: httpx.AsyncClient, place: Place
) -> None:
    made = await admin.send(
        f"/admin/staff/{place.hall_id}/add",
        number="A-77",
        name="周建国",
        login="Zhou.JG",
        password=PASSWORD,
        role="reviewer",
        scope=f"{place.hall_id}/{place.departments['fire']}",
    )
    assert made.status_code == 303, said(made)
    page = said(await admin.get(made.headers["location"]))
    assert "周建国" in page
    assert "添加工作人员" in page
    assert "审批人员 · 消防救援大队" in said(await admin.get("/admin/staff"))
    browser = Browser(client)
    door = (await browser.sign_in("zhou.jg")).headers["location"]
    assert door.startswith("/account/password?")
    own = {"old": PASSWORD, "new": "quiet-orange-boats", "again": "quiet-orange-boats"}
    assert (await browser.send(door, on=door, **own)).headers["location"] == "/desk"


async def test_roles_are_changed_and_the_history_tells_from_what_to_what(
    admin: Browser, place: Place
) -> None:
    person = f"/admin/staff/{place.staff['clerk']}"
    hall = str(place.hall_id)
    saved = await admin.send(
        f"{person}/roles",
        roles__0__role="manager",
        roles__0__scope=hall,
        roles__1__scope=hall,
    )
    assert saved.status_code == 303, said(saved)
    rows = await db.fetch("SELECT role FROM staff_roles WHERE staff_id = $1", place.staff["clerk"])
    assert [row["role"] for row in rows] == ["manager"]
    story = said(await admin.get(person))
    assert "角色：窗口人员（青河县政务服务中心） → 管理者（青河县政务服务中心）" in story


async def test_all_roles_can_be_taken_away(admin: Browser, place: Place) -> None:
    person = f"/admin/staff/{place.staff['clerk']}"
    assert (await admin.send(f"{person}/roles")).status_code == 303
    assert "无" in said(await admin.get("/admin/staff"))


async def test_an_account_is_closed_with_a_reason_and_stays_closed(
    admin: Browser, client: httpx.AsyncClient, place: Place
) -> None:
    person = f"/admin/staff/{place.staff['clerk']}"
    assert (await admin.send(f"{person}/deactivate", reason="")).status_code == 422
    assert (await admin.send(f"{person}/deactivate", reason="调离")).status_code == 303
    page = said(await admin.get(person))
    assert "账号已停用，不能再登录。" in page
    assert "原因：调离" in page
    assert (await Browser(client).sign_in("clerk")).status_code == 401


async def test_a_first_password_is_set_anew(
    admin: Browser, client: httpx.AsyncClient, place: Place
) -> None:
    person = f"/admin/staff/{place.staff['clerk']}"
    weak = await admin.send(f"{person}/password", password="clerk-clerk-clerk")
    assert (weak.status_code, "不能含有登录名" in said(weak)) == (422, True)
    assert (await admin.send(f"{person}/password", password="river-lamp-42")).status_code == 303
    assert (await Browser(client).sign_in("clerk", "river-lamp-42")).status_code == 303


async def test_windows_and_departments_are_added_and_numbers_are_not_used_twice(
    admin: Browser, place: Place
) -> None:
    base = f"/admin/halls/{place.hall_id}"
    assert (await admin.send(f"{base}/departments", name="档案局")).status_code == 303
    again = await admin.send(f"{base}/departments", name="档案局")
    assert (again.status_code, "已被使用" in said(again)) == (409, True)
    window = {"number": "09", "name": "税务窗口", "department_id": ""}
    assert (await admin.send(f"{base}/windows", **window)).status_code == 303
    page = said(await admin.get("/admin/halls"))
    assert "档案局" in page
    assert "09 税务窗口 综合窗口" in page


async def test_a_day_is_closed_and_the_history_says_so(admin: Browser, place: Place) -> None:
    base = f"/admin/halls/{place.hall_id}"
    day = {"day": "2099-03-02", "kind": "closed", "reason": "停电检修"}
    assert (await admin.send(f"{base}/days", **day)).status_code == 303
    assert (await admin.send(f"{base}/days", **day | {"kind": "open"})).status_code == 303
    page = said(await admin.get("/admin/halls"))
    assert "2099年3月2日 开放 停电检修" in page
    assert "开放：否 → 是" in page


async def test_a_windows_code_is_printed_and_downloaded_and_rates(
    admin: Browser, client: httpx.AsyncClient, place: Place
) -> None:
    window = place.windows["01"]
    page = await admin.get(f"/admin/windows/{window}/code")
    assert page.text.count("<svg") == 1
    assert "扫一扫，请您评价" in said(page)
    every = await admin.get(f"/admin/halls/{place.hall_id}/codes")
    assert every.text.count("<svg") == 2
    picture = await admin.get(f"/admin/windows/{window}/code.png")
    assert picture.content.startswith(b"\x89PNG")
    far = await admin.get(f"/admin/windows/{place.windows['far']}/code")
    assert far.status_code == 404


async def _enrolment(admin: Browser, place: Place) -> tuple[UUID, str]:
    base = f"/admin/devices/{place.hall_id}/add"
    made = await admin.send(base, name="一号评价器", window_id=place.windows["01"])
    assert made.status_code == 303, said(made)
    code = CODE.search(said(await admin.get(made.headers["location"])))
    row = await db.fetch_one("SELECT id FROM devices")
    assert code
    assert row
    return row["id"], code[0]


async def test_a_device_is_added_enrolled_watched_and_revoked(
    admin: Browser, client: httpx.AsyncClient, place: Place, house: House
) -> None:
    device, code = await _enrolment(admin, place)
    assert "待登记" in said(await admin.get("/admin/devices"))
    body = {"code": code, "version": "1.0"}
    assert (await client.post("/api/v1/devices/enrol", json=body)).status_code == 201
    await db.execute(
        "UPDATE devices SET last_seen_at = $2, clock_offset_ms = 95000, queue_length = 3"
        " WHERE id = $1",
        device,
        house.clock.now(),
    )
    page = said(await admin.get(f"/admin/devices/{device}"))
    for word in ("在线", "快 95 秒", "待送达评价 3", "评价器登记", "添加评价器"):
        assert word in page
    house.clock.shift(timedelta(minutes=3))
    assert "离线" in said(await admin.get("/admin/devices"))
    revoke = f"/admin/devices/{device}/revoke"
    assert (await admin.send(revoke, reason="屏幕损坏")).status_code == 303
    page = said(await admin.get(f"/admin/devices/{device}"))
    assert "已停用" in page
    assert "原因：屏幕损坏" in page


async def test_an_enrolment_code_is_on_its_page_alone_and_never_in_an_address(
    admin: Browser, place: Place
) -> None:
    device, code = await _enrolment(admin, place)
    for page in ("/admin/devices", f"/admin/devices/{device}", "/admin/audit"):
        assert code not in (await admin.get(page)).text
    own = f"/admin/devices/{device}/code"
    renewed = await admin.send(own, on="/admin/devices")
    assert (renewed.status_code, renewed.headers["location"]) == (303, own)
    page = await admin.get(own)
    assert CODE.search(said(page))
    assert code not in page.text


async def test_loading_the_codes_page_again_finds_the_code_and_adds_no_device(
    admin: Browser, client: httpx.AsyncClient, place: Place, house: House
) -> None:
    device, code = await _enrolment(admin, place)
    own = f"/admin/devices/{device}/code"
    assert code in said(await admin.get(own))
    row = await db.fetch_one("SELECT count(*) AS devices, min(enrol_code) AS kept FROM devices")
    assert row
    assert row["devices"] == 1
    assert code.encode() not in bytes(row["kept"])
    used = await client.post("/api/v1/devices/enrol", json={"code": code, "version": "1.0"})
    assert used.status_code == 201
    gone = await admin.get(own)
    assert (gone.status_code, gone.headers["location"]) == (303, f"/admin/devices/{device}")
    await admin.send(own, on="/admin/devices")
    house.clock.shift(timedelta(minutes=31))
    assert (await admin.get(own)).status_code == 303
    assert "登记码已经用过或已过期" in said(await admin.get(f"/admin/devices/{device}"))


async def test_a_systems_key_is_shown_once_and_revoked(admin: Browser, place: Place) -> None:
    made = await admin.send(f"/admin/clients/{place.hall_id}/add", name="叫号系统")
    key = re.search(r"[A-Za-z0-9+/]{43}=", said(made))
    assert key
    row = await db.fetch_one("SELECT id FROM api_clients")
    assert row
    page = await admin.get("/admin/clients")
    assert key[0] not in page.text
    assert (
        await admin.send(f"/admin/clients/{row['id']}/revoke", reason="更换")
    ).status_code == 303
    story = said(await admin.get("/admin/clients"))
    assert story.index("停用对接系统") < story.index("添加对接系统")


async def test_rating_settings_are_changed_and_their_history_tells_what_was_before(
    admin: Browser, place: Place
) -> None:
    change: dict[str, Any] = {
        "invite_after_days": 2,
        "check_percent": 10,
        "rate_issue": "true",
    }
    saved = await admin.send(f"/admin/settings/{place.hall_id}/ratings", **change)
    assert saved.status_code == 303, said(saved)
    page = said(await admin.get("/admin/settings"))
    assert "服务结束几天后邀请评价：3 → 2" in page
    assert "出证环节单独评价：否 → 是" in page
    assert "纸质评价复核比例（%）：" not in page.split("修改评价设置")[1]
    bad = await admin.send(
        f"/admin/settings/{place.hall_id}/ratings", invite_after_days=9, check_percent=10
    )
    assert bad.status_code == 422


async def test_the_servers_settings_are_shown_without_secrets_and_passwords(
    admin: Browser, settings: Settings
) -> None:
    page = await admin.get("/admin/settings")
    secrets = [
        getattr(settings, name)
        for name in Settings.__struct_fields__
        if is_secret(name) and getattr(settings, name)
    ]
    assert secrets
    password = settings.database_url.partition("://")[2].partition("@")[0]
    for secret in (*secrets, password):
        assert secret not in page.text
    assert "个人信息加密密钥 已设置" in said(page)


def test_every_setting_has_a_name_in_chinese() -> None:
    named = {name for _, names in setting_names.CHAPTERS for name in names}
    assert set(Settings.__struct_fields__) == named


async def test_the_trail_is_searched_on_a_page_and_leads_from_a_subject_to_its_history(
    admin: Browser, place: Place
) -> None:
    await admin.send(f"/admin/staff/{place.staff['clerk']}/roles")
    found = await admin.get("/admin/audit?verb=staff.roles_set")
    assert "设置角色" in said(found)
    assert f"/admin/audit?subject=staff%3A{place.staff['clerk']}" in found.text
    about = await admin.get(f"/admin/audit?subject=staff:{place.staff['clerk']}")
    assert "设置角色" in said(about)
    none = await admin.get("/admin/audit?who=无此人")
    assert "没有符合条件的记录" in said(none)
    wrong = await admin.get("/admin/audit?subject=%25")
    assert wrong.status_code == 422


async def test_the_trail_is_read_on_page_by_page(admin: Browser, place: Place) -> None:
    for _ in range(51):
        await admin.get("/admin/audit?verb=hall.added")
    first = await admin.get("/admin/audit?verb=trail.searched")
    link = re.search(r'href="(/admin/audit\?[^"]*after=[^"]*)"', first.text)
    assert link
    second = await admin.get(link[1].replace("&amp;", "&"))
    assert "回到最新" in said(second)


async def test_the_trail_goes_on_before_the_days_that_were_asked_for(
    admin: Browser,
    client: httpx.AsyncClient,
    place: Place,
    act_as: Callable[..., Act],
    house: House,
) -> None:
    first = act_as().today
    await admin.send(f"/admin/staff/{place.staff['clerk']}/roles")
    house.clock.shift(timedelta(days=800))
    later = await signed_in(client, act_as(), place, "admin")
    page = await later.get("/admin/audit?verb=staff.roles_set")
    assert "没有符合条件的记录" in said(page)
    seen = []
    while link := re.search(r'href="([^"]*)"[^>]*>(继续查更早的[^<]*)<', page.text):
        seen.append(link[2])
        page = await later.get(link[1].replace("&amp;", "&"))
    assert seen == ["继续查更早的记录", "继续查更早的一年", "继续查更早的一年"]
    assert "设置角色" in said(page)
    about = f"/admin/audit?hall=&first={first.isoformat()}"
    assert "设置角色" in said(await later.get(f"{about}&last={first.isoformat()}"))


async def test_what_belongs_to_no_hall_is_chosen_like_a_hall(
    admin: Browser, client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    async with act_as().transaction() as tx:
        tx.audit("citizen.logged_in", f"citizen:{db.new_id()}")
    page = await admin.get("/admin/audit")
    assert "不属于任何中心" in said(page)
    found = await admin.get("/admin/audit?hall=none&verb=citizen.logged_in")
    assert found.status_code == 200
    assert re.search(r"/admin/audit\?hall=none&amp;subject=citizen%3A", found.text)
    town = await db.fetch_one(
        "INSERT INTO halls (id, code, name, level, region_code, parent_id)"
        " VALUES (gen_random_uuid(), 'T', '镇', 'town', '511602', $1) RETURNING id",
        place.hall_id,
    )
    assert town
    await db.execute(
        "UPDATE staff_roles SET hall_id = $1 WHERE staff_id = $2", town["id"], place.staff["admin"]
    )
    lower = await signed_in(client, act_as(), place, "admin")
    assert "不属于任何中心" not in said(await lower.get("/admin/audit"))
    assert (await lower.get("/admin/audit?hall=none")).status_code == 403


NASTY = '"><script>alert(1)</script>{{7*7}}'
FORMULA = '=HYPERLINK("http://evil.example","x")'


async def test_what_people_are_called_is_text_wherever_it_is_shown(
    admin: Browser, place: Place
) -> None:
    base = f"/admin/halls/{place.hall_id}"
    for name in (NASTY, FORMULA):
        made = await admin.send(f"{base}/departments", name=name)
        assert made.status_code == 303, said(made)
    day = {"day": "2099-03-02", "kind": "closed", "reason": NASTY}
    assert (await admin.send(f"{base}/days", **day)).status_code == 303
    person = {"number": "X1", "name": NASTY, "login": "nasty", "password": PASSWORD}
    scope = {"role": "clerk", "scope": str(place.hall_id)}
    made = await admin.send(f"/admin/staff/{place.hall_id}/add", **person, **scope)
    assert made.status_code == 303, said(made)
    window = await admin.send(f"{base}/windows", number="66", name=NASTY)
    assert window.status_code == 303
    device = await admin.send(f"/admin/devices/{place.hall_id}/add", name=NASTY)
    client = await admin.send(f"/admin/clients/{place.hall_id}/add", name=NASTY)
    pages = [client]
    sheets = f"{base}/codes"
    for path in (*PAGES, made.headers["location"], device.headers["location"], sheets):
        pages.append(await admin.get(path))
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    assert sum("<script>alert(1)</script>{{7*7}}" in said(page) for page in pages) >= 6
