"""Whether a paper is genuine and holds: what a phone opens that scans its QR code."""

from app.core.acts import Act
from app.core.errors import NotFound
from app.documents import service as documents
from app.documents.rules import Validity
from app.documents.schemas import Verified
from app.pages.routes import View
from app.pages.words import day

TITLE = "文书核验"
TONES = {
    Validity.VALID: "good",
    Validity.EXPIRED: "warn",
    Validity.REVOKED: "bad",
    Validity.ALTERED: "bad",
}
"""How each state looks; the word beside it says it too."""


async def verified(act: Act, code: str, address: str) -> View:
    """What there is to say of the paper of a code; that there is none, with the form again.

    Raises:
        TooMany: the network address has asked too often.
    """
    try:
        found = await documents.verify_for_anybody(act, code, address)
    except NotFound as unknown:
        return asked(code, str(unknown))
    return View(
        "public/verified.html",
        title=TITLE,
        found=found,
        tone=TONES[found.state],
        pairs=_pairs(found),
        at=act.at,
    )


def asked(code: str = "", unknown: str = "") -> View:
    """The form on which a code is typed; `unknown` says that there is no paper of `code`."""
    return View("public/verify.html", title=TITLE, code=code, unknown=unknown)


def _pairs(found: Verified) -> list[tuple[str, str]]:
    pairs = (
        ("文书", found.title),
        ("编号", found.number),
        ("出具单位", found.hall),
        ("出具日期", day(found.issued_on)),
        ("有效期至", day(found.valid_until) if found.valid_until else None),
        ("事项", found.item_name or None),
        ("办件编号", found.case_number),
        ("持有人", found.holder),
        ("撤销日期", day(found.revoked_on) if found.revoked_on else None),
        ("撤销原因", found.revoked_why),
    )
    return [(name, value) for name, value in pairs if value is not None]
