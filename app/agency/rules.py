"""Who may do what for whom: roles inside an enterprise, and what an applicant's consent covers.

An enterprise is known by its unified social credit code (GB 32100). Acting for others follows the
Civil Code, articles 161 to 174: what an agent does within the authority counts as done by the
principal, and the authority ends when its time is over or either side ends it.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from stdnum.cn import uscc

_CODE = re.compile(r"[1-9A-HJ-NP-RTUWXY][0-9A-HJ-NP-RTUWXY][0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")


def normal_code(text: str) -> str | None:
    """A unified social credit code as its 18 characters; None if its check character is wrong.

    GB 32100-2015 lets the first two be letters, as those of village collectives are (N2…), which
    `stdnum`'s own format check does not; its check character is the standard's.
    """
    compact = "".join(text.split()).replace("-", "").upper()
    if not _CODE.fullmatch(compact):
        return None
    return compact if uscc.calc_check_digit(compact[:17]) == compact[17] else None


class Power(StrEnum):
    """What somebody may do in the name of another."""

    SEE = "see"
    FILE = "file"  # submit, and everything that goes on with it: supplements, corrections
    WITHDRAW = "withdraw"
    MANAGE = "manage"  # the enterprise's people, and helpers' consents


class EnterpriseRole(StrEnum):
    """What a person is in an enterprise."""

    LEGAL_REPRESENTATIVE = "legal_representative"  # 法定代表人
    MANAGER = "manager"  # 管理员
    OPERATOR = "operator"  # 经办人
    VIEWER = "viewer"  # 只看不办


POWERS: dict[EnterpriseRole, frozenset[Power]] = {
    EnterpriseRole.LEGAL_REPRESENTATIVE: frozenset(Power),
    EnterpriseRole.MANAGER: frozenset(Power),
    EnterpriseRole.OPERATOR: frozenset({Power.SEE, Power.FILE, Power.WITHDRAW}),
    EnterpriseRole.VIEWER: frozenset({Power.SEE}),
}
ROLE_NAMES = {
    EnterpriseRole.LEGAL_REPRESENTATIVE: "法定代表人",
    EnterpriseRole.MANAGER: "管理员",
    EnterpriseRole.OPERATOR: "经办人",
    EnterpriseRole.VIEWER: "查看人员",
}


def roles_with(power: Power) -> list[EnterpriseRole]:
    """The roles that have this power."""
    return [role for role, powers in POWERS.items() if power in powers]


def keeps_a_manager(roles_left: Iterable[EnterpriseRole]) -> bool:
    """Whether somebody who may manage stays in the enterprise; otherwise nobody could add one."""
    return any(Power.MANAGE in POWERS[role] for role in roles_left)


class Scope(StrEnum):
    """How far a consent goes."""

    ALL = "all"
    ITEM = "item"
    CASE = "case"


def covers(
    scope: Scope, scope_id: UUID | None, *, item_id: UUID | None, case_id: UUID | None
) -> bool:
    """Whether a consent of this scope covers a case (None: one not filed yet) of this item."""
    if scope is Scope.ALL:
        return True
    return scope_id is not None and scope_id == (item_id if scope is Scope.ITEM else case_id)


def helper_powers(*, may_withdraw: bool) -> frozenset[Power]:
    """What a consent lets its helper do.

    Giving an application up is not part of it unless the consent says so.
    """
    usual = {Power.SEE, Power.FILE}
    return frozenset(usual | {Power.WITHDRAW} if may_withdraw else usual)


class ConsentState(StrEnum):
    """Where a consent stands. Only a live one lets its helper do anything."""

    OFFERED = "offered"  # the helper has not accepted yet
    LIVE = "live"
    EXPIRED = "expired"
    REVOKED = "revoked"  # by the applicant
    GIVEN_BACK = "given_back"  # by the helper
    DECLINED = "declined"  # by whom it was offered to


def consent_state(
    *, accepted: bool, ended_as: str | None, expires_at: datetime, now: datetime
) -> ConsentState:
    """Where a consent stands at `now`. How it was ended outweighs that its time is over too."""
    if ended_as is not None:
        return ConsentState(ended_as)
    if now >= expires_at:
        return ConsentState.EXPIRED
    return ConsentState.LIVE if accepted else ConsentState.OFFERED


class Capacity(StrEnum):
    """In which capacity somebody follows a case."""

    APPLICANT = "applicant"
    ENTERPRISE = "enterprise"
    HELPER = "helper"


class FiledBy(StrEnum):
    """In which capacity somebody filed a case."""

    APPLICANT = "applicant"
    OPERATOR = "operator"  # a person of the enterprise
    HELPER = "helper"  # with the applicant's consent
    GUARDIAN = "guardian"  # for a child under 14
    WINDOW = "window"  # a clerk, with the applicant at the counter
