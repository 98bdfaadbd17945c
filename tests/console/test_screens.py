"""A big screen with an address of its own: the wall of its hall, and nothing that leads further."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core import db
from app.core.errors import NotFound
from app.halls import screens
from app.halls.schemas import ScreenIn
from tests.account.browsing import said, signed_in
from tests.cases.builders import ID_NUMBER, NAME, PHONE, World
from tests.console.boards import Boards
from tests.console.test_wall import count_today, on_duty
from tests.places import code_of

REVOKE = {"reason": "屏幕拆除"}


async def made(world: World, name: str = "一楼大厅") -> dict[str, Any]:
    """A screen of the hall, made by its administrator, and the path of its address."""
    path = f"/api/v1/halls/{world.place.hall_id}/screens"
    answer = await world.client.post(path, json={"name": name}, headers=await world.staff("admin"))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found | {"path": "/wall/" + found["address"].rpartition("/wall/")[2]}


async def revoked(world: World, screen: dict[str, Any]) -> None:
    path = f"/api/v1/screens/{screen['screen']['id']}/revoke"
    answer = await world.client.post(path, json=REVOKE, headers=await world.staff("admin"))
    assert answer.status_code == 200, answer.text
    assert answer.json()["revoked_at"]


async def listed(world: World) -> list[dict[str, Any]]:
    path = f"/api/v1/halls/{world.place.hall_id}/screens"
    answer = await world.client.get(path, headers=await world.staff("admin"))
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def entries(screen: dict[str, Any]) -> list[str]:
    """What the trail tells of a screen."""
    rows = await db.fetch(
        "SELECT verb FROM audit_entries WHERE subject = $1 ORDER BY id",
        f"screen:{screen['screen']['id']}",
    )
    return [row["verb"] for row in rows]


def figures(page: httpx.Response) -> str:
    """What stands within the part that renews itself."""
    return said(page).partition("今日服务 ")[2]


class TestMaking:
    async def test_the_address_is_told_once_and_only_its_digest_is_kept(self, world: World) -> None:
        screen = await made(world)
        code = screen["path"].removeprefix("/wall/")
        assert screen["address"] == f"{world.house.settings.public_url}/wall/{code}"
        assert len(code) == 26, "128 bits, five to a letter"
        [row] = await db.fetch("SELECT * FROM hall_screens")
        assert len(row["code_hash"]) == 32
        assert code not in str(row)
        [again] = await listed(world)
        assert again["name"] == "一楼大厅"
        assert again["last_seen_at"] is again["revoked_at"] is None
        assert code not in str(again)
        assert await entries(screen) == ["screen.made"]
        told = await db.fetch(
            "SELECT data::text AS data FROM audit_entries WHERE verb = 'screen.made'"
        )
        assert all(code not in entry["data"] for entry in told)

    async def test_no_two_codes_are_the_same(self) -> None:
        assert len({screens.new_code() for _ in range(100)}) == 100

    async def test_a_name_is_free_again_once_its_screen_is_revoked(self, world: World) -> None:
        first = await made(world)
        path = f"/api/v1/halls/{world.place.hall_id}/screens"
        by = await world.staff("admin")
        taken = await world.client.post(path, json={"name": " 一楼大厅 "}, headers=by)
        assert (taken.status_code, code_of(taken)) == (409, "screens.name_taken")
        await revoked(world, first)
        second = await made(world)
        assert [one["id"] for one in await listed(world)] == [
            second["screen"]["id"],
            first["screen"]["id"],
        ]

    async def test_to_another_halls_administrator_there_is_none(self, world: World) -> None:
        screen = await made(world)
        far = await world.staff("far_admin")
        hall = f"/api/v1/halls/{world.place.hall_id}/screens"
        end = f"/api/v1/screens/{screen['screen']['id']}/revoke"
        for answer in (
            await world.client.get(hall, headers=far),
            await world.client.post(hall, json={"name": "我的"}, headers=far),
            await world.client.post(end, json=REVOKE, headers=far),
        ):
            assert answer.status_code == 404, answer.text
        assert (await world.client.get(screen["path"])).status_code == 200

    async def test_it_is_made_and_ended_on_the_halls_page(self, world: World) -> None:
        admin = await signed_in(world.client, world.act_as(), world.place, "admin")
        hall = world.place.hall_id
        page = await admin.send(f"/admin/halls/{hall}/screens", on="/admin/halls", name="一楼大厅")
        assert "地址只显示这一次" in said(page)
        assert f"{world.house.settings.public_url}/wall/" in said(page)
        assert "<svg" in page.text
        again = await admin.send(f"/admin/halls/{hall}/screens", on="/admin/halls", name="一楼大厅")
        assert again.status_code == 409, "loading the page again makes no second one"
        [screen] = await listed(world)
        assert "一楼大厅" in said(await admin.get("/admin/halls"))
        assert "还没有打开过" in said(await admin.get("/admin/halls"))
        end = f"/admin/halls/screens/{screen['id']}/revoke"
        assert (await admin.send(end, on="/admin/halls", **REVOKE)).status_code == 303
        page = await admin.get("/admin/halls")
        assert "大屏地址已停用。" in said(page)
        assert "停用大屏" in said(page)
        assert "屏幕拆除" in said(page)


class TestShowing:
    async def test_it_shows_what_the_wall_of_the_hall_shows(self, boards: Boards) -> None:
        world = boards.world
        await count_today(boards, {5: 7, 4: 2, 1: 1}, due=20)
        await on_duty(world)
        await boards.watch.overdue()
        screen = await made(world)
        hall = {"hall_id": str(world.place.hall_id)}
        for end, of_console in (("", "/wall"), ("/now", "/wall/now")):
            shown = await world.client.get(screen["path"] + end)
            assert shown.status_code == 200
            wall = await boards.ask("manager", of_console, **hall)
            assert figures(shown) == figures(wall)
            assert "今日满意度 90.0%" in said(shown)
            assert "已超期 1" in said(shown)
            assert not any(word in shown.text for word in (NAME, PHONE, ID_NUMBER))

    async def test_nothing_leads_from_it_to_anywhere(self, world: World) -> None:
        screen = await made(world)
        manager = await world.staff("manager")
        for headers in ({}, manager, {"Cookie": "zhangban_said=x"}):
            page = await world.client.get(screen["path"], headers=headers)
            assert page.status_code == 200
            for word in ("<a ", "<form", 'name="csrf"', "/console/wall?", "/admin", "/sign-in"):
                assert word not in page.text, word
            assert "set-cookie" not in page.headers
            assert page.headers["referrer-policy"] == "no-referrer"
            assert page.headers["cache-control"] == "no-store"
            assert "noindex" in page.headers["x-robots-tag"]
        assert "Disallow: /wall/" in (await world.client.get("/robots.txt")).text

    async def test_a_typed_code_may_have_capitals(self, world: World) -> None:
        screen = await made(world)
        code = screen["path"].removeprefix("/wall/")
        assert (await world.client.get(f"/wall/{code.upper()}")).status_code == 200

    async def test_it_shows_its_own_hall_and_those_below(self, world: World) -> None:
        far = await screens.make(world.act_as(), world.place.other_hall_id, ScreenIn(name="邻县"))
        page = said(await world.client.get("/wall/" + far.address.rpartition("/")[2]))
        assert "邻县政务服务中心" in page
        assert "邻县窗口" in page
        assert "青河县" not in page
        sight = await screens.sight(far.screen)
        assert [grant.hall_ids for grant in sight.grants] == [{world.place.other_hall_id}]

    async def test_it_is_noted_as_seen_once_a_minute(self, world: World) -> None:
        screen = await made(world)
        seen = []
        for _ in range(4):
            await world.client.get(screen["path"] + "/now")
            [found] = await listed(world)
            seen.append(found["last_seen_at"])
            world.house.clock.shift(timedelta(seconds=25))
        assert seen[0] is not None
        assert seen[0] == seen[1] == seen[2] != seen[3]


class TestRefusing:
    @pytest.mark.parametrize("end", ["", "/now"])
    async def test_an_unknown_code_and_a_revoked_one_are_told_alike(
        self, world: World, end: str
    ) -> None:
        screen = await made(world)
        await revoked(world, screen)
        assert await entries(screen) == ["screen.made", "screen.revoked"]
        pages = [
            await world.client.get(f"/wall/{code}{end}")
            for code in (screen["path"].removeprefix("/wall/"), "x", "y" * 300)
        ]
        assert {page.status_code for page in pages} == {404}
        assert len({page.text for page in pages}) == 1
        assert "这块大屏的地址已停用，或者输入有误" in said(pages[0])
        assert "<a " not in pages[0].text
        assert pages[0].headers["referrer-policy"] == "no-referrer"

    async def test_codes_cannot_be_tried_without_end_and_screens_go_on(self, world: World) -> None:
        screen = await made(world)
        tried = [(await world.client.get(f"/wall/{n}")).status_code for n in range(61)]
        assert tried == [404] * 60 + [429]
        assert (await world.client.get("/wall/z/now")).status_code == 429
        assert (await world.client.get(screen["path"])).status_code == 200

    async def test_it_ends_once(self, world: World) -> None:
        screen = await made(world)
        by = world.act_as(await world.place.actor(world.act_as(), "admin"))
        screen_id = (await screens.of_hall(by, world.place.hall_id))[0].id
        first = await screens.revoke(by, screen_id, "拆除")
        world.house.clock.shift(timedelta(hours=1))
        assert await screens.revoke(by, screen_id, "再一次") == first
        assert await entries(screen) == ["screen.made", "screen.revoked"]
        with pytest.raises(NotFound):
            await screens.revoke(by, world.place.hall_id, "没有这块")
