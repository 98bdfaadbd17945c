"""What can be done with devices: making, enrolling, revoking, and knowing one by its signature."""

import base64
import secrets
from typing import Any
from uuid import UUID

import msgspec

from app.core import db
from app.core.acts import Act
from app.core.auth import Device, Role, require_over_hall
from app.core.errors import Forbidden, NotFound, Problem
from app.halls import service as halls
from evaluations.devices import queries
from evaluations.devices.keys import CONTEXT, DeviceKeys
from evaluations.devices.rules import (
    CODE_LIFETIME,
    KEY_BYTES,
    is_offline,
    new_code,
    normal_code,
)
from evaluations.devices.schemas import (
    DeviceIn,
    DeviceShown,
    EnrolIn,
    Enrolled,
    EnrolmentCode,
    Heartbeat,
    HeartbeatAnswer,
)
from evaluations.devices.signatures import clock_offset_ms, identify, milliseconds

__all__ = [
    "add",
    "administered",
    "beat",
    "clock_offset_ms",
    "enrol",
    "identify",
    "milliseconds",
    "renew_code",
    "revoke",
    "seen",
    "shown_of_hall",
    "waiting_code",
]

CODE_CONTEXT = "devices.enrol_code"
"""Of the digest of an enrolment code, and of the code itself as it is kept sealed."""
seen = queries.seen


class CodeRefused(Problem):
    """No device waits for this code: mistyped, used, or older than half an hour."""

    status = 422
    code = "device.code_refused"
    title = "登记码不正确或已过期，请向管理员索取新的登记码。"


def _shown(act: Act, row: dict[str, Any]) -> DeviceShown:
    in_use = row["enrolled_at"] is not None and row["revoked_at"] is None
    offline = in_use and is_offline(row["last_seen_at"], act.at)
    return msgspec.convert(row | {"offline": offline}, DeviceShown)


async def _device(act: Act, device_id: UUID) -> DeviceShown:
    row = await queries.device(device_id)
    if row is None:
        raise NotFound("没有找到这台设备。")
    return _shown(act, row)


async def administered(act: Act, device_id: UUID) -> DeviceShown:
    """One device with its health, for an administrator of its hall. Raises NotFound, Forbidden."""
    found = await _device(act, device_id)
    require_over_hall(act.actor, found.hall_id, [Role.ADMIN])
    return found


async def shown_of_hall(act: Act, hall_id: UUID) -> list[DeviceShown]:
    """The devices of a hall with their health, for its administrators, managers, supervisors."""
    require_over_hall(act.actor, hall_id, [Role.ADMIN, Role.MANAGER, Role.SUPERVISOR])
    return [_shown(act, row) for row in await queries.devices(hall_id)]


async def reachable_at(act: Act, window_id: UUID) -> bool | None:
    """Whether an evaluator at a window is heard of now; None where no device is in use there."""
    heard = await queries.last_seen_at_window(window_id)
    return any(not is_offline(at, act.at) for at in heard) if heard else None


async def add(act: Act, new: DeviceIn) -> EnrolmentCode:
    """Make a device, for an administrator of the hall or a command of the server.

    Returns its enrolment code, which `waiting_code` finds again while it holds.

    Raises:
        NotFound: the window is none of the hall's.
    """
    _require_admin(act, new.hall_id)
    await halls.hall(new.hall_id)
    if new.window_id and (await halls.window_on_duty(new.window_id)).hall_id != new.hall_id:
        raise NotFound("这个窗口不属于该中心。")
    device_id = db.new_id()
    async with act.transaction() as tx:
        await db.execute(
            "INSERT INTO devices (id, hall_id, window_id, name, model, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            device_id,
            new.hall_id,
            new.window_id,
            new.name,
            new.model,
            act.at,
        )
        tx.audit("device.added", f"device:{device_id}", hall_id=new.hall_id, name=new.name)
        return await _new_code(act, device_id)


def _require_admin(act: Act, hall_id: UUID) -> None:
    if act.actor.kind != "system":
        require_over_hall(act.actor, hall_id, [Role.ADMIN])


