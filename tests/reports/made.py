"""A month's report out of figures that are made up, with something in every chapter."""

import random
from datetime import UTC, date, datetime
from uuid import UUID

import msgspec

from app.cases.figures.rules import Counts as Handled
from app.core.ratios import Ratio
from app.reports.month import MonthReport, year_before
from app.supervision.rates import FORMULAS
from app.supervision.report_schemas import (
    HandlingReport,
    HandlingRow,
    HandlingSeries,
    HandlingTrend,
    handling,
)
from evaluations.ratings.rules import LEVEL_NAMES
from evaluations.ratings.tags import NATIONAL
from evaluations.rectification.rates import Tally
from evaluations.rectification.report_schemas import RectificationRates, rates_row
from evaluations.scores import periods, rules
from evaluations.scores.periods import Period, Step
from evaluations.scores.rules import Counts
from evaluations.scores.schemas import (
    Figures,
    LevelTags,
    Missing,
    Ranked,
    Ranking,
    Rate,
    Score,
    Scores,
    Series,
    SilentDevice,
    SilentWindow,
    TagCount,
    TagDistribution,
    Trend,
    bucket,
    figures,
)

HALL = UUID(int=1)
NAME = "青河县政务服务中心"
SMALL = 5
MONTH = Period(date(2026, 3, 1), date(2026, 3, 31))
MADE_AT = datetime(2026, 4, 2, 1, 30, tzinfo=UTC)
_WINDOWS = (
    "不动产登记",
    "医保社保",
    "市场准入",
    "公安户政",
    "税务",
    "公积金",
    "婚姻登记",
    "建设审批",
)


