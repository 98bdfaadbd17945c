"""Handling time: the figures of the report, beside the period before, by every dimension."""

from datetime import date

import pytest

from tests.cases.builders import ID_NUMBER, NAME, PHONE
from tests.console.boards import Boards
from tests.console.pages import links, words

MARCH = {"from": "2026-03-02", "to": "2026-03-31"}
PATH = "/handling"


async def decided(boards: Boards, taken_in: date, *days: date) -> None:
    """Cases taken in on one day and decided on these."""
    for day in days:
        await boards.watch.decisions.decide(await boards.watch.case(accepted=taken_in), day)


@pytest.fixture
async def march(boards: Boards) -> Boards:
    """In March two cases within a day and one in five; in February one in four."""
    await decided(boards, date(2026, 2, 2), date(2026, 2, 6))
    await decided(boards, date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 9))
    boards.watch.go_to(date(2026, 3, 31))
    return boards


async def test_the_figures_stand_beside_those_before(march: Boards) -> None:
    page = words(await march.page("manager", PATH, **MARCH))
    assert "平均办理用时（工作日） 2.0" in page  # (0 + 1 + 5) ÷ 3
    assert "下降 2.0 个工作日" in page  # four in February
    assert "一日办结率 66.7% ▲ 上升 66.7 个百分点" in page
    assert "办结 3 件" in page
    assert "与2026年1月31日至3月1日相比" in page


@pytest.mark.parametrize(
    ("by", "name"),
    [
        ("hall", "青河县政务服务中心"),
        ("department", "市场监管局"),
        ("window", "综合窗口01"),
        ("staff", "员工001"),
        ("item", "小餐饮登记"),
        ("case_type", "承诺件"),
    ],
)
async def test_every_dimension_has_its_rows_and_leads_to_its_own_course(
    march: Boards, by: str, name: str
) -> None:
    page = await march.page("manager", PATH, by=by, **MARCH)
    assert f"{name} 样本少 3 2.0" in words(page).replace("  ", " ")
    [one] = [link for link in links(page, "/console/handling") if "key=" in link]
    shown = words(await march.page("manager", one.removeprefix("/console")))
    assert f"{name} 看全部" in shown
    assert "办结 3 件" in shown


async def test_another_period_can_be_compared_with(march: Boards) -> None:
    chosen = {"before_from": "2026-03-01", "before_to": "2026-03-05"}
    page = words(await march.page("manager", PATH, **MARCH, **chosen))
    assert "与2026年3月1日至3月5日相比" in page
    assert "上升 1.5 个工作日" in page  # two cases in half a day each


async def test_the_charts_say_the_same_as_the_table(march: Boards) -> None:
    page = await march.page("manager", PATH, step="month", **MARCH)
    assert page.count('class="chart"') == 2
    assert "2.0 个工作日" in page


async def test_a_period_without_a_decision_says_so(boards: Boards) -> None:
    assert "这段时间没有办结的办件" in await boards.page("manager", PATH)


async def test_nobody_is_named_and_strangers_are_refused(march: Boards) -> None:
    page = await march.page("supervisor", PATH, **MARCH)
    assert not [word for word in (NAME, PHONE, ID_NUMBER) if word in page]
    hall = {"hall_id": str(march.world.place.hall_id)}
    for by in ("clerk", "reviewer", "admin", "far_manager"):
        assert (await march.ask(by, PATH, **hall)).status_code == 403, by


async def test_a_period_that_ends_before_it_begins_is_told_in_words(boards: Boards) -> None:
    answer = await boards.ask("manager", PATH, **{"from": "2026-03-31", "to": "2026-03-01"})
    assert answer.status_code == 422
    assert "结束日期不能早于开始日期" in answer.text


async def test_the_figures_can_be_had_as_spreadsheets(march: Boards) -> None:
    page = await march.page("manager", PATH, by="item")
    headers = await march.world.staff("manager")
    sheets = [link for link in links(page, "/api/v1/") if ".xlsx" in link]
    assert len(sheets) == 2
    for sheet in sheets:
        assert "by=item" in sheet
        answer = await march.world.client.get(sheet, headers=headers)
        assert answer.status_code == 200, answer.text
