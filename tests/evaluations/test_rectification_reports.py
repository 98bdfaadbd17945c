"""Lights, board, overdue list, rates and the monthly ledger of bad ratings."""

import io
from datetime import date

import openpyxl
import pytest

from app.core import db
from app.core.auth import System
from evaluations.rectification import service
from evaluations.rectification.jobs import light_up
from evaluations.rectification.ledger import days_of_month, workbook
from evaluations.rectification.rates import Tally
from evaluations.rectification.report_schemas import LedgerRow, RectificationRates, rates_row
from tests.evaluations.loop import CALLED, DONE, HAPPY, PATH, TO_INBOX, TRUE, Loops


def march(loops: Loops) -> dict[str, str]:
    return {"hall_id": str(loops.place.hall_id), "month": "2026-03"}


class TestLights:
    async def test_a_red_light_is_recorded_once_for_each_step(self, loops, act_as):
        found = await loops.named()
        loops.go_to(date(2026, 3, 3), hour=23)
        await light_up(act_as(System("rectification.lights")))
        assert await _reds(found) == []
        loops.go_to(date(2026, 3, 4), hour=0)
        for _ in range(3):
            await light_up(act_as(System("rectification.lights")))
        assert await _reds(found) == ["to_contact"]
        await loops.do("reviewer", found, "contact", CALLED)
        loops.go_to(date(2026, 3, 14))
        await light_up(act_as(System("rectification.lights")))
        assert await _reds(found) == ["to_contact", "to_verify"]
        [line] = (await loops.get("manager", f"{PATH}/ledger", **march(loops)))["items"]
        assert line["red_lights"] == 2

    async def test_a_step_that_is_made_in_time_never_turns_red(self, loops, act_as):
        found = await loops.answered()
        await loops.do("reviewer2", found, "revisit", HAPPY)
        loops.go_to(date(2026, 6, 1))
        await light_up(act_as(System("rectification.lights")))
        assert await _reds(found) == []

    async def test_the_board_counts_by_state_and_light(self, loops):
        await loops.named()
        await loops.named()
        await loops.anonymous()
        called = await loops.named()
        await loops.do("reviewer", called, "contact", CALLED)
        board = await loops.get("supervisor", f"{PATH}/board")
        counted = {c["state"]: (c["green"], c["yellow"], c["red"]) for c in board["columns"]}
        assert counted["to_contact"] == (0, 2, 0)
        assert counted["to_verify"] == (1, 0, 0)
        assert counted["to_assign"] == (0, 1, 0)
        assert "closed" not in counted
        loops.go_to(date(2026, 3, 4))
        board = await loops.get("supervisor", f"{PATH}/board")
        assert board["overdue"] == 3
        own = await loops.get("reviewer", f"{PATH}/board")
        assert own["overdue"] == 2

    async def test_the_overdue_list_holds_what_is_past_due_page_by_page(self, loops):
        for _ in range(3):
            await loops.named()
        assert (await loops.get("supervisor", PATH, overdue=True))["items"] == []
        loops.go_to(date(2026, 3, 4))
        first = await loops.get("supervisor", PATH, overdue=True, limit=2)
        rest = await loops.get("supervisor", PATH, overdue=True, limit=2, after=first["next"])
        rows = first["items"] + rest["items"]
        assert len({row["id"] for row in rows}) == 3
        assert rest["next"] is None
        assert {(row["light"], row["remaining_days"]) for row in rows} == {("red", -1)}


async def _reds(found: str) -> list[str]:
    rows = await db.fetch(
        "SELECT data->>'step' AS step FROM audit_entries WHERE subject = $1"
        " AND verb = 'rectification.overdue' ORDER BY id",
        f"rectification:{found}",
    )
    return [row["step"] for row in rows]


