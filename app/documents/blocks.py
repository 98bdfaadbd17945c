"""What a sheet is made of: the pieces that a feature puts together, and nothing of how it looks.

Lengths are millimetres, sizes of type are points.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Align = Literal["left", "center", "right"]
BODY = 16.0
"""三号, the size of official papers (GB/T 9704—2012, clause 5.2.2)."""
SMALL = 10.5
"""五号: tables and lists with many entries."""


@dataclass(frozen=True)
class Paragraph:
    """Running text; with `indent` it begins two characters in, as Chinese paragraphs do."""

    text: str
    size: float = BODY
    align: Align = "left"
    indent: bool = True


@dataclass(frozen=True)
class Heading:
    """The title of a chapter, never left behind at the foot of a page."""

    text: str
    size: float = BODY


@dataclass(frozen=True)
class KeyValues:
    """Labels with what they say, one below the other."""

    rows: tuple[tuple[str, str], ...]
    size: float = BODY


@dataclass(frozen=True)
class Column:
    """A column: its title, its share of the width beside the others', and its side."""

    title: str
    share: float = 1
    align: Align = "left"


@dataclass(frozen=True)
class Table:
    """Rows below titled columns; the titles are there again on every page."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    size: float = SMALL

    def __post_init__(self) -> None:
        """Raises ValueError where a row has not as many cells as there are columns."""
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("a row of the table does not have a cell for each column")


@dataclass(frozen=True)
class Space:
    """Nothing, this high; none at the top of a page."""

    height: float


@dataclass(frozen=True)
class Signed:
    """Who issued it and on which day, to the right, with the last lines of the text."""

    name: str
    day: str
    size: float = BODY


Block = Paragraph | Heading | KeyValues | Table | Space | Signed


@dataclass(frozen=True)
class Proof:
    """How the paper is verified: the address in the QR code, and the code to type."""

    address: str
    code: str
    """As it is printed, in groups."""
    notes: tuple[str, ...]
    """What stands in the box to the left of the QR code, a line each."""


@dataclass(frozen=True)
class Sheet:
    """A whole paper: what stands above it, its blocks, and how it is verified.

    `head` is who issues it. `made_at` is written into the file; the same sheet gives the same
    bytes. `frame` draws a border around every page, for certificates.
    """

    title: str
    blocks: tuple[Block, ...]
    head: str = ""
    number: str = ""
    proof: Proof | None = None
    frame: bool = False
    made_at: datetime | None = None
