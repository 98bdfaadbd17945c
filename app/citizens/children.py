"""Children under 14: entered by a guardian, who consents separately and applies for them.

A child does not consent by itself (Personal Information Protection Law, art. 31), so its own
account cannot hand in who it is. From the fourteenth birthday on it can, and the guardian's
consent serves for nothing new.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.citizens import checking
from app.citizens.checking import IdentityMismatch
from app.citizens.consent_texts import CHILD
from app.citizens.identities import identities
from app.citizens.models import CitizenChild
from app.citizens.persons import (
    ID_NUMBER,
    NoConsent,
    Person,
    checked_id_number,
    may_apply,
)
from app.citizens.realname import Verdict
from app.citizens.rules import (
    ADULT_CONSENT_AGE,
    Relation,
    Unfit,
    age_on,
    birth_date,
    guardianship,
    level_of,
)
from app.citizens.schemas import ChildIn, ChildShown, Forgotten
from app.citizens.shares import Shares
from app.core import db
from app.core.acts import Act
from app.core.auth import require_citizen
from app.core.errors import Conflict, NotFound
from app.core.privacy import Personal


class ConsentOutdated(Conflict):
    """The consent was given to another wording than the one in force; `version` is that one's."""

    code = "citizens.consent_outdated"
    title = "监护人同意书已更新，请重新阅读后再确认。"


class GuardianNotAdult(Conflict):
    """The guardian is under 18."""

    code = "citizens.guardian_not_adult"
    title = "监护人应当年满 18 周岁，请由成年监护人使用其本人账号办理。"


class NotAChild(Conflict):
    """The person is 14 or older, and consents by themselves."""

    code = "citizens.not_a_child"
    title = "已满 14 周岁的，请由其本人使用自己的账号办理，或者授权他人帮办代办。"


class ChildFixed(Conflict):
    """The child's identity was confirmed, or applied under: its name is not changed any more."""

    code = "citizens.child_fixed"
    title = "该儿童的身份信息已经核验或已用于办件，不能更改。如有错误，请携带户口簿到窗口办理。"


@dataclass(frozen=True)
class Child:
    """A child for whom its guardian applies; each part masks itself where it is shown."""

    id: UUID
    name: Personal
    id_number: Personal


def no_such_child() -> NotFound:
    """What everybody gets who asks for a child that is not there or not theirs."""
    return NotFound("没有找到这名儿童。")


def _check_ages(guardian: Person, child_number: str, act: Act) -> None:
    """Raises GuardianNotAdult, NotAChild."""
    wrong = guardianship(
        birth_date(guardian.id_number.reveal()), birth_date(child_number), act.today
    )
    if wrong is Unfit.NOT_ADULT:
        raise GuardianNotAdult
    if wrong is Unfit.NOT_A_CHILD:
        raise NotAChild


async def add(act: Act, given: ChildIn) -> ChildShown:
    """Enter a child of the caller's, with the separate consent. The same again changes nothing.

    Raises:
        WhoFirst, IdentityMismatch, LevelNeeded: of the guardian; IdentityMismatch also of the
            child, which is then not entered.
        NoConsent, ConsentOutdated. BadIdNumber. GuardianNotAdult, NotAChild. ChildFixed.
        AttemptsSpent.
    """
    citizen = require_citizen(act.actor)
    guardian = await may_apply(act, citizen.id)
    if not given.consent:
        raise NoConsent("需要您作为监护人单独同意后，才能保存儿童的身份信息。")
    if given.consent_version != CHILD.version:
        raise ConsentOutdated(version=CHILD.version)
    number = checked_id_number(given.id_number)
    _check_ages(guardian, number, act)
    name, id_number = Personal(given.name.strip(), "name"), Personal(number, "id_number")
    before = await _entered(act, citizen.id, number)
    if before and before.name == name and before.mismatched_at is None:
        return await _again(act, before, given)
    if before and (before.verified_at or await _filed(act, before.id)):
        raise ChildFixed
    outcome = await checking.ask(act, citizen.id, name, id_number, None)
    if outcome and outcome.verdict is Verdict.MISMATCH:
        await checking.settle(act, outcome)
        raise IdentityMismatch
    async with act.transaction() as tx:
        row = await _keep(act, citizen.id, name, id_number, given)
        if outcome:
            checking.mark(row, act, outcome.verdict, outcome.verifier)
            await row.save(update_fields=["verified_at", "verified_by", "mismatched_at"])
            await checking.record(act, outcome, citizen.id, row.id)
        tx.audit(
            "child.entered",
            f"child:{row.id}",
            guardian=str(citizen.id),
            relation=given.relation,
            consent=given.consent_version,
        )
    return shown(act, row)


async def _entered(act: Act, guardian_id: UUID, number: str) -> CitizenChild | None:
    indexes = act.house.keyring.indexes(number, ID_NUMBER)
    rows = await CitizenChild.filter(guardian_id=guardian_id, withdrawn_at=None)
    return next((row for row in rows if bytes(row.id_number_index or b"") in indexes), None)


async def _again(act: Act, row: CitizenChild, given: ChildIn) -> ChildShown:
    if row.relation != given.relation or row.consent_version != given.consent_version:
        row.relation, row.consent_version = given.relation, given.consent_version
        row.consented_at = act.at
        async with act.transaction() as tx:
            await row.save(update_fields=["relation", "consent_version", "consented_at"])
            tx.audit("child.consented_again", f"child:{row.id}", consent=row.consent_version)
    return shown(act, row)


