"""Strips onto pages: how tall a page is, where one ends, what stands on all of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.documents.strips import MM, Mark, Rule, Setter, Strip, Text

WIDTH, HEIGHT = 210 * MM, 297 * MM
INK = {
    "ink": (0.08, 0.08, 0.08),
    "grey": (0.38, 0.38, 0.38),
    "shade": (0.93, 0.93, 0.93),
    "red": (0.76, 0.09, 0.09),
    "gold": (0.62, 0.48, 0.20),
}


@dataclass(frozen=True)
class Margins:
    """The edges of a page, in points: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Between the left and the right edge."""
        return WIDTH - self.left - self.right

    @property
    def height(self) -> float:
        """Between the upper and the lower edge."""
        return HEIGHT - self.top - self.bottom


OFFICIAL = Margins(28 * MM, 37 * MM, 26 * MM, 35 * MM)
"""Type area of 156 by 225 mm (GB/T 9704—2012, clause 5.2.1)."""
FRAMED = Margins(32 * MM, 34 * MM, 32 * MM, 32 * MM)
"""A certificate's, inside of its border."""


@dataclass
class _Page:
    """A page that is being filled: what is on it, and how far down that reaches."""

    room: float
    strips: list[tuple[float, Strip]]
    used: float = 0.0

    def takes(self, height: float) -> bool:
        return self.used + height <= self.room + 0.01

    def put(self, strip: Strip) -> None:
        top = self.room - strip.height if strip.at_foot else self.used
        self.strips.append((top, strip))
        self.used = top + strip.height

    @property
    def is_empty(self) -> bool:
        return not self.strips


def pages_of(strips: list[Strip], height: float) -> list[list[tuple[float, Strip]]]:
    """The strips on pages of this height, each with its distance from the top.

    Strips that belong together go to the next page together, unless they fill more than a page.
    """
    page = _Page(height, [])
    done = [page]
    for group in _groups(strips, height):
        whole = sum(strip.height for strip in group)
        if not page.is_empty and not page.takes(whole):
            page = _Page(height, [])
            done.append(page)
        for strip in group:
            if strip.blank and page.is_empty:
                continue
            if not page.is_empty and not page.takes(strip.height):
                page = _Page(height, [])
                done.append(page)
            if page.is_empty:
                for title in strip.again:
                    page.put(title)
            page.put(strip)
    return [found.strips for found in done]


def _groups(strips: list[Strip], height: float) -> Iterator[list[Strip]]:
    group: list[Strip] = []
    for strip in strips:
        group.append(strip)
        if not strip.with_next:
            yield group
            group = []
        elif sum(held.height for held in group) > height / 2:
            # What would hold together half a page and more is given up, or pages stay empty.
            yield group
            group = []
    if group:
        yield group


def moved(mark: Mark, x: float, y: float) -> Mark:
    """The mark, that far to the right and down."""
    if isinstance(mark, Rule):
        return replace(mark, x1=mark.x1 + x, x2=mark.x2 + x, y1=mark.y1 + y, y2=mark.y2 + y)
    return replace(mark, x=mark.x + x, y=mark.y + y)


def numbered(setter: Setter, at: int, count: int) -> list[Mark]:
    """Which page of how many it is, below the text in the middle, placed on the whole page."""
    said = f"第 {at} 页，共 {count} 页"
    size = 10.5
    x = (WIDTH - setter.face.width(said, size)) / 2
    return [Text(x, HEIGHT - 20 * MM, said, size, colour="grey")]


def running_head(setter: Setter, margins: Margins, title: str, number: str) -> list[Mark]:
    """From the second page on: what this is a page of, so that none can be put elsewhere."""
    size, y = 10.5, margins.top - 9 * MM
    shown = setter.lines(title, size, margins.width * 0.5)[0]
    right = setter.lines(f"编号：{number}", size, margins.width * 0.48)[0] if number else ""
    x = WIDTH - margins.right - setter.face.width(right, size)
    return [
        Text(margins.left, y, shown, size, colour="grey"),
        Text(x, y, right, size, colour="grey"),
        Rule(margins.left, y + 5, WIDTH - margins.right, y + 5, 0.5, "grey"),
    ]
