"""What can be done with papers: write one, draw it, verify it, revoke it.

Without access checks: whoever calls these has made sure that the caller may see or do it. Only a
verification is for everybody, and says no more than is printed on the paper, the holder masked.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from uuid import UUID

import msgspec
import structlog
from prometheus_client import Counter

from app.core import db
from app.core.acts import Act
from app.core.clock import day_of
from app.core.crypto import Keyring
from app.core.errors import Conflict, NotFound
from app.core.house import House
from app.core.limits import Limits
from app.core.privacy import Personal
from app.core.wire import File
from app.documents import papers, queries, rules, sheets
from app.documents.models import Document
from app.documents.rules import SAYS, Kind, Paper, Validity, Written
from app.documents.schemas import DocumentShown, Verified
from app.documents.sheets import Sheet

__all__ = [
    "AlreadyRevoked",
    "Altered",
    "Kind",
    "NumberTaken",
    "Paper",
    "Written",
    "address",
    "codes",
    "draw",
    "drawn",
    "ensure",
    "of_subject",
    "pdf",
    "revoke",
    "revoked",
    "verify",
    "verify_for_anybody",
    "write",
]
log = structlog.get_logger(__name__)
PURPOSE = "documents"
LOOKS = "60/minute"
"""Verifications from one address."""
verifications = Counter(
    "zhangban_document_verifications_total", "Verifications of papers by their answer.", ["state"]
)
# One at a time: a page takes milliseconds, and the interpreter draws no two at once anyway.
_drawing = ThreadPoolExecutor(1, thread_name_prefix="documents")


class NumberTaken(Conflict):
    """There is a paper of this number: no two papers have the same one."""

    code = "documents.number_taken"
    title = "这个文书编号已经用过，请核对后换一个。"


class AlreadyRevoked(Conflict):
    """The paper was revoked before."""

    code = "documents.already_revoked"
    title = "这份文书已经撤销过了。"


class Altered(Conflict):
    """What is kept of the paper is not what was written: it is given to nobody."""

    code = "documents.altered"
    title = "这份文书的存档内容异常，暂时不能提供，请联系工作人员。"


def _no_such_document() -> NotFound:
    return NotFound("没有找到这份文书。")


async def write(act: Act, paper: Paper) -> Written:
    """Write a paper in the act's transaction, and give it its code.

    Raises:
        NumberTaken: another paper has its number.
    """
    made = await _write(act, paper)
    if made is None:
        raise NumberTaken
    return made


async def ensure(act: Act, paper: Paper) -> Written:
    """As `write`, or what was written before under the same number about the same subject.

    Raises:
        NumberTaken: a paper about something else has its number.
    """
    found = await queries.written(paper.number)
    if found is None:
        made = await _write(act, paper)
        if made is not None:
            return made
        found = await queries.written(paper.number)  # somebody else was faster
    assert found is not None, "a number that is taken is on a paper, and papers stay"
    if found.pop("subject") != paper.subject:
        raise NumberTaken
    return Written(**found)


async def _write(act: Act, paper: Paper) -> Written | None:
    keyring = act.house.keyring
    document_id, code = db.new_id(), rules.new_code()
    digest = keyring.mac(rules.content(paper, code), PURPOSE)
    async with act.transaction() as tx:
        if not await queries.insert(keyring, paper, document_id, code, digest):
            return None
        tx.audit(
            "document.written",
            f"document:{paper.number}",
            hall_id=paper.hall_id,
            kind=paper.kind,
            about=paper.subject,
        )
    return Written(document_id, paper.number, code)


async def pdf(act: Act, document_id: UUID, *, anonymous: bool = False) -> File:
    """The paper as a PDF, always the same bytes; the reading is recorded.

    `anonymous`: without the holder's name and the personal details.

    Raises:
        NotFound: there is none. Altered.
    """
    document = await Document.get_or_none(id=document_id)
    if document is None:
        raise _no_such_document()
    paper = _paper(document)
    if not _unchanged(act.house.keyring, document, paper):
        raise Altered
    async with act.transaction() as tx:
        tx.audit(
            "document.read",
            f"document:{paper.number}",
            hall_id=paper.hall_id,
            about=paper.subject,
            anonymous=anonymous,
        )
    sheet = papers.sheet(
        paper, document.code, address(act.house, document.code), anonymous=anonymous
    )
    content = await draw(sheet)
    return File(content, "application/pdf", f"{paper.title}_{paper.number}.pdf", inline=True)


async def draw(sheet: Sheet) -> bytes:
    """A sheet as a PDF, drawn beside the event loop."""
    return await drawn(lambda: sheets.pdf_of(sheet))


async def drawn(make: Callable[[], bytes]) -> bytes:
    """What `make` draws with the papers' font, in the one thread that may: it is not for two."""
    return await asyncio.get_running_loop().run_in_executor(_drawing, make)


