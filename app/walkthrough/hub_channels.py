"""Every channel of the hub, one after the other: each rating is taken once, with how it came."""

import asyncio
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from app.core.clock import CHINA
from app.demo.seed import PASSWORD
from app.halls.phone_codes import WINDOW
from app.walkthrough.cast import Client, Desk, Evaluator
from app.walkthrough.report import WrongError
from wechat.codes import pack_scene

if TYPE_CHECKING:
    from app.walkthrough.journey import Journey

SMS_IN_SECONDS = 15
PHONE = "13900139000"


async def play(journey: "Journey") -> None:
    """Play the chapter; the journey has a clerk on duty, an evaluator and a citizen's phone."""
    journey.say.chapter("Every channel")
    await _vendor(journey)
    await _tablet(journey)
    await _batch(journey)
    await _heartbeat(journey)
    await _code_at_the_window(journey)
    await _code_of_the_mini_program(journey)
    await _code_of_a_visit(journey)
    await _supplement(journey, await _with_an_account(journey))
    await _text_message(journey)
    await _cards(journey)
    await _another_system(journey)


async def _visit(journey: "Journey", **about: Any) -> str:
    visit = await journey.clerk.post("/api/v1/visits", {"about": "咨询"} | about, status=201)
    found: str = visit["id"]
    return found


async def _enrolled(journey: "Journey", **device: Any) -> Evaluator:
    body = {"hall_id": journey.hall} | device
    made = await journey.admin.post("/api/v1/devices", body, status=201)
    enrolled = await Client(journey.http).post(
        "/api/v1/devices/enrol", {"code": made["code"]}, status=201
    )
    return Evaluator(journey.http, enrolled["device_id"], enrolled["key"])


async def _signed(
    device: Evaluator, path: str, body: Any, *, status: int = 200, who: str = "Device"
) -> Any:
    """A POST that the device, or another system, signs."""
    content = msgspec.json.encode(body)
    parts = device.signature("POST", path, content)
    parts[who.lower()] = parts.pop("device")
    device.headers = {f"Zhangban-{name.title()}": value for name, value in parts.items()}
    device.headers["Content-Type"] = "application/json"
    return await device.ask("POST", path, status=status, content=content)


def _tap(service_id: str, **said: Any) -> dict[str, Any]:
    return {
        "event_id": str(uuid.uuid4()),
        "service_id": service_id,
        "happened_at": datetime.now(UTC),
    } | said


async def _vendor(journey: "Journey") -> None:
    device = await _enrolled(
        journey,
        name="厂商评价器",
        window_id=journey.window["id"],
        model="generic-one-best",
    )
    visit, path = await _visit(journey), "/api/v1/ratings/device"
    silent = await _signed(device, path, _tap(visit, raw_level=-2))
    journey.say.step("a vendor's device timed out: no rating", silent["not_rated"])
    rated = await _signed(device, path, _tap(visit, raw_level=1), status=201)
    journey.say.step("its 1 means the best", f"level {rated['level']}")
    journey.say.equal(rated["level"], 5, "mapped by the device's model")


async def _tablet(journey: "Journey") -> None:
    tablet = await _enrolled(journey, name="大厅平板")
    rated = await tablet.rate(await _visit(journey), 4)
    journey.say.step("a tablet of the hall", f"level {rated['level']}")


async def _batch(journey: "Journey") -> None:
    visits = [await _visit(journey) for _ in range(3)]
    taps = [_tap(visit, level=5) for visit in reversed(visits)]
    wrong = _tap(visits[0], level=9)
    for wanted in ([201, 422, 201, 201], [200, 422, 200, 200]):
        sent = {"ratings": [taps[0], wrong, *taps[1:]]}
        answer = await _signed(journey.evaluator, "/api/v1/ratings/device/batch", sent)
        found = [item["status"] for item in answer["items"]]
        journey.say.step("an offline device delivers its queue", found)
        journey.say.equal(found, wanted, "each answered by itself, and once")


