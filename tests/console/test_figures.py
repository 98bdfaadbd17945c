"""The pages of figures: who reads them, what they say, and where each figure leads."""

import re
from typing import Any

import pytest

from evaluations.ratings import visits
from tests.cases.builders import World
from tests.console.pages import Console, links, words
from tests.evaluations.hub import RATE, SCORES, visit

PAGES = ("", "/scores", "/ranking", "/tags", "/participation", "/trend", "/compare", "/ratings")
BY = ("hall", "department", "window", "staff", "item", "channel", "tag")


async def rated(console: Console, levels: list[int], **of: Any) -> None:
    """One visit after the other at window 01, each rated so."""
    for level in levels:
        loops = console.loops
        served = await visit(loops.act_as, loops.place, **of)
        assert loops.evaluator
        answer = await loops.evaluator.post(RATE, loops.evaluator.tap(served.id, level))
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("path", PAGES)
async def test_a_hall_without_ratings_has_pages_that_say_so(console: Console, path: str) -> None:
    page = await console.page("manager", path)
    assert page.count("<h1") == 1
    assert re.search("还没有|没有评价|没有可以|没有应评|没有这一等级|没有", words(page))


@pytest.mark.parametrize("path", PAGES)
async def test_managers_and_supervisors_read_every_page_and_nobody_else(
    console: Console, path: str
) -> None:
    await rated(console, [5, 4, 1])
    for name in ("manager", "supervisor"):
        assert "青河县政务服务中心" in await console.page(name, path)
    for name in ("clerk", "reviewer", "admin"):
        answer = await console.ask(name, path)
        assert answer.status_code == 403
        assert "青河县政务服务中心，" not in answer.text
    answer = await console.ask("", path)
    assert (answer.status_code, answer.headers["Location"][:13]) == (303, "/sign-in?next")


@pytest.mark.parametrize("path", PAGES)
async def test_another_hall_s_manager_sees_nothing_of_this_one(console: Console, path: str) -> None:
    await rated(console, [5])
    hall = str(console.loops.place.hall_id)
    answer = await console.ask("far_manager", path, hall_id=hall)
    assert answer.status_code == 403
    assert "青河县" not in answer.text
    assert "青河县" not in await console.page("far_manager", path)


@pytest.mark.parametrize("by", BY)
async def test_every_number_of_ratings_leads_to_just_as_many(
    console: Console, world: World, by: str
) -> None:
    await console.loops.named()  # a bad one, of a case, with a tag
    await rated(console, [5, 5, 4, 2], item_id=(await world.item()).id)
    await rated(console, [1, 3])
    page = await console.page("manager", "/scores", by=by)
    rows = re.findall(r'<a href="(/console/ratings\?[^"]*)">([\d,]+)</a>', page)
    assert rows, "there are figures with ratings behind them"
    for url, number in rows:
        behind = await console.page("manager", url.replace("&amp;", "&"))
        counted = re.search(r"共 <strong>([\d,]+)</strong>", behind)
        assert counted, behind[:500]
        assert counted[1] == number
        assert len(set(links(behind, "/console/ratings/"))) == int(number)


async def test_the_overview_says_how_the_hall_stands_and_leads_on(console: Console) -> None:
    await console.loops.named()
    await rated(console, [5, 5, 5, 5, 5, 4, 3])
    page = await console.page("manager")
    said = words(page)
    assert "满意度 87.5%" in said
    assert "评价数 8" in said
    assert "差评 1" in said
    assert "差评整改中 1" in said
    for place in ("scores", "participation", "ratings", "rectifications", "deadlines", "handling"):
        assert links(page, f"/console/{place}"), place


async def test_periods_have_names_and_days(console: Console) -> None:
    await rated(console, [5])
    said = words(await console.page("manager", "/scores", preset="last_month"))
    assert "2026年2月1日至2月28日" in said
    assert "还没有评价" in said
    said = words(await console.page("manager", "/scores", preset="month"))
    assert "2026年3月1日至3月2日" in said
    days = {"from": "2026-02-20", "to": "2026-03-02"}
    assert "2026年2月20日至3月2日" in words(await console.page("manager", "/scores", **days))
    answer = await console.ask("manager", "/scores", **{"from": "2026-03-02", "to": "2026-03-01"})
    assert answer.status_code == 422
    assert "结束日期不能早于开始日期" in answer.text


