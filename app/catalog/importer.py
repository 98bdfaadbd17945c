"""Catalogue files read into entries, every fault with its place; no database here."""

import codecs

import msgspec

from app.catalog import tables
from app.catalog.entries import Entry, Read
from app.catalog.import_schemas import ItemFile
from app.catalog.rules import content_problems
from app.catalog.workbook import CannotRead, Workbook, is_workbook
from app.core.wording import explain

MOST_BYTES = 50_000_000
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""How a spreadsheet's “Unicode text” begins."""


def read_file(raw: bytes, *, is_json: bool) -> Read:
    """Read a catalogue file. Never raises: what is wrong is in `faults`.

    A table has a header in English or Chinese (see `columns.COLUMNS`) in one of its first rows. It
    is an .xlsx spreadsheet, or text separated by commas, tabs or semicolons, in UTF-8 (with or
    without a mark), GBK or UTF-16 with a mark. JSON is one `ItemFile` or a list.
    """
    read = Read(unit="项" if is_json else "行")
    if len(raw) > MOST_BYTES:
        read.fault(1, f"文件超过 {MOST_BYTES // 1_000_000} MB。")
    elif is_workbook(raw):
        _read_workbook(raw, read)
    else:
        _read_text(raw, read, is_json=is_json)
    if not read.entries and not read.faults:
        read.fault(1, "文件中没有事项。")
    return read


def _read_workbook(raw: bytes, read: Read) -> None:
    book = Workbook(raw)
    read.unit = "行"
    try:
        tables.read_records(iter(book), read)
    except CannotRead as problem:
        read.entries, read.faults = [], []
        read.fault(1, str(problem))
    read.sheets = book.others


def _read_text(raw: bytes, read: Read, *, is_json: bool) -> None:
    text = _decoded(raw)
    if text is None:
        read.fault(1, "无法识别文件的编码，请另存为 UTF-8 编码后重试。")
    elif "\x00" in text or "\\u0000" in text:
        read.fault(1, "文件中含有空字符，请另存为 UTF-8 编码的 CSV 后重试。")
    elif is_json:
        _read_json(text, read)
    else:
        tables.read_csv(text, read)


def _decoded(raw: bytes) -> str | None:
    encodings = ("utf-16",) if raw.startswith(_UTF_16) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
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
