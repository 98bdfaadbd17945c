"""The desk's first page: what waits, for whom; duty and visits at a window."""

import re
from datetime import timedelta

from app.halls import service as halls
from app.halls.schemas import HallIn, WindowIn
from evaluations.devices import service as devices
from tests.cases.builders import NAME, World, ok
from tests.desk.pages import Desk
from tests.evaluations.hub import enrolled


class TestTheQueue:
    async def test_each_role_sees_its_own_work(self, desk: Desk, world: World) -> None:
        case = await world.filed()
        for name in ("clerk", "supervisor", "manager"):
            assert case.number in await desk.page(name)
        for name in ("far_clerk", "reviewer"):
            assert case.number not in await desk.page(name)
        await desk.page("admin", status=403)
        ok(await world.accept(case))
        assert case.number in await desk.page("reviewer")
        assert case.number not in await desk.page("fire_reviewer")
        assert NAME not in await desk.page("clerk")

    async def test_a_clerk_of_another_hall_cannot_choose_this_one(
        self, desk: Desk, world: World
    ) -> None:
        await desk.page("far_clerk", status=404, hall_id=str(world.place.hall_id))

    async def test_a_case_is_found_by_its_number(self, desk: Desk, world: World) -> None:
        case = await world.granted()
        other = await world.filed(await world.citizen("o-2"), await world.item("Y-2"))
        html = await desk.page("clerk", number=case.number)
        assert f"/desk/cases/{case.id}" in html
        assert f"/desk/cases/{other.id}" not in html
        assert "没有找到这个编号" in await desk.page("far_clerk", number=case.number)
        spaced = f" {case.number[:6]} {case.number[6:14]} {case.number[14:]} "
        assert f"/desk/cases/{case.id}" in await desk.page("clerk", number=spaced)

    async def test_a_mistyped_number_is_told_as_such(self, desk: Desk, world: World) -> None:
        case = await world.filed()
        last = (int(case.number[-1]) + 1) % 10
        html = await desk.page("clerk", number=f"{case.number[:-1]}{last}")
        assert "办件编号有数字输错了" in html
        assert "没有找到这个编号" not in html
        visit = await desk.send("clerk", "/visits", {"case_number": f"{case.number[:-1]}{last}"})
        assert (visit.status_code, "办件编号有数字输错了" in visit.text) == (422, True)

    async def test_the_next_case_is_the_next_of_the_list(self, desk: Desk, world: World) -> None:
        item, owner = await world.item(), await world.citizen()
        cases = [await world.filed(owner, item) for _ in range(3)]

        async def after(case_id: str) -> str | None:
            html = await desk.page("clerk", f"/cases/{case_id}")
            found = re.search(r'case-next" href="/desk/cases/([0-9a-f-]+)"', html)
            return found[1] if found else None

        assert [await after(case.id) for case in cases] == [cases[1].id, cases[2].id, cases[0].id]
        for case in cases[:2]:
            ok(await world.accept(case))
        assert await after(cases[0].id) == cases[2].id
        assert await after(cases[2].id) is None


class TestAtTheWindow:
    async def test_duty_and_a_visit(self, desk: Desk, world: World) -> None:
        window = {"window_id": str(world.place.windows["01"])}
        assert await desk.done("clerk", "/duty", window) == "/desk"
        taken = await desk.send("clerk2", "/duty", window)
        assert (taken.status_code, "已有人在岗" in taken.text) == (409, True)
        world.go_to_day(world.house.clock.now().date())
        await desk.done("clerk", "/visits", {"about": "咨询养老保险"})
        html = await desk.page("clerk", "/parts/visit")
        assert "等待评价" in html
        assert "咨询养老保险" in html
        visit = re.search(r"/desk/visits/([0-9a-f-]+)/end", html)
        assert visit
        assert (await desk.send("clerk2", f"/visits/{visit[1]}/end")).status_code == 404
        await desk.done("clerk", f"/visits/{visit[1]}/end")
        assert "结束了" in await desk.page("clerk", "/parts/visit")
        await desk.done("clerk", "/duty/end")
        assert "在哪个窗口上岗" in await desk.page("clerk")

    async def test_an_evaluator_that_cannot_be_reached_is_told(
        self, desk: Desk, world: World
    ) -> None:
        window = world.place.windows["01"]
        await desk.done("clerk", "/duty", {"window_id": str(window)})
        assert "没有评价器" in await desk.page("clerk", "/parts/visit")
        device_id, _ = await enrolled(world.act_as, world.place.hall_id, window)
        await devices.seen(device_id, world.act_as().at, 0, None)
        assert "请出示二维码" not in await desk.page("clerk", "/parts/visit")
        world.go_to(world.act_as().at + timedelta(minutes=3))
        assert "评价器离线" in await desk.page("clerk", "/parts/visit")

    async def test_the_windows_of_ones_own_hall_are_offered_first(
        self, desk: Desk, world: World
    ) -> None:
        admin = world.act_as()
        town = HallIn(
            code="TOWN",
            name="安宁镇便民服务中心",
            level="town",
            region_code="511602",
            parent_id=world.place.hall_id,
        )
        below = await halls.add_hall(admin, town)
        await halls.add_window(admin, below.id, WindowIn(number="01", name="便民窗口"))
        form = (await desk.page("clerk")).partition('name="window_id"')[2].partition("</select>")[0]
        offered = re.findall(r"<option[^>]*>([^<]+)", form)
        assert [one.endswith("（青河县政务服务中心）") for one in offered] == [True, True, False]

    async def test_a_reviewer_has_no_window(self, desk: Desk, world: World) -> None:
        assert "我的窗口" not in await desk.page("reviewer")
        await desk.page("reviewer", "/parts/visit", 403)
