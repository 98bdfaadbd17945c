"""Every view of the scores as a spreadsheet, with what each figure is made of."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.core.clock import CHINA
from app.core.wire import File
from evaluations.scores.schemas import (
    Bucket,
    Compared,
    Comparison,
    Figures,
    LevelTags,
    Missing,
    Ranked,
    Ranking,
    Rate,
    Score,
    Scores,
    SilentDevice,
    SilentWindow,
    TagCount,
    TagDistribution,
    Trend,
    View,
)
from evaluations.scores.sheets import CONTENT_TYPE, Cell, Column, Sheet, of_part, workbook

BY_NAMES = {
    "hall": "政务服务中心",
    "department": "部门",
    "window": "窗口",
    "staff": "工作人员",
    "item": "事项",
    "channel": "评价渠道",
    "tag": "评价标签",
}
STEP_NAMES = {"day": "日", "week": "周", "month": "月", "quarter": "季度"}
SHARE_NAMES = {"satisfaction": "满意度", "good_rate": "好评率"}
FORMULAS = (
    ("满意度", "（基本满意＋满意＋非常满意的评价数）÷ 评价总数"),
    ("好评率", "（满意＋非常满意的评价数）÷ 评价总数"),
    ("平均等级", "各评价等级（1 至 5）之和 ÷ 评价总数"),
    ("平均得分", "各评价得分（五个等级由高到低计 10、8、6、3、0 分）之和 ÷ 评价总数"),
    ("主动评价率", "期内应评服务中已评价的件数 ÷ 期内应评件数（期内结束的窗口服务和办结的办件）"),
    ("满意度下限", "满意度的威尔逊 95% 置信区间下限，排名以此为准，评价少的不因偶然而靠前"),
    ("有效评价", "经认定为误评或恶意差评的评价保留原样，但不计入以上各项"),
)
"""What each figure is, in the words of the sheet."""
_UNRATED = ("未评价", "未评价不是好评也不是差评，只计入主动评价率。没有任何评价由系统默认产生。")


def _rate(pick: Callable[[Figures], Rate | None]) -> Callable[[Figures], Cell]:
    def value(row: Figures) -> Cell:
        rate = pick(row)
        return rate.value if rate else None

    return value


def _level(level: int) -> Callable[[Figures], Cell]:
    return lambda row: row.levels[str(level)]


_LEVELS: tuple[Column[Figures], ...] = (
    Column("非常满意", 10, "count", _level(5)),
    Column("满意", 10, "count", _level(4)),
    Column("基本满意", 10, "count", _level(3)),
    Column("不满意", 10, "count", _level(2)),
    Column("非常不满意", 11, "count", _level(1)),
    Column("评价总数", 10, "count", lambda row: row.rated),
    Column("满意度", 10, "percent", _rate(lambda row: row.satisfaction)),
    Column("好评率", 10, "percent", _rate(lambda row: row.good_rate)),
    Column("平均等级", 10, "decimal", _rate(lambda row: row.mean_level)),
)
_POINTS: Column[Figures] = Column("平均得分", 10, "decimal", _rate(lambda row: row.mean_points))
_TAKING_PART: tuple[Column[Figures], ...] = (
    Column("应评件数", 10, "count", lambda row: row.due),
    Column("应评已评", 10, "count", lambda row: row.due_rated),
    Column("主动评价率", 11, "percent", _rate(lambda row: row.participation)),
)


def of_scores(view: Scores, made_at: datetime) -> File:
    """The scores of one dimension."""
    points = [_POINTS] if view.total.mean_points else []
    columns: list[Column[Score]] = [
        Column("排名", 7, "count", lambda row: row.rank),
        Column("名称", 32, "text", lambda row: row.name),
        *_LEVELS,
        *points,
        *_TAKING_PART,
        Column("满意度下限", 11, "percent", lambda row: row.wilson_lower),
        Column("备注", 22, "text", lambda row: "样本少，不参与排名" if row.small_sample else ""),
    ]
    what = f"按{BY_NAMES[view.by]}统计"
    sheet = _sheet("统计", view, "好差评统计", what, columns, [view.total, *view.rows], totals=1)
    return _file([sheet], view, f"统计_{BY_NAMES[view.by]}", made_at)


def of_ranking(view: Ranking, made_at: datetime) -> File:
    """A ranking with its intervals; those of a small sample stand below, without a place."""
    share = SHARE_NAMES[view.of]
    columns: list[Column[Ranked]] = [
        Column("排名", 7, "count", lambda row: row.rank),
        Column("名称", 32, "text", lambda row: row.name),
        Column("评价总数", 10, "count", lambda row: row.rated),
        Column(share, 10, "percent", lambda row: row.share.value),
        Column("区间下限", 11, "percent", lambda row: row.lower),
        Column("区间上限", 11, "percent", lambda row: row.upper),
        Column("备注", 22, "text", lambda row: "样本少，不参与排名" if row.small_sample else ""),
    ]
    what = f"按{BY_NAMES[view.by]}，以{share}威尔逊 95% 置信区间的下限排名"
    rows = [*view.rows, *view.left_out]
    sheet = _sheet("排名", view, "好差评排名", what, columns, rows)
    return _file([sheet], view, f"排名_{BY_NAMES[view.by]}", made_at)


_Point = tuple[Bucket, str, Figures | None]


def _figures(point: _Point) -> Figures | None:
    return point[2]


def of_trend(view: Trend, made_at: datetime) -> File:
    """A trend; a line without figures is a gap: nothing was rated or due."""
    columns: list[Column[_Point]] = [
        Column("起", 12, "text", lambda row: row[0].first.isoformat()),
        Column("止", 12, "text", lambda row: row[0].last.isoformat()),
        Column("名称", 32, "text", lambda row: row[1]),
        *(of_part(column, _figures) for column in (*_LEVELS, *_TAKING_PART)),
        Column("备注", 22, "text", lambda row: "" if row[2] else "无数据"),
    ]
    rows: list[_Point] = [
        (bucket, series.name, point)
        for series in view.series
        for bucket, point in zip(view.buckets, series.points, strict=True)
    ]
    what = f"按{STEP_NAMES[view.step]}"
    sheet = _sheet("趋势", view, "好差评趋势", what, columns, rows, fixed=3)
    return _file([sheet], view, f"趋势_{STEP_NAMES[view.step]}", made_at)


def _now(pick: Callable[[Figures], Cell]) -> Callable[[Compared], Cell]:
    return lambda row: pick(row.now) if row.now else None


def _before(pick: Callable[[Figures], Cell]) -> Callable[[Compared], Cell]:
    return lambda row: pick(row.before) if row.before else None


def of_comparison(view: Comparison, made_at: datetime) -> File:
    """A period beside the one before it."""
    columns: list[Column[Compared]] = [
        Column("名称", 32, "text", lambda row: row.name),
        Column("本期评价数", 11, "count", _now(lambda of: of.rated)),
        Column("上期评价数", 11, "count", _before(lambda of: of.rated)),
    ]
    for title, pick, change in (
        ("满意度", _rate(lambda of: of.satisfaction), lambda row: row.change.satisfaction),
        ("好评率", _rate(lambda of: of.good_rate), lambda row: row.change.good_rate),
        ("主动评价率", _rate(lambda of: of.participation), lambda row: row.change.participation),
    ):
        columns += [
            Column(f"本期{title}", 11, "percent", _now(pick)),
            Column(f"上期{title}", 11, "percent", _before(pick)),
            Column(f"{title}变化", 11, "change", change),
        ]
    what = f"按{BY_NAMES[view.by]}，上期为 {view.before_first} 至 {view.before_last}"
    rows = [view.total, *view.rows]
    sheet = _sheet("对比", view, "好差评环比", what, columns, rows, totals=1, fixed=1)
    return _file([sheet], view, f"对比_{BY_NAMES[view.by]}", made_at)


def of_tags(view: TagDistribution, made_at: datetime) -> File:
    """How often each tag was given."""
    columns: list[Column[tuple[LevelTags, TagCount]]] = [
        Column("评价等级", 12, "text", lambda row: row[0].name),
        Column("编码", 8, "text", lambda row: row[1].code),
        Column("标签", 36, "text", lambda row: row[1].text),
        Column("次数", 10, "count", lambda row: row[1].share.numerator),
        Column("该等级评价数", 13, "count", lambda row: row[0].ratings),
        Column("占比", 10, "percent", lambda row: row[1].share.value),
    ]
    rows = [(level, tag) for level in view.levels for tag in level.tags]
    what = "占比 = 选择该标签的次数 ÷ 该等级的评价数（一次评价可选多个标签）"
    sheet = _sheet("标签", view, "评价标签分布", what, columns, rows, fixed=3)
    return _file([sheet], view, "标签分布", made_at)


def of_missing(view: Missing, made_at: datetime) -> File:
    """Windows and devices from which nothing came."""
    windows: list[Column[SilentWindow]] = [
        Column("中心", 28, "text", lambda row: row.hall_name),
        Column("窗口", 28, "text", lambda row: row.name),
        Column("应评件数", 10, "count", lambda row: row.due),
        Column("期内有人在岗", 13, "text", lambda row: "是" if row.on_duty else "否"),
    ]
    devices: list[Column[SilentDevice]] = [
        Column("中心", 28, "text", lambda row: row.hall_name),
        Column("设备", 28, "text", lambda row: row.name),
        Column("最近联系", 18, "text", lambda row: _moment(row.last_seen_at)),
        Column("期内有联系", 12, "text", lambda row: "是" if row.seen else "否"),
    ]
    what = f"期内 {view.working_days} 个工作日；"
    sheets: list[Sheet[Any]] = [
        _sheet(
            "窗口",
            view,
            "无评价的窗口",
            f"{what}共查看 {view.windows_looked_at} 个有服务或有人在岗的窗口",
            windows,
            view.windows,
        ),
        _sheet(
            "设备",
            view,
            "无评价的设备",
            f"{what}共查看 {view.devices_looked_at} 台在用设备",
            devices,
            view.devices,
        ),
    ]
    return _file(sheets, view, "缺失数据", made_at)


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M}" if moment else "从未"


def _sheet(
    name: str,
    view: View,
    title: str,
    what: str,
    columns: list[Any],
    rows: list[Any],
    *,
    totals: int = 0,
    fixed: int = 2,
) -> Sheet[Any]:
    note = f"{what}，{view.first} 至 {view.last}（北京时间，含首尾两日）"
    return Sheet(name, f"{view.hall_name} {title}", note, columns, rows, totals, fixed)


def _file(sheets: list[Sheet[Any]], view: View, what: str, made_at: datetime) -> File:
    says = (
        ("统计范围", f"{view.hall_name}及其下级中心"),
        ("统计期间", f"{view.first} 至 {view.last}（北京时间，含首尾两日）"),
        ("生成时间", f"{made_at.astimezone(CHINA):%Y-%m-%d %H:%M}（北京时间）"),
        *FORMULAS,
        ("排名", f"评价少于 {view.small_sample_below} 件的只列数据，不参与排名。"),
        _UNRATED,
    )
    name = f"好差评{what}_{view.first}_{view.last}.xlsx"
    return File(workbook(sheets, says), CONTENT_TYPE, name)