async def _heartbeat(journey: "Journey") -> None:
    path = "/api/v1/devices/heartbeat"
    beat = await _signed(journey.evaluator, path, {"queue_length": 0, "version": "1.4"})
    listed = await journey.admin.get("/api/v1/devices", hall_id=journey.hall)
    mine = next(d for d in listed["items"] if d["id"] == journey.evaluator.device_id)
    said = f"queue {mine['queue_length']}, version {mine['version']}, offline {mine['offline']}"
    journey.say.step("its health", said, f"clock off by {beat['clock_offset_ms']} ms")
    journey.say.check(not mine["offline"], "heard of just now")


async def _code_at_the_window(journey: "Journey") -> None:
    visit = await _visit(journey)
    path = f"/api/v1/windows/{journey.window['id']}/rating-code"
    code = (await journey.clerk.get(path))["code"]
    anybody = Client(journey.http)
    shown = await anybody.get(f"/api/v1/q/{code}")
    journey.say.step("the QR code at the window shows", shown["window_name"], shown["staff_name"])
    journey.say.equal(shown["service_id"], visit, "the open visit")
    rating = {"service_id": visit, "level": 4, "event_id": str(uuid.uuid4())}
    await anybody.post(f"/api/v1/q/{code}", rating, status=201)
    await anybody.post(f"/api/v1/q/{code}", rating)
    told = await anybody.post(f"/api/v1/q/{code}", {"service_id": visit, "level": 1}, status=422)
    journey.say.step("a bad rating without a reason is asked for one", told["detail"])
    again = {"service_id": visit, "level": 5}
    told = await anybody.post(f"/api/v1/q/{code}", again, status=409)
    journey.say.step("a second one is told", told["title"])


async def _code_of_the_mini_program(journey: "Journey") -> None:
    window = journey.window["id"]
    path = f"/api/v1/windows/{window}/mini-program-code"
    picture, again = [await journey.clerk.get(path) for _ in range(2)]
    journey.say.step("the mini program's code of the window", f"{len(picture):,} bytes")
    journey.say.equal(picture, again, "drawn once and kept")
    scene = pack_scene(WINDOW, uuid.UUID(window))
    opened = await Client(journey.http).get("/api/v1/mini-program/scene", scene=scene)
    journey.say.step("scanned, it opens", opened["kind"], opened["number"], opened["name"])
    journey.say.equal(opened["id"], window, "that window")


async def _code_of_a_visit(journey: "Journey") -> None:
    visit = await _visit(journey)
    code = (await journey.clerk.get(f"/api/v1/visits/{visit}/code"))["code"]
    anybody = Client(journey.http)
    altered = ("B" if code[9] == "A" else "A").join((code[:9], code[10:]))
    refused = await anybody.ask("GET", f"/api/v1/q/{altered}", status=404)
    journey.say.step("an altered code of a visit is refused", refused["code"])
    rated = await anybody.post(f"/api/v1/q/{code}", {"service_id": visit, "level": 5}, status=201)
    journey.say.step("the code of the visit rates it", f"level {rated['level']}")


async def _own_id(journey: "Journey") -> str:
    me: dict[str, str] = await journey.phone.get("/api/v1/citizens/me")
    return me["id"]


async def _with_an_account(journey: "Journey") -> str:
    """Rate as a signed-in citizen; returns the id of the last rating."""
    citizen_id, rating_id = await _own_id(journey), ""
    for channel in ("mini_program", "pc", "mobile"):
        visit = await _visit(journey, citizen_id=citizen_id)
        body = {"service_id": visit, "level": 4, "channel": channel}
        rated = await journey.phone.post("/api/v1/ratings", body, status=201)
        journey.say.step(f"with an account: {channel}", f"level {rated['level']}")
        rating_id = rated["id"]
    return rating_id


