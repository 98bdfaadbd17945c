"""Where somebody works at the desk: in which hall, for which departments."""

from dataclasses import dataclass
from uuid import UUID

from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.core.errors import NotFound
from app.halls import service as halls

SEEING = (Role.CLERK, Role.SUPERVISOR, Role.MANAGER)
"""Who sees a hall's work; only clerks do it."""


@dataclass(frozen=True)
class Named:
    """A hall or a department with its name."""

    id: UUID
    name: str


@dataclass(frozen=True)
class Desk:
    """Where a person works now: a hall, and the halls and departments to choose from.

    Their own hall is the first of `halls`.
    `department_id` is that of the window where they serve, if it takes in one department's alone.
    """

    hall: Named | None
    halls: list[Named]
    departments: list[Named]
    department_id: UUID | None
    clerk: bool
    supervises: bool

    @property
    def named(self) -> UUID | None:
        """The hall that addresses name: where somebody works in several, each page, tab and link
        stays in the hall that was chosen there. None where there is one."""
        return self.hall.id if self.hall and len(self.halls) > 1 else None

    def require_hall(self) -> Named:
        """The hall. Raises NotFound: they work in none."""
        if self.hall is None:
            raise NotFound("您的账号没有对应的政务服务中心。")
        return self.hall


async def desk_of(act: Act, hall_id: UUID | None = None) -> Desk:
    """The caller's desk, in the hall that they chose, else of their window, else their own.

    Raises:
        NotFound: a hall that is not theirs.
    """
    person = require_staff(act.actor)
    seen = person.halls(*SEEING)
    departments = sorted(person.departments(Role.REVIEWER))
    names = await halls.names(*seen, *departments)
    window = await halls.window_on_duty(person.window_id) if person.window_id else None
    chosen = hall_id or (window.hall_id if window else None) or _usual(person, seen)
    if hall_id is not None and hall_id not in seen:
        raise NotFound("没有找到这个政务服务中心。")
    return Desk(
        hall=Named(chosen, names[chosen]) if chosen in names and chosen else None,
        halls=sorted(
            (Named(one, names[one]) for one in seen),
            key=lambda one: (one.id != person.hall_id, one.name),
        ),
        departments=[Named(one, names[one]) for one in departments],
        department_id=window.department_id if window and window.hall_id == chosen else None,
        clerk=chosen in person.halls(Role.CLERK),
        supervises=bool(person.halls(Role.SUPERVISOR)),
    )


def _usual(person: Staff, seen: frozenset[UUID]) -> UUID | None:
    if person.hall_id in seen:
        return person.hall_id
    return min(seen, default=None)


async def department_of(act: Act, department_id: UUID | None = None) -> tuple[Named, list[Named]]:
    """The department for which the caller reviews, and all to choose from.

    Raises:
        NotFound: they review for none, or not for this one.
    """
    departments = (await desk_of(act)).departments
    for one in departments:
        if department_id in (None, one.id):
            return one, departments
    raise NotFound("没有找到您所在的审查部门。")
