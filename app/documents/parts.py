"""The parts of a sheet that stand in their own place: its head, its border, its proof."""

import segno

from app.documents.blocks import Proof, Sheet
from app.documents.pages import HEIGHT, WIDTH
from app.documents.strips import MM, Box, Mark, Rule, Setter, Strip, Text

QR_SIDE = 34 * MM
"""Of the QR code with its quiet zone: modules of about 0.8 mm, which any phone reads."""
QUIET = 4
"""Modules of white around the code (GB/T 18284—2000, ISO/IEC 18004, clause 9.1)."""
_GAP = 4 * MM
_NOTE = 9.5
_CODE = 8.0


def qr(address: str) -> list[list[bool]]:
    """The QR code of an address, dark modules true, without its quiet zone.

    Level M: 15 % of it may be creased or stained.
    """
    made = segno.make_qr(address, error="m", boost_error=False)
    return [[bool(module) for module in row] for row in made.matrix]


def head(setter: Setter, sheet: Sheet) -> list[Strip]:
    """Who issues it, its number and its title, as an official paper begins (GB/T 9704, 7.2)."""
    if sheet.frame:
        return _certificate_head(setter, sheet)
    found: list[Strip] = []
    if sheet.head:
        found += _centred(setter, sheet.head, 26, colour="red")
    if sheet.number:
        found += _centred(setter, f"编号：{sheet.number}", 14, bold=False)
    if found:
        # A red line, 4 mm below the number, as wide as the text (clause 7.2.7).
        rule = Rule(0, 4 * MM, setter.width, 4 * MM, 1.4, "red")
        found.append(Strip(13 * MM, (rule,), with_next=True))
    found += _centred(setter, sheet.title, 22)
    return [*found, Strip(6 * MM, with_next=True)]


def _certificate_head(setter: Setter, sheet: Sheet) -> list[Strip]:
    found = _centred(setter, sheet.head, 18, colour="red", bold=False) if sheet.head else []
    found.append(Strip(4 * MM, with_next=True))
    found += _centred(setter, sheet.title, 32, colour="red")
    half = setter.width / 2
    rules = (
        Rule(half - 24 * MM, 3 * MM, half + 24 * MM, 3 * MM, 0.6, "gold"),
        Rule(half - 18 * MM, 4 * MM, half + 18 * MM, 4 * MM, 0.6, "gold"),
    )
    found.append(Strip(9 * MM, rules, with_next=True))
    if sheet.number:
        found += _centred(setter, f"编号：{sheet.number}", 14, bold=False)
    return [*found, Strip(8 * MM, with_next=True)]


def _centred(
    setter: Setter, text: str, size: float, *, colour: str = "ink", bold: bool = True
) -> list[Strip]:
    lines = setter.lines(text, size)
    return [
        Strip(strip.height, strip.marks, with_next=True)
        for line in lines
        for strip in (
            setter.line(line, size, "center", 0, fill=False, bold=bold, colour=colour, leading=1.6),
        )
    ]


def border() -> list[Mark]:
    """A certificate's border: a strong line and a fine one, with a small square at each corner."""
    found: list[Mark] = []
    for edge, thick, colour in ((14 * MM, 2.4, "red"), (16.5 * MM, 0.7, "gold")):
        found.append(
            Box(edge, edge, WIDTH - 2 * edge, HEIGHT - 2 * edge, thickness=thick, colour=colour)
        )
    side, inner = 5 * MM, 18 * MM
    for x in (inner, WIDTH - inner - side):
        for y in (inner, HEIGHT - inner - side):
            found.append(Box(x, y, side, side, thickness=0.7, colour="gold"))
    return found


def proof(setter: Setter, given: Proof) -> Strip:
    """The foot of the last page: how the paper is verified, and the QR code at the right."""
    left = setter.width - QR_SIDE
    marks: list[Mark] = [*_modules(qr(given.address), left, 0)]
    y = QR_SIDE + _CODE
    for line in _in_two(given.code):
        wide = setter.face.width(line, _CODE)
        marks.append(Text(left + (QR_SIDE - wide) / 2, y, line, _CODE))
        y += _CODE * 1.3
    height = y - _CODE * 0.3
    room = left - _GAP
    lines = [line for note in given.notes for line in setter.lines(note, _NOTE, room - 2 * _GAP)]
    tall = max(len(lines) * _NOTE * 1.6 + 2 * _GAP, QR_SIDE - 2 * _GAP)
    height = max(height, tall + _GAP)
    top = QR_SIDE - _GAP - tall if tall <= QR_SIDE - _GAP else 0.0
    marks.append(Box(0, top, room, tall, thickness=0.5, colour="grey"))
    first = top + (tall - len(lines) * _NOTE * 1.6) / 2 + _NOTE * 1.15
    marks += [Text(_GAP, first + at * _NOTE * 1.6, line, _NOTE) for at, line in enumerate(lines)]
    return Strip(height, tuple(marks), at_foot=True)


def _modules(code: list[list[bool]], x: float, y: float) -> list[Box]:
    """Dark modules as boxes, those beside each other in one, placed inside of the quiet zone."""
    side = QR_SIDE / (len(code) + 2 * QUIET)
    found: list[Box] = []
    for down, row in enumerate(code):
        begin: int | None = None
        for across, dark in enumerate([*row, False]):
            if dark and begin is None:
                begin = across
            elif not dark and begin is not None:
                left, top = x + (begin + QUIET) * side, y + (down + QUIET) * side
                found.append(
                    Box(left, top, (across - begin) * side, side, filled=True, colour="black")
                )
                begin = None
    return found


def _in_two(code: str) -> list[str]:
    groups = code.split("-")
    half = (len(groups) + 1) // 2
    return ["-".join(groups[:half]), "-".join(groups[half:])]


def remark(setter: Setter) -> list[Strip]:
    """What the font does not have, so that the paper stays unambiguous; nothing as a rule."""
    if not setter.missing:
        return []
    signs = sorted(setter.missing)
    named = "、".join(f"U+{ord(sign):04X}" for sign in signs[:20]) + ("等" if signs[20:] else "")
    said = f"注：文中“□”为字库暂缺的字（统一码 {named}）。"
    gap = Strip(4 * MM, with_next=True, blank=True)
    return [gap] + [
        Strip(strip.height, strip.marks, with_next=True)
        for line in setter.lines(said, 9.5)
        for strip in (setter.line(line, 9.5, "left", 0, fill=False, colour="grey"),)
    ]