async def renew_code(act: Act, device_id: UUID) -> EnrolmentCode:
    """A new code for a device that was not enrolled in time, or has lost its key.

    The old key holds until the code is used. Raises NotFound; a revoked device stays revoked.
    """
    found = await administered(act, device_id)
    if found.revoked_at:
        raise NotFound("这台设备已停用，请登记为新设备。")
    async with act.transaction() as tx:
        tx.audit("device.code_renewed", f"device:{device_id}", hall_id=found.hall_id)
        return await _new_code(act, device_id)


async def _new_code(act: Act, device_id: UUID) -> EnrolmentCode:
    code = new_code()
    valid_until = act.at + CODE_LIFETIME
    await db.execute(
        "UPDATE devices SET enrol_code_hash = $2, enrol_until = $3, enrol_code = $4 WHERE id = $1",
        device_id,
        act.house.keyring.index(normal_code(code), CODE_CONTEXT),
        valid_until,
        act.house.keyring.seal(code.encode(), CODE_CONTEXT),
    )
    return EnrolmentCode(device=await _device(act, device_id), code=code, valid_until=valid_until)


async def waiting_code(act: Act, device_id: UUID) -> EnrolmentCode | None:
    """The code that a device waits for, while it holds; None once it is used or too old.

    For an administrator of its hall, who could make a new one. Raises NotFound, Forbidden.
    """
    found = await administered(act, device_id)
    waiting = await queries.waiting_code(device_id, act.at)
    if waiting is None:
        return None
    code = act.house.keyring.open(waiting.sealed, CODE_CONTEXT).decode()
    return EnrolmentCode(device=found, code=code, valid_until=waiting.until)


async def enrol(act: Act, given: EnrolIn) -> Enrolled:
    """Give the device that waits for this code a new key, once.

    Raises:
        CodeRefused: wrong, used before, too old, or of a revoked device: one answer for all.
    """
    house = act.house
    key = secrets.token_bytes(KEY_BYTES)
    async with act.transaction() as tx:
        row = await db.fetch_one(
            "UPDATE devices SET secret = $3, enrolled_at = $2, enrol_code_hash = NULL,"
            " enrol_code = NULL, enrol_until = NULL, version = coalesce($4, version)"
            " WHERE enrol_code_hash = ANY($1::bytea[]) AND enrol_until > $2"
            " AND revoked_at IS NULL RETURNING id, hall_id, window_id",
            house.keyring.indexes(normal_code(given.code), CODE_CONTEXT),
            act.at,
            house.keyring.seal(key, CONTEXT),
            given.version,
        )
        if row is None:
            raise CodeRefused
        device_id = row["id"]
        tx.audit("device.enrolled", f"device:{device_id}", hall_id=row["hall_id"])
        tx.after_commit(lambda: house.part(DeviceKeys).changed(device_id))
    return Enrolled(
        device_id=device_id,
        key=base64.b64encode(key).decode(),
        hall_id=row["hall_id"],
        window_id=row["window_id"],
        server_time=milliseconds(act.at),
    )


async def revoke(act: Act, device_id: UUID, reason: str) -> DeviceShown:
    """End a device for good, at once in every worker; repeating it changes nothing.

    Its requests are refused, its open socket is closed, and a rating of it that is on its way in
    is not kept.
    """
    found = await administered(act, device_id)
    async with act.transaction() as tx:
        ended = await db.execute(
            "UPDATE devices SET revoked_at = $2, enrol_code_hash = NULL, enrol_code = NULL,"
            " enrol_until = NULL"
            " WHERE id = $1 AND revoked_at IS NULL",
            device_id,
            act.at,
        )
        if ended:
            tx.audit("device.revoked", f"device:{device_id}", hall_id=found.hall_id, reason=reason)
            tx.after_commit(lambda: act.house.part(DeviceKeys).changed(device_id))
            tx.after_commit(lambda: act.house.live.publish(f"device:{device_id}", b""))
    return await _device(act, device_id)


async def beat(act: Act, said: Heartbeat, clock_offset_ms: int) -> HeartbeatAnswer:
    """Note what a device says of itself, and tell it the time.

    Args:
        clock_offset_ms: how far its clock runs before the server's, by its signature.
    """
    if not isinstance(act.actor, Device):
        raise Forbidden
    await seen(
        act.actor.id,
        act.at,
        clock_offset_ms,
        said.version,
        said.queue_length,
        said.refused_count,
    )
    return HeartbeatAnswer(server_time=milliseconds(act.at), clock_offset_ms=clock_offset_ms)
