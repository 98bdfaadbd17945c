"""What the tests of the hub work with: an enrolled evaluator, visits, decided cases."""

import base64
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
import msgspec

from app.core import db
from app.core.acts import Act
from app.core.clock import day_of
from app.core.house import House
from app.halls import service as halls
from evaluations.devices import clients
from evaluations.devices import service as devices
from evaluations.devices.rules import sign
from evaluations.devices.schemas import ClientIn, DeviceIn, EnrolIn
from evaluations.ratings import entering, visits
from evaluations.ratings.counting import Place as Where
from evaluations.ratings.hub_schemas import EnteredRating
from evaluations.ratings.schemas import VisitIn, VisitShown
from evaluations.ratings.visits import NewService
from tests.places import Place

ActAs = Callable[..., Act]
RATE = "/api/v1/ratings/device"
SCORES = "/api/v1/scores"


@dataclass
class Evaluator:
    """A device with its key, as it stands at a window. `fast_by`: how wrong its clock is."""

    id: UUID
    key: bytes
    house: House
    client: httpx.AsyncClient
    fast_by: timedelta = field(default_factory=timedelta)

    def signed(self, method: str, path: str, body: bytes, **changed: Any) -> dict[str, Any]:
        """The four parts of a signature; `changed` replaces what is signed or sent."""
        now = self.house.clock.now() + self.fast_by
        timestamp = changed.get("timestamp", devices.milliseconds(now))
        nonce = changed.get("nonce", secrets.token_urlsafe(12))
        key = changed.get("key", self.key)
        code = sign(key, method, changed.get("signed_path", path), timestamp, nonce, body)
        return {
            "device": str(changed.get("device", self.id)),
            "timestamp": str(timestamp),
            "nonce": nonce,
            "signature": base64.b64encode(code).decode(),
        }

    def headers(self, method: str, path: str, body: bytes, **changed: Any) -> dict[str, str]:
        parts = self.signed(method, path, body, **changed)
        return {f"Zhangban-{name.title()}": value for name, value in parts.items()}

    def socket_url(self, server_url: str, **changed: Any) -> str:
        path = "/api/v1/devices/socket"
        query = urlencode(self.signed("GET", path, b"", **changed))
        return f"{server_url.replace('http', 'ws')}{path}?{query}"

    async def post(self, path: str, content: Any, **changed: Any) -> httpx.Response:
        body = msgspec.json.encode(content)
        headers = self.headers("POST", path, body, **changed)
        return await self.client.post(
            path, content=body, headers=headers | {"Content-Type": "application/json"}
        )

    async def get(self, path: str, **changed: Any) -> httpx.Response:
        return await self.client.get(path, headers=self.headers("GET", path, b"", **changed))

    def tap(self, service_id: UUID, level: int = 5, **more: Any) -> dict[str, Any]:
        """The body of a rating."""
        tags = [] if level > 2 else [{2: "213", 1: "115"}[level]]
        return {
            "event_id": str(db.new_id()),
            "service_id": str(service_id),
            "level": level,
            "tags": tags,
            "happened_at": (self.house.clock.now() + self.fast_by).isoformat(),
        } | more


async def enrolled(act_as: ActAs, hall_id: UUID, window_id: UUID | None) -> tuple[UUID, bytes]:
    """The id and the key of a new device."""
    made = await devices.add(
        act_as(), DeviceIn(hall_id=hall_id, name="评价器", window_id=window_id)
    )
    found = await devices.enrol(act_as(), EnrolIn(code=made.code))
    return found.device_id, base64.b64decode(found.key)


async def on_duty(act_as: ActAs, place: Place, name: str = "clerk", window: str = "01") -> Act:
    """An act of a clerk who serves at a window."""
    actor = await place.actor(act_as(), name)
    await halls.start_duty(act_as(actor), place.windows[window])
    return act_as(await place.actor(act_as(), name))


async def visit(
    act_as: ActAs, place: Place, name: str = "clerk", window: str = "01", **new: Any
) -> VisitShown:
    """A visit that begins now at a window."""
    act = await on_duty(act_as, place, name, window)
    return await visits.start(act, VisitIn(**new))


async def decided_case(
    act: Act, place: Place, number: str, citizen_id: UUID | None = None, **more: Any
) -> UUID:
    """The service of a case that was decided now."""
    new = NewService(
        subject=f"case:{number}",
        place=Where(place.hall_id, department_id=place.departments["market"], **more),
        item_name="小餐饮登记",
        citizen_id=citizen_id,
        project_no=number,
        started_at=act.at - timedelta(days=3),
        ended_at=act.at,
    )
    return await visits.open_for_rating(act, new)


async def some_history(
    evaluator: Evaluator, act_as: ActAs, place: Place, levels: Sequence[int | None]
) -> None:
    """One visit after the other at window 01, each rated so, or not at all."""
    for level in levels:
        served = await visit(act_as, place)
        if level:
            answer = await evaluator.post(RATE, evaluator.tap(served.id, level))
            assert answer.status_code == 201, answer.text
        clerk = act_as(await place.actor(act_as(), "clerk"))
        await visits.end(clerk, served.id)


@dataclass
class System:
    """Another system of the hall with its key, such as a calling machine."""

    id: UUID
    key: bytes
    house: House
    client: httpx.AsyncClient

    def headers(self, method: str, path: str, body: bytes, **changed: Any) -> dict[str, str]:
        signer = Evaluator(self.id, self.key, self.house, self.client)
        parts = signer.signed(method, path, body, **changed)
        parts["client"] = parts.pop("device")
        return {f"Zhangban-{name.title()}": value for name, value in parts.items()}

    async def post(self, path: str, content: Any, **changed: Any) -> httpx.Response:
        body = msgspec.json.encode(content)
        headers = self.headers("POST", path, body, **changed)
        return await self.client.post(
            path, content=body, headers=headers | {"Content-Type": "application/json"}
        )


async def system_of(
    act_as: ActAs, place: Place, house: House, client: httpx.AsyncClient, name: str = "叫号系统"
) -> System:
    """A system of the hall that has just got its key."""
    made = await clients.add(act_as(), ClientIn(hall_id=place.hall_id, name=name))
    return System(made.client.id, base64.b64decode(made.key), house, client)


NODES_RATED = {
    "rate_acceptance": True,
    "rate_issue": True,
    "uses_points": False,
    "invite_after_days": 3,
    "check_percent": 10,
}
"""A hall that has both nodes of its cases rated; everything else as by default."""


async def entered(act_as: ActAs, place: Place, number: str, **more: Any) -> UUID:
    """A rating that clerk2 entered from a card, of a visit that the clerk served."""
    served = await visit(act_as, place)
    await visits.end(act_as(await place.actor(act_as(), "clerk")), served.id)
    given = {"source": "paper", "level": 5, "given_on": day_of(act_as().at)} | more
    clerk2 = act_as(await place.actor(act_as(), "clerk2"))
    rating, _ = await entering.enter(
        clerk2, EnteredRating(card_number=number, service_id=served.id, **given)
    )
    return rating.id


async def drawn_card(act_as: ActAs, place: Place, house: House) -> UUID:
    """An entered rating that was drawn the night after, to be compared with its card."""
    rating_id = await entered(act_as, place, "C-1")
    house.clock.shift(timedelta(days=1))
    assert await entering.draw(act_as()) == 1
    return rating_id
