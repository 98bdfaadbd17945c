"""What is said about papers on the wire."""

from datetime import date, datetime
from uuid import UUID

from app.core.wire import Out
from app.documents.rules import Kind, Validity


class DocumentShown(Out, frozen=True):
    """A paper as those see it whom it is about; `code` verifies it."""

    id: UUID
    kind: Kind
    number: str
    code: str
    title: str
    hall: str
    item_name: str
    issued_at: datetime
    valid_until: date | None
    revoked_at: datetime | None
    revoked_why: str | None


class Verified(Out, frozen=True):
    """What anybody learns who has a paper's code. `holder` is masked; `says` is for people."""

    kind: Kind
    title: str
    number: str
    hall: str
    issued_on: date
    valid_until: date | None
    item_name: str
    case_number: str | None
    holder: str | None
    state: Validity
    says: str
    revoked_on: date | None
    revoked_why: str | None
