"""How each model of device numbers its faces, and what it calls "not rated".

Vendors do not agree: one counts 1 as best, one 0, one counts as the nation does and keeps 0 for
"not rated". The schemes and the known models are package data (`vendors.json`); the setting
`device_models` adds models, or puts one under another scheme. A model that neither knows sends
levels of the nation's own numbering.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

Reason = Literal["timed_out", "not_rated"]


class Scheme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One vendor's numbering: its number to the level 1 to 5, and its numbers for no rating."""

    levels: dict[int, int]
    not_rated: frozenset[int] = frozenset()
    timed_out: frozenset[int] = frozenset()


class Vendors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The schemes by name, and the scheme of each model."""

    schemes: dict[str, Scheme]
    models: dict[str, str]


KNOWN = msgspec.json.decode(Path(__file__).with_name("vendors.json").read_bytes(), type=Vendors)


class UnknownSchemeError(Exception):
    """`device_models` names a scheme that is not in `vendors.json`; the message says which."""


class UnknownNumberError(Exception):
    """The device sent a number that its model does not have."""


@dataclass(frozen=True)
class Meaning:
    """What a vendor's number means: a level, or why there is none."""

    level: int | None = None
    reason: Reason | None = None


def scheme_of(model: str, overrides: Mapping[str, str]) -> Scheme | None:
    """The numbering of a model; None if it is not known. Raises UnknownSchemeError."""
    name = overrides.get(model) or KNOWN.models.get(model)
    if name is None:
        return None
    if name not in KNOWN.schemes:
        raise UnknownSchemeError(f"{model}: no numbering {name!r} (see vendors.json)")
    return KNOWN.schemes[name]


def meaning(scheme: Scheme, raw: int) -> Meaning:
    """What the number `raw` means in a scheme. Raises UnknownNumberError; nothing is guessed."""
    if raw in scheme.timed_out:
        return Meaning(reason="timed_out")
    if raw in scheme.not_rated:
        return Meaning(reason="not_rated")
    if raw not in scheme.levels:
        raise UnknownNumberError(str(raw))
    return Meaning(level=scheme.levels[raw])
