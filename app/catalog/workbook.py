"""Spreadsheets (.xlsx), read row by row in a child process; only the texts of the cells go on.

What is read is what a person sees who opens the file: the values that its formulas had when it was
saved. Nothing is calculated, no macro runs and no other file is asked. A child reads it because
files are hostile, as `materials.pdf` has one: a few bytes can stand for a thousand million cells.
It has no environment, may write no file, and is held to limits of time and memory; a worker never
loads the library.

This file is also the child's program. It imports nothing of the project, so that it starts fast.
"""

import contextlib
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import IO, Any, NamedTuple

ZIP, COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How a spreadsheet begins; and one of before 2007, or one with a password ([MS-CFB] 2.2)."""
SECONDS = 30
"""What one file may take of a processor; one of 100,000 rows takes about 4."""
PATIENCE = 180
"""Seconds until the child is ended, however little of a processor a busy machine gave it."""
MEMORY = 600_000_000
"""Bytes of address space; one of 100,000 rows needs about 200 MB of it."""
UNPACKED = 300_000_000
"""Bytes that all parts of a file may say they have."""
MOST_COLUMNS = 256
LONGEST_LINE = 64 * 1024 * 1024
BIGGEST_EXACT = 1e15
"""A spreadsheet keeps 15 digits of a number."""
NOT_CALCULATED = "#CALC!"
"""What is told of a formula whose value was never stored."""
SENTENCES = {
    "locked": "文件设有打开密码。请去掉密码，另存后再上传。",
    "old": "这是旧格式的电子表格（.xls）。请用表格软件打开，另存为“.xlsx”后再上传。",
    "other": "这不是 .xlsx 电子表格。请用表格软件打开，另存为“.xlsx”后再上传。",
    "large": "表格太大，或者有写在很远处的零星内容。请把要导入的几列复制到新表格中，再上传新表格。",
    "damaged": "文件已损坏，读不出来。请用表格软件打开，另存为“.xlsx”后再上传。",
}
"""What a person is told for each reason of the child."""


class CannotRead(Exception):  # noqa: N818 - never leaves this package
    """The file cannot be read; the message says to a person why, and what to do."""


class Row(NamedTuple):
    """A row that has any text: its number in the sheet, and its cells from column A on."""

    number: int
    cells: list[str]


class Workbook:
    """The first sheet of a file that can be seen and has any text; iterate over it once."""

    def __init__(self, raw: bytes) -> None:
        """The file `raw`. Nothing happens before the first row is asked for."""
        self.sheet = ""
        """The sheet's name, known once the first row is there."""
        self.others: list[str] = []
        """The names of the other sheets that can be seen, which are not read."""
        self._raw = raw

    def __iter__(self) -> Iterator[Row]:
        """Read. Raises CannotRead, whenever it is: rows that came before it are worth nothing."""
        command = [sys.executable, "-I", __file__]
        with subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
        ) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            too_long = threading.Timer(PATIENCE, child.kill)
            too_long.start()
            try:
                with contextlib.suppress(BrokenPipeError):  # it died: its answer says so
                    child.stdin.write(self._raw)
                    child.stdin.close()
                yield from self._read(child.stdout)
            finally:
                too_long.cancel()
                child.kill()

    def _read(self, out: IO[bytes]) -> Iterator[Row]:
        head = _told(out)
        self.sheet, self.others = head["sheet"], head["others"]
        while row := _told(out)["row"]:
            yield Row(*row)


def is_workbook(raw: bytes) -> bool:
    """Whether these bytes are a spreadsheet's, or something in its place that no text is."""
    return raw.startswith((ZIP, COMPOUND))


def _told(out: IO[bytes]) -> dict[str, Any]:
    line = out.readline(LONGEST_LINE)
    if not line.endswith(b"\n"):  # it was ended: by its limits, or by what it read
        raise CannotRead(SENTENCES["large"])
    found: dict[str, Any] = json.loads(line)
    if "why" in found:
        raise CannotRead(SENTENCES[found["why"]])
    return found


class _Refused(Exception):  # noqa: N818 - the child's own
    """The file is not read; the message is a key of `SENTENCES`."""


