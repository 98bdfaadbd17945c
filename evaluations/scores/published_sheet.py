"""A published month as a spreadsheet."""

from collections.abc import Callable

from app.core.clock import CHINA
from app.core.wire import File
from evaluations.scores.documents import Fraction, PublishedFigures, PublishedRow
from evaluations.scores.publication_schemas import PublishedMonth
from evaluations.scores.sheets import CONTENT_TYPE, Cell, Column, Sheet, workbook

WITHHELD = "样本少，不公布"
_Pick = Callable[[PublishedFigures], Cell]


def _value(fraction: Fraction) -> Cell:
    return fraction.numerator / fraction.denominator if fraction.denominator else None


def _columns() -> list[Column[PublishedRow]]:
    def shown(title: str, style: str, pick: _Pick) -> Column[PublishedRow]:
        return Column(
            title, 11, style, lambda row: pick(row.figures) if row.figures is not None else None
        )

    return [
        Column("中心", 24, "text", lambda row: row.hall),
        Column("名称", 32, "text", lambda row: row.name),
        shown("评价总数", "count", lambda of: of.rated),
        shown("满意度", "percent", lambda of: _value(of.satisfaction)),
        shown("好评率", "percent", lambda of: _value(of.good_rate)),
        shown("平均等级", "decimal", lambda of: _value(of.mean_level)),
        shown("应评件数", "count", lambda of: of.due),
        shown("主动评价率", "percent", lambda of: _value(of.participation)),
        Column("备注", 22, "text", lambda row: "" if row.figures else WITHHELD),
    ]


def of_month(published: PublishedMonth) -> File:
    """The file: a sheet each for departments, windows and items, the hall's total on top."""
    document = published.document
    total = PublishedRow(key="total", name="合计", hall="", figures=document.total)
    note = f"{document.month}，公布于 {document.published_at.astimezone(CHINA):%Y-%m-%d %H:%M}"
    sheets = [
        Sheet(name, f"{document.hall_name} 好差评结果", note, _columns(), [total, *rows], totals=1)
        for name, rows in (
            ("部门", document.departments),
            ("窗口", document.windows),
            ("事项", document.items),
        )
    ]
    says = [(text.partition(" =")[0], text) for text in document.formulas.values()]
    says += [
        ("样本少", f"评价少于 {document.small_sample_below} 件的不单独公布。"),
        ("公布序号", str(document.seq)),
        ("内容摘要", f"SM3 {published.digest}"),
    ]
    return File(workbook(sheets, says), CONTENT_TYPE, f"好差评公布_{document.month}.xlsx")
