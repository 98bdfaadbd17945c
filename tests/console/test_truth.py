"""What every page and file says of a hard month is what a plain loop over its rows counts."""

import io
import re
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pypdf
import pytest

from app.core import db
from app.documents import service as documents
from app.reports import month
from app.reports.month_pdf import pdf_of
from evaluations.scores.upkeep import verify
from tests.cases.builders import World
from tests.console.by_hand import BY, Raw, Tally, number, rows_of, share, sheet_of, twin_of
from tests.console.pages import Console, links, words
from tests.console.still import FIRST, LAST, HardMonth

MARCH = {"from": FIRST.isoformat(), "to": LAST.isoformat()}
NAMES = {
    "hall": "中心",
    "department": "部门",
    "window": "窗口",
    "staff": "人员",
    "item": "事项",
    "channel": "渠道",
    "tag": "标签",
}
NOTHING = Tally()


@pytest.fixture
async def hard(console: Console, world: World) -> HardMonth:
    found = await HardMonth.begin(console, world)
    await found.happen()
    assert await verify() == [], "the table of scores is what a recount makes of it"
    return found


@pytest.fixture
async def raw(hard: HardMonth) -> Raw:
    return await Raw.read()


async def ask(console: Console, path: str, **query: Any) -> Any:
    """What the API says to the manager; the content of a file."""
    headers = await console.loops.headers("manager")
    given = MARCH | {"hall_id": str(console.loops.place.hall_id)} | query
    answer = await console.loops.client.get(f"/api/v1/{path}", params=given, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.content if ".xlsx" in path else answer.json()


async def names_of(console: Console, by: str, **query: Any) -> dict[str, str]:
    """What the keys are called."""
    return {r["key"]: r["name"] for r in (await ask(console, "scores", by=by, **query))["rows"]}


def test_the_month_is_as_hard_as_it_should_be(raw: Raw) -> None:
    total = raw.count("hall", FIRST, LAST)["total"]
    assert len(raw.invalid) == 1
    assert total.rated > 15
    assert total.due > total.due_rated
    at_borders = {date(2026, 2, 28), FIRST, LAST, date(2026, 4, 1)}
    for day in at_borders:
        assert raw.count("hall", day, day)["total"].rated, day
    windows = raw.count("window", FIRST, LAST)
    assert sum(one.rated for key, one in windows.items() if key != "total") < total.rated
    assert len(raw.count("department", FIRST, LAST)) == 1 + 3, "market, water and the town's"


@pytest.mark.parametrize("by", BY)
async def test_scores(console: Console, raw: Raw, by: str) -> None:
    """The page, its export and the ratings behind each row."""
    counted = raw.count(by, FIRST, LAST)
    names = await names_of(console, by) | {"total": "合计"}
    page = await console.page("manager", "/scores", by=by, **MARCH)
    rows = {row[""]: row for row in rows_of(page, f"按{NAMES[by]}的评价结果")}
    file = {row["名称"]: row for row in sheet_of(await ask(console, "scores.xlsx", by=by))}
    assert set(rows) == set(file) == {names[key] for key in counted}
    for key, tally in counted.items():
        row, line = rows[names[key]], file[names[key]]
        assert number(row["评价数"]) == line["评价总数"] == tally.rated, names[key]
        assert number(row["差评"]) == line["不满意"] + line["非常不满意"] == tally.bad
        assert row["满意度"] == tally.satisfaction
        assert row["好评率"] == tally.good_rate
        assert (line["应评件数"], line["应评已评"]) == (tally.due, tally.due_rated), names[key]
        if by not in ("channel", "tag"):
            assert row["主动评价率"] == tally.participation
        few = tally.rated < 5
        assert (row["排名"] == "样本少") == few == (line["备注"] == "样本少，不参与排名")
        query = {"by": by, "key": key, "limit": 100} if key != "total" else {"limit": 100}
        behind = await ask(console, "scores/ratings", **query)
        assert behind["counted"] == len(behind["items"]) == tally.rated
        assert Counter(one["level"] for one in behind["items"]) == tally.levels
    if by in ("department", "window", "staff", "item"):
        rest = counted["total"].rated - sum(t.rated for k, t in counted.items() if k != "total")
        found = [url for url in links(page, "/console/ratings?") if "key=none" in url]
        assert bool(found) == bool(rest)
        if rest:
            behind_rest = await console.page("manager", found[0])
            assert f"共 <strong>{rest}</strong>" in behind_rest
            assert f"没有对应的{NAMES[by]}" in words(behind_rest)


def _months(first: date, last: date) -> list[tuple[date, date]]:
    found = []
    while first <= last:
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        found.append((first, min(last, following - timedelta(days=1))))
        first = following
    return found


def _weeks(first: date, last: date) -> list[tuple[date, date]]:
    found = []
    while first <= last:
        end = first + timedelta(days=6 - first.weekday())
        found.append((first, min(last, end)))
        first = end + timedelta(days=1)
    return found


def _days(first: date, last: date) -> list[tuple[date, date]]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [(day, day) for day in days]


DIVIDED = {"day": _days, "week": _weeks, "month": _months}


@pytest.mark.parametrize("step", DIVIDED)
async def test_trend(console: Console, raw: Raw, step: str) -> None:
    begin, end = date(2026, 2, 20), date(2026, 4, 1)
    period = {"from": begin.isoformat(), "to": end.isoformat(), "step": step}
    window = str(console.loops.place.windows["01"])
    for of, key in (({}, "total"), ({"by": "window", "key": window}, window)):
        page = await console.page("manager", "/trend", **period, **of)
        file = sheet_of(await ask(console, "scores/trend.xlsx", **period, **of))
        wanted = [
            raw.count("window", *days).get(key, NOTHING) for days in DIVIDED[step](begin, end)
        ]
        for caption, rate in (
            ("满意度", "satisfaction"),
            ("好评率", "good_rate"),
            ("主动评价率", "participation"),
        ):
            shown = [point[1].partition("（")[0].strip() for point in twin_of(page, caption)]
            assert [one.replace("没有数据", "—") for one in shown] == [
                getattr(one, rate) for one in wanted
            ], (step, caption)
        assert [row["评价总数"] or 0 for row in file] == [one.rated for one in wanted]
        assert [row["应评件数"] or 0 for row in file] == [one.due for one in wanted]


@pytest.mark.parametrize("by", BY)
async def test_comparison(console: Console, raw: Raw, by: str) -> None:
    earlier = {"before_from": "2026-02-01", "before_to": "2026-02-28"}
    now = raw.count(by, FIRST, LAST)
    before = raw.count(by, date(2026, 2, 1), date(2026, 2, 28))
    february = {"from": "2026-02-01", "to": "2026-02-28"}
    names = await names_of(console, by) | await names_of(console, by, **february)
    names["total"] = "合计"
    page = await console.page("manager", "/compare", by=by, **MARCH, **earlier)
    rows = {
        row[""].removesuffix("样本少").strip(): row for row in rows_of(page, "两个时间段的评价对比")
    }
    assert set(rows) == {names[key] for key in now.keys() | before.keys()}
    for key in now.keys() | before.keys():
        a, b, row = now.get(key, NOTHING), before.get(key, NOTHING), rows[names[key]]
        assert (number(row["评价数"]), number(row["对比期"])) == (a.rated, b.rated), names[key]
        assert row["满意度"] == f"{a.satisfaction}原 {b.satisfaction}"
        moved = re.search(r"(上升|下降) ([\d.]+)", row["变化"])
        if a.rated and b.rated and moved:
            wanted = (a.rated - a.bad) / a.rated - (b.rated - b.bad) / b.rated
            assert float(moved[2]) == pytest.approx(abs(wanted) * 100, abs=0.051)
            assert (moved[1] == "上升") == (wanted > 0)
    file = {
        row["名称"]: row
        for row in sheet_of(await ask(console, "scores/comparison.xlsx", by=by, **earlier))
    }
    assert set(file) == set(rows)


async def test_tags(console: Console, raw: Raw) -> None:
    counted = raw.count("tag", FIRST, LAST)
    names = await names_of(console, "tag")
    page = await console.page("manager", "/tags", **MARCH)
    total = counted.pop("total")
    for level, name in ((5, "非常满意"), (3, "基本满意"), (2, "不满意"), (1, "非常不满意")):
        given = {names[key]: t.levels[level] for key, t in counted.items() if t.levels[level]}
        rows = {row[""]: row for row in rows_of(page, f"{name}的标签")}
        assert {text: number(row["次数"]) for text, row in rows.items()} == given
        for text, times in given.items():
            assert share(times, total.levels[level]) in rows[text]["占比"]


async def test_participation_and_what_is_missing(console: Console, raw: Raw) -> None:
    counted = raw.count("window", FIRST, LAST)
    names = await names_of(console, "window")
    page = await console.page("manager", "/participation", **MARCH)
    total = counted.pop("total")
    said = words(page)
    assert f"主动评价率 {total.participation} {total.due_rated} ÷ {total.due}" in said
    assert f"应评而未评 {total.due - total.due_rated}" in said
    rows = {row[""]: row for row in rows_of(page, "各窗口的参评情况，未评比例高的在前")}
    assert set(rows) == {names[key] for key, tally in counted.items() if tally.due}
    for key, tally in counted.items():
        if tally.due:
            row = rows[names[key]]
            assert (number(row["应评"]), number(row["已评"])) == (tally.due, tally.due_rated)
            assert number(row["未评"]) == tally.due - tally.due_rated
            assert number(row["评价数"]) == tally.rated
    unrated = sheet_of(await ask(console, "scores/unrated.xlsx"))
    assert len(unrated) == total.due - total.due_rated
    assert sum(row["还能评价吗"] == "评价已裁定无效" for row in unrated) == 1
    missing = await ask(console, "scores/missing")
    silent = {str(id_) for id_ in console.loops.place.windows.values()} & counted.keys()
    assert {one["id"] for one in missing["windows"]} == {
        key for key in silent if not counted[key].rated
    }


async def test_the_overview(console: Console, raw: Raw) -> None:
    total = raw.count("hall", FIRST, LAST)["total"]
    said = words(await console.page("manager", "", **MARCH))
    assert f"满意度 {total.satisfaction}" in said
    assert f"好评率 {total.good_rate}" in said
    assert f"主动评价率 {total.participation}" in said
    assert f"评价数 {total.rated} 应评 {total.due} 件" in said
    assert re.search(rf"差评 {total.bad} ", said)
    [row] = await db.fetch("SELECT count(*) AS n FROM rectifications WHERE state <> 'closed'")
    assert f"差评整改中 {row['n']}" in said


async def test_the_board_of_rectifications(console: Console, hard: HardMonth) -> None:
    rows = await db.fetch("SELECT state, count(*) AS n FROM rectifications GROUP BY state")
    page = await console.page("manager", "/rectifications")
    columns = re.findall(r'class="board-column".*?class="count">\s*([\d,]+)', page, re.DOTALL)
    waiting = sum(row["n"] for row in rows if row["state"] != "closed")
    assert sum(number(one) for one in columns) == waiting > 0


async def test_the_wall_counts_today_alone(console: Console, raw: Raw, hard: HardMonth) -> None:
    today = date(2026, 4, 1)
    total = raw.count("hall", today, today)["total"]
    said = words(await console.page("manager", "/wall/now"))
    assert f"今日服务 {total.due} 件" in said
    assert f"今日评价 {total.rated} 条" in said
    assert f"今天已收到 {total.rated} 条评价" in said, "too few for a share"
    assert "本月 —" in said, "so has the month, which began today"
    serving = sum(service["ended_at"] is None for service in raw.services)
    assert f"正在服务 {serving} 位" in said


async def test_the_month_s_report(console: Console, raw: Raw) -> None:
    loops = console.loops
    act = loops.act_as(await loops.place.actor(loops.act_as(), "manager"))
    report = await month.gather(act, loops.place.hall_id, "2026-03", lambda *_: None)
    total = raw.count("hall", FIRST, LAST)["total"]
    counted = report.halls.total
    assert {int(k): n for k, n in counted.levels.items() if n} == dict(total.levels)
    assert (counted.due, counted.due_rated) == (total.due, total.due_rated)
    by_month = [
        raw.count("hall", *days).get("total", NOTHING) for days in _months(date(2026, 1, 1), LAST)
    ]
    points = report.trend.series[0].points[-3:]
    assert [p.rated if p else 0 for p in points] == [one.rated for one in by_month]
    for by, ranking in (("department", report.departments), ("window", report.windows)):
        found = {row.key: row.rated for row in [*ranking.rows, *ranking.left_out]}
        wanted = raw.count(by, FIRST, LAST)
        assert found == {key: tally.rated for key, tally in wanted.items() if key != "total"}
    received = await db.fetch(
        "SELECT id FROM rectifications WHERE received_at >= '2026-03-01 00:00+08'"
        " AND received_at < '2026-04-01 00:00+08'"
    )
    assert report.rectification.total.received == len(received) > 2
    content = await documents.drawn(lambda: pdf_of(report))
    said = "".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(content)).pages)
    for figure in (total.satisfaction, total.good_rate, total.participation):
        assert figure in said.replace("\n", "")
