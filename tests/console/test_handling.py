"""Handling time: the figures of the report, beside the period before, by every dimension."""

from datetime import date, time

import pytest

from app.cases.figures import upkeep
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
    [one] = [link for link in links(page, "/console/handling?") if "key=" in link]
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


@pytest.mark.parametrize(("by", "many"), [("hall", 3), ("department", 3), ("item", 3)])
async def test_every_figure_leads_to_its_cases_and_each_of_them_to_its_page(
    march: Boards, by: str, many: int
) -> None:
    page = await march.page("manager", PATH, by=by, **MARCH)
    behind = links(page, f"/console{PATH}/cases")
    assert {"part=on_time" in link or "part=within_a_day" in link for link in behind} == {
        True,
        False,
    }
    [of_key] = [link for link in behind if f"by={by}&key=" in link and "part=" not in link][:1]
    shown = await march.page("manager", of_key.removeprefix("/console"))
    assert f"共 {many} 件" in words(shown)
    cases = links(shown, "/console/cases/")
    assert len(cases) == many
    assert "小餐饮登记" in words(await march.page("manager", cases[0].removeprefix("/console")))


async def test_a_part_of_the_cases_has_its_tab(march: Boards) -> None:
    path = f"{PATH}/cases"
    page = await march.page("manager", path, **MARCH)
    assert "共 3 件" in words(page)
    told = {}
    for link in links(page, f"/console{path}?"):
        if "part=" in link and "preset" not in link:
            part = link.rpartition("part=")[2]
            shown = words(await march.page("manager", link.removeprefix("/console")))
            told[part] = shown.partition("共 ")[2].partition(" ")[0]
    assert told == {
        "decided": "3",
        "within_a_day": "2",
        "over_a_day": "1",
        "on_time": "3",
        "late": "0",
        "granted": "3",
        "refused": "0",
        "corrected": "0",
        "by_default": "0",
    }


async def test_a_decision_counts_in_its_own_second_s_day_and_month(boards: Boards) -> None:
    decisions, eve, first = boards.watch.decisions, date(2026, 3, 31), date(2026, 4, 1)
    late = await boards.watch.case(accepted=eve, corrections=1)
    await decisions.decide(late, eve, at=time(23, 59, 59))
    early = await boards.watch.case(accepted=eve, corrections=2)
    await decisions.decide(early, first, "refused", at=time(0))
    boards.watch.go_to(date(2026, 4, 2))
    for case, day, corrections in ((late, eve, 1), (early, first, 2)):
        period = {"from": day.isoformat(), "to": day.isoformat()}
        page = await boards.page("manager", PATH, **period)
        said = words(page)
        assert "办结 1 件" in said
        assert f"办结件的补正 {corrections} 次" in said
        [link] = {url for url in links(page) if "part=corrected" in url and "by=hall" in url}
        behind = await boards.page("manager", link.removeprefix("/console"))
        assert case.number in behind
        assert f"共 {corrections} 次补正" in words(behind).replace("  ", " ")
        assert f"补正 {corrections} 次" in words(behind)
    verified = await upkeep.verify()
    assert verified == []


async def test_second_corrections_are_no_part_of_the_decided_ones_and_lead_to_theirs(
    boards: Boards,
) -> None:
    case = await boards.watch.case(accepted=date(2026, 3, 2))
    await boards.watch.decisions.send_back_again(case, date(2026, 3, 4))
    await boards.watch.decisions.decide(await boards.watch.case(), date(2026, 3, 5))
    boards.watch.go_to(date(2026, 3, 31))
    page = await boards.page("manager", PATH, **MARCH)
    assert "办结件的补正 0 次 二次补正 1 次" in words(page).replace("  ", " ")
    [link] = links(page, "/console/handling/corrections")
    behind = await boards.page("manager", link.removeprefix("/console"))
    assert case.number in behind
    assert "01 综合窗口01" in words(behind) or "员工001" in words(behind)
    for by in ("clerk", "reviewer", "admin", "far_manager"):
        hall = str(boards.world.place.hall_id)
        assert (await boards.ask(by, f"{PATH}/corrections", hall_id=hall)).status_code == 403


async def test_a_point_of_the_chart_leads_to_the_cases_of_its_days(march: Boards) -> None:
    page = await march.page("manager", PATH, step="day", **MARCH)
    of_days = [link for link in links(page, f"/console{PATH}/cases") if "from=2026-03-09" in link]
    assert of_days
    shown = await march.page("manager", of_days[0].removeprefix("/console"))
    assert "共 1 件" in words(shown)
    assert "承诺 5" in words(shown)


async def test_the_list_of_cases_is_read_on(march: Boards, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.console.decided.A_PAGE", 2)
    page = await march.page("manager", f"{PATH}/cases", **MARCH)
    [more] = [link for link in links(page) if "after=" in link]
    rest = await march.page("manager", more.removeprefix("/console"))
    first, last = links(page, "/console/cases/"), links(rest, "/console/cases/")
    assert (len(first), len(last)) == (2, 1)
    assert not set(first) & set(last)


async def test_the_cases_behind_a_figure_are_for_those_who_read_it(march: Boards) -> None:
    path, hall = f"{PATH}/cases", {"hall_id": str(march.world.place.hall_id)}
    page = await march.page("supervisor", path, **MARCH)
    assert not [word for word in (NAME, PHONE, ID_NUMBER) if word in page]
    for by in ("clerk", "reviewer", "admin", "far_manager"):
        assert (await march.ask(by, path, **hall)).status_code == 403, by


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
