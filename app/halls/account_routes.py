"""HTTP of one's own account, and of what administrators do for accounts of others."""

import dataclasses
from uuid import UUID

import msgspec

from app.core.api import Call, Routes
from app.core.auth import STAFF, Role, require_staff, staff
from app.halls import own_account, resets, second_factor
from app.halls.schemas import (
    NewPassword,
    Proof,
    Reason,
    RecoveryCodes,
    SecondFactorBegun,
    SecondFactorState,
    SessionHere,
)

routes = Routes("accounts", "/api/v1/staff")
ADMIN = staff(Role.ADMIN)


@routes.get("/me/second-factor", guard=STAFF)
async def my_second_factor(call: Call) -> SecondFactorState:
    """Whether the caller's sign-in needs a code, and how many recovery codes are left."""
    return await second_factor.state(require_staff(call.act.actor).id)


@routes.post("/me/second-factor", guard=STAFF, status=201)
async def begin_second_factor(call: Call) -> SecondFactorBegun:
    """Get a secret for an authenticator (TOTP, RFC 6238); it counts once `confirm` was sent."""
    return await second_factor.begin(call.act)


@routes.post("/me/second-factor/confirm", guard=STAFF)
async def confirm_second_factor(call: Call, body: Proof) -> RecoveryCodes:
    """Switch the second factor on with the password and a first code; gives the recovery codes."""
    return await own_account.switch_on_second_factor(call.act, body)


@routes.post("/me/second-factor/off", guard=STAFF)
async def switch_off_second_factor(call: Call, body: Proof) -> None:
    """Switch the second factor off, with password and code."""
    await own_account.switch_off_second_factor(call.act, body)


@routes.post("/me/second-factor/recovery-codes", guard=STAFF)
async def renew_recovery_codes(call: Call, body: Proof) -> RecoveryCodes:
    """Ten new recovery codes in the place of all old ones, with password and code."""
    return await own_account.renew_recovery_codes(call.act, body)


@routes.get("/me/sessions", guard=STAFF)
async def my_sessions(call: Call) -> list[SessionHere]:
    """Where the caller is signed in."""
    this = require_staff(call.act.actor).session_id
    return [
        msgspec.convert(dataclasses.asdict(found) | {"this": found.id == this}, SessionHere)
        for found in await own_account.my_sessions(call.act)
    ]


@routes.post("/me/sessions/<session_id:uuid>/end", guard=STAFF)
async def end_session(call: Call, session_id: UUID) -> None:
    """End one of the caller's own sessions."""
    await own_account.end_session(call.act, session_id)


@routes.post("/me/sessions/end-others", guard=STAFF)
async def end_other_sessions(call: Call) -> None:
    """End all sessions of the caller but this one."""
    await own_account.end_other_sessions(call.act)


@routes.post("/<staff_id:uuid>/password", guard=ADMIN)
async def set_first_password(call: Call, staff_id: UUID, body: NewPassword) -> None:
    """Give a person a new first password; their sessions and a lock end."""
    await resets.set_first_password(call.act, staff_id, body.password)


@routes.post("/<staff_id:uuid>/second-factor/reset", guard=ADMIN)
async def reset_second_factor(call: Call, staff_id: UUID, body: Reason) -> None:
    """Take away the second factor of a person who has lost it; their sessions end."""
    await resets.reset_second_factor(call.act, staff_id, body.reason)
