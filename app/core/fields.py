"""Columns of the house's own types."""

from typing import Any, Literal, TypeVar, overload

from tortoise.fields import Field
from tortoise.models import Model

from app.core import privacy
from app.core.privacy import Kind, Personal

_Stored = TypeVar("_Stored", Personal, Personal | None)


class PersonalField(Field[_Stored]):
    """A BYTEA column of sealed personal data; in Python a `Personal` of the field's kind.

    `context` is bound into every value, so that one cannot be moved to another column: name it
    `table.column` and never change it. Values are sealed and opened with `privacy.keyring()`.

    It cannot be filtered by or indexed, because equal texts are stored differently: keep
    `Keyring.index` of the value in a column beside it and look up with `Keyring.indexes`.
    `isnull` filters work.

    Raises:
        TypeError: when given anything but a `Personal` of its kind, or used in a filter.
        KeyringError: no keyring is in force.
        Unsealable: when a row is loaded whose value cannot be opened.
    """

    SQL_TYPE = "BYTEA"
    field_type = Personal
    indexable = False

    @overload
    def __init__(
        self: "PersonalField[Personal]",
        kind: Kind,
        context: str,
        *,
        null: Literal[False] = False,
        **options: Any,
    ) -> None: ...

    @overload
    def __init__(
        self: "PersonalField[Personal | None]",
        kind: Kind,
        context: str,
        *,
        null: Literal[True],
        **options: Any,
    ) -> None: ...

    def __init__(self, kind: Kind, context: str, *, null: bool = False, **options: Any) -> None:
        super().__init__(null=null, **options)
        self.kind = kind
        self.context = context

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> bytes | None:
        """Seal `value` for the column."""
        # Tortoise hands over the class when it builds a filter, an instance when it writes.
        if isinstance(instance, type):
            raise TypeError(f"{self.context} is sealed: filter by its index column instead")
        if value is None:
            return None
        text = self._checked(value).reveal()
        return privacy.keyring().seal(text.encode(), self.context)

    def to_python_value(self, value: Any) -> Personal | None:
        """Open what the column holds; a `Personal` given to a new row passes as it is."""
        if value is None:
            return None
        if isinstance(value, bytes | memoryview):
            text = privacy.keyring().open(bytes(value), self.context).decode()
            return Personal(text, self.kind)
        return self._checked(value)

    def _checked(self, value: Any) -> Personal:
        if not isinstance(value, Personal):
            raise TypeError(f"{self.context} takes Personal, not {type(value).__name__}")
        if value.kind != self.kind:
            raise TypeError(f"{self.context} takes {self.kind}, not {value.kind}")
        return value
