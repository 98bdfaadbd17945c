"""Whose holdings: the caller's own, an enterprise's, or those of somebody whom they help."""

from uuid import UUID

from app.agency import service as agency
from app.agency.schemas import OnBehalf
from app.citizens import service as citizens
from app.core.acts import Act
from app.core.auth import require_citizen
from app.holdings.queries import Owner


async def owner_of(citizen_id: UUID, enterprise_id: UUID | None) -> Owner:
    """What belongs to this citizen under all accounts that are theirs, or to the enterprise."""
    return Owner(tuple(await citizens.identities(citizen_id)), enterprise_id)


async def owner_asked_for(
    act: Act,
    enterprise_id: UUID | None = None,
    consent_id: UUID | None = None,
    item_id: UUID | None = None,
) -> Owner:
    """The owner for whom the caller may file, for this item if it is by a consent.

    Raises:
        NotFound, Forbidden, Conflict: the caller may not file for them; see `agency.principal`.
    """
    caller = require_citizen(act.actor)
    if enterprise_id is None and consent_id is None:
        return await owner_of(caller.id, None)
    on_behalf = OnBehalf(enterprise_id=enterprise_id, consent_id=consent_id)
    found = await agency.principal(act, on_behalf, item_id=item_id)
    return await owner_of(found.citizen_id, found.enterprise.id if found.enterprise else None)


async def record_reading(
    act: Act, owner: Owner, verb: str, subject: str, *, material_id: UUID | None = None
) -> None:
    """Leave a trace where somebody looks at what is not their own."""
    own = owner.enterprise_id is None and require_citizen(act.actor).id in owner.citizen_ids
    if own:
        return
    async with act.transaction() as tx:
        material = str(material_id) if material_id else None
        tx.audit(verb, subject, of=owner.name, material=material)
