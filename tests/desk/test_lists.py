"""The desk's lists: who may read them, what stands on them, and what their forms do."""

import html as html_module
from datetime import date
from urllib.parse import urlencode

import pytest

from tests.agency import owned as agency
from tests.cases.builders import ID_NUMBER, NAME, World, ok
from tests.desk.pages import Desk
from tests.evaluations.hub import visit

CLERKS = ("/intake", "/handovers", "/ratings", "/registrations")


class TestWhoMayRead:
    @pytest.mark.parametrize("path", CLERKS)
    async def test_what_is_a_clerks(self, desk: Desk, path: str) -> None:
        await desk.page("clerk", path)
        for name in ("reviewer", "manager", "admin"):
            await desk.page(name, path, 403)

    @pytest.mark.parametrize("path", ["/tasks", "/pledges"])
    async def test_what_is_a_reviewers(self, desk: Desk, path: str) -> None:
        await desk.page("reviewer", path)
        for name in ("clerk", "manager", "supervisor"):
            await desk.page(name, path, 403)

    @pytest.mark.parametrize("path", ["/deadlines", "/fees", "/supervision"])
    async def test_what_all_of_the_hall_read(self, desk: Desk, path: str) -> None:
        for name in ("clerk", "reviewer", "manager", "supervisor"):
            await desk.page(name, path)
        await desk.page("admin", path, 403)


class TestTheLists:
    async def test_deadlines_are_of_the_hall_or_the_department(
        self, desk: Desk, world: World
    ) -> None:
        case = await world.accepted()
        assert case.number in await desk.page("clerk", "/deadlines", step="case")
        assert case.number in await desk.page("reviewer", "/deadlines")
        assert case.number not in await desk.page("far_clerk", "/deadlines")
        assert case.number not in await desk.page("clerk", "/deadlines", light="red")

    async def test_what_is_to_be_posted(self, desk: Desk, world: World) -> None:
        case = await world.granted(delivery={"way": "post", "address": "青河县东风路 18 号"})
        await desk.done("clerk", f"/cases/{case.id}/issue", {"title": "登记证", "number": "Z-1"})
        assert case.number in await desk.page("clerk", "/shipments")
        parcel = {"carrier": "邮政特快", "tracking_number": "EA123456789CN"}
        await desk.done("clerk", f"/cases/{case.id}/post", parcel)
        assert case.number not in await desk.page("clerk", "/shipments")
        assert case.number in await desk.page("clerk", "/shipments", state="posted")

    async def test_results_are_handed_over_with_one_receipt(self, desk: Desk, world: World) -> None:
        case = await world.granted()
        await desk.done("clerk", f"/cases/{case.id}/issue", {"title": "登记证", "number": "Z-1"})
        assert case.number in await desk.page("clerk", "/handovers")
        to = await desk.done("clerk", f"/handovers/cases/{case.id}", {"collector.by": "applicant"})
        assert "receipt=" in to
        assert "打开领取回执" in await desk.page("clerk", to.removeprefix("/desk"))
        assert await world.state(case) == "closed"

    async def test_a_registration_is_shown_in_the_clear_only_when_asked_for(
        self, desk: Desk, world: World
    ) -> None:
        one = (await agency.registration(world))["registration_id"]
        html = await desk.page("clerk", "/registrations")
        assert ID_NUMBER not in html
        read = await desk.send("clerk", f"/registrations/{one}/read")
        assert (read.status_code, NAME in read.text, ID_NUMBER in read.text) == (200, True, True)
        refused = await desk.send("clerk", f"/registrations/{one}/answer", {"confirm": "false"})
        assert refused.status_code == 422
        await desk.done("clerk", f"/registrations/{one}/answer", {"confirm": "true"})
        assert str(one) not in await desk.page("clerk", "/registrations")

    async def test_a_card_is_entered_and_nothing_is_preselected(
        self, desk: Desk, world: World
    ) -> None:
        case = await world.granted()
        html = await desk.page("clerk", "/ratings/case")
        assert "checked" not in html
        card = {
            "source": "paper",
            "card_number": "K-1",
            "given_on": date(2026, 3, 2).isoformat(),
            "case_number": case.number,
            "level": "5",
        }
        incomplete = {name: value for name, value in card.items() if name != "level"}
        assert (await desk.send("clerk2", "/ratings", incomplete)).status_code == 422
        assert await desk.done("clerk2", "/ratings", card) == "/desk/ratings"
        ok(await world.look("clerk2", f"cases/{case.id}"))

    async def test_a_card_about_a_visit_is_found_by_time_and_item(
        self, desk: Desk, world: World
    ) -> None:
        served = await visit(world.act_as, world.place, about="咨询养老保险")
        assert "咨询养老保险" not in await desk.page("clerk", "/ratings")
        assert "咨询养老保险" in await desk.page("clerk2", "/ratings")
        window = str(world.place.windows["02"])
        assert "咨询养老保险" not in await desk.page("clerk2", "/ratings", window_id=window)
        here = f"/ratings/visits/{served.id}"
        html = await desk.page("clerk2", here)
        assert "咨询养老保险" in html
        assert "checked" not in html
        for name in ("clerk", "far_clerk"):
            await desk.page(name, here, 404)
        card = {
            "source": "paper",
            "card_number": "K-2",
            "given_on": served.started_at.date().isoformat(),
            "service_id": str(served.id),
            "level": "4",
        }
        assert await desk.done("clerk2", "/ratings", card) == "/desk/ratings"
        await desk.page("clerk2", here, 404)
        assert "咨询养老保险" not in await desk.page("clerk2", "/ratings")

    async def test_after_a_card_the_list_is_the_one_out_of_which_it_came(
        self, desk: Desk, world: World
    ) -> None:
        served = await visit(world.act_as, world.place, about="咨询养老保险")
        listed = {"window_id": str(world.place.windows["01"]), "day": "2026-03-02"}
        there = "?" + urlencode(listed)
        html = await desk.page("clerk2", "/ratings", **listed)
        assert html_module.escape(f"/desk/ratings/visits/{served.id}{there}") in html
        form = await desk.page("clerk2", f"/ratings/visits/{served.id}", **listed)
        assert f'action="{html_module.escape(f"/desk/ratings{there}")}"' in form
        card = {
            "source": "paper",
            "card_number": "K-3",
            "given_on": served.started_at.date().isoformat(),
            "service_id": str(served.id),
            "level": "4",
        }
        assert await desk.done("clerk2", f"/ratings{there}", card) == f"/desk/ratings{there}"


class TestASecondPersonsWord:
    async def test_it_takes_effect_and_never_ones_own(self, desk: Desk, world: World) -> None:
        case = await world.filed()
        no = {"reason": "不属于本中心的职权范围。", "basis": "行政许可法第三十二条"}
        await desk.done("clerk", f"/cases/{case.id}/not-accept", no)
        asked = await desk.page("clerk", f"/cases/{case.id}")
        assert "等督查员在“待我同意”中答复" in asked
        html = await desk.page("supervisor", "/consents")
        assert case.number in html
        assert case.number not in await desk.page("reviewer", "/consents")
        proposal = html.split("/desk/proposals/")[1].split("/")[0]
        assert (await desk.send("clerk", f"/proposals/{proposal}/answer")).status_code == 403
        await desk.done("supervisor", f"/proposals/{proposal}/answer", {"agree": "true"})
        assert await world.state(case) == "not_accepted"