async def test_a_ranking_shows_its_uncertainty_and_leaves_small_samples_out(
    console: Console,
) -> None:
    await rated(console, [5] * 6)
    page = await console.page("manager", "/ranking", by="window")
    said = words(page)
    assert "100.0%" in said
    assert re.search(r"61\.0% 至 100\.0%", said), "the Wilson interval of 6 of 6"
    by_channel = words(await console.page("manager", "/ranking", by="channel"))
    assert "窗口评价器" in by_channel
    few = words(await console.page("manager", "/ranking", by="department"))
    assert "没有可以排名的部门" in few


async def test_two_periods_side_by_side_in_percentage_points(console: Console) -> None:
    await rated(console, [5, 1])
    console.loops.go_to(console.loops.act_as().today.replace(day=20))
    await rated(console, [5, 5])
    chosen = {
        "from": "2026-03-20",
        "to": "2026-03-20",
        "before_from": "2026-03-02",
        "before_to": "2026-03-02",
        "by": "window",
    }
    said = words(await console.page("manager", "/compare", **chosen))
    assert "上升 50.0 个百分点" in said
    assert "原 50.0%" in said
    assert "样本少" in said


async def test_a_few_ratings_on_either_side_make_no_verdict(console: Console) -> None:
    await rated(console, [5, 5])
    console.loops.go_to(console.loops.act_as().today.replace(day=20))
    await rated(console, [5, 5, 5, 5, 5, 1])
    days = {"from": "2026-03-16", "to": "2026-03-20"}
    before = {"before_from": "2026-03-02", "before_to": "2026-03-03"}
    page = await console.page("manager", "/compare", **days, **before, by="window")
    said = words(page)
    assert "01 综合窗口01 样本少" in said, "its earlier ratings are too few"
    assert "合计 样本少" in said
    assert '<span class="moved bad">' not in page
    assert "两个时间段长短不同（5 天和 2 天）" in said
    overlapping = {"before_from": "2026-03-10", "before_to": "2026-03-16"}
    said = words(await console.page("manager", "/compare", **days, **overlapping))
    assert "两个时间段有重叠" in said


async def test_a_comparison_moves_with_its_period_unless_days_were_chosen(console: Console) -> None:
    """What was compared with by default is not sent along as if it had been chosen."""
    await rated(console, [5])
    page = await console.page("manager", "/compare", preset="month")
    fields = dict(re.findall(r'name="(before_\w+)" type="date" value="([^"]*)"', page))
    assert fields == {"before_from": "", "before_to": ""}
    assert "2026年3月1日至3月2日与2026年2月27日至2月28日" in words(page)


async def test_a_total_of_a_few_is_marked_too(console: Console) -> None:
    await rated(console, [5, 5])
    assert "合计 样本少 100.0%" in words(await console.page("manager", "/scores", by="window"))
    await rated(console, [5, 5, 5])
    assert "合计 — 100.0%" in words(await console.page("manager", "/scores", by="window"))


async def test_ratings_of_nobody_in_particular_are_not_hidden(console: Console) -> None:
    """A visit without an item belongs to no department: the total has it all the same."""
    await rated(console, [5, 4])
    for path in ("/scores", "/compare"):
        said = words(await console.page("manager", path, by="department"))
        assert "另有 2 条评价没有对应的部门，只计入合计" in said, path
        assert "没有评价" not in said, path


async def test_why_rows_do_not_add_up_to_the_total_is_told(console: Console) -> None:
    await console.loops.named()  # a rating of a case, at no window
    await rated(console, [5, 4])
    for path in ("/scores", "/compare"):
        said = words(await console.page("manager", path, by="window"))
        assert "另有 1 条评价没有对应的窗口，只计入合计" in said, path
        assert "没有对应的渠道" not in words(await console.page("manager", path, by="channel"))
        said = words(await console.page("manager", path, by="tag"))
        assert "各行相加不等于合计" in said, path


async def test_a_trend_s_points_lead_to_the_ratings_of_their_day(console: Console) -> None:
    await rated(console, [5, 4])
    page = await console.page("manager", "/trend")
    [of_day] = {url for url in links(page, "/console/ratings?") if "from=2026-03-02" in url}
    behind = await console.page("manager", of_day)
    assert "共 <strong>2</strong>" in behind


async def test_what_does_not_take_part_is_told(console: Console) -> None:
    await rated(console, [5])
    loops = console.loops
    await visit(loops.act_as, loops.place, "clerk2", "02")
    said = words(await console.page("manager", "/participation"))
    assert "没有一条评价的窗口" in said
    assert "02 综合窗口02" in said


