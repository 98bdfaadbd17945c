"""How a helper's consent ends: revoked, given back; and what both sides need for it.

The applicant revokes it at any time with effect at once (PIPL art. 15, Civil Code art. 173), in the
mini program or at the window, and the helper may give it back. The row stays.
"""

from uuid import UUID

from app.agency import queries
from app.agency.models import AssistanceConsent
from app.citizens import service as citizens
from app.core.acts import Act
from app.core.auth import Citizen, Role, Staff, require_citizen, require_staff
from app.core.errors import Conflict, NotFound
from app.notices import service as notices
from app.notices.rules import Letter


class ConsentOver(Conflict):
    """The consent has ended already."""

    code = "agency.consent_over"
    title = "这项授权已经结束。"


def no_such_consent() -> NotFound:
    """What everybody gets who asks for a consent that is not there or not theirs."""
    return NotFound("没有找到这项授权。")


def subject(consent_id: UUID) -> str:
    """How the audit trail and the messages name a consent."""
    return f"assistance:{consent_id}"


async def revoke(act: Act, consent_id: UUID, why: str) -> None:
    """The applicant, or who manages the enterprise, takes the consent back at once.

    Raises:
        NotFound: not theirs. ConsentOver.
    """
    citizen = require_citizen(act.actor)
    async with act.transaction() as tx:
        row = await locked(consent_id)
        if not await gave(citizen, row.applicant_id, row.enterprise_id):
            raise no_such_consent()
        await end(act, row, "revoked", why)
        tx.audit("assistance.revoked", subject(row.id), hall_id=row.hall_id)


async def gave(citizen: Citizen, applicant_id: UUID, enterprise_id: UUID | None) -> bool:
    """Whether a consent is the citizen's to take back, and its acts theirs to see."""
    if enterprise_id:
        rows = await queries.roles_of(citizen.id)
        return enterprise_id in {row["id"] for row in rows if row["role"] in queries.MANAGING}
    return citizen.id in await citizens.identities(applicant_id)


async def revoke_at_window(act: Act, consent_id: UUID, why: str) -> None:
    """A clerk of the consent's hall takes it back on the applicant's word at the window.

    Raises:
        NotFound: another hall's, or none of a hall. ConsentOver.
    """
    person = require_staff(act.actor)
    async with act.transaction() as tx:
        row = await locked(consent_id)
        if row.hall_id is None or row.hall_id not in person.halls(Role.CLERK):
            raise no_such_consent()
        await end(act, row, "revoked", why)
        tx.audit("assistance.revoked_at_window", subject(row.id), hall_id=row.hall_id)
        await tell_applicant(
            act, row, "您的帮办代办授权已在窗口撤销。如不是您本人办理，请联系大厅。"
        )


async def give_back(act: Act, consent_id: UUID, why: str) -> None:
    """The helper, citizen or staff, does not want to act by it any more.

    Raises:
        NotFound: not theirs. ConsentOver.
    """
    async with act.transaction() as tx:
        row = await locked(consent_id)
        if not is_helper(act.actor, row.helper_kind, row.helper_id):
            raise no_such_consent()
        await end(act, row, "given_back", why)
        tx.audit("assistance.given_back", subject(row.id), hall_id=row.hall_id)
        await tell_applicant(act, row, "帮办人已退回您的授权，不再为您办理。")


def is_helper(actor: object, kind: str, helper_id: UUID | None) -> bool:
    """Whether the actor is the helper that a consent names."""
    if helper_id is None or not isinstance(actor, Citizen | Staff):
        return False
    return actor.kind == kind and actor.id == helper_id


async def locked(consent_id: UUID) -> AssistanceConsent:
    """The consent, locked until the end of the transaction. Raises NotFound."""
    row = await AssistanceConsent.filter(id=consent_id).select_for_update(no_key=True).first()
    if row is None:
        raise no_such_consent()
    return row


async def end(act: Act, row: AssistanceConsent, how: str, why: str) -> None:
    """End a locked consent, once. Raises ConsentOver."""
    if row.ended_at is not None:
        raise ConsentOver
    row.ended_at, row.ended_as = act.at, how
    row.ended_by, row.ended_why = act.actor.key, why.strip()
    await row.save(update_fields=["ended_at", "ended_as", "ended_by", "ended_why"])


async def tell_applicant(act: Act, row: AssistanceConsent, body: str) -> None:
    """Put a word about the consent into the applicant's inbox, which shows it on their phone."""
    account, *_ = await citizens.identities(row.applicant_id)
    what = "ended" if row.ended_at else "recorded"
    await notices.put_in_inbox(act, letter(row, account, what, body))


def letter(row: AssistanceConsent, citizen_id: UUID, what: str, body: str) -> Letter:
    """A letter about the consent; `what` happened to it, once for each reader."""
    return Letter(
        citizen_id=citizen_id,
        key=f"{subject(row.id)}:{what}:{citizen_id}",
        subject=subject(row.id),
        title="帮办代办授权",
        body=body,
        page="pages/assistance/list",
    )
