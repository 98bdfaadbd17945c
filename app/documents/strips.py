"""Blocks become strips: pieces as wide as the page that cannot be cut, with what is drawn in them.

A strip knows its height and its marks, placed from its own upper left corner, downwards, in points.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod

from app.documents.blocks import (
    Align,
    Column,
    Heading,
    KeyValues,
    Paragraph,
    Signed,
    Space,
    Table,
)
from app.documents.font import Face
from app.documents.lines import broken, cleaned

MM = 72 / 25.4
LEADING = 1.75
"""Height of a line, in sizes of its type: 28 points for 16, 22 lines a page (GB/T 9704, 5.2.3)."""
TIGHT = 1.5
_CELL = 4.0
"""Between the text of a cell and its rule."""
_STRETCH = 0.12
"""Of a size: how far characters may be drawn apart to fill a line; a wider gap stays at its end."""


@dataclass(frozen=True)
class Text:
    """A line of text: its left end and its base line. `spread` is added after each character."""

    x: float
    y: float
    text: str
    size: float
    spread: float = 0.0
    bold: bool = False
    colour: str = "ink"


@dataclass(frozen=True)
class Rule:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    thickness: float = 0.5
    colour: str = "ink"


@dataclass(frozen=True)
class Box:
    """A rectangle: its upper left corner and its size; filled or only its edge."""

    x: float
    y: float
    width: float
    height: float
    thickness: float = 0.5
    filled: bool = False
    colour: str = "ink"


Mark = Text | Rule | Box


@dataclass(frozen=True)
class Strip:
    """What cannot be cut. `with_next`: it does not end a page while there is a next one."""

    height: float
    marks: tuple[Mark, ...] = ()
    with_next: bool = False
    blank: bool = False
    again: tuple["Strip", ...] = ()
    """What is drawn above it where it begins a page: the titles of its table's columns."""
    at_foot: bool = False


