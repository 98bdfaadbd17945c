"""The page that explains every setting: docs/settings.md, printed from `app.settings`."""

from typing import Any, get_type_hints

from app import settings
from app.settings import Settings

_HEAD = """\
# Settings

<!-- Printed by `zhangban settings --markdown` from app/settings.py: change the sentences there. -->

Every setting is an environment variable. A secret may stand in a file instead: put the file's
path into the variable with `_FILE` added (`ZHANGBAN_KEYS_FILE=/run/secrets/keys`); that works for
every setting. `DATABASE_URL` and `REDIS_URL` are also read without the prefix. A variable that
begins with `ZHANGBAN_` and is not in this table ends the program with a sentence that names it.

| variable | takes | default | what it is for |
| --- | --- | --- | --- |
"""
_TAKES = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def markdown() -> str:
    """The page, ending with a line feed."""
    return _HEAD + "".join(_row(name) for name in Settings.__struct_fields__)


def _row(name: str) -> str:
    cells = (
        f"`{settings.variable(name)}`",
        _takes(name),
        _default(name),
        settings.description(name),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _takes(name: str) -> str:
    if settings.is_secret(name):
        return "secret"
    kind = _TAKES.get(get_type_hints(Settings)[name], "JSON")
    hints = get_type_hints(Settings, include_extras=True)[name]
    for meta in getattr(hints, "__metadata__", ()):
        low = meta.ge if meta.ge is not None else meta.gt
        above = "" if meta.gt is None else "above "
        if low is not None and meta.le is not None:
            return f"{kind}, {above}{_number(low)} to {_number(meta.le)}"
        if low is not None:
            return f"{kind}, {above or 'from '}{_number(low)}"
    return kind


def _default(name: str) -> str:
    value = getattr(Settings(), name)
    if value in ("", {}):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{_number(value)}`"


def _number(value: Any) -> str:
    """A number as it is typed into the variable; 8.0 as 8."""
    return f"{value:g}" if isinstance(value, float) else str(value)
