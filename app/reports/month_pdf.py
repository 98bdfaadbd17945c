"""The month's report as a PDF: figures first, what they are made of, how each is counted."""

from collections.abc import Sequence

from app.core.clock import CHINA
from app.pages.words import day, number
from app.pages.words import month as month_name
from app.reports import month_tables, plots
from app.reports.month import MonthReport
from app.reports.month_tables import MOST_ROWS
from app.reports.paper import BRAND, LEFT, ROOM, SOFT, Ink, Paper
from app.reports.plots import LEVELS, Bar, Line, share_text
from evaluations.ratings.rules import LEVEL_NAMES
from evaluations.scores.schemas import Figures, LevelTags, Ranked, Ranking

TITLE = "政务服务评价与效能月报"
MOST_TAGS = 8
BAD_COLOUR = LEVELS[1]


def pdf_of(report: MonthReport) -> bytes:
    """Draw the report; call it by `documents.service.drawn`."""
    month = month_name(report.month.first)
    paper = Paper(
        f"{TITLE}（{month}）",
        report.hall_name,
        f"{report.hall_name} · {TITLE} · {month}",
        report.made_at,
    )
    _head(paper, report, month)
    _tiles(paper, report)
    _satisfaction(paper, report)
    _levels(paper, report)
    _ranking(paper, "部门满意度排名", report.departments)
    _ranking(paper, "窗口满意度排名", report.windows)
    _tags(paper, report)
    month_tables.participation(paper, report)
    month_tables.rectification(paper, report)
    month_tables.handling(paper, report)
    month_tables.formulas(paper, report)
    return paper.finish()


def _head(paper: Paper, report: MonthReport, month: str) -> None:
    made = f"{report.made_at.astimezone(CHINA):%Y-%m-%d %H:%M}"
    until = "" if report.is_whole else f"，本月尚未结束，截至{day(report.until)}"

    def draw(ink: Ink, top: float) -> None:
        ink.text(LEFT, top + 12, report.hall_name, 12, colour=BRAND, bold=True)
        ink.text(LEFT, top + 40, TITLE, 22, bold=True)
        ink.text(LEFT + ROOM, top + 40, month, 15, align="right", bold=True)
        ink.line([(LEFT, top + 52), (LEFT + ROOM, top + 52)], BRAND, 1.4)
        said = f"统计范围：{report.hall_name}及其下级中心{until}。生成时间：{made}（北京时间）"
        ink.text(LEFT, top + 67, said, 8.5, colour=SOFT)

    paper.put(82, draw)


def _tiles(paper: Paper, report: MonthReport) -> None:
    now, before = _now(report), _before(report)
    handled = report.handling.total
    bad = now.levels["1"] + now.levels["2"] if now else 0
    rectified = report.rectification.total
    days = handled.handling_time.value
    tiles = (
        (
            "满意度",
            share_text(now.satisfaction.value if now else None),
            _changed(now, before, "satisfaction"),
        ),
        (
            "好评率",
            share_text(now.good_rate.value if now else None),
            _changed(now, before, "good_rate"),
        ),
        ("有效评价", number(now.rated if now else 0), f"其中差评 {number(bad)} 件"),
        (
            "主动评价率",
            share_text(now.participation.value if now else None),
            f"应评 {number(now.due if now else 0)} 件",
        ),
        (
            "差评整改率",
            share_text(rectified.rectification.value),
            f"属实 {rectified.rectification.denominator} 件",
        ),
        ("办结件数", number(handled.decided), f"准予 {number(handled.granted)} 件"),
        (
            "平均办理用时",
            "—" if days is None else f"{days:.1f} 天",
            "工作日，暂停时间不计",
        ),
        (
            "一日办结率",
            share_text(handled.within_a_day.value),
            f"按时办结率 {share_text(handled.on_time.value)}",
        ),
    )
    wide, tall, gap = (ROOM - 3 * 8) / 4, 56.0, 8.0
    for row in (tiles[:4], tiles[4:]):

        def draw(ink: Ink, top: float, row: Sequence[tuple[str, str, str]] = row) -> None:
            for at, (name, value, note) in enumerate(row):
                x = LEFT + at * (wide + 8)
                ink.card(x, top, wide, tall)
                ink.text(x + 9, top + 15, name, 8.5, colour=SOFT)
                ink.text(x + 9, top + 35, value, 16, bold=True)
                ink.text(x + 9, top + 49, ink.shortened(note, 8, wide - 14), 8, colour=SOFT)

        paper.put(tall + gap, draw)


