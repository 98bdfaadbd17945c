"""What a paper is, what state it is in, and the code that verifies it. Pure."""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from uuid import UUID

from app.core.acts import canonical
from app.core.clock import day_of
from app.core.privacy import Personal

FORMAT = "zhangban.document.1"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""32 signs that nobody mistakes for each other on paper: no I, L, O, U."""
CODE_SIGNS = 28
"""Of a code: 140 bits, which nobody guesses."""
_READ_AS = str.maketrans("OIL", "011", "- \t　")


class Kind(StrEnum):
    """What sort of paper it is."""

    RECEIPT = "receipt"  # 回执、通知书、决定书
    CERTIFICATE = "certificate"  # 电子证照
    REPORT = "report"  # 报告
    MINUTES = "minutes"  # 会议纪要


class Validity(StrEnum):
    """What a verification says of a paper."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ALTERED = "altered"  # what is kept is not what was written


SAYS = {
    Validity.VALID: "有效",
    Validity.EXPIRED: "已过有效期",
    Validity.REVOKED: "已撤销",
    Validity.ALTERED: "存档内容异常，请向出具单位核实",
}


@dataclass(frozen=True)
class Paper:
    """A paper to be written. It says what it says for ever; only a revocation can follow.

    `lines` hold no personal data: that goes into `holder` (the name of whom the paper is for) and
    `details` (label and value: a certificate's fields), both sealed. `item_name` is what the paper
    is about, and is shown to whoever verifies it, as are `title` and `number`.
    """

    kind: Kind
    number: str
    title: str
    hall_id: UUID
    hall_name: str
    subject: str
    lines: tuple[str, ...]
    issued_at: datetime
    holder: Personal | None = None
    valid_until: date | None = None
    item_name: str = ""
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Written:
    """A paper that was written: its id, its number, and the code that verifies it."""

    id: UUID
    number: str
    code: str


def new_code() -> str:
    """A code that nobody had and nobody can guess."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_SIGNS))


def read_code(typed: str) -> str:
    """The code that somebody typed off a paper: any case, with or without hyphens, O for 0.

    What cannot be a code comes back as something that no paper has.
    """
    found = typed[:100].upper().translate(_READ_AS)
    return found if len(found) == CODE_SIGNS and set(found) <= set(ALPHABET) else ""


def shown_code(code: str) -> str:
    """The code as it is printed, in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def content(paper: Paper, code: str) -> bytes:
    """All that a paper says, always as the same bytes: what its digest is made over."""
    return canonical(
        {
            "format": FORMAT,
            "kind": paper.kind,
            "number": paper.number,
            "code": code,
            "title": paper.title,
            "hall_id": paper.hall_id,
            "hall_name": paper.hall_name,
            "subject": paper.subject,
            "item_name": paper.item_name,
            "lines": paper.lines,
            "holder": paper.holder.reveal() if paper.holder else None,
            "details": paper.details,
            "issued_at": paper.issued_at.astimezone(UTC).isoformat(),
            "valid_until": paper.valid_until,
        }
    )


def validity(
    now: datetime,
    *,
    valid_until: date | None,
    revoked_at: datetime | None,
    unchanged: bool,
) -> Validity:
    """What there is to say of a paper now; `valid_until` is the last day on which it holds."""
    if not unchanged:
        return Validity.ALTERED
    if revoked_at is not None:
        return Validity.REVOKED
    if valid_until is not None and day_of(now) > valid_until:
        return Validity.EXPIRED
    return Validity.VALID


def case_number(subject: str) -> str | None:
    """The number of the case that a paper is about; None where it is about something else."""
    what, _, number = subject.partition(":")
    return number if what == "case" else None