@dataclass
class Setter:
    """Sets blocks in a width. What the font does not have is collected in `missing`."""

    face: Face
    width: float
    missing: set[str] = field(default_factory=set)

    def text(self, given: str) -> str:
        """What can be drawn of a text."""
        shown, missing = self.face.drawable(cleaned(given))
        self.missing |= missing
        return shown

    def lines(
        self, given: str, size: float, width: float | None = None, indent: float = 0
    ) -> list[str]:
        """A text in lines of at most `width`, by default all of it."""
        room = self.width if width is None else width
        return broken(self.text(given), room, lambda part: self.face.width(part, size), indent)

    def strips(self, blocks: Iterable[object]) -> list[Strip]:
        """All blocks, one below the other; the last lines stay with a signature that follows."""
        found: list[Strip] = []
        for block in blocks:
            if isinstance(block, Signed) and found:
                _hold(found)
            found += self.one(block)
        return found

    @singledispatchmethod
    def one(self, block: object) -> list[Strip]:
        """The strips of one block."""
        raise TypeError(f"a sheet has no {type(block).__name__}")

    @one.register
    def _(self, block: Paragraph) -> list[Strip]:
        indent = 2 * block.size if block.indent and block.align == "left" else 0
        lines = self.lines(block.text, block.size, indent=indent)
        placed = (
            self.line(line, block.size, block.align, indent if not at else 0, at < len(lines) - 1)
            for at, line in enumerate(lines)
        )
        return _together(list(placed))

    @one.register
    def _(self, block: Heading) -> list[Strip]:
        lines = self.lines(block.text, block.size)
        return [
            replace(self.line(line, block.size, "left", 0, fill=False, bold=True), with_next=True)
            for line in lines
        ]

    @one.register
    def _(self, block: Space) -> list[Strip]:
        return [Strip(block.height * MM, blank=True)]

    @one.register
    def _(self, block: Signed) -> list[Strip]:
        size = block.size
        lines = [*self.lines(block.name, size, self.width * 0.8), self.text(block.day)]
        widest = max(self.face.width(line, size) for line in lines)
        middle = self.width - 2 * size - widest / 2
        strips = [Strip(size * LEADING, blank=True, with_next=True)]
        for line in lines:
            x = middle - self.face.width(line, size) / 2
            strips.append(Strip(size * LEADING, (Text(x, size * 1.3, line, size),), with_next=True))
        return strips

    @one.register
    def _(self, block: KeyValues) -> list[Strip]:
        labels = [self.text(label) for label, _ in block.rows]
        widest = max((self.face.width(label, block.size) for label in labels), default=0)
        left = min(widest + block.size * 1.5, self.width * 0.4)
        strips: list[Strip] = []
        for label, (_, value) in zip(labels, block.rows, strict=True):
            names = self.lines(label, block.size, left - block.size)
            values = self.lines(value, block.size, self.width - left)
            strips += _together(_side_by_side(names, values, left, block.size))
        return strips

    @one.register
    def _(self, block: Table) -> list[Strip]:
        head = self._row(
            block.columns, tuple(c.title for c in block.columns), block.size, bold=True
        )
        titles = tuple(replace(strip, with_next=True) for strip in head)
        strips = list(titles)
        for row in block.rows:
            strips += (
                replace(s, again=titles)
                for s in _together(self._row(block.columns, row, block.size))
            )
        return strips

    def line(
        self,
        text: str,
        size: float,
        align: Align,
        indent: float,
        fill: bool,  # noqa: FBT001 - of this module
        *,
        bold: bool = False,
        colour: str = "ink",
        leading: float = LEADING,
    ) -> Strip:
        """One line of text; with `fill` drawn apart as far as its right end, if it is near."""
        wide = self.face.width(text, size)
        slack = self.width - indent - wide
        x = {"left": indent, "center": slack / 2, "right": slack}[align]
        gaps = len(text) - 1
        spread = slack / gaps if fill and align == "left" and gaps > 0 else 0.0
        if not 0 < spread <= size * _STRETCH:
            spread = 0.0
        base = size * (leading / 2 + 0.38)
        return Strip(size * leading, (Text(x, base, text, size, spread, bold, colour),))

    def _row(
        self, columns: tuple[Column, ...], row: tuple[str, ...], size: float, *, bold: bool = False
    ) -> list[Strip]:
        """One row, a strip for each of its lines, so that one of any height can be cut."""
        shares = sum(column.share for column in columns)
        widths = [self.width * column.share / shares for column in columns]
        cells = [
            self.lines(text, size, width - 2 * _CELL)
            for text, width in zip(row, widths, strict=True)
        ]
        height = max(map(len, cells), default=1)
        return [
            self._slice(columns, widths, cells, at, height, size, bold=bold) for at in range(height)
        ]

    def _slice(
        self,
        columns: tuple[Column, ...],
        widths: list[float],
        cells: list[list[str]],
        at: int,
        height: int,
        size: float,
        *,
        bold: bool,
    ) -> Strip:
        above = _CELL if at == 0 else 0.0
        tall = size * TIGHT + above + (_CELL if at == height - 1 else 0.0)
        marks: list[Mark] = [Rule(0, 0, 0, tall)]
        if bold:
            marks.insert(0, Box(0, 0, self.width, tall, filled=True, colour="shade"))
        x = 0.0
        for column, width, lines in zip(columns, widths, cells, strict=True):
            if at < len(lines):
                slack = width - 2 * _CELL - self.face.width(lines[at], size)
                shift = {"left": 0.0, "center": slack / 2, "right": slack}[column.align]
                base = above + size * 1.1
                marks.append(Text(x + _CELL + shift, base, lines[at], size, bold=bold))
            x += width
            marks.append(Rule(x, 0, x, tall))
        if bold and at == 0:
            marks.append(Rule(0, 0, self.width, 0))
        if at == height - 1:
            marks.append(Rule(0, tall, self.width, tall))
        return Strip(tall, tuple(marks))


def _side_by_side(names: list[str], values: list[str], left: float, size: float) -> Iterator[Strip]:
    for at in range(max(len(names), len(values))):
        marks: list[Mark] = []
        base = size * (LEADING / 2 + 0.38)
        if at < len(names):
            marks.append(Text(0, base, names[at], size, colour="grey"))
        if at < len(values):
            marks.append(Text(left, base, values[at], size))
        yield Strip(size * LEADING, tuple(marks))


def _together(strips: Iterable[Strip]) -> list[Strip]:
    """No page ends after the first line of several, none begins with the last one."""
    found = list(strips)
    for at in {0, len(found) - 2}:
        if 0 <= at < len(found) - 1:
            found[at] = replace(found[at], with_next=True)
    return found


def _hold(strips: list[Strip]) -> None:
    """The last line before a signature goes where the signature goes."""
    strips[-1] = replace(strips[-1], with_next=True)
