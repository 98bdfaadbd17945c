"""What the applicant at the window need not bring again (一次提交、反复使用)."""

from uuid import UUID

from app.agency import service as agency
from app.cases.intake.schemas import Ticket
from app.cases.intake.window import present
from app.catalog import service as catalog
from app.core.acts import Act
from app.core.wire import In
from app.holdings import service as holdings
from app.holdings.schemas import ReusableShown


class ReusableAtWindow(In, frozen=True):
    """For which item, and whether for an enterprise of the applicant's."""

    applicant: Ticket
    item_id: UUID
    enterprise_id: UUID | None = None


async def at_window(act: Act, query: ReusableAtWindow) -> ReusableShown:
    """What of the applicant at the window, or of their enterprise, serves again; recorded.

    Names and days, no pictures: those the clerk sees in the application that uses them.

    Raises:
        TicketEnded. NotFound: the item is not offered. What acting for an enterprise does.
    """
    item = await catalog.published(query.item_id)
    async with act.transaction() as tx:
        person = present(act, query.applicant)
        principal = await agency.principal_present(act, person, query.enterprise_id)
        enterprise = principal.enterprise.id if principal.enterprise else None
        found = await holdings.offered(act, principal.citizen_id, enterprise, item.guide.materials)
        tx.audit("holdings.read", f"citizen:{principal.citizen_id}", item=str(item.item_id))
    return ReusableShown(
        item_id=item.item_id,
        version_id=item.version_id,
        requirements=holdings.lines_of(item.guide.materials, found, to_owner=False),
    )
