"""A light line chart, worked out here and drawn as SVG: no script, no library. Pure."""

import math
from dataclasses import dataclass

WIDTH, HEIGHT = 420, 210
LEFT, RIGHT, TOP, BOTTOM = 48, 14, 12, 30
STEP = 0.05
"""The axis begins at a multiple of this share."""
MOST_LABELS = 4
"""Under the axis, so that they do not run into each other on a phone."""


@dataclass(frozen=True)
class Line:
    """One line: its name and its shares; None is a gap."""

    name: str
    shares: list[float | None]


@dataclass(frozen=True)
class Dot:
    """A point of a line, with what it says."""

    x: float
    y: float
    label: str
    share: float


@dataclass(frozen=True)
class Drawn:
    """A line as it is drawn: a path, which a gap interrupts, and its points."""

    name: str
    path: str
    dots: list[Dot]


@dataclass(frozen=True)
class Mark:
    """A line of the grid or a label of an axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """All that is drawn, in units of the picture."""

    width: int
    height: int
    left: int
    right: int
    base: int
    lines: list[Drawn]
    grid: list[Mark]
    labels: list[Mark]


def floor_of(shares: list[float]) -> float:
    """Where the axis begins: a step below the least, never above 95 % and never below 0."""
    least = min(shares, default=0.0)
    return max(0.0, min(1 - STEP, math.floor(least / STEP - 1e-9) * STEP))


def chart(labels: list[str], lines: list[Line]) -> Chart:
    """The chart of these lines over these labels. The axis ends at 100 %."""
    low = floor_of([share for line in lines for share in line.shares if share is not None])
    inner = HEIGHT - TOP - BOTTOM
    step = (WIDTH - LEFT - RIGHT) / max(len(labels) - 1, 1)

    def x(at: int) -> float:
        return round(LEFT + at * step, 1)

    def y(share: float) -> float:
        return round(TOP + (1 - share) / (1 - low) * inner, 1)

    def drawn(line: Line) -> Drawn:
        places = [(x(at), y(s)) if s is not None else None for at, s in enumerate(line.shares)]
        dots = [
            Dot(*place, labels[at], share)
            for at, (place, share) in enumerate(zip(places, line.shares, strict=True))
            if place is not None and share is not None
        ]
        return Drawn(line.name, _path(places), dots)

    marks = [low + (1 - low) * part / 4 for part in range(5)]
    every = max(1, math.ceil(len(labels) / MOST_LABELS))
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        base=HEIGHT - BOTTOM,
        lines=[drawn(line) for line in lines],
        grid=[Mark(y(share), f"{share * 100:.4g}%") for share in marks],
        labels=[
            Mark(x(at), label)
            for at, label in enumerate(labels)
            if (len(labels) - 1 - at) % every == 0
        ],
    )


def _path(points: list[tuple[float, float] | None]) -> str:
    """An SVG path through the points; it begins anew after a gap."""
    parts, drawing = [], False
    for point in points:
        if point is not None:
            parts.append(f"{'L' if drawing else 'M'}{point[0]} {point[1]}")
        drawing = point is not None
    return "".join(parts)
