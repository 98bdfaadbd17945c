"""Knowing a device by its signature, and refusing it with a reason that is counted."""

from datetime import datetime
from typing import ClassVar

import structlog
from prometheus_client import Counter
from redis.exceptions import RedisError
from sanic import Request

from app.core.auth import Device
from app.core.errors import Problem
from app.core.house import House
from app.core.identity import DEVICE_HEADER
from evaluations.devices import queries
from evaluations.devices.keys import DeviceKeys
from evaluations.devices.nonces import Nonces
from evaluations.devices.rules import Signed, holds

log = structlog.get_logger(__name__)

refusals = Counter("zhangban_device_refusals_total", "Signatures refused.", ["reason"])
unchecked = Counter("zhangban_device_nonces_unchecked_total", "Nonces not checked: Redis is away.")


class Refused(Problem):
    """A device's signature does not hold. Raised only as one of its subclasses."""

    status = 401
    reason: ClassVar[str] = ""


class UnknownDevice(Refused):
    """No device of this id was ever enrolled."""

    code = "device.unknown"
    title = "设备未登记，请联系管理员。"
    reason = "unknown"


class BadSignature(Refused):
    """A part of the signature is missing or malformed, or it is not this device's over this."""

    code = "device.bad_signature"
    title = "设备签名不正确。"
    reason = "bad_signature"


class Expired(Refused):
    """The signature's time is too far from the server's; `server_time` (ms) says what that is."""

    code = "device.expired"
    title = "设备时间与服务器相差太大，请校准后重试。"
    reason = "expired"


class Replayed(Refused):
    """The nonce was used before."""

    code = "device.replayed"
    title = "这个请求已经处理过。"
    reason = "replayed"


class Revoked(Refused):
    """The device was revoked."""

    status = 403
    code = "device.revoked"
    title = "设备已停用，请联系管理员。"
    reason = "revoked"


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


async def identify(house: House, request: Request, now: datetime) -> Device:
    """The enrolled device that signed `request`, by headers or, for a socket, by its query.

    Raises:
        Refused: one of its subclasses; each refusal is counted by its reason.
    """
    try:
        return await _identify(house, request, now)
    except Refused as refused:
        refusals.labels(refused.reason).inc()
        raise


async def _identify(house: House, request: Request, now: datetime) -> Device:
    signed = _signed(request)
    if signed is None:
        raise BadSignature
    keys = house.part(DeviceKeys)
    known = await keys.find(signed.device_id)
    if known is None:
        raise UnknownDevice
    if not holds(signed, known.key, request.method, request.path, request.body):
        raise BadSignature
    if known.revoked:
        raise Revoked
    offset = signed.timestamp - milliseconds(now)
    if abs(offset) > house.settings.device_clock_window * 1000:
        raise Expired(server_time=milliseconds(now))
    await use_nonce(house, signed)
    request.ctx.clock_offset_ms = offset
    if keys.due_to_note(signed.device_id):
        await queries.seen(signed.device_id, now, offset, None)
    return known.device


def _signed(request: Request) -> Signed | None:
    if DEVICE_HEADER in request.headers:
        header = request.headers.getone
        return Signed.parse(
            header(DEVICE_HEADER, ""),
            header("Zhangban-Timestamp", ""),
            header("Zhangban-Nonce", ""),
            header("Zhangban-Signature", ""),
        )
    query = request.args.get
    return Signed.parse(
        query("device", ""), query("timestamp", ""), query("nonce", ""), query("signature", "")
    )


async def use_nonce(house: House, signed: Signed) -> None:
    """Use up the nonce; without Redis go on, because a rating's event counts once anyway.

    Raises:
        Replayed: it was used before.
    """
    try:
        fresh = await house.part(Nonces).use(f"{signed.device_id.hex}:{signed.nonce}")
    except (RedisError, OSError) as error:
        unchecked.inc()
        log.warning("devices.nonce_unchecked", error=type(error).__name__)
        return
    if not fresh:
        raise Replayed


def clock_offset_ms(request: Request) -> int:
    """How far the device's clock runs before the server's, by the signature of this request."""
    offset: int = request.ctx.clock_offset_ms
    return offset
