"""What is on the screen as a spreadsheet: the same figures, nobody's personal data."""

import io
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import httpx
import openpyxl
import pytest

from app.core import db
from app.core.acts import Act
from app.core.lights import Light
from app.core.wire import Page
from app.reports import gathering
from app.reports.gathering import TooManyRows, rows_of
from tests.cases.builders import ID_NUMBER, NAME, PHONE, World, ok
from tests.evaluations.hub import RATE, Evaluator, some_history, visit
from tests.places import Place, staff_headers
from tests.supervision.watch import Watch

Finish = Callable[[], Awaitable[None]]
PERSONAL = (NAME, PHONE, ID_NUMBER)
HEAD_ROW = 4
SUPERVISION = "/api/v1/supervision"


def table(content: bytes, head: int = HEAD_ROW, sheet: int = 0) -> list[dict[str, Any]]:
    """The rows of one sheet of a file, the first, by the titles of its columns."""
    chosen = openpyxl.load_workbook(io.BytesIO(content)).worksheets[sheet]
    titles, *rows = list(chosen.iter_rows(min_row=head, values_only=True))
    return [dict(zip(map(str, titles), row, strict=True)) for row in rows]


def words(content: bytes) -> str:
    """Everything that a file says."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = (cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    return "\n".join(str(cell) for cell in cells if cell is not None)


async def read(world: World, name: str, path: str, **query: Any) -> httpx.Response:
    headers = await world.staff(name)
    return await world.client.get(f"{SUPERVISION}/{path}", params=query, headers=headers)


MARCH = {"from": "2026-03-01", "to": "2026-03-31"}


class TestWhatStandsBehindAFigure:
    async def test_the_decided_cases_as_they_are_listed(self, watch: Watch) -> None:
        world = watch.world
        for day in (3, 4, 12):
            await watch.decisions.decide(await watch.case(corrections=day % 2), date(2026, 3, day))
        query = MARCH | {"hall_id": str(world.place.hall_id), "part": "on_time"}
        shown = ok(await read(world, "manager", "figures/cases", **query))
        file = await read(world, "manager", "figures/cases.xlsx", **query)
        rows = table(file.content)
        assert [row["办件编号"] for row in rows] == [one["number"] for one in shown["items"]]
        assert [row["用时（工作日）"] for row in rows] == [2, 1]
        assert {row["是否按时"] for row in rows} == {"按时"}
        assert [row["补正次数"] for row in rows] == [0, 1]
        assert "按时，共 2 件" in words(file.content)
        assert not [word for word in PERSONAL if word in words(file.content)]
        for name in ("clerk", "reviewer", "far_manager"):
            assert (await read(world, name, "figures/cases.xlsx", **query)).status_code == 403

    async def test_the_services_that_nobody_rated(
        self,
        client: httpx.AsyncClient,
        act_as: Callable[..., Act],
        place: Place,
        evaluator: Evaluator,
        manager: dict[str, str],
        days: dict[str, str],
    ) -> None:
        await some_history(evaluator, act_as, place, [5, None, 1, None, None])
        query = days | {"hall_id": str(place.hall_id), "by": "window"}
        query["key"] = str(place.windows["01"])
        answers = [
            await client.get(f"/api/v1/scores/unrated{ending}", params=query, headers=manager)
            for ending in ("", ".xlsx")
        ]
        listed, file = answers
        rows = table(file.content)
        assert len(rows) == listed.json()["counted"] == 3
        assert {row["窗口"] for row in rows} == {"01 综合窗口01"}
        assert {row["还能评价吗"] for row in rows} == {"还能评价"}
        assert "应评 5 件，未评 3 件" in words(file.content)
        far = await staff_headers(act_as(), place, "far_manager")
        refused = await client.get("/api/v1/scores/unrated.xlsx", params=query, headers=far)
        assert refused.status_code == 403


class TestHandlingTime:
    async def test_the_figures_are_those_of_the_page(self, world: World) -> None:
        await world.granted()
        query = MARCH | {"hall_id": str(world.place.hall_id), "by": "department"}
        shown = ok(await read(world, "manager", "figures", **query))
        file = await read(world, "manager", "figures.xlsx", **query)
        assert "spreadsheetml" in file.headers["content-type"]
        rows = table(file.content)
        assert [row["名称"] for row in rows] == ["合计", *(one["name"] for one in shown["rows"])]
        assert rows[0]["办结件数"] == shown["total"]["decided"] == 1
        assert rows[0]["默认同意"] == shown["total"]["by_default"], "overdue and absent alike"
        assert rows[0]["一日办结率"] == shown["total"]["within_a_day"]["value"]
        assert "÷ 办结件数" in words(file.content), "how each rate is made"

    async def test_a_month_without_a_decision_is_a_gap(self, world: World) -> None:
        await world.granted()
        query = {"hall_id": str(world.place.hall_id), "step": "month"}
        period = {"from": "2026-02-01", "to": "2026-03-31"}
        file = await read(world, "manager", "figures/trend.xlsx", **query | period)
        february, march = table(file.content)
        assert (february["起"], february["办结件数"]) == ("2026-02-01", None)
        assert (march["起"], march["办结件数"]) == ("2026-03-01", 1)

    async def test_two_periods_side_by_side(self, world: World) -> None:
        await world.granted()
        query = MARCH | {"hall_id": str(world.place.hall_id)}
        file = await read(world, "manager", "figures/comparison.xlsx", **query)
        total, *_ = table(file.content)
        assert (total["名称"], total["本期办结"], total["对比期办结"]) == ("合计", 1, None)

    async def test_not_for_those_who_manage_another_hall(self, world: World) -> None:
        query = MARCH | {"hall_id": str(world.place.hall_id)}
        for name in ("figures", "figures/trend", "figures/comparison"):
            answer = await read(world, "far_manager", f"{name}.xlsx", **query)
            assert answer.status_code == 403


class TestWhatWaits:
    async def test_deadlines_with_their_lights(self, world: World) -> None:
        await world.filed()
        hall_id = str(world.place.hall_id)
        shown = ok(await read(world, "supervisor", "deadlines", hall_id=hall_id))["items"]
        file = await read(world, "supervisor", "deadlines.xlsx", hall_id=hall_id)
        rows = table(file.content)
        assert [row["办件编号"] for row in rows] == [one["case_number"] for one in shown] != []
        assert {row["灯"] for row in rows} <= {"绿灯", "黄灯", "红灯"}
        assert not any(word in words(file.content) for word in PERSONAL)

    async def test_entries_of_supervision(self, world: World, client: httpx.AsyncClient) -> None:
        case = await world.accepted()
        body = {"case_id": str(case.id), "reason": "群众反映办理缓慢。"}
        headers = await world.staff("supervisor")
        made = ok(await client.post(f"{SUPERVISION}/entries", json=body, headers=headers), 201)
        file = await read(world, "supervisor", "entries.xlsx")
        [row] = table(file.content)
        assert (row["督办编号"], row["说明"]) == (made["number"], "群众反映办理缓慢。")
        elsewhere = await read(world, "far_manager", "entries.xlsx")
        assert table(elsewhere.content) == []

    async def test_warnings_are_those_of_the_page(self, watch: Watch) -> None:
        case = await watch.case()
        await watch.turn(watch.turned(case, Light.YELLOW))
        file = await read(watch.world, "supervisor", "warnings.xlsx")
        [row] = table(file.content)
        assert (row["办件编号"], row["截止日期"]) == (case.number, "2026-03-09")
        assert not any(word in words(file.content) for word in PERSONAL)
        elsewhere = await read(watch.world, "far_manager", "warnings.xlsx")
        assert table(elsewhere.content) == []

    async def test_answers_by_department(self, watch: Watch) -> None:
        await watch.answered("market")
        await watch.overdue(None)
        query = MARCH | {"hall_id": str(watch.world.place.hall_id)}
        shown = ok(await read(watch.world, "manager", "answers", **query))
        file = await read(watch.world, "manager", "answers.xlsx", **query)
        rows = table(file.content)
        assert [row["由谁答复"] for row in rows] == [
            "合计",
            *(one["name"] for one in shown["rows"]),
        ]
        assert [row["发起"] for row in rows] == [2, 1, 1]
        assert [row["答复率"] for row in rows] == [0.5, 1, 0]
        assert "÷ 发起的督办" in words(file.content), "how each rate is made"

    async def test_what_was_taken_as_agreed(self, watch: Watch) -> None:
        case = await watch.case()
        await watch.decisions.task(case, "fire", "overdue")
        await watch.decisions.task(case, "water", "absent")
        place = watch.world.place
        query = MARCH | {"hall_id": str(place.hall_id)}
        file = await read(watch.world, "manager", "defaults.xlsx", **query)
        by_department = {row["部门"]: row for row in table(file.content)}
        assert by_department["消防救援大队"]["超时默认"] == 1
        assert by_department["水利局"]["占审查件的"] == 1
        reviews = table(file.content, sheet=1)
        assert {(row["部门"], row["方式"]) for row in reviews} == {
            ("消防救援大队", "超时默认"),
            ("水利局", "缺席默认"),
        }
        assert {row["办件编号"] for row in reviews} == {case.number}
        of_fire = query | {"department_id": str(place.departments["fire"])}
        file = await read(watch.world, "manager", "defaults.xlsx", **of_fire)
        assert [row["部门"] for row in table(file.content, sheet=1)] == ["消防救援大队"]

    async def test_not_for_those_who_manage_another_hall(self, world: World) -> None:
        query = MARCH | {"hall_id": str(world.place.hall_id)}
        for name in ("answers", "defaults"):
            answer = await read(world, "far_manager", f"{name}.xlsx", **query)
            assert answer.status_code == 403, name

    async def test_a_list_is_gathered_to_its_end(self) -> None:
        pages = {None: Page(items=[1, 2], next="a"), "a": Page(items=[3], next=None)}

        async def read(after: str | None) -> Page[int]:
            return pages[after]

        assert await rows_of(read) == [1, 2, 3]

    async def test_one_that_is_too_long_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(gathering, "MOST_ROWS", 5)

        async def read(after: str | None) -> Page[int]:
            return Page(items=[1, 2], next="more")

        with pytest.raises(TooManyRows):
            await rows_of(read)


class TestRatings:
    async def _export(
        self, client: httpx.AsyncClient, headers: dict[str, str], finish: Finish, **body: Any
    ) -> bytes:
        answer = await client.post("/api/v1/reports/ratings", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        await finish()
        path = f"/api/v1/works/{answer.json()['id']}"
        work = (await client.get(path, headers=headers)).json()
        assert work["state"] == "done", work
        assert work["share"] == 1.0
        return (await client.get(f"{path}/file", headers=headers)).content

    async def test_those_behind_a_figure_are_written_whole(
        self,
        client: httpx.AsyncClient,
        place: Place,
        evaluator: Evaluator,
        manager: dict[str, str],
        act_as: Callable[..., Any],
        finish: Finish,
        days: dict[str, str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("app.reports.kinds.PIECE", 2)  # so that several pieces are read
        await some_history(evaluator, act_as, place, [5, 4, 3, 2, 1, None])
        body = days | {"hall_id": str(place.hall_id)}
        rows = table(await self._export(client, manager, finish, **body), head=3)
        assert sorted(row["等级"] for row in rows) == [1, 2, 3, 4, 5]
        assert {row["窗口"] for row in rows} == {"01 综合窗口01"}
        bad = await self._export(client, manager, finish, **body, level=[1, 2])
        assert sorted(row["等级"] for row in table(bad, head=3)) == [1, 2]

    async def test_texts_and_persons_stay_out_and_nobody_has_read_them(
        self,
        client: httpx.AsyncClient,
        place: Place,
        evaluator: Evaluator,
        act_as: Callable[..., Any],
        finish: Finish,
        days: dict[str, str],
    ) -> None:
        served = await visit(act_as, place)
        written = evaluator.tap(served.id, 1, comment="张三的电话是 13800001111")
        assert (await evaluator.post(RATE, written)).status_code == 201
        supervisor = await staff_headers(act_as(), place, "supervisor")
        body = days | {"hall_id": str(place.hall_id)}
        before = await db.fetch("SELECT id FROM audit_entries WHERE verb = 'rating.texts_read'")
        content = await self._export(client, supervisor, finish, **body)
        [row] = table(content, head=3)
        assert row["有文字评价"] == "有"
        assert "13800001111" not in words(content)
        after = await db.fetch("SELECT id FROM audit_entries WHERE verb = 'rating.texts_read'")
        assert len(after) == len(before)

    async def test_none_is_a_file_too(
        self, client: httpx.AsyncClient, place: Place, manager: dict[str, str], finish: Finish
    ) -> None:
        body = {"hall_id": str(place.hall_id), "from": "2020-01-01", "to": "2020-01-31"}
        assert table(await self._export(client, manager, finish, **body), head=3) == []

    async def test_not_of_another_hall(
        self, client: httpx.AsyncClient, place: Place, act_as: Callable[..., Any], days: Any
    ) -> None:
        headers = await staff_headers(act_as(), place, "far_manager")
        body = days | {"hall_id": str(place.hall_id)}
        answer = await client.post("/api/v1/reports/ratings", json=body, headers=headers)
        assert answer.status_code == 403