async def _keep(
    act: Act, guardian_id: UUID, name: Personal, id_number: Personal, given: ChildIn
) -> CitizenChild:
    """The child's row: a new one, or the one there is with the name corrected."""
    # Two requests of one guardian at once: the second finds what the first has entered.
    await db.fetch("SELECT id FROM citizens WHERE id = $1 FOR UPDATE", guardian_id)
    row = await _entered(act, guardian_id, id_number.reveal())
    values: dict[str, Any] = {
        "name": name,
        "relation": given.relation,
        "consent_version": given.consent_version,
        "consented_at": act.at,
        "verified_at": None,
        "verified_by": None,
        "mismatched_at": None,
    }
    if row is not None:
        row.update_from_dict(values)
        await row.save(update_fields=list(values))
        return row
    return await CitizenChild.create(
        guardian_id=guardian_id,
        id_number=id_number,
        id_number_index=act.house.keyring.index(id_number.reveal(), ID_NUMBER),
        **values,
    )


async def _filed(act: Act, child_id: UUID) -> bool:
    return (await act.house.part(Shares).of_child(child_id)).all > 0


async def mine(act: Act) -> list[ChildShown]:
    """The caller's children, masked, in the order in which they were entered."""
    own = await identities(require_citizen(act.actor).id)
    rows = await CitizenChild.filter(guardian_id__in=own, withdrawn_at=None).order_by("id")
    return [shown(act, row) for row in rows]


def shown(act: Act, row: CitizenChild) -> ChildShown:
    """A child as its guardian sees it."""
    name, number = row.name, row.id_number
    assert name is not None, "the consent stands"
    assert number is not None
    grown = age_on(birth_date(number.reveal()), act.today) >= ADULT_CONSENT_AGE
    return ChildShown(
        id=row.id,
        name=name.masked(),
        id_number=number.masked(),
        relation=Relation(row.relation),
        level=level_of(
            known=row.mismatched_at is None,
            phone_proven=False,
            verified=row.verified_at is not None,
        ),
        consent_version=row.consent_version,
        consented_at=row.consented_at,
        mismatched=row.mismatched_at is not None,
        can_apply=row.mismatched_at is None and not grown,
    )


async def child_of(act: Act, guardian: Person, child_id: UUID) -> Child:
    """The child for whom its guardian applies now; it stays so until the transaction's end.

    Raises:
        NotFound: it is not the guardian's, or the consent was withdrawn.
        GuardianNotAdult, NotAChild. IdentityMismatch: of the child.
    """
    own = await identities(guardian.id)
    async with act.transaction():
        held = await db.fetch(
            "SELECT id FROM citizen_children WHERE id = $1 AND guardian_id = ANY($2::uuid[])"
            " AND withdrawn_at IS NULL FOR SHARE",
            child_id,
            list(own),
        )
        row = await CitizenChild.get(id=child_id) if held else None
    if row is None or row.name is None or row.id_number is None:
        raise no_such_child()
    if row.mismatched_at is not None:
        raise IdentityMismatch
    _check_ages(guardian, row.id_number.reveal(), act)
    return Child(row.id, row.name, row.id_number)


async def children_of(act: Act, guardian: Person) -> list[ChildShown]:
    """The children of this person, whose ID card the caller has seen; masked."""
    return [shown(act, row) for row in await of_guardian(await identities(guardian.id))]


async def withdraw(act: Act, child_id: UUID) -> Forgotten:
    """Take the consent for a child back: what of it no case needs is deleted at once.

    Raises:
        NotFound: it is not the caller's.
    """
    own = await identities(require_citizen(act.actor).id)
    async with act.transaction():
        row = (
            await CitizenChild.filter(id=child_id, guardian_id__in=own, withdrawn_at=None)
            .select_for_update()
            .first()
        )
        if row is None:
            raise no_such_child()
        return await forget(act, row)


async def forget(act: Act, row: CitizenChild) -> Forgotten:
    """Delete a child's data, in the act's transaction; its cases keep what they were filed with."""
    async with act.transaction() as tx:
        filed = await act.house.part(Shares).of_child(row.id)
        if filed.all:
            await db.execute(
                "UPDATE citizen_children SET name = NULL, id_number = NULL, id_number_index = NULL,"
                " verified_at = NULL, verified_by = NULL, mismatched_at = NULL, withdrawn_at = $2"
                " WHERE id = $1",
                row.id,
                act.at,
            )
        else:
            await db.execute("DELETE FROM citizen_children WHERE id = $1", row.id)
        tx.audit("child.consent_withdrawn", f"child:{row.id}", cases=filed.all)
    return Forgotten(
        open_cases=filed.open,
        filed_cases=filed.all,
        erased=True,
        notes=["已为该儿童提交的办件，按照档案保存期限保存，到期删除。"] if filed.all else [],
    )


async def of_guardian(guardian_ids: tuple[UUID, ...]) -> list[CitizenChild]:
    """The children of a person, for whom the consent stands."""
    return await CitizenChild.filter(guardian_id__in=guardian_ids, withdrawn_at=None).order_by("id")
