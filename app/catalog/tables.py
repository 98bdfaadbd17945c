"""A catalogue as a table: numbered rows of cells, the header found, each row read into an entry."""

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from app.catalog.columns import COLUMNS, EXAMPLE_CODE, NEEDED, CellProblem, read_cells
from app.catalog.entries import Entry, Read
from app.catalog.guide import Code, Content
from app.catalog.rules import content_problems
from app.core.wire import Name
from app.core.wording import explain

MOST_ROWS = 100_000
HEADER_WITHIN = 10
"""Rows that may stand above the header: a title, who made the table and when."""
Record = tuple[int, list[str]]
"""A row's number, as a spreadsheet shows it, and its cells."""
_SPREADSHEET_NUMBER = re.compile(r"\d(\.\d+)?E\+\d+", re.IGNORECASE)
_BROKEN = re.compile(r"#(REF!|N/A|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!)")
_BREAK = re.compile(r"[ \t]*[\r\n]+[ \t]*")
_BREAK_BETWEEN_WORDS = re.compile(r"(?<=[!-~])[ \t]*[\r\n]+[ \t]*(?=[!-~])")
_CODES = {
    "implementation_code": "实施编码",
    "region_code": "行政区划代码",
    "department_code": "部门编码",
}
"""Columns of long numbers that are names, which a spreadsheet may have rounded."""


@dataclass(frozen=True)
class _Header:
    row: int
    titles: list[str]

    @property
    def columns(self) -> list[str | None]:
        """What each column means; None for what means nothing here."""
        return [COLUMNS.get(_plain(title)) for title in self.titles]

    def score(self) -> tuple[int, int]:
        """How much it looks like one: needed columns, and columns that are known at all."""
        known = {column for column in self.columns if column}
        return sum(bool(names & known) for names, _ in NEEDED), len(known)

    def letter(self, column: str | None) -> str:
        """Where a column stands; empty where the table has none of it."""
        columns = self.columns
        return letters(columns.index(column)) if column in columns and column else ""


def letters(at: int) -> str:
    """What a spreadsheet calls the column of this number from 0: A, B … Z, AA."""
    found = ""
    while at >= 0:
        at, rest = divmod(at, 26)
        found, at = chr(65 + rest) + found, at - 1
    return found


def read_csv(text: str, read: Read) -> None:
    """Read a table out of separated text; the separator is the one that makes a header."""

    def records(delimiter: str, into: Read) -> Iterator[Record]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return _records(reader, into)

    def score(delimiter: str) -> tuple[int, int]:
        top = itertools.islice(records(delimiter, Read()), HEADER_WITHIN)
        return max((_Header(*record).score() for record in top), default=(0, 0))

    read_records(records(max(",\t;", key=score), read), read)


def _records(reader: Iterator[list[str]], read: Read) -> Iterator[Record]:
    """Numbered as a spreadsheet shows them: a quoted line break does not begin a row."""
    row = 0
    while True:
        row += 1
        try:
            record = next(reader, None)
        except csv.Error:
            read.fault(row, "引号不配对，或单元格过长。")
            return
        if record is None:
            return
        if any(cell.strip() for cell in record):
            yield row, record


def read_records(records: Iterable[Record], read: Read) -> None:
    """Read the rows of a table, its header among the first of them."""
    rows = iter(records)
    top = list(itertools.islice(rows, HEADER_WITHIN))
    if not top:
        return
    at = max(range(len(top)), key=lambda n: _Header(*top[n]).score())
    header = _Header(*top[at])
    columns = header.columns
    read.ignored = [
        _tidy(title)
        for title, column in zip(header.titles, columns, strict=True)
        if column is None and title.strip()
    ]
    for names, label in NEEDED:
        if not names & set(columns):
            read.fault(header.row, f"缺少“{label}”这一列。")
    twice = sorted({c for c in columns if c and columns.count(c) > 1})
    if twice:
        read.fault(header.row, f"有几列的含义相同：{'、'.join(twice)}。")
    if read.faults:
        return
    for row, cells in itertools.chain(top[at + 1 :], rows):
        if len(read.entries) >= MOST_ROWS:
            read.fault(row, f"一次最多导入 {MOST_ROWS} 行。")
            return
        _read_row(row, cells, header, columns, read)


def _read_row(
    row: int, record: Sequence[str], header: _Header, columns: Sequence[str | None], read: Read
) -> None:
    beyond = [at for at in range(len(columns), len(record)) if record[at].strip()]
    if beyond:
        more = f"比表头多出 {len(record) - len(columns)} 列。"
        read.fault(row, more, letters(beyond[0]))
        return
    cells = {
        column: _tidy(cell)
        for column, cell in zip(columns, record, strict=False)
        if column is not None
    }
    if cells.get("implementation_code") == EXAMPLE_CODE:
        return
    for problem in _problems(row, cells, read):
        read.fault(row, str(problem), header.letter(problem.column))


def _tidy(cell: str) -> str:
    """A cell's text in one line: lines are broken in cells to fit a column's width."""
    return _BREAK.sub("", _BREAK_BETWEEN_WORDS.sub(" ", cell.strip()))


def _plain(title: str) -> str:
    """A column's title without spaces and without what stands in brackets."""
    return re.sub(r"[（(\[].*?[)）\]]|\s|[*＊]", "", title, flags=re.DOTALL).lower()


def _problems(row: int, cells: Mapping[str, str], read: Read) -> list[CellProblem]:
    """Read a row into an entry; otherwise all that is wrong with its cells."""
    given: dict[str, Any] = {}
    found = [*_code_problems(cells), *read_cells(cells, given)]
    if not cells.get("name"):
        found.append(CellProblem("缺少事项名称。", "name"))
    if found:
        return found
    try:
        content = msgspec.convert(given, Content)
    except msgspec.ValidationError as error:
        sentence, field = explain(str(error))
        return [CellProblem(sentence, "group" if field == "group_name" else field or "")]
    problems = [CellProblem(said) for said in content_problems(content, bundle=False)]
    if not problems:
        stated = {name: getattr(content, name) for name in given}
        read.add(Entry(row, cells["implementation_code"], cells["department"], stated))
    return problems


def _code_problems(cells: Mapping[str, str]) -> Iterator[CellProblem]:
    broken = {column for column, text in cells.items() if _BROKEN.fullmatch(text)}
    for column in broken:
        yield CellProblem(f"公式没有结果（{cells[column]}），请改成文字。", column)
    for column, shape, label in (
        ("implementation_code", Code, "实施编码"),
        ("department", Name, "部门"),
    ):
        text = cells.get(column, "")
        try:
            msgspec.convert(text, shape)
        except msgspec.ValidationError as error:
            said = f"{label}：{explain(str(error))[0]}" if text else f"缺少{label}。"
            yield CellProblem(said, column)
    for column, label in _CODES.items():
        if _SPREADSHEET_NUMBER.fullmatch(text := cells.get(column, "")):
            said = f"{label}“{text}”已被电子表格改成数字，请以文本格式填写。"
            yield CellProblem(said, column)
