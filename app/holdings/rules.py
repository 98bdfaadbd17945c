"""Which material given or issued before serves again, and until when (一次提交、反复使用).

Pure: no I/O, no clock of its own.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.catalog.guide import Requirement
from app.catalog.rules import material_type as type_asked_for


class Source(StrEnum):
    """Where a holding comes from: the applicant gave it, or the hall issued it."""

    SUPPLIED = "supplied"
    ISSUED = "issued"


class Unfit(StrEnum):
    """Why a holding does not serve for a requirement."""

    OTHER_TYPE = "other_type"
    NOT_REUSABLE = "not_reusable"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    FORGOTTEN = "forgotten"


WHY: dict[Unfit, str] = {
    Unfit.OTHER_TYPE: "它不是所要求的材料",
    Unfit.NOT_REUSABLE: "这份材料每次都需要重新提交",
    Unfit.NOT_YET_VALID: "它还没有生效",
    Unfit.EXPIRED: "它已超过有效期",
    Unfit.REVOKED: "它已被撤销",
    Unfit.FORGOTTEN: "您已设置不再使用它",
}
"""What the applicant reads for each reason."""


@dataclass(frozen=True)
class Held:
    """What decides whether a holding serves again. `valid_until` None: without a last day."""

    type: str
    source: Source
    valid_from: date
    valid_until: date | None
    revoked: bool = False
    forgotten: bool = False


def material_type(text: str) -> str:
    """The type that a name or a stated type stands for: full-width and spaces make no difference.

    So `食品经营许可证（副本）` and `食品经营许可证(副本)` are one type.
    """
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def type_of(requirement: Requirement) -> str:
    """The type of material that a requirement asks for: its stated one, else its name's."""
    return material_type(type_asked_for(requirement))


def kept_until(given: date, valid_days: int) -> date:
    """The last day on which something given on `given` serves again, `valid_days` days later."""
    return given + timedelta(days=valid_days)


def serves_until(held: Held, requirement: Requirement) -> date | None:
    """The last day on which the holding serves for this requirement; None: without one.

    What an applicant gave serves as long as the requirement that asks for it now allows, and
    never longer than the one for which it was given. What the hall issued says itself how long.
    """
    if held.source is Source.ISSUED:
        return held.valid_until
    asked = kept_until(held.valid_from, requirement.valid_days)
    return asked if held.valid_until is None else min(asked, held.valid_until)


def unfit(held: Held, requirement: Requirement, today: date) -> Unfit | None:
    """Why the holding does not serve for `requirement` today; None if it does."""
    if held.type != type_of(requirement):
        return Unfit.OTHER_TYPE
    if held.revoked:
        return Unfit.REVOKED
    if held.forgotten:
        return Unfit.FORGOTTEN
    if held.source is Source.SUPPLIED and requirement.valid_days == 0:
        return Unfit.NOT_REUSABLE
    if today < held.valid_from:
        return Unfit.NOT_YET_VALID
    until = serves_until(held, requirement)
    if until is not None and today > until:
        return Unfit.EXPIRED
    return None
