"""How long a photo is kept that belongs to no application, and what things are called."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

Size = Literal["display", "thumbnail"]
"""The two pictures made of a photo: at most 1600 and 320 pixels on the long side."""
SIZES: tuple[Size, ...] = ("display", "thumbnail")

UNATTACHED_LIFE = timedelta(days=1)
"""How long a photo is kept that was sent and never submitted with an application: the shortest
time in which an application can be filled in (Personal Information Protection Law, art. 19)."""
ORPHAN_LIFE = timedelta(days=1)
"""How old an object without a row must be before it is removed. An upload writes its objects
first; it takes seconds."""
FEW_ORPHANS = 100
ORPHAN_SHARE = 0.1

LONGEST_FILENAME = 120
UNNAMED = "照片"
LONGEST_ENDING = 10
"""Characters after the last dot of a file's name that are kept when it is cut: `jpeg`, `xlsx`."""

_FOLDER = "photos"
_KEY = re.compile(rf"{_FOLDER}/([0-9a-f]{{32}})/(?:{'|'.join(SIZES)})(?:-[1-9][0-9]*)?")


def shown_filename(given: str) -> str:
    """`given` as its owner sees it again: one line of visible characters, at most 120; not empty.

    Signs that turn the direction of writing, with which `gpj.exe` can pass for a picture, are
    among what is dropped.
    """
    composed = unicodedata.normalize("NFC", given)
    visible = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in composed)
    return cut_filename(" ".join(visible.split()), LONGEST_FILENAME).rstrip() or UNNAMED


def cut_filename(name: str, longest: int) -> str:
    """A file's name of at most `longest` characters; a longer one is cut before its ending.

    The ending tells what a file is: without it a spreadsheet is taken for something else.
    """
    stem, dot, ending = name.rpartition(".")
    if len(name) <= longest or not dot or len(ending) > LONGEST_ENDING:
        return name[:longest]
    return stem[: longest - len(dot + ending)].rstrip() + dot + ending


def check_subject(material_id: UUID) -> str:
    """How the content check names a material."""
    return f"material:{material_id}"


def object_folder(stored_as: UUID) -> str:
    """Where all objects of a picture are stored."""
    return f"{_FOLDER}/{stored_as.hex}"


def object_key(stored_as: UUID, size: Size, page: int = 1) -> str:
    """Under what a page of a picture is stored; photos have one page."""
    further = f"-{page}" if page > 1 else ""
    return f"{object_folder(stored_as)}/{size}{further}"


def stored_as(key: str) -> UUID | None:
    """The picture whose object stands under `key`; None for what is no picture's."""
    found = _KEY.fullmatch(key)
    return UUID(hex=found[1]) if found else None


def named_at(name: UUID) -> datetime:
    """When the objects of this name began to be written: its first 48 bits (RFC 9562, 5.7)."""
    return datetime.fromtimestamp((name.int >> 80) / 1000, UTC)


def may_be_orphan(name: UUID, now: datetime) -> bool:
    """Whether objects of this name should have a row by `now`; also False for foreign names."""
    return name.version == 7 and named_at(name) <= now - ORPHAN_LIFE


def is_plausible(orphans: int, objects: int) -> bool:
    """Whether so many orphans among so many stored objects can be what crashes left behind.

    More look like a storage and a database that do not belong together; then nothing may be
    removed, because what is removed cannot be had again.
    """
    return orphans <= max(FEW_ORPHANS, objects * ORPHAN_SHARE)
