"""What a catalogue file says, entry by entry, and what is wrong with it."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from app.catalog.guide import Content
from app.catalog.import_schemas import ImportFault


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
    """A file that was read: its entries, its faults, and what of it was ignored.

    `unit` is what an entry is called: 行 of a table, 项 of a JSON file.
    """

    entries: list[Entry] = field(default_factory=list)
    faults: list[ImportFault] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    """Titles of columns that mean nothing to the catalogue."""
    sheets: list[str] = field(default_factory=list)
    """Names of a spreadsheet's sheets that were not read."""
    unit: str = "行"

    def fault(self, row: int, message: str, column: str = "") -> None:
        """Note what is wrong with a row, and in which column, by its letter."""
        self.faults.append(ImportFault(row=row, message=message, column=column))

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
