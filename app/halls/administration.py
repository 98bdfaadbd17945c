"""What administrators see of the halls that they administer: staff, windows, days."""

from datetime import date
from uuid import UUID

import msgspec

from app.core.acts import Act
from app.core.auth import Role, Staff, require_over_hall, require_staff
from app.core.errors import NotFound
from app.halls import directory, queries, second_factor
from app.halls.schemas import DayShown, DepartmentShown, HallShown, StaffShown, WindowShown


async def halls_of(person: Staff, *roles: Role) -> list[HallShown]:
    """The halls over which the person holds one of the roles, from the top of the tree down."""
    mine = person.halls(*roles)
    return [hall for hall in await directory.every_hall() if hall.id in mine]


async def on_top(person: Staff, *roles: Role) -> bool:
    """Whether the person holds one of the roles over a hall that stands below no other.

    What belongs to no hall, such as the server's settings, is for them.
    """
    return any(hall.parent_id is None for hall in await halls_of(person, *roles))


async def departments(hall_id: UUID) -> list[DepartmentShown]:
    """The departments of a hall by name."""
    return [msgspec.convert(row, DepartmentShown) for row in await queries.departments(hall_id)]


async def windows(hall_id: UUID) -> list[WindowShown]:
    """The windows of a hall by number, each with who serves there now."""
    return [msgspec.convert(row, WindowShown) for row in await queries.windows(hall_id)]


async def days(hall_id: UUID, since: date) -> list[DayShown]:
    """The hall's own days from `since` on, against the national calendar."""
    return [msgspec.convert(row, DayShown) for row in await queries.own_days(hall_id, since)]


async def staff_of_hall(act: Act, hall_id: UUID) -> list[StaffShown]:
    """The staff of a hall with their roles, for its administrators; those who left come last."""
    require_over_hall(act.actor, hall_id, [Role.ADMIN])
    shown = [_staff(row) for row in await queries.staff([hall_id])]
    return sorted(shown, key=lambda person: not person.active)


async def person(act: Act, staff_id: UUID) -> StaffShown:
    """One staff member, for an administrator of their hall. Raises NotFound for all others."""
    row = await queries.staff_member(staff_id)
    if row is None or row["hall_id"] not in require_staff(act.actor).halls(Role.ADMIN):
        raise NotFound("没有找到这位工作人员。")
    return _staff(row)


async def second_factors(act: Act, hall_id: UUID) -> set[UUID]:
    """Those of a hall's staff whose second factor is on, for its administrators."""
    people = await staff_of_hall(act, hall_id)
    return await second_factor.with_second_factor([one.id for one in people])


def _staff(row: dict[str, object]) -> StaffShown:
    roles = msgspec.json.decode(str(row["roles"]))
    return msgspec.convert(row | {"roles": roles}, StaffShown)
