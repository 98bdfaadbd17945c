"""Spreadsheets for the tests: sound ones, odd ones and hostile ones."""

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import openpyxl

from tests.catalog.makers import HEADER, csv_row

SHEET = "xl/worksheets/sheet1.xml"
HEAD = (
    b'<?xml version="1.0"?><worksheet'
    b' xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
TAIL = b"</sheetData></worksheet>"


def rows(*records: str) -> list[list[str]]:
    """The cells of a header and of these records."""
    return [line.split(",") for line in (HEADER, *records)]


def book(
    lines: Iterable[Sequence[Any]] = (), change: Callable[[Any], object] | None = None
) -> bytes:
    """A spreadsheet of these rows; `change` is done to the openpyxl workbook before it is saved."""
    made = openpyxl.Workbook()
    for line in lines:
        made.active.append(line)
    if change:
        change(made)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def replaced(raw: bytes, part: str, content: Iterable[bytes]) -> bytes:
    """The same file with other content in one of its parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(target, "w", 8) as new:
        for info in old.infolist():
            if info.filename == part:
                with new.open(part, "w", force_zip64=True) as to:
                    to.writelines(content)
            else:
                new.writestr(info, old.read(info))
    return target.getvalue()


def with_sheet(content: Iterable[bytes]) -> bytes:
    """A spreadsheet whose sheet is these bytes."""
    return replaced(book([["x"]]), SHEET, content)


def good() -> bytes:
    """Two items."""
    return book(rows(csv_row("A-1"), csv_row("A-2", "护照签发", "公安局", "20")))
