"""QR codes for a page: one path of an SVG picture, so that nothing inline needs a style."""

from dataclasses import dataclass

QUIET = 4
"""Modules of white around a code (GB/T 18284—2000, ISO/IEC 18004, clause 9.1)."""


@dataclass(frozen=True)
class QrPath:
    """A QR code: the side of its picture in modules, quiet zone included, and its dark modules."""

    side: int
    path: str


def qr_path(text: str) -> QrPath:
    """The QR code of a text, level M: 15 % of it may be hidden by a reflection or a finger."""
    import segno  # noqa: PLC0415 - only pages that show a code need it

    rows = list(segno.make_qr(text, error="m", boost_error=False).matrix)
    runs = [
        f"M{x + QUIET} {y + QUIET}h{width}v1h-{width}z"
        for y, row in enumerate(rows)
        for x, width in _runs(row)
    ]
    return QrPath(len(rows) + 2 * QUIET, "".join(runs))


def _runs(row: bytes | bytearray | tuple[int, ...]) -> list[tuple[int, int]]:
    """Where dark modules begin in a row, and how many follow each other there."""
    found: list[tuple[int, int]] = []
    for x, module in enumerate(row):
        if not module:
            continue
        if found and sum(found[-1]) == x:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((x, 1))
    return found
