"""A report on A4 paper, from top to bottom: headings, text, tables, drawings, page by page.

Coordinates are points from the upper left corner, downwards. The font is that of the papers
(`app.documents.font`): call all of this inside `documents.service.drawn`.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from app.documents import font
from app.documents.lines import broken, cleaned

MM = 72 / 25.4
WIDTH, HEIGHT = 210 * MM, 297 * MM
LEFT, RIGHT, TOP, BOTTOM = 18 * MM, 18 * MM, 20 * MM, 18 * MM
ROOM = WIDTH - LEFT - RIGHT
Align = Literal["left", "center", "right"]
Colour = tuple[float, float, float]
INK: Colour = (0.106, 0.161, 0.149)
SOFT: Colour = (0.325, 0.384, 0.365)
LINE: Colour = (0.851, 0.827, 0.765)
SUNK: Colour = (0.957, 0.945, 0.918)
BRAND: Colour = (0.059, 0.361, 0.302)
WHITE: Colour = (1, 1, 1)
_LEADING = 1.65
"""From one base line to the next, of the size of the type."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its title, its share of the width, and its side."""

    title: str
    share: float = 1.0
    align: Align = "left"


class Ink:
    """Draws on one page."""

    def __init__(self, canvas: Any, face: font.Face) -> None:
        self._canvas = canvas
        self.face = face

    def text(
        self,
        x: float,
        y: float,
        said: str,
        size: float = 9.5,
        *,
        colour: Colour = INK,
        align: Align = "left",
        bold: bool = False,
    ) -> None:
        """A line of text; `x` is its left end, its middle or its right end, `y` its base line."""
        shown = self.drawable(said)
        x -= {"left": 0.0, "center": 0.5, "right": 1.0}[align] * self.face.width(shown, size)
        begun = self._canvas.beginText(x, HEIGHT - y)
        begun.setFont(font.NAME, size)
        self._canvas.setFillColorRGB(*colour)
        self._canvas.setStrokeColorRGB(*colour)
        if bold:
            # The font has one weight: its outline is drawn too.
            self._canvas.setLineWidth(size / 45)
            begun.setTextRenderMode(2)
        begun.textOut(shown)
        if bold:
            begun.setTextRenderMode(0)
        self._canvas.drawText(begun)

    def drawable(self, said: str) -> str:
        """What the font has of a text, on one line."""
        return self.face.drawable(cleaned(said).replace("\n", " "))[0]

    def shortened(self, said: str, size: float, width: float) -> str:
        """A text that fits, with an ellipsis where it was cut."""
        shown = self.drawable(said)
        if self.face.width(shown, size) <= width:
            return shown
        while shown and self.face.width(shown + "…", size) > width:
            shown = shown[:-1]
        return shown + "…"

    def line(
        self,
        points: Sequence[tuple[float, float]],
        colour: Colour = LINE,
        thick: float = 0.6,
        dash: Sequence[float] = (),
    ) -> None:
        """A line through these points."""
        self._canvas.setStrokeColorRGB(*colour)
        self._canvas.setLineWidth(thick)
        self._canvas.setDash(list(dash))
        path = self._path(points)
        self._canvas.drawPath(path, stroke=1, fill=0)
        self._canvas.setDash([])

    def area(
        self, points: Sequence[tuple[float, float]], colour: Colour, opacity: float = 1.0
    ) -> None:
        """The area that these points go round."""
        self._canvas.saveState()
        self._canvas.setFillColorRGB(*colour, alpha=opacity)
        path = self._path(points)
        path.close()
        self._canvas.drawPath(path, stroke=0, fill=1)
        self._canvas.restoreState()

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """A filled rectangle."""
        self._canvas.setFillColorRGB(*colour)
        self._canvas.rect(x, HEIGHT - y - height, width, height, stroke=0, fill=1)

    def card(self, x: float, y: float, width: float, height: float) -> None:
        """The ground of a figure that stands for itself."""
        self._canvas.setFillColorRGB(*SUNK)
        self._canvas.roundRect(x, HEIGHT - y - height, width, height, 4, stroke=0, fill=1)

    def dot(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """A dot with a white edge."""
        self._canvas.setFillColorRGB(*colour)
        self._canvas.setStrokeColorRGB(*WHITE)
        self._canvas.setLineWidth(0.8)
        self._canvas.circle(x, HEIGHT - y, radius, stroke=1, fill=1)

    def _path(self, points: Sequence[tuple[float, float]]) -> Any:
        path = self._canvas.beginPath()
        (x, y), *others = points
        path.moveTo(x, HEIGHT - y)
        for x, y in others:
            path.lineTo(x, HEIGHT - y)
        return path


class Paper:
    """Fills pages from top to bottom. What is drawn is kept until the number of pages is known."""

    def __init__(self, title: str, author: str, running: str, made_at: datetime) -> None:
        from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415 - for whoever makes a report

        face = font.face()
        self._out = io.BytesIO()
        self._canvas = Canvas(
            self._out,
            (WIDTH, HEIGHT),
            invariant=1,
            pageCompression=1,
            lang="zh-CN",
            initialFontName=font.NAME,
        )
        for tell, said in (
            (self._canvas.setTitle, title),
            (self._canvas.setAuthor, author),
            (self._canvas.setCreator, "zhangban"),
            (self._canvas.setProducer, "zhangban"),
            (self._canvas.setSubject, title),
        ):
            tell(cleaned(said).replace("\n", " "))
        made = made_at.astimezone(UTC)
        self._canvas.setDateFormatter(lambda *_: f"D:{made:%Y%m%d%H%M%S}+00'00'")
        self._canvas.setViewerPreference("DisplayDocTitle", "true")
        self._ink = Ink(self._canvas, face)
        self._running = running
        self._pages: list[list[Callable[[Ink], None]]] = [[]]
        self.y = TOP

    def put(self, height: float, draw: Callable[[Ink, float], None], keep: float = 0.0) -> None:
        """Draw something so high, on the next page where there is no room (or for `keep` more)."""
        if self.y + height + keep > HEIGHT - BOTTOM and self.y > TOP:
            self.turn()
        top = self.y
        self._pages[-1].append(lambda ink: draw(ink, top))
        self.y += height

    def turn(self) -> None:
        """Go on at the top of the next page."""
        self._pages.append([])
        self.y = TOP

    def space(self, height: float) -> None:
        """Leave so much free; none at the top of a page."""
        if self.y > TOP:
            self.y += height

    def heading(self, said: str, keep: float = 60.0) -> None:
        """The title of a chapter, never left behind at the foot of a page."""
        self.space(14)

        def draw(ink: Ink, top: float) -> None:
            ink.box(LEFT, top + 3, 3, 13, BRAND)
            ink.text(LEFT + 9, top + 14, said, 13, bold=True)

        self.put(24, draw, keep)

    def paragraph(self, said: str, size: float = 9.5, colour: Colour = INK) -> None:
        """Running text in the whole width."""
        for one in self._lines(said, size):

            def draw(ink: Ink, top: float, one: str = one) -> None:
                ink.text(LEFT, top + size * 1.2, one, size, colour=colour)

            self.put(size * _LEADING, draw)

    def height_of(self, said: str, size: float = 9.5) -> float:
        """How much room running text takes."""
        return len(self._lines(said, size)) * size * _LEADING

    def _lines(self, said: str, size: float) -> list[str]:
        ink = self._ink
        found = broken(ink.drawable(said), ROOM, lambda part: ink.face.width(part, size))
        return list(found)

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        """Rows below titled columns; the titles are there again on every page."""
        widths = [ROOM * column.share / sum(one.share for one in columns) for column in columns]
        self._titles(columns, widths, keep=36)
        for at, row in enumerate(rows):
            if self.y + 17 > HEIGHT - BOTTOM:
                self.turn()
                self._titles(columns, widths)
            self._row(columns, widths, row, shaded=at % 2 == 1)

    def _titles(self, columns: Sequence[Column], widths: list[float], keep: float = 0.0) -> None:
        def draw(ink: Ink, top: float) -> None:
            ink.line([(LEFT, top + 17.5), (LEFT + ROOM, top + 17.5)], BRAND, 0.9)
            _cells(ink, top + 12, columns, widths, [one.title for one in columns], SOFT)

        self.put(18, draw, keep)

    def _row(
        self, columns: Sequence[Column], widths: list[float], row: Sequence[str], *, shaded: bool
    ) -> None:
        def draw(ink: Ink, top: float) -> None:
            if shaded:
                ink.box(LEFT, top, ROOM, 17, SUNK)
            _cells(ink, top + 12, columns, widths, row, INK)

        self.put(17, draw)

    def finish(self) -> bytes:
        """The file, with a running head and the number of each page."""
        count = len(self._pages)
        for at, drawings in enumerate(self._pages, 1):
            if at > 1:
                self._ink.text(LEFT, 13 * MM, self._running, 8, colour=SOFT)
                self._ink.line([(LEFT, 15 * MM), (WIDTH - RIGHT, 15 * MM)])
            for draw in drawings:
                draw(self._ink)
            foot = f"第 {at} 页，共 {count} 页"
            self._ink.text(WIDTH / 2, HEIGHT - 10 * MM, foot, 8, colour=SOFT, align="center")
            self._canvas.showPage()
        self._canvas.save()
        return self._out.getvalue()


def _cells(
    ink: Ink,
    base: float,
    columns: Sequence[Column],
    widths: Sequence[float],
    row: Sequence[str],
    colour: Colour,
) -> None:
    x = LEFT
    for column, width, said in zip(columns, widths, row, strict=True):
        shown = ink.shortened(said, 8.5, width - 8)
        at = {"left": x + 4, "center": x + width / 2, "right": x + width - 4}[column.align]
        ink.text(at, base, shown, 8.5, colour=colour, align=column.align)
        x += width
