"""A sheet as a PDF: A4, in Chinese, with its font in it. What other features compose papers with.

    sheet = Sheet("办件情况月报", (Paragraph("…"), Table((Column("事项"), …), rows)), head="…中心")
    content = await documents.service.draw(sheet)

The same sheet gives the same bytes. Text is drawn as it is, never read as markup; what the font
does not have is drawn as □ and named in a remark.
"""

import io
from datetime import UTC, datetime
from typing import Any

from app.documents import font, parts
from app.documents.blocks import (
    Align,
    Block,
    Column,
    Heading,
    KeyValues,
    Paragraph,
    Proof,
    Sheet,
    Signed,
    Space,
    Table,
)
from app.documents.lines import cleaned
from app.documents.pages import (
    FRAMED,
    HEIGHT,
    INK,
    OFFICIAL,
    WIDTH,
    Margins,
    moved,
    numbered,
    pages_of,
    running_head,
)
from app.documents.strips import Box, Mark, Rule, Setter, Strip, Text

__all__ = [
    "Align",
    "Block",
    "Column",
    "Heading",
    "KeyValues",
    "Paragraph",
    "Proof",
    "Sheet",
    "Signed",
    "Space",
    "Table",
    "pdf_of",
]
_NO_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


def pdf_of(sheet: Sheet) -> bytes:
    """Draw a sheet; about 5 ms a page of CPU, so `service.draw` does it beside the event loop."""
    face = font.face()
    margins = FRAMED if sheet.frame else OFFICIAL
    setter = Setter(face, margins.width)
    pages = pages_of(_strips(setter, sheet), margins.height)
    out = io.BytesIO()
    canvas = _canvas(out, sheet)
    for at, strips in enumerate(pages, 1):
        text = (
            moved(mark, margins.left, margins.top + top)
            for top, strip in strips
            for mark in strip.marks
        )
        # In the order in which the page is read, also by what reads it aloud.
        for mark in (
            *_above(setter, sheet, margins, at),
            *text,
            *_below(setter, sheet, at, len(pages)),
        ):
            _draw(canvas, mark)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _strips(setter: Setter, sheet: Sheet) -> list[Strip]:
    strips = [*parts.head(setter, sheet), *setter.strips(sheet.blocks)]
    strips += parts.remark(setter)
    if sheet.proof is not None:
        strips.append(parts.proof(setter, sheet.proof))
    return strips


def _above(setter: Setter, sheet: Sheet, margins: Margins, at: int) -> list[Mark]:
    marks: list[Mark] = parts.border() if sheet.frame else []
    return marks if at == 1 else marks + running_head(setter, margins, sheet.title, sheet.number)


def _below(setter: Setter, sheet: Sheet, at: int, count: int) -> list[Mark]:
    return numbered(setter, at, count) if count > 1 or not sheet.frame else []


def _canvas(out: io.BytesIO, sheet: Sheet) -> Any:
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415 - when the first paper is drawn

    # Invariant: no clock and no chance in the file, so that the same sheet gives the same bytes.
    canvas = Canvas(
        out,
        (WIDTH, HEIGHT),
        invariant=1,
        pageCompression=1,
        lang="zh-CN",
        initialFontName=font.NAME,
    )
    title = cleaned(f"{sheet.title} {sheet.number}".strip()).replace("\n", " ")
    canvas.setTitle(title)
    canvas.setAuthor(cleaned(sheet.head).replace("\n", " "))
    canvas.setCreator("zhangban")
    canvas.setProducer("zhangban")
    canvas.setSubject(cleaned(sheet.title).replace("\n", " "))
    canvas.setViewerPreference("DisplayDocTitle", "true")
    made = (sheet.made_at or _NO_MOMENT).astimezone(UTC)
    canvas.setDateFormatter(lambda *_: f"D:{made:%Y%m%d%H%M%S}+00'00'")
    return canvas


def _draw(canvas: Any, mark: Mark) -> None:
    """Put a mark on the page; PDF counts upwards from the lower edge, marks downwards."""
    colour = INK.get(mark.colour, (0.0, 0.0, 0.0))
    canvas.setStrokeColorRGB(*colour)
    canvas.setFillColorRGB(*colour)
    if isinstance(mark, Text):
        _write(canvas, mark)
    elif isinstance(mark, Rule):
        canvas.setLineWidth(mark.thickness)
        canvas.line(mark.x1, HEIGHT - mark.y1, mark.x2, HEIGHT - mark.y2)
    elif isinstance(mark, Box):
        canvas.setLineWidth(mark.thickness)
        lower = HEIGHT - mark.y - mark.height
        canvas.rect(
            mark.x, lower, mark.width, mark.height, stroke=not mark.filled, fill=mark.filled
        )


def _write(canvas: Any, mark: Text) -> None:
    if not mark.text:
        return
    text = canvas.beginText(mark.x, HEIGHT - mark.y)
    text.setFont(font.NAME, mark.size)
    text.setCharSpace(mark.spread)
    if mark.bold:
        # The font has one weight: its outline is drawn too, a fiftieth of the size thick.
        canvas.setLineWidth(mark.size / 50)
        text.setTextRenderMode(2)
    text.textOut(mark.text)
    if mark.bold:
        text.setTextRenderMode(0)
    canvas.drawText(text)