class TestRates:
    async def test_they_say_what_they_are_made_of_by_department(self, loops):
        await loops.do("reviewer2", await loops.answered(), "revisit", HAPPY)
        found = await loops.named()
        await loops.do("reviewer", found, "contact", CALLED)
        await loops.do("reviewer", found, "verify", TRUE)
        await loops.anonymous()
        query = {"hall_id": march(loops)["hall_id"], "from": "2026-03-01", "to": "2026-03-31"}
        rates = await loops.get("manager", f"{PATH}/rates", **query)
        total = rates["total"]
        assert (total["received"], total["closed"]) == (3, 1)
        assert total["rectification"] == {"numerator": 1, "denominator": 2, "value": 0.5}
        assert total["on_time"] == {"numerator": 1, "denominator": 1, "value": 1.0}
        assert total["revisit"] == {"numerator": 1, "denominator": 2, "value": 0.5}
        assert [row["name"] for row in rates["departments"]] == ["市场监管局", "待分派"]
        assert rates["departments"][1]["revisit"]["value"] is None
        loops.go_to(date(2026, 3, 10))
        total = (await loops.get("manager", f"{PATH}/rates", **query))["total"]
        assert total["on_time"] == {"numerator": 1, "denominator": 2, "value": 0.5}
        tallies = await service.tallies(
            loops.place.hall_id, date(2026, 3, 1), date(2026, 3, 31), date(2026, 3, 10)
        )
        assert tallies[loops.place.departments["market"]].due == 2

    @pytest.mark.parametrize("what", ["rates", "ledger", "ledger.xlsx"])
    async def test_another_halls_manager_is_refused(self, loops, what):
        query = {"hall_id": march(loops)["hall_id"]}
        query |= {"from": "2026-03-01", "to": "2026-03-02"} if what == "rates" else march(loops)
        headers = await loops.headers("far_manager")
        answer = await loops.client.get(f"{PATH}/{what}", params=query, headers=headers)
        assert answer.status_code == 403


class TestTheLedger:
    async def test_has_a_line_for_each_bad_rating_of_the_month_page_by_page(self, loops):
        closed = await loops.answered()
        await loops.do("reviewer2", closed, "revisit", HAPPY)
        await loops.anonymous()
        loops.go_to(date(2026, 4, 1))
        await loops.named()
        first = await loops.get("manager", f"{PATH}/ledger", **march(loops), limit=1)
        rest = await loops.get("manager", f"{PATH}/ledger", **march(loops), after=first["next"])
        lines = first["items"] + rest["items"]
        assert [line["number"] for line in lines] == [1, 2]
        assert rest["next"] is None
        assert lines[0] == lines[0] | {
            "received_on": "2026-03-02",
            "department": "市场监管局",
            "named": True,
            "verdict": "true",
            "done": DONE["done"],
            "rectified_on": "2026-03-02",
            "late": False,
            "satisfied": True,
            "progress": "已办结",
        }
        assert first["rates"]["total"]["received"] == 2

    async def test_the_spreadsheet_holds_the_same_lines_and_no_words_of_people(self, loops):
        await loops.named(comment="王先生 13800138000")
        found = await loops.answered()
        answer = await loops.client.get(
            f"{PATH}/ledger.xlsx", params=march(loops), headers=await loops.headers("manager")
        )
        assert answer.status_code == 200
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        assert book.sheetnames == ["台账", "整改率"]
        cells = [[cell.value for cell in row] for row in book["台账"].iter_rows(min_row=4)]
        assert len(cells) == 3
        assert cells[1][:3] == [1, "2026-03-02", "市场监管局"]
        said = str(cells)
        assert DONE["done"] in said
        assert "13800138000" not in said
        assert TO_INBOX["text"] not in said
        assert found not in said

    def test_text_that_looks_like_a_formula_stays_text(self):
        row = LedgerRow(
            number=1,
            id="0190163d-8694-739b-aea5-966c26f8ad91",
            received_on=date(2026, 3, 2),
            department="=1+1",
            item_name='=HYPERLINK("http://x")',
            level=1,
            tags=[],
            named=False,
            verdict=None,
            progress="待分派",
            done="@SUM(A1)",
            rectify_due=None,
            rectified_on=None,
            late=False,
            red_lights=0,
            answered_on=None,
            satisfied=None,
            closed_on=None,
        )
        rates = RectificationRates(
            hall_id=row.id,
            hall_name="中心",
            first=date(2026, 3, 1),
            last=date(2026, 3, 31),
            total=rates_row(None, "合计", Tally(received=1)),
            departments=[],
        )
        made = workbook(rates, [row], loops_at())
        sheet = openpyxl.load_workbook(io.BytesIO(made))["台账"]
        kinds = {cell.data_type for cell in sheet[5] if isinstance(cell.value, str)}
        assert kinds == {"s"}

    @pytest.mark.parametrize(
        ("month", "last"), [("2026-02", 28), ("2028-02", 29), ("2026-12", 31), ("2026-04", 30)]
    )
    def test_a_month_has_all_its_days(self, month, last):
        first, end = days_of_month(month)
        assert (first.day, end.day, first.month) == (1, last, end.month)


def loops_at():
    from datetime import UTC, datetime

    return datetime(2026, 4, 1, tzinfo=UTC)
