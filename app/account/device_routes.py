"""Administrators' pages about what signs its requests: evaluators, and systems of others."""

from typing import Any
from uuid import UUID

from app.account import qr, scopes, stories
from app.account.forms import ClientForm, DeviceForm, HallQuery, ReasonForm
from app.core.api import Call
from app.core.auth import Role, staff
from app.halls import administration
from app.halls import service as halls
from app.pages.routes import PageRoutes, Redirect, View
from evaluations.devices import clients, service
from evaluations.devices.schemas import ClientIn, DeviceIn, DeviceShown, EnrolmentCode
from evaluations.devices.vendors import KNOWN

pages = PageRoutes("admin-devices", "/admin/devices")
systems = PageRoutes("admin-clients", "/admin/clients")
ADMIN = staff(Role.ADMIN)
CLOCK_WARNING_MS = 30_000
"""A clock that is further off is shown as something to look after; ratings keep both times."""


def state(device: DeviceShown) -> tuple[str, str]:
    """A device's state in a word, and its tone."""
    if device.revoked_at is not None:
        return "已停用", ""
    if device.enrolled_at is None:
        return "待登记", "info"
    return ("离线", "bad") if device.offline else ("在线", "good")


def clock(device: DeviceShown) -> str:
    """How far a device's clock is off, in words."""
    if device.clock_offset_ms is None:
        return "—"
    seconds = abs(device.clock_offset_ms) / 1000
    if seconds < 1:
        return "准"
    way = "快" if device.clock_offset_ms > 0 else "慢"
    return f"{way} {seconds:,.0f} 秒"


def _row(device: DeviceShown) -> dict[str, Any]:
    said, tone = state(device)
    off = device.clock_offset_ms is not None and abs(device.clock_offset_ms) > CLOCK_WARNING_MS
    return {"device": device, "state": said, "tone": tone, "clock": clock(device), "clock_off": off}


@pages.page("/", guard=ADMIN)
async def device_list(call: Call, query: HallQuery) -> View:
    """The evaluators of a hall and how they are."""
    chosen = await scopes.chosen(call.act, query.hall)
    devices = await service.shown_of_hall(call.act, chosen.hall.id)
    windows = await administration.windows(chosen.hall.id)
    in_use = [one for one in devices if one.enrolled_at and not one.revoked_at]
    return View(
        "account/devices.html",
        title="评价设备",
        chosen=chosen,
        rows=[_row(one) for one in sorted(devices, key=lambda one: one.revoked_at is not None)],
        in_use=len(in_use),
        offline=sum(one.offline for one in in_use),
        waiting=sum(one.queue_length or 0 for one in in_use),
        window_names={one.id: f"{one.number} {one.name}" for one in windows},
        window_options=[
            ("", "大厅平板（不固定窗口）"),
            *((str(one.id), f"{one.number} {one.name}") for one in windows),
        ],
        model_options=[
            ("", "本系统的评价器页面"),
            *((name, name) for name in sorted(KNOWN.models)),
        ],
    )


@pages.form("/<hall_id:uuid>/add", guard=ADMIN)
async def add_device(call: Call, hall_id: UUID, body: DeviceForm) -> Redirect:
    """Add an evaluator, and go on to its enrolment code."""
    new = DeviceIn(hall_id=hall_id, name=body.name, window_id=body.window_id, model=body.model)
    return _to_code(await service.add(call.act, new))


def _to_code(made: EnrolmentCode) -> Redirect:
    # The code itself is in no address: whoever goes back or loads the page again adds nothing.
    return Redirect(f"/admin/devices/{made.device.id}/code")


@pages.page("/<device_id:uuid>/code", guard=ADMIN)
async def enrolment_code(call: Call, device_id: UUID) -> View | Redirect:
    """The enrolment code that a device waits for; once it is used or too old, on to the device."""
    made = await service.waiting_code(call.act, device_id)
    if made is None:
        said = "登记码已经用过或已过期；需要时可以重新生成。"
        return Redirect(f"/admin/devices/{device_id}", said=said)
    address = f"{call.act.house.settings.public_url}/kiosk#code={made.code}"
    return View(
        "account/device-code.html",
        title="登记码",
        made=made,
        address=address,
        picture=qr.svg(address, "登记二维码，用评价器扫描"),
    )


@pages.page("/<device_id:uuid>", guard=ADMIN)
async def device_page(call: Call, device_id: UUID) -> View:
    """One evaluator: its health and its history."""
    found = await service.administered(call.act, device_id)
    names = await halls.names(found.hall_id, found.window_id)
    return View(
        "account/device.html",
        title=found.name,
        hall=names.get(found.hall_id, ""),
        window=names.get(found.window_id) if found.window_id else None,
        story=await stories.of(call.act, found.hall_id, f"device:{device_id}"),
        **_row(found),
    )


@pages.form("/<device_id:uuid>/code", guard=ADMIN)
async def renew_code(call: Call, device_id: UUID) -> Redirect:
    """Make a new enrolment code, and go on to it."""
    return _to_code(await service.renew_code(call.act, device_id))


@pages.form("/<device_id:uuid>/revoke", guard=ADMIN)
async def revoke_device(call: Call, device_id: UUID, body: ReasonForm) -> Redirect:
    """End a device for good."""
    await service.revoke(call.act, device_id, body.reason)
    return Redirect(f"/admin/devices/{device_id}", said="设备已停用。")


@systems.page("/", guard=ADMIN)
async def client_list(call: Call, query: HallQuery) -> View:
    """The other systems of a hall that have a key."""
    chosen = await scopes.chosen(call.act, query.hall)
    found = await clients.shown_of_hall(call.act, chosen.hall.id)
    return View(
        "account/clients.html",
        title="外部系统",
        chosen=chosen,
        clients=found,
        story=await stories.of(call.act, chosen.hall.id, *(f"client:{one.id}" for one in found)),
    )


@systems.form("/<hall_id:uuid>/add", guard=ADMIN)
async def add_client(call: Call, hall_id: UUID, body: ClientForm) -> View:
    """Give another system a key, shown this once."""
    made = await clients.add(call.act, ClientIn(hall_id=hall_id, name=body.name))
    return View("account/client-key.html", title="系统密钥", made=made)


@systems.form("/<client_id:uuid>/revoke", guard=ADMIN)
async def revoke_client(call: Call, client_id: UUID, body: ReasonForm) -> Redirect:
    """End another system's key for good."""
    ended = await clients.revoke(call.act, client_id, body.reason)
    return Redirect(f"/admin/clients?hall={ended.hall_id}", said="密钥已停用。")
