"""Who handles a case after its decision."""

from uuid import UUID

from app.cases import queries
from app.cases.models import Case
from app.cases.records import locked, no_such_case
from app.core.acts import Act
from app.core.auth import Role, require_staff


async def locked_by_handler(act: Act, case_id: UUID) -> Case:
    """The case, locked, for a clerk of its hall or a reviewer of a department that took part.

    Raises:
        NotFound: there is none, or it is none of theirs.
    """
    person = require_staff(act.actor)
    case = await locked(case_id)
    departments = person.departments(Role.REVIEWER)
    if case.hall_id not in person.halls(Role.CLERK) and not await queries.took_part(
        case.id, departments
    ):
        raise no_such_case()
    return case
