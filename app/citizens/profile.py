"""Saying who one is: name, phone, ID number; checked as far as the hall can, and then kept so."""

from dataclasses import dataclass

from app.citizens import checking
from app.citizens.checking import IdentityMismatch, Outcome
from app.citizens.identities import adopt_by_phone, has_adopted, identities
from app.citizens.models import Citizen
from app.citizens.persons import ID_NUMBER, PHONE, Said, checked, level
from app.citizens.realname import Verdict
from app.citizens.rules import Change, ChangeRule, change_rule
from app.citizens.schemas import PersonIn, PersonShown
from app.citizens.shares import Shares
from app.core.acts import Act
from app.core.auth import require_citizen
from app.core.errors import Conflict, Unavailable


class IdNumberFixed(Conflict):
    """Things from the counter were linked to the ID number: it is not changed any more."""

    code = "citizens.id_number_fixed"
    title = "您已领取了窗口办理的办件，身份证号不能再更改。如有错误，请到窗口办理。"


class IdentityFixed(Conflict):
    """Who somebody is was confirmed, or applied under: only a clerk with the card changes it."""

    code = "citizens.identity_fixed"
    title = "您的身份信息已经核验或已用于办件，不能自行更改。如有错误，请携带身份证到窗口更改。"


class CheckUnavailable(Unavailable):
    """A correction needs the authority's word, and the authority is down."""

    code = "citizens.check_unavailable"
    title = "身份核验服务暂时不可用，姓名没有更改，请稍后再试。其他业务可以照常办理。"


class ChangedMeanwhile(Conflict):
    """Another request changed the same account at this moment."""

    code = "citizens.changed_meanwhile"
    title = "您的信息刚刚在别处更改过，请刷新后再看。"


@dataclass(frozen=True)
class _Seen:
    """The account as it was when the authority was asked."""

    row: Citizen
    rule: ChangeRule
    changes: bool

    def stands(self, now: Citizen) -> bool:
        return (self.row.name, self.row.id_number, self.row.verified_at) == (
            now.name,
            now.id_number,
            now.verified_at,
        )


async def say_who(act: Act, given: PersonIn) -> PersonShown:
    """Keep who the citizen is, sealed, after checking it.

    The authority is asked where there is one; while it is down the identity is kept as it was
    said and checked later. Another phone number than before is one that nobody has proved yet.

    Raises:
        NoConsent, BadPhone, BadIdNumber, GuardianNeeded.
        IdNumberFixed, IdentityFixed: the citizen cannot change it by themselves.
        IdentityMismatch: name and ID number do not belong together; nothing was changed.
        AttemptsSpent. CheckUnavailable: of a correction that needs the authority's word.
        ChangedMeanwhile.
    """
    citizen = require_citizen(act.actor)
    said = checked(act, given)
    seen = await _seen(act, await Citizen.get(id=citizen.id), said)
    outcome = await _asked(act, seen, said)
    verdict = outcome.verdict if outcome else None
    if seen.rule is ChangeRule.IF_CONFIRMED:
        await _check_confirmed(act, outcome)
    async with act.transaction() as tx:
        row = await Citizen.filter(id=citizen.id).select_for_update().get()
        if not seen.stands(row):
            raise ChangedMeanwhile
        if verdict is Verdict.MISMATCH:
            await _refuse(act, row, seen, outcome)
        else:
            _write(act, row, said, keep_verdict=outcome is None and not seen.changes)
            if outcome:
                checking.mark(row, act, outcome.verdict, outcome.verifier)
                await checking.record(act, outcome, row.id, None)
            await row.save()
            tx.audit("citizen.said_who", f"citizen:{citizen.id}")
            await adopt_by_phone(act, row)
    if verdict is Verdict.MISMATCH:
        raise IdentityMismatch
    return await shown(row)


async def _seen(act: Act, row: Citizen, said: Said) -> _Seen:
    """What the citizen would change, and whether they may. Raises IdNumberFixed, IdentityFixed."""
    before = bytes(row.id_number_index) if row.id_number_index else None
    same = before in act.house.keyring.indexes(said.id_number.reveal(), ID_NUMBER)
    number = before is not None and not same
    name = row.name is not None and row.name != said.name
    if not name and not number:
        return _Seen(row, ChangeRule.FREE, changes=row.name is None)
    accounts = await identities(row.id)
    change = Change(
        name=name,
        number=number,
        verified=row.verified_at is not None,
        adopted=await has_adopted(row.id),
        filed=(await act.house.part(Shares).of_citizens(accounts)).all > 0,
    )
    rule = change_rule(change)
    if rule is ChangeRule.NUMBER_FIXED:
        raise IdNumberFixed
    if rule is ChangeRule.AT_WINDOW:
        raise IdentityFixed
    return _Seen(row, rule, changes=True)


async def _asked(act: Act, seen: _Seen, said: Said) -> Outcome | None:
    """What the authority says, where it has to be asked."""
    row = seen.row
    if not seen.changes and (row.verified_at or await checking.is_waiting(row.id)):
        return None
    proven = row.phone_proven_at is not None and row.phone == said.phone
    phone = said.phone if proven else None
    return await checking.ask(act, row.id, said.name, said.id_number, phone)


async def _check_confirmed(act: Act, outcome: Outcome | None) -> None:
    """Raises IdentityFixed or CheckUnavailable where nobody confirms a correction.

    Whatever was answered counts all the same.
    """
    if outcome is None:
        raise IdentityFixed
    if outcome.verdict in (Verdict.MATCH, Verdict.MISMATCH):
        return
    await checking.settle(act, outcome)
    raise CheckUnavailable if outcome.answered is None else IdentityFixed


async def _refuse(act: Act, row: Citizen, seen: _Seen, outcome: Outcome | None) -> None:
    """Nothing is changed; what stands already and was found wrong is marked so."""
    assert outcome is not None
    if seen.changes:
        await checking.settle(act, outcome)
        return
    checking.mark(row, act, outcome.verdict, outcome.verifier)
    await row.save(update_fields=["verified_at", "verified_by", "mismatched_at"])
    await checking.record(act, outcome, row.id, None)


def _write(act: Act, row: Citizen, said: Said, *, keep_verdict: bool) -> None:
    keyring = act.house.keyring
    if row.phone != said.phone:
        row.phone_proven_at = None
    row.name = said.name
    row.phone = said.phone
    row.phone_index = keyring.index(said.phone.reveal(), PHONE)
    row.id_number = said.id_number
    row.id_number_index = keyring.index(said.id_number.reveal(), ID_NUMBER)
    row.consented_at = act.at
    row.erase_asked_at = None
    if not keep_verdict:
        row.verified_at = row.verified_by = row.mismatched_at = None


async def me(act: Act) -> PersonShown:
    """The caller's own account, masked."""
    return await shown(await Citizen.get(id=require_citizen(act.actor).id))


async def shown(row: Citizen) -> PersonShown:
    """An account as its owner sees it."""
    known = row.consented_at is not None
    name, phone, number = row.name, row.phone, row.id_number
    complete = bool(known and name and phone and number)
    return PersonShown(
        id=row.id,
        name=name.masked() if known and name else None,
        phone=phone.masked() if known and phone else None,
        id_number=number.masked() if known and number else None,
        complete=complete and row.mismatched_at is None,
        phone_proven=row.phone_proven_at is not None,
        level=level(row),
        verified_at=row.verified_at,
        checking=complete and row.verified_at is None and await checking.is_waiting(row.id),
        mismatched=row.mismatched_at is not None,
    )