async def revoke(act: Act, number: str, why: str) -> None:
    """Revoke a paper for good, in the act's transaction; whoever verifies it reads `why`.

    Raises:
        NotFound: there is none. AlreadyRevoked.
    """
    async with act.transaction() as tx:
        revoked = await queries.revoke(number, act.at, why)
        if revoked is None:
            raise AlreadyRevoked if await queries.written(number) else _no_such_document()
        tx.audit("document.revoked", f"document:{number}", hall_id=revoked["hall_id"])


async def of_subject(subject: str) -> list[DocumentShown]:
    """The papers about a thing ("case:…"), oldest first."""
    return [msgspec.convert(row, DocumentShown) for row in await queries.of_subject(subject)]


async def revoked(ids: Sequence[UUID]) -> set[UUID]:
    """Those of these papers that were revoked."""
    return await queries.revoked(ids)


async def codes(numbers: Sequence[str]) -> dict[str, str]:
    """The codes of the papers of these numbers; of one that is not written, none."""
    return await queries.codes(numbers)


def address(house: House, code: str) -> str:
    """What a paper's QR code says: where a phone reads whether the paper is genuine."""
    return f"{house.settings.public_url.rstrip('/')}/v/{code}"


async def verify(act: Act, typed: str) -> Verified:
    """What there is to say of the paper of a code, to anybody.

    Raises:
        NotFound: no paper has this code; found out in the same time.
    """
    document = await Document.get_or_none(code=rules.read_code(typed))
    if document is None:
        _work_as_for_one_that_is_there(act.house.keyring)
        verifications.labels("unknown").inc()
        raise NotFound("没有查到这个核验码对应的文书，请核对后重新输入；若核对无误，谨防伪造。")
    paper = _paper(document)
    state = rules.validity(
        act.at,
        valid_until=document.valid_until,
        revoked_at=document.revoked_at,
        unchanged=_unchanged(act.house.keyring, document, paper),
    )
    verifications.labels(state).inc()
    return _verified(document, paper, state)


async def verify_for_anybody(act: Act, typed: str, address: str) -> Verified:
    """As `verify`, for a caller of this network address, who cannot try codes without end.

    Raises:
        NotFound: no paper has this code. TooMany: the address has asked too often.
    """
    await act.house.part(Limits).hit(LOOKS, "documents.verify", address)
    return await verify(act, typed)


def _verified(document: Document, paper: Paper, state: Validity) -> Verified:
    return Verified(
        kind=paper.kind,
        title=paper.title,
        number=paper.number,
        hall=paper.hall_name,
        issued_on=day_of(paper.issued_at),
        valid_until=paper.valid_until,
        item_name=paper.item_name,
        case_number=rules.case_number(paper.subject),
        holder=paper.holder.masked() if paper.holder else None,
        state=state,
        says=SAYS[state],
        revoked_on=day_of(document.revoked_at) if document.revoked_at else None,
        revoked_why=document.revoked_why,
    )


def _paper(document: Document) -> Paper:
    """What was written, out of its row."""
    details: list[tuple[str, str]] = []
    if document.details is not None:
        details = msgspec.json.decode(document.details.reveal(), type=list[tuple[str, str]])
    return Paper(
        kind=Kind(document.kind),
        number=document.number,
        title=document.title,
        hall_id=document.hall_id,
        hall_name=document.hall_name,
        subject=document.subject,
        lines=tuple(document.lines),
        issued_at=document.issued_at,
        holder=document.holder,
        valid_until=document.valid_until,
        item_name=document.item_name,
        details=tuple(details),
    )


def _unchanged(keyring: Keyring, document: Document, paper: Paper) -> bool:
    """Whether what is kept is what was written."""
    said = rules.content(paper, document.code)
    if keyring.verify_mac(said, document.digest, PURPOSE, key_id=document.key_id):
        return True
    log.error("documents.altered", number=document.number)
    return False


def _work_as_for_one_that_is_there(keyring: Keyring) -> None:
    sealed = _decoy(keyring)
    Personal(keyring.open(sealed, queries.HOLDER).decode(), "name").masked()
    keyring.verify_mac(sealed, sealed[:32], PURPOSE, key_id=keyring.newest_id)


@lru_cache(maxsize=1)
def _decoy(keyring: Keyring) -> bytes:
    return keyring.seal("查无此文书".encode(), queries.HOLDER)
