"""Who asks, and what guards a route: citizen, staff, device, client, or nobody."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.core.errors import FirstPassword, Forbidden, NotSignedIn


class Role(StrEnum):
    """What a staff member may do, each grant scoped to a hall or a department."""

    CLERK = "clerk"  # 窗口人员
    REVIEWER = "reviewer"  # 审批人员
    SUPERVISOR = "supervisor"  # 督查员
    MANAGER = "manager"  # 管理者
    ADMIN = "admin"  # 系统管理员


@dataclass(frozen=True)
class Grant:
    """One role of one person: over a hall with all below it, or over one department."""

    role: Role
    hall_ids: frozenset[UUID]
    department_id: UUID | None = None


@dataclass(frozen=True)
class Nobody:
    """A caller who is not signed in."""

    kind = "nobody"

    @property
    def key(self) -> str:
        """How the audit trail names this caller."""
        return "nobody"


@dataclass(frozen=True)
class Citizen:
    """A signed-in user of the mini program."""

    id: UUID
    session_id: UUID
    kind = "citizen"

    @property
    def key(self) -> str:
        """How the audit trail names this caller."""
        return f"citizen:{self.id}"


@dataclass(frozen=True)
class Staff:
    """A signed-in staff member with the roles that hold at this moment."""

    id: UUID
    session_id: UUID
    name: str
    number: str
    hall_id: UUID
    grants: tuple[Grant, ...] = ()
    window_id: UUID | None = None
    first_password: bool = False
    """Whether the password was set by somebody else: then nothing opens but choosing another."""
    kind = "staff"

    @property
    def key(self) -> str:
        """How the audit trail names this caller."""
        return f"staff:{self.id}"

    def has(self, *roles: Role) -> bool:
        """Whether this person holds any of the roles, anywhere."""
        return any(grant.role in roles for grant in self.grants)

    def halls(self, *roles: Role) -> frozenset[UUID]:
        """The halls over which any of the roles is held by hall (not by department)."""
        return frozenset[UUID]().union(
            *(g.hall_ids for g in self.grants if g.role in roles and g.department_id is None)
        )

    def departments(self, *roles: Role) -> frozenset[UUID]:
        """The departments for which any of the roles is held."""
        return frozenset(
            g.department_id for g in self.grants if g.role in roles and g.department_id
        )


@dataclass(frozen=True)
class Device:
    """An enrolled evaluator whose signature was checked. `model` decides how it numbers levels."""

    id: UUID
    hall_id: UUID
    window_id: UUID | None
    model: str = ""
    kind = "device"

    @property
    def key(self) -> str:
        """How the audit trail names this caller."""
        return f"device:{self.id}"


@dataclass(frozen=True)
class Client:
    """Another system of a hall, such as a calling machine, whose signature was checked."""

    id: UUID
    hall_id: UUID
    kind = "client"

    @property
    def key(self) -> str:
        """How the audit trail names this caller."""
        return f"client:{self.id}"


@dataclass(frozen=True)
class System:
    """The system itself, in a job or a command; `job` says which."""

    job: str
    kind = "system"

    @property
    def key(self) -> str:
        """How the audit trail names this caller."""
        return f"system:{self.job}"


Actor = Nobody | Citizen | Staff | Device | Client | System


@dataclass(frozen=True)
class Guard:
    """Who may call a route. `kinds` are actors' kinds; `roles` narrow down staff."""

    name: str
    kinds: frozenset[str]
    roles: frozenset[Role] = frozenset()
    at_door: bool = False
    """Whether staff may pass who have not chosen a password of their own yet."""

    def admit(self, actor: Actor) -> None:
        """Let `actor` pass.

        Raises:
            NotSignedIn: nobody is signed in and the route is not for everybody.
            FirstPassword: the caller has to choose a password of their own before anything else.
            Forbidden: the caller is known and the route is not for them.
        """
        if actor.kind in self.kinds:
            if isinstance(actor, Staff):
                self._admit_staff(actor)
            return
        if isinstance(actor, Nobody):
            raise NotSignedIn
        raise Forbidden

    def _admit_staff(self, person: Staff) -> None:
        if person.first_password and not self.at_door:
            raise FirstPassword
        if self.roles and not person.has(*self.roles):
            raise Forbidden


ANYONE = Guard("anyone", frozenset({"nobody", "citizen", "staff", "device", "client"}))
"""For everybody, signed in or not."""
CITIZEN = Guard("citizen", frozenset({"citizen"}))
"""For signed-in citizens."""
DEVICE = Guard("device", frozenset({"device"}))
"""For enrolled devices, by their signature."""
CLIENT = Guard("client", frozenset({"client"}))
"""For other systems of a hall, by their signature."""
STAFF = Guard("staff", frozenset({"staff"}))
"""For signed-in staff of any role."""
AT_DOOR = Guard("staff, at the door too", frozenset({"staff"}), at_door=True)
"""For signed-in staff, those who have yet to choose a password included: to choose it, to leave."""
SIGNED_IN = Guard("citizen or staff", frozenset({"citizen", "staff"}))
"""For signed-in citizens and staff; the service tells them apart."""


def staff(*roles: Role) -> Guard:
    """For staff who hold at least one of the roles; the service checks where."""
    return Guard("staff: " + ", ".join(sorted(roles)), frozenset({"staff"}), frozenset(roles))


def require_staff(actor: Actor, *roles: Role) -> Staff:
    """The staff member behind `actor`; where roles are named, one who holds any of them somewhere.

    Raises:
        Forbidden: anybody else.
    """
    if not isinstance(actor, Staff) or (roles and not actor.has(*roles)):
        raise Forbidden
    return actor


def require_citizen(actor: Actor) -> Citizen:
    """The citizen behind `actor`. Raises Forbidden for anybody else."""
    if not isinstance(actor, Citizen):
        raise Forbidden
    return actor


def require_over_hall(actor: Actor, hall_id: UUID, roles: Iterable[Role]) -> Staff:
    """The staff member, if they hold one of `roles` over this hall. Raises Forbidden."""
    person = require_staff(actor)
    if hall_id not in person.halls(*roles):
        raise Forbidden
    return person
