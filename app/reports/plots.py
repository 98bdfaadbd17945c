"""The charts of a report, drawn as lines and areas: on paper what `charts.js` draws on a screen."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from app.pages.words import NOTHING, percent
from app.reports.paper import BRAND, INK, LEFT, LINE, ROOM, SOFT, WHITE, Colour, Ink, Paper

SERIES: tuple[Colour, ...] = (BRAND, (0.753, 0.388, 0.169), (0.208, 0.404, 0.604))
DASHES: tuple[tuple[float, ...], ...] = ((), (5, 3), (1.5, 2))
LEVELS: dict[int, Colour] = {
    5: BRAND,
    4: (0.373, 0.604, 0.486),
    3: (0.788, 0.714, 0.486),
    2: (0.816, 0.514, 0.314),
    1: (0.659, 0.227, 0.133),
}
WORST_BAD = 2
"""Levels up to this one are bad (差评)."""
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
_ROW = 17.0
_NAME = 148.0
_FIGURE = 96.0
_TOLD = 132.0


@dataclass(frozen=True)
class Line:
    """One line of a chart; None is a gap. `between` are the ends of each interval."""

    name: str
    values: Sequence[float | None]
    between: Sequence[tuple[float, float] | None] = ()


@dataclass(frozen=True)
class Bar:
    """One row: a name, a share of the longest bar or of 1, and what is said at its end."""

    name: str
    value: float | None
    says: str
    lower: float | None = None
    upper: float | None = None


def month_labels(months: Sequence[date]) -> list[str]:
    """Months under a trend; the year is told at the first of them and at each January.

    >>> month_labels([date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)])
    ['25年11月', '12月', '26年1月']
    """
    return [
        f"{at:%y}年{at.month}月" if not place or at.month == 1 else f"{at.month}月"
        for place, at in enumerate(months)
    ]


def scale(values: Sequence[float]) -> tuple[float, float, float]:
    """From where to where an axis of shares goes, and in which steps: few, and easy to read.

    >>> scale([0.93, 0.99])
    (0.92, 1.0, 0.02)
    """
    most = 1.0 if max(values, default=1.0) > 0.8 else max(values)
    least = min(values, default=0.0)
    begin = least if least > 0.5 else 0.0
    step = next((one for one in STEPS if (most - begin) / one <= 5.001), STEPS[-1])
    lower = math.floor(begin / step + 0.001) * step
    upper = min(1.0, math.ceil(most / step - 0.001) * step)
    return round(lower, 4), round(upper, 4), step


def course(
    paper: Paper,
    labels: Sequence[str],
    lines: Sequence[Line],
    *,
    shares: bool = True,
    unit: str = "",
    height: float = 130.0,
) -> None:
    """Lines over time, with the interval of each point as a band, and names beside their ends.

    Where nothing was counted at all, a sentence says so.
    """
    if all(value is None for line in lines for value in line.values):
        paper.paragraph("这段时间没有数据。", 9.5, SOFT)
        return
    axis = _axis(lines, shares=shares)

    def draw(ink: Ink, top: float) -> None:
        left, right = LEFT + 32, LEFT + ROOM - (74 if len(lines) > 1 else 14)
        upper, lower = top + 14, top + height - 18

        def at(place: int, value: float) -> tuple[float, float]:
            x = left + (right - left) * (place + 0.5) / max(1, len(labels))
            return x, lower - (value - axis[0]) / (axis[1] - axis[0] or 1) * (lower - upper)

        _grid(ink, axis, (left, right), lambda value: at(0, value)[1], shares=shares)
        if unit:
            ink.text(LEFT, top + 6, unit, 7.5, colour=SOFT)
        for place, label in enumerate(labels):
            ink.text(at(place, 0)[0], lower + 11, label, 7.5, colour=SOFT, align="center")
        for nth, line in enumerate(lines):
            _one(ink, line, nth, at, beside=right + 6 if len(lines) > 1 else None)

    paper.put(height, draw)


def _axis(lines: Sequence[Line], *, shares: bool) -> tuple[float, float, float]:
    values = [value for line in lines for value in line.values if value is not None]
    values += [end for line in lines for pair in line.between if pair for end in pair]
    if shares:
        return scale(values)
    most = max(values, default=1.0) or 1.0
    step = next(one for one in _nice() if most / one <= 5)
    return 0.0, math.ceil(most / step - 0.001) * step, step


def _nice() -> Sequence[float]:
    return [base * 10**power for power in range(-1, 9) for base in (1, 2, 5)]


def _grid(
    ink: Ink,
    axis: tuple[float, float, float],
    sides: tuple[float, float],
    at: Callable[[float], float],
    *,
    shares: bool,
) -> None:
    lower, upper, step = axis
    for nth in range(round((upper - lower) / step) + 1):
        value = lower + nth * step
        y = at(value)
        ink.line([(sides[0], y), (sides[1], y)], LINE, 0.5)
        said = percent(value, 0) if shares else f"{value:g}"
        ink.text(sides[0] - 5, y + 2.6, said, 7.5, colour=SOFT, align="right")


def _one(
    ink: Ink,
    line: Line,
    nth: int,
    at: Callable[[int, float], tuple[float, float]],
    *,
    beside: float | None,
) -> None:
    colour = SERIES[nth % len(SERIES)]
    for begin, run in runs(line.values):
        places = [at(begin + n, value) for n, value in enumerate(run)]
        ends = [line.between[begin + n] for n in range(len(run))] if line.between else []
        if ends and all(ends):
            upper = [at(begin + n, pair[1]) for n, pair in enumerate(ends) if pair]
            lower = [at(begin + n, pair[0]) for n, pair in enumerate(ends) if pair]
            if len(run) > 1:
                ink.area([*upper, *reversed(lower)], colour, 0.14)
            else:
                ink.line([upper[0], lower[0]], colour, 0.8)
        if len(places) > 1:
            ink.line(places, colour, 1.6, DASHES[nth % len(DASHES)])
        for x, y in places:
            ink.dot(x, y, 2.3, colour)
    last = next((n for n in reversed(range(len(line.values))) if line.values[n] is not None), None)
    if beside is not None and last is not None:
        _, y = at(last, line.values[last] or 0.0)
        ink.text(beside, y + 3, line.name, 8, colour=colour)


def runs(values: Sequence[float | None]) -> list[tuple[int, list[float]]]:
    """The values without the gaps: where each run of them begins, and what it holds."""
    found: list[tuple[int, list[float]]] = []
    for place, value in enumerate(values):
        if value is None:
            continue
        if found and found[-1][0] + len(found[-1][1]) == place:
            found[-1][1].append(value)
        else:
            found.append((place, [value]))
    return found


def bars(paper: Paper, rows: Sequence[Bar], colour: Colour = BRAND) -> None:
    """Bars that lie, the longest as long as there is room; what each says at its end."""
    most = max((row.value or 0.0 for row in rows), default=0.0) or 1.0
    room = ROOM - _NAME - _TOLD
    for row in rows:

        def draw(ink: Ink, top: float, row: Bar = row) -> None:
            _name(ink, row.name, top)
            wide = max(1.0, room * (row.value or 0.0) / most)
            ink.box(LEFT + _NAME, top + 3, wide, _ROW - 7, colour)
            ink.text(LEFT + _NAME + wide + 5, top + 11.5, row.says, 8.5)

        paper.put(_ROW, draw)


def intervals(paper: Paper, rows: Sequence[Bar]) -> None:
    """A dot with whiskers for each row, on one scale of shares."""
    ends = [one for row in rows for one in (row.value, row.lower, row.upper) if one is not None]
    lower, upper, step = scale(ends)
    left, right = LEFT + _NAME, LEFT + ROOM - _FIGURE

    def at(value: float) -> float:
        return left + (value - lower) / (upper - lower or 1) * (right - left)

    def axis(ink: Ink, top: float) -> None:
        for nth in range(round((upper - lower) / step) + 1):
            value = lower + nth * step
            ink.text(at(value), top + 8, percent(value, 0), 7.5, colour=SOFT, align="center")

    paper.put(12, axis, keep=_ROW * 2)
    for row in rows:

        def draw(ink: Ink, top: float, row: Bar = row) -> None:
            middle = top + _ROW / 2
            for nth in range(round((upper - lower) / step) + 1):
                x = at(lower + nth * step)
                ink.line([(x, top), (x, top + _ROW)], LINE, 0.4)
            _name(ink, row.name, top)
            if row.lower is not None and row.upper is not None:
                ink.line([(at(row.lower), middle), (at(row.upper), middle)], BRAND, 1.2)
                for end in (row.lower, row.upper):
                    ink.line([(at(end), middle - 2.6), (at(end), middle + 2.6)], BRAND, 1.2)
            if row.value is not None:
                ink.dot(at(row.value), middle, 3.0, BRAND)
            ink.text(LEFT + ROOM, top + 11.5, row.says, 8.5, align="right")

        paper.put(_ROW, draw)


def stacked(paper: Paper, rows: Sequence[tuple[str, Sequence[tuple[int, float]], str]]) -> None:
    """Bars of the same length, divided by level: the shares of each row add up to 1."""
    room = ROOM - _NAME - _TOLD
    for name, parts, says in rows:

        def draw(
            ink: Ink,
            top: float,
            name: str = name,
            parts: Sequence[tuple[int, float]] = parts,
            says: str = says,
        ) -> None:
            _name(ink, name, top)
            x = LEFT + _NAME
            for level, share in parts:
                wide = max(0.0, room * share - 0.6)
                _part(ink, x, top + 3, wide, _ROW - 7, level)
                x += room * share
            ink.text(LEFT + ROOM, top + 11.5, says, 8.5, align="right")

        paper.put(_ROW, draw)


def _part(ink: Ink, x: float, y: float, width: float, height: float, level: int) -> None:
    """A piece of a bar; bad levels are hatched, each in its own direction, for black and white."""
    ink.box(x, y, width, height, LEVELS[level])
    if level > WORST_BAD or width < 1:
        return
    step = 3.2
    for nth in range(int((width + height) / step) + 1):
        # A line of 45° through the piece, cut at its sides.
        begin = x - height + nth * step
        left, right = max(begin, x), min(begin + height, x + width)
        if right <= left:
            continue
        down, up = y + (left - begin), y + (right - begin)
        if level == 1:
            down, up = 2 * y + height - down, 2 * y + height - up
        ink.line([(left, down), (right, up)], WHITE, 0.9)


def legend(paper: Paper, entries: Sequence[tuple[str, int]]) -> None:
    """What the colours of the levels mean."""

    def draw(ink: Ink, top: float) -> None:
        x = LEFT + _NAME
        for name, level in entries:
            _part(ink, x, top + 3, 7, 7, level)
            ink.text(x + 10, top + 9.5, name, 8, colour=SOFT)
            x += 10 + ink.face.width(name, 8) + 14

    paper.put(15, draw, keep=_ROW * 2)


def _name(ink: Ink, name: str, top: float) -> None:
    shown = ink.shortened(name, 8.5, _NAME - 10)
    ink.text(LEFT + _NAME - 8, top + 11.5, shown, 8.5, colour=INK, align="right")


def share_text(value: float | None) -> str:
    """98.5%, or — where there is none."""
    return NOTHING if value is None else percent(value)