async def _supplement(journey: "Journey", rating_id: str) -> None:
    path = f"/api/v1/ratings/{rating_id}/supplement"
    said = await journey.phone.post(path, {"comment": "回家后想起：叫号很清楚。"}, status=201)
    journey.say.step("追评", said["supplement"], f"level still {said['level']}")
    refused = await journey.phone.post(path, {"comment": "再来一条"}, status=409)
    journey.say.step("a second supplement is refused", refused["code"])


async def _text_message(journey: "Journey") -> None:
    visit = await _visit(journey, phone=PHONE)
    await journey.clerk.post(f"/api/v1/visits/{visit}/end")
    database = await asyncpg.connect(journey.stage.settings.database_url)
    try:
        # Nobody can wait for three days here: what was put off until then is due now.
        await database.execute(
            "UPDATE outbox SET due_at = now() WHERE topic = 'ratings.invite' AND key = $1",
            f"service:{visit}",
        )
    finally:
        await database.close()
    text = await _first_text(Path(journey.stage.settings.state_dir) / "sms")
    journey.say.step("three days later, by SMS", text)
    code = text.partition("/q/")[2].split()[0]
    rated = await Client(journey.http).post(
        f"/api/v1/q/{code}", {"service_id": visit, "level": 5}, status=201
    )
    journey.say.step("its link rates the visit", f"level {rated['level']}")


async def _first_text(folder: Path) -> str:
    for _ in range(SMS_IN_SECONDS * 10):
        for file in await asyncio.to_thread(lambda: sorted(folder.glob("*.json"))):
            text: str = json.loads(await asyncio.to_thread(file.read_bytes))["text"]
            if "/q/" in text:
                return text
        await asyncio.sleep(0.1)
    raise WrongError("no text message with a link to rate came")


async def _cards(journey: "Journey") -> None:
    second = await Desk.sign_in(journey.http, "clerk2", PASSWORD)
    for source in ("phone", "paper", "box"):
        visit = await _visit(journey)
        card = {
            "source": source,
            "card_number": f"K-{source}",
            "given_on": datetime.now(CHINA).date().isoformat(),
            "service_id": visit,
            "level": 4,
        }
        refused = await journey.clerk.post("/api/v1/entered-ratings", card, status=409)
        rated = await second.post("/api/v1/entered-ratings", card, status=201)
        journey.say.step(f"entered by a clerk: {source}", f"level {rated['level']}")
    journey.say.step("of one's own service it is refused", refused["code"])


async def _another_system(journey: "Journey") -> None:
    made = await journey.admin.post(
        "/api/v1/clients", {"hall_id": journey.hall, "name": "叫号系统"}, status=201
    )
    system = Evaluator(journey.http, made["client"]["id"], made["key"])
    now = datetime.now(UTC)
    key = {"project_no": "JH-2026-0001", "service_number": 1}
    rating = key | {"assess_number": "P-1", "channel": 7, "level": 5, "happened_at": now}
    early = await _signed(system, "/api/v1/hub/ratings", rating, status=409, who="Client")
    journey.say.step("another system's rating before its record is refused", early["code"])
    record = key | {
        "task_code": "11510000MB1234567X4510111001000",
        "task_name": "社会保障卡申领",
        "department_code": "RS",
        "area_code": "990100",
        "user_prop": 1,
        "pro_status": 3,
        "pro_channel": 1,
        "started_at": now - timedelta(minutes=9),
        "ended_at": now,
        "window_number": journey.window["number"],
    }
    for status in (201, 200):
        await _signed(system, "/api/v1/hub/services", record, status=status, who="Client")
    first = await _signed(system, "/api/v1/hub/ratings", rating, status=201, who="Client")
    again = await _signed(system, "/api/v1/hub/ratings", rating, who="Client")
    journey.say.step("the record first, then its rating, each once", f"level {first['level']}")
    journey.say.equal(again["id"], first["id"], "the repeat got the first answer")
