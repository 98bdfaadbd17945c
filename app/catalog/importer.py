"""Catalogue files: CSV and JSON read into entries, every fault with its row; no database here."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from app.catalog.columns import COLUMNS, NEEDED, read_cells
from app.catalog.guide import Code, Content
from app.catalog.import_schemas import ImportFault, ItemFile
from app.catalog.rules import content_problems
from app.core.wire import Name
from app.core.wording import explain

MOST_BYTES = 50_000_000
MOST_ROWS = 100_000
_SPREADSHEET_NUMBER = re.compile(r"\d(\.\d+)?E\+\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """An item as a file gives it. `given`: the fields of `Content` that the file states.

    `complete` entries replace what an item said; the others change only the given fields.
    """

    row: int
    code: str
    department: str
    given: dict[str, Any]
    bundle: bool = False
    complete: bool = False

    def content(self, before: Content | None) -> Content:
        """What the item says with this entry, if it said `before`."""
        if before is None or self.complete:
            return msgspec.convert(self.given, Content)
        return msgspec.structs.replace(before, **self.given)


@dataclass
class Read:
    """A file that was read: its entries, its faults, and the columns that were ignored.

    `unit` is what an entry is called: 行 of a CSV file, 项 of a JSON file.
    """

    entries: list[Entry] = field(default_factory=list)
    faults: list[ImportFault] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    unit: str = "行"

    def fault(self, row: int, message: str) -> None:
        """Note what is wrong with a row."""
        self.faults.append(ImportFault(row=row, message=message))

    def add(self, entry: Entry) -> None:
        """Note an entry, or its fault: a code that stands in the file already, differently.

        A row that repeats another one exactly is the same item and is passed over.
        """
        first = self._first.setdefault(entry.code, entry)
        if first is entry:
            self.entries.append(entry)
        elif _without_row(first) != _without_row(entry):
            self.fault(
                entry.row, f"实施编码“{entry.code}”与第 {first.row} {self.unit}重复，内容却不同。"
            )

    def __post_init__(self) -> None:
        self._first: dict[str, Entry] = {}


def _without_row(entry: Entry) -> tuple[Any, ...]:
    return entry.department, entry.given, entry.bundle


def read_file(raw: bytes, *, is_json: bool) -> Read:
    """Read a catalogue file. Never raises: what is wrong is in `faults`.

    CSV has a header in English or Chinese (see `columns.COLUMNS`), is separated by commas, tabs
    or semicolons, and is UTF-8 (with or without a mark) or GBK. JSON is one `ItemFile` or a list.
    """
    read = Read(unit="项" if is_json else "行")
    if len(raw) > MOST_BYTES:
        read.fault(1, f"文件超过 {MOST_BYTES // 1_000_000} MB。")
        return read
    if b"\x00" in raw or b"\\u0000" in raw:
        read.fault(1, "文件中含有空字符，请另存为 UTF-8 编码的 CSV 后重试。")
        return read
    text = _decoded(raw)
    if text is None:
        read.fault(1, "无法识别文件的编码，请另存为 UTF-8 编码后重试。")
    elif is_json:
        _read_json(text, read)
    else:
        _read_csv(text, read)
    if not read.entries and not read.faults:
        read.fault(1, "文件中没有事项。")
    return read


def _decoded(raw: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _read_json(text: str, read: Read) -> None:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        read.fault(1, "不是有效的 JSON。")
        return
    for number, value in enumerate(found if isinstance(found, list) else [found], start=1):
        try:
            item = msgspec.convert(value, ItemFile)
        except msgspec.ValidationError as error:
            read.fault(number, explain(str(error))[0])
            continue
        problems = content_problems(item.content, bundle=item.bundle)
        for problem in problems:
            read.fault(number, problem)
        if not problems:
            given = msgspec.structs.asdict(item.content)
            read.add(
                Entry(
                    number,
                    item.implementation_code,
                    item.department,
                    given,
                    bundle=item.bundle,
                    complete=True,
                )
            )


def _read_csv(text: str, read: Read) -> None:
    header = text.partition("\n")[0]
    delimiter = max(",\t;", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records = _records(reader, read)
    titles = next(records, (1, []))[1]
    if not titles:
        return
    columns = [COLUMNS.get(_plain(title)) for title in titles]
    read.ignored = [
        title.strip()
        for title, column in zip(titles, columns, strict=True)
        if column is None and title.strip()
    ]
    for names, label in NEEDED:
        if not names & set(columns):
            read.fault(1, f"缺少“{label}”这一列。")
    twice = sorted({c for c in columns if c and columns.count(c) > 1})
    if twice:
        read.fault(1, f"有几列的含义相同：{'、'.join(twice)}。")
    if read.faults:
        return
    for row, record in records:
        if len(read.entries) >= MOST_ROWS:
            read.fault(row, f"一次最多导入 {MOST_ROWS} 行。")
            return
        if len(record) > len(columns) and any(cell.strip() for cell in record[len(columns) :]):
            read.fault(row, f"比表头多出 {len(record) - len(columns)} 列。")
            continue
        cells = {
            column: cell.strip()
            for column, cell in zip(columns, record, strict=False)
            if column is not None
        }
        _read_record(row, cells, read)


def _records(reader: Iterator[list[str]], read: Read) -> Iterator[tuple[int, list[str]]]:
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


def _plain(title: str) -> str:
    """A column's title without spaces and without what stands in brackets."""
    return re.sub(r"[（(\[].*?[)）\]]|\s|\*", "", title).lower()


def _read_record(row: int, cells: dict[str, str], read: Read) -> None:
    faults = len(read.faults)

    def checked(value: Any, shape: Any, label: str) -> Any:
        try:
            return msgspec.convert(value, shape)
        except msgspec.ValidationError as error:
            read.fault(row, f"{label}：{explain(str(error))[0]}" if value else f"缺少{label}。")
            return None

    code = checked(cells.get("implementation_code", ""), Code, "实施编码")
    department = checked(cells.get("department", ""), Name, "部门")
    if code and _SPREADSHEET_NUMBER.fullmatch(code):
        read.fault(row, f"实施编码“{code}”已被电子表格改成数字，请以文本格式填写。")
    given: dict[str, Any] = {}
    for problem in read_cells(cells, given):
        read.fault(row, problem)
    if not cells.get("name"):
        read.fault(row, "缺少事项名称。")
    if len(read.faults) > faults:
        return
    try:
        content = msgspec.convert(given, Content)
    except msgspec.ValidationError as error:
        read.fault(row, explain(str(error))[0])
        return
    for problem in content_problems(content, bundle=False):
        read.fault(row, problem)
    if len(read.faults) == faults:
        read.add(Entry(row, code, department, {name: getattr(content, name) for name in given}))