async def test_no_link_of_the_console_leads_nowhere(console: Console) -> None:
    await console.loops.named()
    await rated(console, [5] * 6 + [2])
    await console.loops.work_outbox()
    waiting = [f"/console{path}" for path in (*PAGES, "/rectifications", "/ledger", "/topics")]
    seen = set(waiting)
    while waiting:
        page = (await console.ask("supervisor", url := waiting.pop())).text
        for link in links(page, "/console"):
            # One address of each kind, whatever its ids and its query's values are.
            kind = re.sub(r"[0-9a-f-]{36}|(?<==)[^&]*", "_", link)
            unreal = "/cases/of/BAD-" in link  # the loops' cases are ratings' alone
            if kind not in seen and not unreal:
                seen.add(kind)
                answer = await console.ask("supervisor", link)
                assert answer.status_code in (200, 303), f"{url} leads to {link}: {answer.text}"
                waiting.append(link)
    assert len(seen) > 40


async def test_a_staff_member_s_name_is_in_no_address(console: Console) -> None:
    await rated(console, [5] * 6)
    for path in PAGES:
        page = await console.page("manager", path, by="staff") if path in ("/scores",) else ""
        assert not [url for url in links(page) if "员工" in url or "%E5%91%98" in url]


async def test_what_nobody_rated_is_listed_behind_participation(console: Console) -> None:
    loops = console.loops
    await rated(console, [5])
    served = await visit(loops.act_as, loops.place)
    await visits.end(loops.act_as(await loops.place.actor(loops.act_as(), "clerk")), served.id)
    page = await console.page("manager", "/participation")
    behind = links(page, "/console/participation/unrated")
    assert len(behind) == 2, "of the hall, and of the window"
    for link in behind:
        shown = await console.page("manager", link)
        assert "其中 1 件没有评价" in words(shown)
        assert "还能评价" in words(shown)
    for name in ("clerk", "reviewer", "admin", "far_manager"):
        hall = str(loops.place.hall_id)
        answer = await console.ask(name, "/participation/unrated", hall_id=hall)
        assert answer.status_code == 403, name


async def test_the_ratings_of_a_list_are_exported_as_they_are_chosen(console: Console) -> None:
    await rated(console, [5, 1])
    page = await console.page("manager", "/ratings", level="1")
    [form] = re.findall(r'<form method="post" action="/reports/ratings".*?</form>', page, re.S)
    given = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))
    assert (given["level"], given["by"]) == ("1", "hall")
    headers = await console.loops.headers("manager")
    answer = await console.loops.client.post("/reports/ratings", data=given, headers=headers)
    assert answer.status_code == 303, answer.text[:2000]
    assert answer.headers["Location"].startswith("/works/")


async def test_the_overview_leads_to_the_report_of_its_month(console: Console) -> None:
    page = await console.page("manager", "", **{"from": "2026-02-01", "to": "2026-02-28"})
    [report] = links(page, "/reports?")
    assert "month=2026-02" in report
    headers = await console.loops.headers("manager")
    shown = await console.loops.client.get(report, headers=headers)
    assert re.search(r'value="2026-02" selected', shown.text)


async def test_a_table_is_put_in_order_and_so_is_its_file(console: Console, world: World) -> None:
    loops = console.loops
    await rated(console, [5, 5, 5, 5, 5, 3])
    await loops.named()
    item = (await world.item()).id
    await rated(console, [1, 1, 4], item_id=item)
    orders = {
        "satisfaction": lambda row: row["satisfaction"]["value"],
        "rated": lambda row: -row["rated"],
        "bad": lambda row: -(row["levels"]["1"] + row["levels"]["2"]),
    }
    headers = await loops.headers("manager")
    period = {"hall_id": str(loops.place.hall_id), "from": "2026-03-01", "to": "2026-03-02"}
    page = await console.page("manager", "/scores", by="channel")
    for order, key in orders.items():
        query = period | {"by": "channel", "order": order}
        rows = (await loops.client.get(SCORES, params=query, headers=headers)).json()["rows"]
        assert len(rows) == 2
        assert rows == sorted(rows, key=key)
        [link] = {url for url in links(page, "/console/scores?") if url.endswith(f"order={order}")}
        shown = await console.page("manager", link)
        places = [shown.index(f'<th scope="row">{row["name"]}</th>') for row in rows]
        assert places == sorted(places)
        [file] = links(shown, "/api/v1/scores.xlsx")
        assert f"order={order}" in file, "the file is in the order of the page"
    odd = await console.ask("manager", "/scores", order="number")
    assert odd.status_code == 422
