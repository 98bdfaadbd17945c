"""The published scores of a month, told so that anybody can follow how they were counted."""

from dataclasses import dataclass
from uuid import UUID

from app.core.acts import Act
from app.halls import directory
from app.halls import service as halls
from app.pages.routes import View
from app.public.chart import Chart, Line, chart
from evaluations.ratings.rules import LEVEL_NAMES
from evaluations.scores import published as scores
from evaluations.scores.documents import FORMULAS, Fraction, PublishedFigures, PublishedRow
from evaluations.scores.publication_schemas import PublishedTotal

MOST_MONTHS = 24
"""Months on a hall's page."""
MOST_ROWS = 60
"""Rows of one table, so that a page stays light; the spreadsheet has all of them."""
CHAPTERS = (("departments", "各部门"), ("windows", "各窗口"), ("items", "各事项"))
EXPLAINED = (
    (
        "满意度",
        "satisfaction",
        "“基本满意”“满意”“非常满意”的评价占全部有效评价的比例。",
    ),
    ("好评率", "good_rate", "“满意”和“非常满意”的评价占全部有效评价的比例。"),
    (
        "主动评价率",
        "participation",
        "本月应当评价的服务中，实际作了评价的比例。没有评价的不算好评，也不算差评。",
    ),
)
"""The rates, each with what it says in a citizen's words."""


@dataclass(frozen=True)
class Rate:
    """One rate as it is shown: its name, its share, and what it was made of."""

    name: str
    share: float | None
    numerator: int
    denominator: int
    means: str


@dataclass(frozen=True)
class LevelShare:
    """How many gave one level."""

    level: int
    name: str
    count: int
    share: float


@dataclass(frozen=True)
class Row:
    """One department, window or item whose figures are published."""

    name: str
    hall: str
    rated: int
    satisfaction: float | None
    good_rate: float | None


@dataclass(frozen=True)
class Table:
    """The rows of one chapter: those shown, how many more there are, how many are withheld."""

    name: str
    rows: list[Row]
    more: int
    withheld: int


def share(fraction: Fraction) -> float | None:
    """The fraction as a number; None of nothing."""
    return fraction.numerator / fraction.denominator if fraction.denominator else None


def rates(figures: PublishedFigures) -> list[Rate]:
    """The rates of a total, in the order in which they are told."""
    found = []
    for name, field, means in EXPLAINED:
        of: Fraction = getattr(figures, field)
        found.append(Rate(name, share(of), of.numerator, of.denominator, means))
    return found


def levels(figures: PublishedFigures) -> list[LevelShare]:
    """How the ratings fall on the five levels, the best first."""
    return [
        LevelShare(level, name, count, count / figures.rated if figures.rated else 0.0)
        for level, name in LEVEL_NAMES.items()
        for count in [figures.levels.get(str(level), 0)]
    ]


def table(name: str, rows: list[PublishedRow]) -> Table:
    """A chapter's rows as they are shown, in the order of the document."""
    told = [
        Row(row.name, row.hall, of.rated, share(of.satisfaction), share(of.good_rate))
        for row in rows
        if (of := row.figures) is not None
    ]
    return Table(
        name=name,
        rows=told[:MOST_ROWS],
        more=max(len(told) - MOST_ROWS, 0),
        withheld=len(rows) - len(told),
    )


def month_name(month: str) -> str:
    """2026年3月, of `2026-03`."""
    year, number = month.split("-")
    return f"{year}年{int(number)}月"


def curve(months: list[PublishedTotal]) -> Chart | None:
    """How satisfaction and good rate went; None of fewer than two months."""
    shown = months[::-1]
    if len(shown) < 2:
        return None
    labels = [month_name(one.month) for one in shown]
    lines = [
        Line(name, [share(getattr(one.total, field)) if one.total else None for one in shown])
        for name, field, _ in EXPLAINED[:2]
    ]
    return chart(labels, lines)


async def front() -> View:
    """Every hall that has published, with its newest month."""
    newest = {one.hall_id: one for one in await scores.latest()}
    found = [(hall, newest[hall.id]) for hall in await directory.every_hall() if hall.id in newest]
    return View(
        "public/published.html",
        title="评价结果公布",
        halls=[
            (hall, one, rates(one.total) if one.total else [], month_name(one.month))
            for hall, one in found
        ],
        explained=EXPLAINED,
    )


async def hall_page(hall_id: UUID) -> View:
    """The months that a hall has published. Raises NotFound if there is no such hall."""
    hall = await halls.hall(hall_id)
    months = await scores.history(hall_id, MOST_MONTHS)
    return View(
        "public/published_hall.html",
        title=f"{hall.name}评价结果",
        hall=hall,
        months=[
            (one.month, month_name(one.month), rates(one.total) if one.total else [], one)
            for one in months
        ],
        chart=curve(months),
        explained=EXPLAINED,
    )


async def month_page(act: Act, hall_id: UUID, month: str) -> View:
    """A published month with its proof. Raises NotFound, InvalidQuery."""
    found = await scores.published_month(hall_id, month)
    checked = await scores.verification(act.house, hall_id, month)
    document = found.document
    return View(
        "public/published_month.html",
        title=f"{document.hall_name}{month_name(month)}评价结果",
        document=document,
        month=month,
        month_name=month_name(month),
        total=document.total,
        rates=rates(document.total) if document.total else [],
        levels=levels(document.total) if document.total else [],
        tables=[table(name, getattr(document, field)) for field, name in CHAPTERS],
        formulas=[document.formulas[name] for name in FORMULAS if name in document.formulas],
        digest=found.digest,
        checked=checked,
        api=f"/api/v1/published/{hall_id}/{month}",
    )
