"""A hall to test in: departments, windows, staff of every role, and ways to sign in."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import httpx

from app.core import db, sessions
from app.core.acts import Act
from app.core.auth import Citizen, Role, Staff
from app.halls import accounts, queries, service
from app.halls.schemas import DepartmentIn, HallIn, RoleIn, StaffIn, WindowIn

PASSWORD = "correct-horse-battery"


@dataclass
class Place:
    """A county hall. Everything is addressed by a short name that the tests use."""

    hall_id: UUID
    other_hall_id: UUID
    departments: dict[str, UUID] = field(default_factory=dict)
    windows: dict[str, UUID] = field(default_factory=dict)
    staff: dict[str, UUID] = field(default_factory=dict)

    async def actor(self, act: Act, name: str) -> Staff:
        """The staff member of this name, signed in."""
        token, _ = await sessions.open_session(
            "staff", self.staff[name], now=act.at, lifetime=timedelta(hours=1)
        )
        session = await sessions.find(token, act.at)
        assert session
        found = await queries.staff_of_session(session)
        assert found
        return found


async def build_place(act: Act) -> Place:
    """Make the hall, and a second one elsewhere whose staff must not see it."""
    hall = await service.add_hall(
        act, HallIn(code="TEST", name="青河县政务服务中心", level="county", region_code="511602")
    )
    other = await service.add_hall(
        act, HallIn(code="ELSEWHERE", name="邻县政务服务中心", level="county", region_code="511603")
    )
    place = Place(hall.id, other.id)
    for key, name in (("market", "市场监管局"), ("fire", "消防救援大队"), ("water", "水利局")):
        made = await service.add_department(act, hall.id, DepartmentIn(name=name))
        place.departments[key] = made.id
    for number in ("01", "02"):
        window = await service.add_window(
            act, hall.id, WindowIn(number=number, name=f"综合窗口{number}")
        )
        place.windows[number] = window.id
    far = await service.add_window(act, other.id, WindowIn(number="01", name="邻县窗口"))
    place.windows["far"] = far.id
    people: list[tuple[str, UUID, Role, UUID | None]] = [
        ("clerk", hall.id, Role.CLERK, None),
        ("clerk2", hall.id, Role.CLERK, None),
        ("supervisor", hall.id, Role.SUPERVISOR, None),
        ("manager", hall.id, Role.MANAGER, None),
        ("admin", hall.id, Role.ADMIN, None),
        ("reviewer", hall.id, Role.REVIEWER, place.departments["market"]),
        ("reviewer2", hall.id, Role.REVIEWER, place.departments["market"]),
        ("fire_reviewer", hall.id, Role.REVIEWER, place.departments["fire"]),
        ("far_clerk", other.id, Role.CLERK, None),
        ("far_manager", other.id, Role.MANAGER, None),
        ("far_admin", other.id, Role.ADMIN, None),
    ]
    for number, (name, hall_id, role, department_id) in enumerate(people, 1):
        await _add(act, place, f"{number:03d}", name, hall_id, role, department_id)
    return place


_hash_of_password = ""


async def _add(
    act: Act,
    place: Place,
    number: str,
    name: str,
    hall_id: UUID,
    role: Role,
    department_id: UUID | None,
) -> None:
    global _hash_of_password  # noqa: PLW0603 - one slow hash for the whole run
    if not _hash_of_password:
        made = await accounts.add_staff(
            act,
            hall_id,
            StaffIn(
                number=number,
                name=f"员工{number}",
                login=name,
                password=PASSWORD,
                roles=[RoleIn(role=role, hall_id=hall_id, department_id=department_id)],
            ),
            own_password=True,
        )
        place.staff[name] = made.id
        _hash_of_password = made.password_hash
        return
    staff_id = db.new_id()
    await db.execute(
        "INSERT INTO staff (id, hall_id, number, name, login, password_hash, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        staff_id,
        hall_id,
        number,
        f"员工{number}",
        name,
        _hash_of_password,
        act.at,
    )
    await db.execute(
        "INSERT INTO staff_roles (id, staff_id, role, hall_id, department_id)"
        " VALUES ($1, $2, $3, $4, $5)",
        db.new_id(),
        staff_id,
        role,
        hall_id,
        department_id,
    )
    place.staff[name] = staff_id


async def staff_headers(act: Act, place: Place, name: str) -> dict[str, str]:
    """The headers of a signed-in staff member."""
    token, _ = await sessions.open_session(
        "staff", place.staff[name], now=act.at, lifetime=timedelta(hours=1)
    )
    return {"Authorization": f"Bearer {token}"}


async def citizen_actor(act: Act, openid: str = "o-citizen") -> tuple[Citizen, dict[str, str]]:
    """A citizen's account with a session: the actor, and the headers of their phone."""
    rows = await db.fetch(
        "INSERT INTO citizens (id, openid, created_at, seen_at) VALUES ($1, $2, $3, $3)"
        " ON CONFLICT (openid) DO UPDATE SET seen_at = $3 RETURNING id",
        db.new_id(),
        openid,
        act.at,
    )
    token, _ = await sessions.open_session(
        "citizen", rows[0]["id"], now=act.at, lifetime=timedelta(days=1)
    )
    session = await sessions.find(token, act.at)
    assert session
    return Citizen(rows[0]["id"], session.id), {"Authorization": f"Bearer {token}"}


def code_of(response: httpx.Response) -> str:
    """The stable code of a problem."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    return response.json()["code"]
