"""With a password that somebody else has set, nothing opens but what replaces it."""

from app.core import db
from app.core.auth import Role
from tests.guards.walk import Callers, http_routes

AT_DOOR = {
    "POST /api/v1/staff/password",
    "POST /api/v1/staff/sign-out",
    "GET /account/password",
    "POST /account/password",
    "POST /sign-out",
}


async def test_every_route_for_staff_is_closed_to_whoever_has_a_first_password(
    callers: Callers,
) -> None:
    await db.execute("UPDATE staff SET first_password = true")
    opened: set[str] = set()
    tried = 0
    for route in http_routes():
        guard = route.declared.guard
        if "staff" not in guard.kinds or "nobody" in guard.kinds:
            continue
        role = min(guard.roles) if guard.roles else Role.ADMIN
        answer = await callers.send(role, route)
        tried += 1
        if answer.status_code != 403 or "staff.first_password" not in answer.text:
            opened.add(route.key)
    assert tried > 150
    assert opened == AT_DOOR