def _now(report: MonthReport) -> Figures | None:
    return report.trend.series[0].points[-1]


def _before(report: MonthReport) -> Figures | None:
    points = report.trend.series[0].points
    return points[-2] if len(points) > 1 else None


def _changed(now: Figures | None, before: Figures | None, name: str) -> str:
    """How a share stands beside the month before, in percentage points."""
    is_now, was = (getattr(one, name).value if one else None for one in (now, before))
    if is_now is None or was is None:
        return "上月没有可比数据"
    if now and now.small_sample:
        return "评价太少，仅供参考"
    if before and before.small_sample:
        return "上月评价太少，不作比较"
    change = (is_now - was) * 100
    if abs(change) < 0.05:
        return "与上月持平"
    return f"比上月{'升' if change > 0 else '降'} {abs(change):.1f} 个百分点"


def _satisfaction(paper: Paper, report: MonthReport) -> None:
    paper.heading("满意度近十二个月", keep=140)
    points = report.trend.series[0].points
    labels = plots.month_labels([bucket.first for bucket in report.trend.buckets])
    satisfaction = Line(
        "满意度",
        [point.satisfaction.value if point else None for point in points],
        [_between(point) for point in points],
    )
    plots.course(paper, labels, [satisfaction], height=140)
    taken = Line("主动评价率", [point.participation.value if point else None for point in points])
    paper.heading("主动评价率近十二个月", keep=110)
    plots.course(paper, labels, [taken], height=110)


def _between(point: Figures | None) -> tuple[float, float] | None:
    if point is None or point.wilson_lower is None or point.wilson_upper is None:
        return None
    return point.wilson_lower, point.wilson_upper


def _levels(paper: Paper, report: MonthReport) -> None:
    rated = [row for row in report.channels.rows if row.rated]
    if not report.halls.total.rated:
        return
    paper.heading("评价等级与渠道", keep=70)
    plots.legend(paper, [(name, level) for level, name in LEVEL_NAMES.items()])
    rows = [report.halls.total, *sorted(rated, key=lambda row: -row.rated)[:MOST_ROWS]]
    plots.stacked(
        paper,
        [
            (
                row.name,
                [(n, row.levels[str(n)] / row.rated) for n in LEVEL_NAMES],
                f"{number(row.rated)} 件，差评 {number(row.levels['1'] + row.levels['2'])} 件",
            )
            for row in rows
        ],
    )


def _ranking(paper: Paper, title: str, ranking: Ranking) -> None:
    if not ranking.rows and not ranking.left_out:
        return
    paper.heading(title, keep=80)
    plots.intervals(paper, [_ranked(row) for row in ranking.rows[:MOST_ROWS]])
    said = "圆点为满意度，线段为 95% 置信区间，按区间下限排名。"
    if len(ranking.rows) > MOST_ROWS:
        said += f"另有 {len(ranking.rows) - MOST_ROWS} 个未列出。"
    if ranking.left_out:
        names = "、".join(f"{row.name}（{row.rated} 件）" for row in ranking.left_out[:MOST_ROWS])
        more = len(ranking.left_out) - MOST_ROWS
        said += f"评价不足 {ranking.small_sample_below} 件，不参与排名：{names}"
        said += f"等 {len(ranking.left_out)} 个。" if more > 0 else "。"
    paper.space(4)
    paper.paragraph(said, 8.5, SOFT)


def _ranked(row: Ranked) -> Bar:
    says = f"{share_text(row.share.value)}（{number(row.rated)} 件）"
    return Bar(f"{row.rank}. {row.name}", row.share.value, says, row.lower, row.upper)


def _tags(paper: Paper, report: MonthReport) -> None:
    good = _most_given([level for level in report.tags.levels if level.level >= 3])
    bad = _most_given([level for level in report.tags.levels if level.level < 3])
    for title, rows, colour in (
        ("好评标签", good, BRAND),
        ("差评标签", bad, BAD_COLOUR),
    ):
        if rows:
            paper.heading(f"{title}（被选最多的 {len(rows)} 个）", keep=60)
            plots.bars(paper, rows, colour)


def _most_given(levels: Sequence[LevelTags]) -> list[Bar]:
    given = [
        Bar(
            tag.text,
            tag.share.numerator,
            f"{number(tag.share.numerator)} 次（{level.name}，占 {share_text(tag.share.value)}）",
        )
        for level in levels
        for tag in level.tags
        if tag.share.numerator
    ]
    return sorted(given, key=lambda bar: -(bar.value or 0))[:MOST_TAGS]
