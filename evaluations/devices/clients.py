"""Other systems of a hall: their keys, and knowing one by its signature.

They sign as devices do (see `rules`), with `Zhangban-Client` in the place of `Zhangban-Device`.
"""

import base64
import secrets
from datetime import datetime
from uuid import UUID

import msgspec
from prometheus_client import Counter
from sanic import Request

from app.core import db
from app.core.acts import Act
from app.core.auth import Client, Role, require_over_hall
from app.core.errors import Conflict, NotFound
from app.core.house import House
from app.core.identity import CLIENT_HEADER
from app.halls import service as halls
from evaluations.devices import queries
from evaluations.devices.rules import KEY_BYTES, Signed, holds
from evaluations.devices.schemas import ClientIn, ClientKey, ClientShown
from evaluations.devices.signatures import (
    BadSignature,
    Expired,
    Refused,
    Replayed,
    Revoked,
    UnknownDevice,
    milliseconds,
    use_nonce,
)

CONTEXT = "api_clients.secret"

refusals = Counter(
    "zhangban_client_refusals_total", "Signatures of other systems refused.", ["reason"]
)


class NameTaken(Conflict):
    """The hall has a system of this name already."""

    code = "clients.name_taken"
    title = "已有同名的系统，请换一个名称。"


class UnknownClient(UnknownDevice):
    """No system of this id has a key."""

    code = "client.unknown"
    title = "系统未登记，请联系管理员。"


class BadClientSignature(BadSignature):
    """A part of the signature is missing or malformed, or it is not this system's over this."""

    code = "client.bad_signature"
    title = "签名不正确。"


class ClientExpired(Expired):
    """The signature's time is too far from the server's; `server_time` (ms) says what that is."""

    code = "client.expired"
    title = "系统时间与服务器相差太大，请校准后重试。"


class ClientReplayed(Replayed):
    """The nonce was used before."""

    code = "client.replayed"


class ClientRevoked(Revoked):
    """The system's key was revoked."""

    code = "client.revoked"
    title = "系统的密钥已停用，请联系管理员。"


async def identify(house: House, request: Request, now: datetime) -> Client:
    """The system that signed `request` by its headers.

    Its key is read each time: such systems are few, and a revoked one is refused at once.

    Raises:
        Refused: one of its subclasses; each refusal is counted by its reason.
    """
    try:
        return await _identify(house, request, now)
    except Refused as refused:
        refusals.labels(refused.reason).inc()
        raise


async def _identify(house: House, request: Request, now: datetime) -> Client:
    header = request.headers.getone
    signed = Signed.parse(
        header(CLIENT_HEADER, ""),
        header("Zhangban-Timestamp", ""),
        header("Zhangban-Nonce", ""),
        header("Zhangban-Signature", ""),
    )
    if signed is None:
        raise BadClientSignature
    row = await queries.sealed_client(signed.device_id)
    if row is None:
        raise UnknownClient
    key = house.keyring.open(row.secret, CONTEXT)
    if not holds(signed, key, request.method, request.path, request.body):
        raise BadClientSignature
    if row.revoked:
        raise ClientRevoked
    if abs(signed.timestamp - milliseconds(now)) > house.settings.device_clock_window * 1000:
        raise ClientExpired(server_time=milliseconds(now))
    try:
        await use_nonce(house, signed)
    except Replayed:
        raise ClientReplayed from None
    return Client(row.id, row.hall_id)


async def add(act: Act, new: ClientIn) -> ClientKey:
    """Give another system of a hall a key, which is shown this once.

    Raises:
        NotFound: no such hall. NameTaken.
    """
    if act.actor.kind != "system":
        require_over_hall(act.actor, new.hall_id, [Role.ADMIN])
    await halls.hall(new.hall_id)
    key = secrets.token_bytes(KEY_BYTES)
    async with act.transaction() as tx:
        made = await db.fetch(
            "INSERT INTO api_clients (id, hall_id, name, secret, created_at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (hall_id, name) DO NOTHING RETURNING id",
            db.new_id(),
            new.hall_id,
            new.name.strip(),
            act.house.keyring.seal(key, CONTEXT),
            act.at,
        )
        if not made:
            raise NameTaken
        client_id = made[0]["id"]
        tx.audit("client.added", f"client:{client_id}", hall_id=new.hall_id, name=new.name.strip())
        return ClientKey(client=await _client(client_id), key=base64.b64encode(key).decode())


async def shown_of_hall(act: Act, hall_id: UUID) -> list[ClientShown]:
    """The systems of a hall, for its administrators and managers."""
    require_over_hall(act.actor, hall_id, [Role.ADMIN, Role.MANAGER])
    return [msgspec.convert(row, ClientShown) for row in await queries.clients(hall_id)]


async def revoke(act: Act, client_id: UUID, reason: str) -> ClientShown:
    """End a system's key for good, at once in every worker; repeating it changes nothing."""
    found = await _client(client_id)
    require_over_hall(act.actor, found.hall_id, [Role.ADMIN])
    async with act.transaction() as tx:
        ended = await db.execute(
            "UPDATE api_clients SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
            client_id,
            act.at,
        )
        if ended:
            tx.audit(
                "client.revoked",
                f"client:{client_id}",
                hall_id=found.hall_id,
                name=found.name,
                reason=reason,
            )
    return await _client(client_id)


async def _client(client_id: UUID) -> ClientShown:
    row = await queries.client(client_id)
    if row is None:
        raise NotFound("没有找到这个系统。")
    return msgspec.convert(row, ClientShown)
