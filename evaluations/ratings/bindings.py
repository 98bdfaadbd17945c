"""Staff name their own account of the mini program, so that it cannot rate their service."""

from uuid import UUID

from app.citizens import service as citizens
from app.core import db
from app.core.acts import Act
from app.core.auth import require_staff
from app.core.house import House
from app.core.privacy import Personal
from evaluations.ratings.schemas import BindAccount, Bound


async def bind(act: Act, given: BindAccount) -> Bound:
    """Link the account on the staff member's own phone; repeating it changes nothing.

    Raises:
        WeChatError: the code is invalid or used. BadPhone: not a mainland mobile number.
    """
    person = require_staff(act.actor)
    citizen_id = await citizens.account_of_code(act, given.code)
    index = citizens.phone_index(act.house, given.phone) if given.phone else None
    async with act.transaction() as tx:
        row = await db.fetch_one(
            "INSERT INTO staff_citizens (id, staff_id, citizen_id, phone_index, bound_at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (staff_id, citizen_id) DO UPDATE"
            " SET phone_index = coalesce(excluded.phone_index, staff_citizens.phone_index)"
            " RETURNING bound_at",
            db.new_id(),
            person.id,
            citizen_id,
            index,
            act.at,
        )
        assert row, "inserted or updated"
        tx.audit("staff.account_bound", f"staff:{person.id}", hall_id=person.hall_id)
    return Bound(bound_at=row["bound_at"], with_phone=index is not None)


async def is_own(
    house: House, staff_id: UUID | None, citizen_id: UUID | None, phone: Personal | None = None
) -> bool:
    """Whether an account, or a phone, belongs to the staff member who served.

    An account is theirs if they linked it, or if its phone is one that they, or an account of
    theirs, have given.
    """
    if staff_id is None:
        return False
    phones = list(house.keyring.indexes(phone.reveal(), citizens.PHONE)) if phone else []
    if citizen_id is not None:
        phones += await citizens.phone_indexes(citizen_id)
    rows = await db.fetch(
        "SELECT citizen_id, phone_index FROM staff_citizens WHERE staff_id = $1", staff_id
    )
    own = {row["citizen_id"] for row in rows}
    if citizen_id in own:
        return True
    own_phones = {row["phone_index"] for row in rows if row["phone_index"]}
    own_phones.update(await citizens.phone_indexes(*own))
    return bool(own_phones & set(phones))
