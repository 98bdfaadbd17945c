"""A case at the desk: who sees it, what of it, and what each form does."""

import re

from tests.cases.builders import ID_NUMBER, NAME, PHONE, SHOP, World, ok
from tests.cases.promised import PLEDGED, RULES
from tests.desk.pages import Desk

PERSONAL = (NAME, PHONE, ID_NUMBER, SHOP)


class TestWhoSeesIt:
    async def test_nobody_is_sent_to_sign_in(self, desk: Desk, world: World) -> None:
        case = await world.filed()
        answer = await world.client.get(f"/desk/cases/{case.id}")
        assert (answer.status_code, answer.headers["Location"]) == (
            303,
            f"/sign-in?next=/desk/cases/{case.id}",
        )

    async def test_strangers_find_nothing(self, desk: Desk, world: World) -> None:
        case = await world.filed()
        for name in ("far_clerk", "fire_reviewer"):
            assert case.number not in await desk.page(name, f"/cases/{case.id}", 404)
        await desk.page("admin", f"/cases/{case.id}", 403)

    async def test_the_applicant_is_masked_until_shown(self, desk: Desk, world: World) -> None:
        case = await world.filed()
        for name in ("clerk", "supervisor", "manager"):
            html = await desk.page(name, f"/cases/{case.id}")
            assert not [word for word in PERSONAL if word in html]
        before = await world.trail(case, "case.applicant_read")
        answer = await desk.send("clerk", f"/cases/{case.id}/applicant")
        assert answer.status_code == 200
        assert not [word for word in PERSONAL if word not in answer.text]
        assert answer.headers["Cache-Control"] == "no-store"
        assert await world.trail(case, "case.applicant_read") == before + 1

    async def test_a_manager_is_not_shown_the_applicant(self, desk: Desk, world: World) -> None:
        case = await world.filed()
        answer = await desk.send("manager", f"/cases/{case.id}/applicant")
        assert answer.status_code == 403
        assert NAME not in answer.text


class TestWhatCanBeDone:
    async def test_only_what_is_possible_is_offered(self, desk: Desk, world: World) -> None:
        case = await world.filed()
        html = await desk.page("clerk", f"/cases/{case.id}")
        assert "act-accept" in html
        assert "act-issue" not in html
        assert "act-accept" not in await desk.page("manager", f"/cases/{case.id}")
        await desk.done("clerk", f"/cases/{case.id}/accept")
        html = await desk.page("clerk", f"/cases/{case.id}")
        assert "act-accept" not in html
        assert "act-pause" in html

    async def test_nothing_that_goes_on_record_is_chosen_beforehand(
        self, desk: Desk, world: World
    ) -> None:
        case = await world.accepted()
        html = await desk.page("clerk", f"/cases/{case.id}")
        kinds = html.split('name="kind"')[1].split("</select>")[0]
        assert re.findall(r'<option value="(.*?)" selected>', kinds) == [""]
        task = await world.task(case)
        waits = await desk.send("reviewer", f"/cases/{case.id}/pauses", {"task_id": str(task)})
        assert waits.status_code == 422

    async def test_nobody_finds_a_pledge_kept_by_pressing_enter(
        self, desk: Desk, world: World
    ) -> None:
        item = await world.item(guide={"materials": (RULES,)})
        case = await world.filed(item=item, **PLEDGED)
        ok(await world.accept(case))
        ok(await world.grant(case))
        html = await desk.page("reviewer", "/pledges")
        assert case.number in html
        form = html.split('/check"')[1].split("</form>")[0]
        assert re.findall(r"<(\w+)[^>]* name=\"(finding|basis)\"", form) == [
            ("textarea", "finding"),
            ("textarea", "basis"),
        ]

    async def test_from_acceptance_to_delivery(self, desk: Desk, world: World) -> None:
        case = await world.filed()
        here = f"/cases/{case.id}"
        assert await desk.done("clerk", f"{here}/accept?work=accept") == f"/desk{here}?work=accept"
        task = await world.task(case)
        await desk.done("reviewer", f"/tasks/{task}/grant", {"opinion": "符合条件。"})
        await desk.done("clerk", f"{here}/issue", {"title": "登记证", "number": "Z-1"})
        collector = {
            "collector.by": "agent",
            "collector.name": "王代领",
            "collector.id_number": ID_NUMBER,
        }
        await desk.done("clerk", f"{here}/deliver", collector)
        assert await world.state(case) == "closed"
        html = await desk.page("clerk", here)
        assert "登记证（Z-1）" in html
        assert "王代领" not in html
