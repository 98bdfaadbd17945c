"""Which hall an administrator's page is about, and which scopes a role can have."""

from dataclasses import dataclass
from uuid import UUID

from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.core.errors import NotFound
from app.halls import administration
from app.halls.schemas import HallShown, RoleIn


@dataclass(frozen=True)
class Chosen:
    """The hall of a page, among those that the caller may choose."""

    hall: HallShown
    halls: list[HallShown]

    @property
    def options(self) -> list[tuple[str, str]]:
        """The halls for a field to choose from."""
        return [(str(hall.id), hall.name) for hall in self.halls]


async def chosen(act: Act, wanted: UUID | None, *roles: Role) -> Chosen:
    """The hall that is asked for; by itself the caller's own, or the first that they administer.

    Args:
        roles: the roles of which the caller must hold one over the hall; an administrator's if
            none are given.

    Raises:
        NotFound: the caller holds none of the roles over that hall.
    """
    person = require_staff(act.actor)
    found = await administration.halls_of(person, *(roles or (Role.ADMIN,)))
    hall = next((hall for hall in found if hall.id == (wanted or person.hall_id)), None)
    if hall is None and wanted is None and found:
        hall = found[0]
    if hall is None:
        raise NotFound("没有找到这个政务服务中心，或您不负责管理它。")
    return Chosen(hall, found)


async def options(person: Staff, *also: UUID) -> list[tuple[str, str]]:
    """The scopes that the caller can give: each hall they administer, and departments.

    Args:
        also: the halls whose departments are offered besides the halls themselves.
    """
    offered: list[tuple[str, str]] = []
    for hall in await administration.halls_of(person, Role.ADMIN):
        offered.append((str(hall.id), f"{hall.name}（含下级）"))
        if hall.id in also:
            offered += [
                (f"{hall.id}/{department.id}", f"{hall.name} · {department.name}")
                for department in await administration.departments(hall.id)
            ]
    return offered


def value(role: RoleIn) -> str:
    """A role's scope as the value of a field."""
    return f"{role.hall_id}/{role.department_id}" if role.department_id else str(role.hall_id)


def role(of: Role, scope: str) -> RoleIn:
    """The role over a scope that a field gave."""
    hall, _, department = scope.partition("/")
    return RoleIn(
        role=of, hall_id=UUID(hall), department_id=UUID(department) if department else None
    )
