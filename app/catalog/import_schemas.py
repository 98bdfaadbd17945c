"""Catalogue files: an item in one, and what an import did or found wrong."""

from app.catalog.guide import Code, Content
from app.core.wire import In, Name, Out


class ItemFile(In, frozen=True):
    """An item in a JSON file; the department by name."""

    implementation_code: Code
    department: Name
    content: Content
    bundle: bool = False


class ImportFault(Out, frozen=True):
    """What is wrong with a row; the header is row 1. A JSON file's entries count from 1."""

    row: int
    message: str


class ImportResult(Out, frozen=True):
    """What an import did, or with `dry_run` would have done; the numbers are items.

    `left_withdrawn`: in the file, but withdrawn by staff; an import does not undo that.
    `ignored_columns`: the file's columns that mean nothing to the catalogue.
    """

    total: int
    added: int
    changed: int
    unchanged: int
    left_withdrawn: int
    dry_run: bool
    ignored_columns: list[str]