def counts(many: int, good: float, due: int) -> Counts:
    """Ratings of which a share is good."""
    bad = round(many * (1 - good))
    five = round((many - bad) * 0.7)
    four = round((many - bad) * 0.25)
    three = many - bad - five - four
    return Counts((bad // 3, bad - bad // 3, three, four, five), due, min(due, many))


def _plain(shown: Figures) -> dict[str, object]:
    return {name: getattr(shown, name) for name in Figures.__struct_fields__}


def _score(key: str, name: str, counted: Counts) -> Score:
    return Score(**_plain(figures(counted, SMALL)), key=key, name=name, rank=None)


def ranking(by: str, names: tuple[str, ...], *, small: tuple[str, ...] = ()) -> Ranking:
    """So many keys with different numbers of ratings, and some with too few."""
    chance = random.Random(len(by))
    found = [counts(chance.randint(20, 900), chance.uniform(0.86, 0.995), 1000) for _ in names]
    places = rules.rank(found, SMALL)
    rows = sorted(
        (
            _ranked(str(at), name, counted, place)
            for at, (name, counted, place) in enumerate(zip(names, found, places, strict=True))
        ),
        key=lambda row: row.rank or 0,
    )
    few = [
        _ranked(f"few{at}", name, Counts((0, 0, 0, 1, 2)), None) for at, name in enumerate(small)
    ]
    return Ranking(**_said(), by=by, of="satisfaction", rows=rows, left_out=few)


def _ranked(key: str, name: str, counted: Counts, rank: int | None) -> Ranked:
    shown, share = figures(counted, SMALL), rules.satisfaction(counted)
    return Ranked(
        **_plain(shown),
        key=key,
        name=name,
        rank=rank,
        share=Rate.of(share),
        lower=shown.wilson_lower,
        upper=shown.wilson_upper,
    )


def _said() -> dict[str, object]:
    return {
        "hall_id": HALL,
        "hall_name": NAME,
        "first": MONTH.first,
        "last": MONTH.last,
        "small_sample_below": SMALL,
    }


def trend(gap: int = 3) -> Trend:
    """Twelve months, one of them without a rating."""
    chance, year = random.Random(3), year_before(MONTH)
    buckets = periods.buckets(year, Step.MONTH)
    points = [
        None
        if at == gap
        else figures(counts(chance.randint(200, 5000), chance.uniform(0.94, 0.99), 6000), SMALL)
        for at in range(len(buckets))
    ]
    return Trend(
        **_said() | {"first": year.first},
        by="hall",
        step=Step.MONTH,
        buckets=[bucket(one, whole=True) for one in buckets],
        series=[Series(key="total", name="合计", points=points)],
    )


def trend_ending(before: Counts, now: Counts) -> Trend:
    """Twelve months, of which the last two counted these."""
    year = trend()
    points = [*year.series[0].points[:-2], figures(before, SMALL), figures(now, SMALL)]
    return msgspec.structs.replace(year, series=[Series(key="total", name="合计", points=points)])


def tags() -> TagDistribution:
    """Every national tag, some of them given."""
    chance = random.Random(4)
    levels = []
    for level, name in LEVEL_NAMES.items():
        given = [
            TagCount(
                code=code,
                text=NATIONAL.text(code),
                share=Rate.of(Ratio(chance.randint(0, 30 * level), 900)),
            )
            for code in sorted(NATIONAL.of(level))
        ]
        levels.append(LevelTags(level=level, name=name, ratings=900, tags=given))
    return TagDistribution(**_said(), levels=levels)


def _handled(decided: int, days: int) -> Handled:
    return Handled(
        decided=decided,
        granted=decided - 2,
        refused=2,
        working_days_used=days,
        legal_days=decided * 20,
        promised_days=decided * 8,
        within_a_day=decided // 3,
        on_time=decided - 1,
    )


def _handling_row(key: str, name: str, counted: Handled) -> HandlingRow:
    shown = handling(counted, SMALL)
    plain = {field: getattr(shown, field) for field in type(shown).__struct_fields__}
    return HandlingRow(**plain, key=key, name=name)


def handling_of(decided: dict[str, int]) -> HandlingReport:
    """Departments that decided so many cases."""
    rows = [_handling_row(name, name, _handled(n, 4 * n)) for name, n in decided.items()]
    total = _handling_row("total", "合计", _handled(sum(decided.values()), 300))
    return HandlingReport(**_said(), formulas=FORMULAS, by="department", total=total, rows=rows)


def report(many: int = 8, silent: int = 3, **other: object) -> MonthReport:
    """The whole of it; `other` replaces chapters."""
    names = tuple(f"{_WINDOWS[n % 8]}{n // 8 + 1:02}窗口" for n in range(many))
    year = trend()
    whole = counts(4812, 0.968, 5300)
    departments = ("市场监督管理局", "人力资源和社会保障局", "自然资源和规划局", "住房和城乡建设局")
    handled = [
        _handling_row(str(n), name, _handled(80 - n, 300 + 40 * n))
        for n, name in enumerate(departments)
    ]
    months = [None if n == 2 else handling(_handled(300, 900 + 60 * n), SMALL) for n in range(12)]
    chapters: dict[str, object] = {
        "hall_name": NAME,
        "month": MONTH,
        "made_at": MADE_AT,
        "until": MONTH.last,
        "trend": year,
        "halls": Scores(**_said(), by="hall", total=_score("total", "合计", whole), rows=[]),
        "channels": Scores(
            **_said(),
            by="channel",
            total=_score("total", "合计", whole),
            rows=[
                _score("3", "二维码", counts(2400, 0.97, 0)),
                _score("4", "大厅平板", counts(1500, 0.98, 0)),
                _score("7", "短信", counts(612, 0.9, 0)),
                _score("8", "小程序", Counts()),
            ],
        ),
        "departments": ranking("department", departments),
        "windows": ranking("window", names, small=("帮办代办窗口", "办不成事反映窗口")),
        "tags": tags(),
        "missing": Missing(
            **_said(),
            working_days=22,
            windows_looked_at=40,
            devices_looked_at=36,
            windows=[
                SilentWindow(
                    id=UUID(int=n), name=f"{n:02}号窗口", hall_name=NAME, due=12, on_duty=True
                )
                for n in range(1, silent + 1)
            ],
            devices=[
                SilentDevice(
                    id=UUID(int=9),
                    name="评价器-09",
                    hall_name=NAME,
                    window_id=None,
                    last_seen_at=None,
                    seen=False,
                )
            ],
        ),
        "rectification": RectificationRates(
            hall_id=HALL,
            hall_name=NAME,
            first=MONTH.first,
            last=MONTH.last,
            total=rates_row(HALL, "合计", Tally(154, 140, 120, 112, 118, 109, 66, 65)),
            departments=[
                rates_row(UUID(int=n), name, Tally(40, 35, 30, 28, 29, 27, 16, 16))
                for n, name in enumerate(departments)
            ],
        ),
        "handling": HandlingReport(
            **_said(),
            formulas=FORMULAS,
            by="department",
            total=_handling_row("total", "合计", _handled(316, 1220)),
            rows=handled,
        ),
        "handling_trend": HandlingTrend(
            **_said(),
            formulas=FORMULAS,
            by="hall",
            step=Step.MONTH,
            buckets=year.buckets,
            series=[HandlingSeries(key="total", name="合计", points=months)],
        ),
    }
    return MonthReport(**chapters | other)  # type: ignore[arg-type]


def empty() -> MonthReport:
    """A month of a hall in which nothing ever happened."""
    year = trend()
    nothing = [None] * len(year.buckets)
    none = Scores(**_said(), by="hall", total=_score("total", "合计", Counts()), rows=[])
    return report(
        silent=0,
        trend=msgspec.structs.replace(
            year, series=[Series(key="total", name="合计", points=nothing)]
        ),
        halls=none,
        channels=none,
        departments=ranking("department", ()),
        windows=ranking("window", ()),
        tags=TagDistribution(**_said(), levels=[]),
        rectification=RectificationRates(
            hall_id=HALL,
            hall_name=NAME,
            first=MONTH.first,
            last=MONTH.last,
            total=rates_row(HALL, "合计", Tally()),
            departments=[],
        ),
        handling=HandlingReport(
            **_said(),
            formulas=FORMULAS,
            by="department",
            total=_handling_row("total", "合计", Handled()),
            rows=[],
        ),
        handling_trend=HandlingTrend(
            **_said(),
            formulas=FORMULAS,
            by="hall",
            step=Step.MONTH,
            buckets=year.buckets,
            series=[HandlingSeries(key="total", name="合计", points=nothing)],
        ),
    )
