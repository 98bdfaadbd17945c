"""The deadlines board: what stands on it in which order, who sees it, and supervision entries."""

from datetime import date

import pytest

from app.cases.rules import Step
from app.console import deadlines
from app.core import db
from app.core.lights import Light
from tests.cases.builders import ID_NUMBER, NAME, PHONE
from tests.console.boards import Boards
from tests.console.pages import links, words

BOARD = "/deadlines"
REASON = "材料齐全仍迟迟没有进展。"


class TestTheBoard:
    async def test_red_comes_before_yellow_and_yellow_before_green(self, boards: Boards) -> None:
        """Also where what is green is due sooner: its limit is shorter, and there is time yet."""
        late = await boards.watch.case()
        boards.watch.go_to(date(2026, 3, 10))
        soon = await boards.watch.case(accepted=date(2026, 3, 9))
        long = {"promised_days": 60, "promised_due": date(2026, 3, 31)}
        later = await boards.watch.case(accepted=date(2026, 1, 5), **long)
        page = await boards.page("manager", BOARD)
        marks = ('id="light-red"', late.number, 'id="light-yellow"', later.number)
        places = [page.index(mark) for mark in (*marks, 'id="light-green"', soon.number)]
        assert places == sorted(places)
        assert "已超期 1 个工作日" in words(page)

    async def test_red_lights_are_counted_and_lead_to_their_steps(self, boards: Boards) -> None:
        assert "红灯超期 0 没有超期" in words(await boards.page("manager", BOARD))
        await boards.watch.overdue()
        boards.watch.go_to(date(2026, 3, 27))
        for path in (BOARD, ""):
            page = await boards.page("manager", path)
            assert "红灯超期 1" in words(page)
            [link] = {one for one in links(page, "/console/deadlines?") if "light=red" in one}
        behind = await boards.page("manager", link.removeprefix("/console"))
        assert "没有超期的环节" not in words(behind)

    async def test_it_is_narrowed_by_light_and_by_step(self, boards: Boards) -> None:
        case = await boards.watch.case()
        await boards.watch.task(case)
        everything = words(await boards.page("manager", BOARD))
        assert everything.count(case.number) == 2
        reviews = words(await boards.page("manager", BOARD, step=Step.REVIEW.value))
        assert "市场监管局" in reviews
        assert reviews.count(case.number) == 1
        red = words(await boards.page("manager", BOARD, light="red"))
        assert case.number not in red
        assert "没有超期的环节" in red

    async def test_a_warning_shows_the_step_that_will_soon_be_overdue(self, boards: Boards) -> None:
        case = await boards.watch.case()
        await boards.watch.turn(boards.watch.turned(case, Light.YELLOW))
        page = words(await boards.page("supervisor", BOARD, view="warnings"))
        assert case.number in page
        assert "承诺时限内办结" in page

    async def test_answers_and_defaults_are_told_by_department(self, boards: Boards) -> None:
        await boards.watch.answered()
        answers = words(await boards.page("manager", BOARD, view="answers"))
        assert "市场监管局 1 1 100.0%" in answers
        case = await boards.watch.case()
        await boards.watch.decisions.task(case, "fire", "overdue")
        boards.watch.go_to(date(2026, 3, 6))
        defaults = await boards.page("manager", BOARD, view="defaults")
        assert "消防救援大队 1 0 100.0%" in words(defaults)
        assert case.number in defaults
        of_market = f"department_id={boards.world.place.departments['market']}"
        found = await boards.ask("manager", f"{BOARD}?view=defaults&{of_market}")
        assert case.number not in found.text

    async def test_a_long_list_goes_on(
        self, boards: Boards, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(deadlines, "A_LIST", 1)
        monkeypatch.setitem(deadlines.A_GROUP, Light.RED, 1)
        first, second = await boards.watch.case(), await boards.watch.case()
        boards.watch.go_to(date(2026, 3, 16))
        page = await boards.page("manager", BOARD)
        assert (first.number in page, second.number in page) == (True, False)
        [more] = [link for link in links(page, "/console/deadlines") if "after=" in link]
        rest = await boards.page("manager", more.removeprefix("/console"))
        assert (first.number in rest, second.number in rest) == (False, True)

    async def test_it_names_no_applicant(self, boards: Boards) -> None:
        await boards.watch.overdue()
        for view in ("steps", "warnings", "entries", "answers", "defaults"):
            page = await boards.page("supervisor", BOARD, view=view)
            assert not [word for word in (NAME, PHONE, ID_NUMBER) if word in page]

    async def test_only_those_over_the_hall_read_it(self, boards: Boards) -> None:
        hall = {"hall_id": str(boards.world.place.hall_id)}
        for view in ("steps", "warnings", "entries", "answers", "defaults"):
            for by in ("clerk", "reviewer", "admin", "far_manager"):
                answer = await boards.ask(by, BOARD, view=view, **hall)
                assert answer.status_code == 403, (by, view)
        assert (await boards.ask("", BOARD)).status_code == 303


class TestAnEntry:
    async def test_it_tells_what_was_answered_and_lets_the_supervisor_judge(
        self, boards: Boards
    ) -> None:
        entry = await boards.watch.answered()
        listed = await boards.page("manager", BOARD, view="entries", state="answered")
        assert f"/console/supervision/{entry}" in links(listed)
        page = await boards.page("supervisor", f"/supervision/{entry}")
        assert "现场核验排期冲突。" in page
        assert "act-accept" in page
        assert "act-accept" not in await boards.page("manager", f"/supervision/{entry}")
        here = f"/supervision/{entry}/accept"
        assert await boards.done("supervisor", here, {"note": "情况属实。"}) == (
            f"/console/supervision/{entry}"
        )
        assert await boards.watch.trail(entry, "accepted") == 1
        page = await boards.page("supervisor", f"/supervision/{entry}")
        assert "整改中" in words(page)
        assert "act-accept" not in page

    async def test_a_returned_answer_is_owed_again(self, boards: Boards) -> None:
        entry = await boards.watch.answered()
        await boards.done("supervisor", f"/supervision/{entry}/return", {"note": "措施不具体。"})
        page = words(await boards.page("manager", f"/supervision/{entry}"))
        assert "退回待答复" in page
        assert "措施不具体。" in page
        assert await boards.watch.trail(entry, "returned") == 1

    async def test_nobody_judges_with_less_than_a_sentence(self, boards: Boards) -> None:
        entry = await boards.watch.answered()
        answer = await boards.send("supervisor", f"/supervision/{entry}/accept", {"note": "好"})
        assert answer.status_code == 422
        assert await boards.watch.trail(entry, "accepted") == 0

    async def test_strangers_and_other_roles(self, boards: Boards) -> None:
        entry = await boards.watch.answered()
        path = f"/supervision/{entry}"
        found = await boards.statuses(path, "far_manager", "clerk", "admin")
        assert found == {"far_manager": 404, "clerk": 403, "admin": 403}
        answer = await boards.send("manager", f"{path}/accept", {"note": "情况属实。"})
        assert answer.status_code == 403


class TestOpeningByHand:
    async def test_a_supervisor_asks_a_department(self, boards: Boards) -> None:
        case = await boards.watch.case()
        await boards.watch.task(case)
        page = await boards.page("supervisor", f"/cases/{case.id}/supervise")
        assert "市场监管局（本件的审查部门）" in page
        market = str(boards.world.place.departments["market"])
        form = {"reason": REASON, "cause": "manual", "department_id": market}
        to = await boards.done("supervisor", f"/cases/{case.id}/supervise", form)
        shown = words(await boards.page("manager", to.removeprefix("/console")))
        assert (REASON in shown, "市场监管局" in shown, "待答复" in shown) == (True, True, True)

    async def test_without_a_department_the_window_answers(self, boards: Boards) -> None:
        case = await boards.watch.case()
        form = {"reason": REASON, "cause": "manual", "department_id": ""}
        await boards.done("supervisor", f"/cases/{case.id}/supervise", form)
        [row] = await db.fetch("SELECT department_id, cause FROM supervision_entries")
        assert (row["department_id"], row["cause"]) == (None, "manual")

    async def test_the_board_offers_it_to_supervisors_alone(self, boards: Boards) -> None:
        case = await boards.watch.case()
        link = f"/console/cases/{case.id}/supervise"
        assert link in links(await boards.page("supervisor", BOARD))
        assert link not in links(await boards.page("manager", BOARD))
        found = await boards.statuses(f"/cases/{case.id}/supervise", "manager", "clerk")
        assert set(found.values()) == {403}

    async def test_a_case_of_another_hall_is_not_there(self, boards: Boards) -> None:
        case = await boards.watch.case()
        await boards.world.add_role(
            "far_clerk", "supervisor", hall=boards.world.place.other_hall_id
        )
        path = f"/cases/{case.id}/supervise"
        assert (await boards.ask("far_clerk", path)).status_code == 404
        answer = await boards.send("far_clerk", path, {"reason": REASON})
        assert answer.status_code == 404


class TestSpreadsheets:
    async def test_what_is_on_screen_can_be_had_as_a_spreadsheet(self, boards: Boards) -> None:
        await boards.watch.overdue()
        headers = await boards.world.staff("manager")
        shown = ({"light": "red"}, {"view": "entries", "state": "open"})
        for query in shown:
            page = await boards.page("manager", BOARD, **query)
            [sheet] = [link for link in links(page, "/api/v1/") if ".xlsx" in link]
            answer = await boards.world.client.get(sheet, headers=headers)
            assert answer.status_code == 200, answer.text
            assert "spreadsheetml" in answer.headers["Content-Type"]
