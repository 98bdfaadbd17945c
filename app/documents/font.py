"""The one font of the papers, that of the house (`app.core.fonts`), as reportlab draws with it.

The file stays mapped, so that the workers share its pages, and reportlab reads of it what a paper
needs. A worker that never draws a paper has none of this in memory.
"""

import mmap
import threading
from functools import cached_property
from pathlib import Path
from typing import Any

from app.core import fonts

NAME = "zhangban"
MISSING = "□"
"""Stands for a character that the font does not have."""
_BLOCK = 100
"""Lines of a table that says which character a glyph is (Adobe Technical Note 5014)."""


class Face:
    """The font as the layout sees it: what it has, and how wide that is."""

    def __init__(self, font: Any) -> None:
        self._font = font
        self._widths: dict[int, float] = font.face.charWidths
        self._known: dict[int, int] = font.face.charToGlyph

    def covers(self, sign: str) -> bool:
        """Whether the font has this character."""
        return ord(sign) in self._known

    def width(self, text: str, size: float) -> float:
        """How wide `text` is, in points, at `size` points."""
        default = self._font.face.defaultWidth
        total = sum(self._widths.get(ord(sign), default) for sign in text)
        return total * size / 1000

    def drawable(self, text: str) -> tuple[str, set[str]]:
        """`text` with `MISSING` for what the font does not have, and what that was."""
        missing = {sign for sign in text if sign != "\n" and not self.covers(sign)}
        if missing:
            text = "".join(MISSING if sign in missing else sign for sign in text)
        return text, missing


class _Fonts:
    """The font of this process, read when it is first asked for."""

    _lock = threading.Lock()

    @cached_property
    def face(self) -> Face:
        return Face(_load())

    def get(self) -> Face:
        with self._lock:
            return self.face


_fonts = _Fonts()


def face() -> Face:
    """The font, which reportlab knows as `NAME` from then on. Raises fonts.FontMissing."""
    return _fonts.get()


class _Mapped:
    """A file that reportlab `reads` by having it mapped, where it would copy 10 MB."""

    def __init__(self, file: Path) -> None:
        self.name = str(file)

    def read(self) -> mmap.mmap:
        with Path(self.name).open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


class _Part:
    """A table of the font of which only slices are copied."""

    def __init__(self, data: mmap.mmap, start: int) -> None:
        self._data, self._start = data, start

    def __getitem__(self, part: slice) -> bytes:
        return self._data[self._start + part.start : self._start + part.stop]


def _load() -> Any:
    from reportlab.pdfbase import pdfmetrics, ttfonts  # noqa: PLC0415 - for whoever draws

    class MappedFace(ttfonts.TTFontFace):
        """Takes the outlines of a paper's characters out of the file, not a copy of them all."""

        def get_table(self, tag: str) -> Any:
            if tag == "glyf":
                return _Part(self._ttf_data, self.get_table_pos(tag)[0])
            return super().get_table(tag)

    # reportlab writes characters beyond U+FFFF wrongly: what is copied out of the paper would not
    # be what it says.
    ttfonts.makeToUnicodeCMap = _to_unicode
    font = ttfonts.TTFont(NAME, _Mapped(fonts.path()))
    font.face.__class__ = MappedFace
    pdfmetrics.registerFont(font)
    return font


def _to_unicode(name: str, subset: list[int]) -> str:
    """Which character each glyph of a subset is, so that a paper's text can be searched."""
    entries = [
        f"<{glyph:02X}> <{chr(sign).encode('utf-16-be', 'replace').hex().upper()}>"
        for glyph, sign in enumerate(subset)
    ]
    blocks = [
        "\n".join((f"{len(block)} beginbfchar", *block, "endbfchar"))
        for at in range(0, len(entries), _BLOCK)
        if (block := entries[at : at + _BLOCK])
    ]
    return "\n".join(
        (
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            f"/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def",
            f"/CMapName /{name} def",
            "/CMapType 2 def",
            "1 begincodespacerange",
            f"<00> <{len(subset) - 1:02X}>",
            "endcodespacerange",
            *blocks,
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end",
            "end",
        )
    )
