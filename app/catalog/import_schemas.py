"""Catalogue files: an item in one, and what an import did or found wrong."""

import msgspec

from app.catalog.guide import Code, Content
from app.core.wire import In, Name, Out


class ItemFile(In, frozen=True):
    """An item in a JSON file; the department by name."""

    implementation_code: Code
    department: Name
    content: Content
    bundle: bool = False


class ImportFault(Out, frozen=True):
    """What is wrong with a row, numbered as a spreadsheet does; a JSON file's entries count from 1.

    `column` is the letter of the column, where it is one cell that is wrong.
    """

    row: int
    message: str
    column: str = ""


class ImportResult(Out, frozen=True):
    """What an import did, or with `dry_run` would have done; the numbers are items.

    `left_withdrawn`: in the file, but withdrawn by staff; an import does not undo that.
    `ignored_columns`: the file's columns that mean nothing to the catalogue; `ignored_sheets`: the
    sheets of a spreadsheet that were not read. `added_names` and `changed_names` are the first of
    the items that are new, and that say something else than before.
    """

    total: int
    added: int
    changed: int
    unchanged: int
    left_withdrawn: int
    dry_run: bool
    ignored_columns: list[str]
    ignored_sheets: list[str] = msgspec.field(default_factory=list)
    added_names: list[str] = msgspec.field(default_factory=list)
    changed_names: list[str] = msgspec.field(default_factory=list)
