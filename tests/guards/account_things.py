"""Things of accounts and of administration: who may touch them, and what is sent to do so."""

from datetime import timedelta
from typing import Any

from app.core import sessions
from app.halls import screens, second_factor
from app.halls.schemas import ScreenIn
from evaluations.devices import clients
from evaluations.devices import service as devices
from evaluations.devices.schemas import ClientIn, DeviceIn
from tests.cases.builders import World, jpeg
from tests.halls.factors import Authenticator

Ids = dict[str, object]
REASON = {"reason": "测试"}
PASSWORD = {"password": "river-lamp-42"}
DAY = {"day": "2099-03-02", "kind": "closed", "reason": "停电"}
RATED = {"invite_after_days": 2, "check_percent": 20}


async def _hall(world: World) -> Ids:
    return {"hall_id": world.place.hall_id}


async def _window(world: World) -> Ids:
    return {"window_id": world.place.windows["01"]}


async def _item(world: World) -> Ids:
    return {"item_id": (await world.item("CODED")).id}


async def _colleague(world: World) -> Ids:
    return {"staff_id": world.place.staff["clerk2"]}


async def _new_person(world: World) -> Ids:
    hall_id = world.place.hall_id
    body = {"number": "77", "name": "周建国", "login": "zhou", "role": "clerk"} | PASSWORD
    return {"hall_id": hall_id, "body": body | {"scope": str(hall_id)}}


async def _with_second_factor(world: World) -> Ids:
    person = await world.place.actor(world.act_as(), "clerk2")
    begun = await second_factor.begin(world.act_as(person))
    code = Authenticator(begun.secret, world.house, []).code()
    await second_factor.confirm(world.act_as(person), code)
    return {"staff_id": person.id}


async def _session(world: World) -> Ids:
    staff_id, now = world.place.staff["clerk"], world.act_as().at
    await sessions.open_session("staff", staff_id, now=now, lifetime=timedelta(hours=1))
    return {"session_id": (await sessions.of_subject("staff", staff_id, now))[0].id}


async def _device(world: World) -> Ids:
    made = await devices.add(world.act_as(), DeviceIn(hall_id=world.place.hall_id, name="评价器"))
    return {"device_id": made.device.id}


async def _client(world: World) -> Ids:
    made = await clients.add(world.act_as(), ClientIn(hall_id=world.place.hall_id, name="叫号机"))
    return {"client_id": made.client.id}


async def _screen(world: World) -> Ids:
    made = await screens.make(world.act_as(), world.place.hall_id, ScreenIn(name="一楼大厅"))
    return {"screen_id": made.screen.id}


STAFFS: dict[str, tuple[Any, ...]] = {
    "GET /api/v1/halls/<hall_id>/screens": (_hall, "admin"),
    "POST /api/v1/halls/<hall_id>/screens": (_hall, "admin", {"name": "二楼大厅"}),
    "POST /api/v1/screens/<screen_id>/revoke": (_screen, "admin", REASON),
    "POST /admin/halls/<hall_id>/screens": (_hall, "admin", {"name": "二楼大厅"}),
    "POST /admin/halls/screens/<screen_id>/revoke": (_screen, "admin", REASON),
    "POST /api/v1/staff/me/sessions/<session_id>/end": (_session, "clerk"),
    "POST /api/v1/staff/<staff_id>/password": (_colleague, "admin", PASSWORD),
    "POST /api/v1/staff/<staff_id>/second-factor/reset": (_with_second_factor, "admin", REASON),
    "POST /account/sessions/<session_id>/end": (_session, "clerk"),
    "GET /admin/staff/<staff_id>": (_colleague, "admin"),
    "POST /admin/staff/<hall_id>/add": (_new_person, "admin"),
    "POST /admin/staff/<staff_id>/roles": (_colleague, "admin", {}),
    "POST /admin/staff/<staff_id>/photo": (_colleague, "admin", jpeg()),
    "POST /admin/staff/<staff_id>/password": (_colleague, "admin", PASSWORD),
    "POST /admin/staff/<staff_id>/second-factor/reset": (_with_second_factor, "admin", REASON),
    "POST /admin/staff/<staff_id>/deactivate": (_colleague, "admin", REASON),
    "GET /admin/halls/<hall_id>/codes": (_hall, "admin"),
    "POST /admin/halls/<hall_id>/departments": (_hall, "admin", {"name": "档案局"}),
    "POST /admin/halls/<hall_id>/windows": (_hall, "admin", {"number": "9", "name": "新窗口"}),
    "POST /admin/halls/<hall_id>/days": (_hall, "admin", DAY),
    "GET /api/v1/windows/<window_id>/mini-program-code": (_window, "clerk"),
    "GET /api/v1/items/<item_id>/mini-program-code": (_item, "clerk"),
    "GET /admin/items/<item_id>/code": (_item, "admin"),
    "GET /admin/windows/<window_id>/code": (_window, "admin"),
    "GET /admin/windows/<window_id>/code.png": (_window, "admin"),
    "GET /admin/devices/<device_id>": (_device, "admin"),
    "POST /admin/devices/<hall_id>/add": (_hall, "admin", {"name": "评价器"}),
    "GET /admin/devices/<device_id>/code": (_device, "admin"),
    "POST /admin/devices/<device_id>/code": (_device, "admin"),
    "POST /admin/devices/<device_id>/revoke": (_device, "admin", REASON),
    "POST /admin/clients/<hall_id>/add": (_hall, "admin", {"name": "叫号机"}),
    "POST /admin/clients/<client_id>/revoke": (_client, "admin", REASON),
    "POST /admin/settings/<hall_id>/ratings": (_hall, "admin", RATED),
}