def _limit() -> None:
    """Bounds processor time and memory, and forbids files, also core dumps, of this process."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - Unix only

    for what, limit in (
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def _main() -> None:
    """Standard input: the file. Standard output: lines of JSON.

    First `{"sheet", "others"}`, then for each row `{"row": [number, cells]}` and at the end
    `{"row": null}`; or, in the place of any line, `{"why"}`.
    """
    _limit()
    try:
        for line in _lines(sys.stdin.buffer.read()):
            _say(line)
    except _Refused as refused:
        _say({"why": str(refused)})
    except MemoryError:
        _say({"why": "large"})
    except BaseException:  # a panic of the library is no Exception
        _say({"why": "damaged"})
    sys.stdout.flush()


def _say(line: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(line).encode() + b"\n")


def _lines(raw: bytes) -> Iterator[dict[str, Any]]:
    import io  # noqa: PLC0415 - only the child
    import zipfile  # noqa: PLC0415

    import python_calamine as calamine  # noqa: PLC0415

    if raw.startswith(COMPOUND):  # [MS-OFFCRYPTO] 2.3: a stream of this name holds what is locked
        raise _Refused("locked" if "EncryptedPackage".encode("utf-16-le") in raw else "old")
    try:
        parts = zipfile.ZipFile(io.BytesIO(raw))
    except (zipfile.BadZipFile, ValueError):
        raise _Refused("damaged") from None
    if "xl/workbook.xml" not in parts.namelist():
        raise _Refused("other")
    if sum(part.file_size for part in parts.infolist()) > UNPACKED:
        raise _Refused("large")
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
    seen = [
        (at, one.name)
        for at, one in enumerate(book.sheets_metadata)
        if one.visible == calamine.SheetVisibleEnum.Visible
        and one.typ == calamine.SheetTypeEnum.WorkSheet
    ]
    for at, name in seen:
        sheet = book.get_sheet_by_index(at)
        if sheet.start is not None:
            yield {"sheet": name, "others": [other for n, other in seen if n != at]}
            yield from _rows(sheet, _broken(parts, at))
            break
    else:
        yield {"sheet": "", "others": []}
    yield {"row": None}


def _rows(sheet: Any, broken: dict[tuple[int, int], str]) -> Iterator[dict[str, Any]]:
    first = sheet.start[1]
    joined = _joined(sheet.merged_cell_ranges or (), first)
    above: dict[int, tuple[int, str]] = {}
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [_text(value) for value in values[: MOST_COLUMNS - first]]
        for at in range(len(cells)):
            cells[at] = broken.get((number, first + at), cells[at])
        for at, last in joined.get(number, ()):
            if at < len(cells):
                above[at] = (last, cells[at])
        if any(cells):  # the fill of a joined cell makes no row of an empty one
            for at, (last, text) in above.items():
                if number <= last:
                    cells[at] = text
            yield {"row": [number, [""] * first + cells]}


def _joined(ranges: Iterable[Any], first: int) -> dict[int, list[tuple[int, int]]]:
    """Cells joined over several rows, by their first row: the column, and the last row.

    A department that stands once beside all of its items is the department of each.
    """
    found: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _) in ranges:
        if bottom > top and left >= first:
            found.setdefault(top + 1, []).append((left - first, bottom + 1))
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float | int):
        if abs(value) >= BIGGEST_EXACT:  # as a spreadsheet shows it: digits are lost
            return f"{value:.5E}"
        return f"{value:.15g}"
    return str(value)


_CELL = re.compile(
    rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"([^>]*)(?<!/)>(.{0,40000}?)</(?:\w+:)?c>',
    re.DOTALL,
)
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)</")


def _broken(parts: Any, at: int) -> dict[tuple[int, int], str]:
    """Cells (row from 1, column from 0) whose formula has no value: the library shows nothing."""
    content = _part(parts, at)
    found = {}
    if b't="e"' in content or _FORMULA.search(content):
        for letters, row, kind, inside in _CELL.findall(content):
            value = _VALUE.search(inside)
            text = value[1].decode("utf-8", "replace") if value else ""
            if b't="e"' in kind or (_FORMULA.search(inside) and not text and b'"str"' not in kind):
                found[int(row), _column(letters)] = text or NOT_CALCULATED
    return found


def _part(parts: Any, at: int) -> bytes:
    """The sheet of this number as it lies in the file; empty where it lies elsewhere."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - only the child, which has limits

    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    try:
        book = ET.fromstring(parts.read("xl/workbook.xml"))  # noqa: S314 - see above
        links = ET.fromstring(parts.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
        sheets = [one for one in book.iter() if one.tag.endswith("}sheet")]
        targets = {one.get("Id"): one.get("Target", "") for one in links}
        target = targets[sheets[at].get(relation)]
        content: bytes = parts.read(
            target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        )
    except (KeyError, IndexError, AttributeError, ET.ParseError):
        return b""
    return content


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


if __name__ == "__main__":
    _main()
