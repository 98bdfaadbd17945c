"""Copies for those who review a photo: the same picture with words all over it, who reads it why.

A copy is drawn when it is read and never stored. The words run across the whole picture in rows so
close that no part large enough to be read is free of them, and so faint that what stands below
stays readable. They are dark with a light edge, so that they show on paper and on a dark photo.

One tile of the pattern is kept for each text, since a reviewer looks at several photos of a case:
it repeats without a seam, and drawing it takes longer than laying it over a picture.
"""

import io
import math
import threading
from collections import OrderedDict
from datetime import date
from typing import NamedTuple

import msgspec
from PIL import Image, ImageDraw, ImageFont

from app.core import fonts
from app.materials.pixels import encoded

LETTER_SHARE = 1 / 44
"""Height of the letters against the picture's long side: about that of a certificate's print."""
SMALLEST_LETTER = 11
"""Pixels; smaller strokes of Chinese characters run into each other."""
ROW, GAP = 3.4, 1.6
"""From row to row, and from one text to the next in a row, in heights of a letter."""
STEEPEST = math.radians(34)
_RISE = math.sin(2 * STEEPEST) / 2
INK, INK_STRENGTH = (70, 70, 80), 0.30
EDGE, EDGE_STRENGTH = (255, 255, 255), 0.22
LONGEST_PART = 24
"""Letters of each part of the text, so that a long name of an item does not thin out the rest."""
TILES = 6
"""How many are kept in a process; one takes up to about 0.7 MB."""


class Mark(msgspec.Struct, frozen=True):
    """What a copy says about itself."""

    matter: str
    """What it may be used for: the name of the item."""
    place: str
    """The department or centre for which it is read."""
    day: date
    reader: str
    """The number of whoever reads it."""

    @property
    def text(self) -> str:
        """One line, as it is drawn again and again."""
        matter, place, reader = map(_short, (self.matter, self.place, self.reader))
        return f"仅供{matter}使用 · {place} · {self.day.isoformat()} · 工号{reader}"


class _Tile(NamedTuple):
    """One period of the pattern: how strongly its ink and its edge cover each pixel."""

    ink: Image.Image
    edge: Image.Image


def marked(jpeg: bytes, mark: Mark) -> bytes:
    """`jpeg` with the words of `mark` all over it, as a JPEG without metadata.

    It takes about 25 ms of processor for 1600 by 1200 pixels, and 50 more for the first picture
    with these words: call it in a thread.
    """
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
        picture = image.convert("RGB")
    letter = max(SMALLEST_LETTER, round(max(picture.size) * LETTER_SHARE))
    tile = _tiles.get(mark.text, letter)
    for colour, part in ((EDGE, tile.edge), (INK, tile.ink)):
        picture.paste(colour, mask=_laid_out(part, picture.size))
    return encoded(picture, quality=80, subsampling="4:2:0")


def _short(part: str) -> str:
    line = " ".join(part.split())
    return line if len(line) <= LONGEST_PART else line[: LONGEST_PART - 1] + "…"


def _laid_out(tile: Image.Image, size: tuple[int, int]) -> Image.Image:
    cover = Image.new("L", size)
    for x in range(0, size[0], tile.width):
        for y in range(0, size[1], tile.height):
            cover.paste(tile, (x, y))
    return cover


class _Tiles:
    """The tiles of a process, the one used longest ago dropped first. For several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int], _Tile] = OrderedDict()

    def get(self, text: str, letter: int) -> _Tile:
        key = (text, letter)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = _drawn(text, letter)
                if len(self._kept) > TILES:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]


_tiles = _Tiles()


def _drawn(text: str, letter: int) -> _Tile:
    """The pattern's tile: rows of the text, every second one begun half a text further on.

    A row that leaves the tile on the right comes in again on the left, an even number of rows
    higher: that decides the tilt, at most `STEEPEST`.
    """
    font = ImageFont.truetype(str(fonts.path()), letter, layout_engine=ImageFont.Layout.BASIC)
    row = letter * ROW
    length = max(font.getlength(text) + letter * GAP, 2 * row / _RISE)
    climbed = max(2, 2 * math.floor(length * _RISE / row / 2))
    tilt = math.asin(2 * climbed * row / length) / 2
    apart = row / math.cos(tilt)
    width, height = round(length * math.cos(tilt)), round(2 * apart)
    places = ((0.0, 0.0), (width / 2, apart * (1 - climbed / 2)))
    edge_width = max(1, round(letter / 16))
    return _Tile(
        _repeated(_turned(text, font, tilt, 0), places, (width, height), INK_STRENGTH),
        _repeated(_turned(text, font, tilt, edge_width), places, (width, height), EDGE_STRENGTH),
    )


def _turned(text: str, font: ImageFont.FreeTypeFont, tilt: float, stroke: int) -> Image.Image:
    """The text going up to the right, in a picture with the text's middle in its middle."""
    ascent, descent = font.getmetrics()
    size = (math.ceil(font.getlength(text)) + 8, ascent + descent + 8)
    flat = Image.new("L", size)
    ImageDraw.Draw(flat).text((4, 4), text, fill=255, font=font, stroke_width=stroke)
    return flat.rotate(math.degrees(tilt), Image.Resampling.BICUBIC, expand=True)


def _repeated(
    stamp: Image.Image,
    places: tuple[tuple[float, float], ...],
    size: tuple[int, int],
    strength: float,
) -> Image.Image:
    """A tile with the stamp in these places, going on at the opposite side where it leaves."""
    width, height = size
    tile = Image.new("L", size)
    for x, y in places:
        left = round(x) % width - width * (1 + stamp.width // width)
        top = round(y) % height - height * (1 + stamp.height // height)
        for at in range(left, width, width):
            for down in range(top, height, height):
                tile.paste(255, (at, down), stamp)
    return tile.point([round(value * strength) for value in range(256)])
