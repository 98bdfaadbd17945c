"""A visit at the window, rated on its evaluator, and what the manager reads of it all."""

import asyncio
import json
import time
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import connect

from app.core.clock import CHINA
from app.demo.seed import PASSWORD
from app.walkthrough import workbook
from app.walkthrough.cast import Desk

if TYPE_CHECKING:
    from app.walkthrough.journey import Journey

PROMPT_IN_SECONDS = 5


async def play(journey: "Journey") -> None:
    """The visit, and the scores."""
    await _the_window_asks(journey)
    await _the_manager_reads(journey)


async def _the_window_asks(journey: "Journey") -> None:
    """一次一评: the clerk opens a visit, the evaluator is prompted live and posts a rating."""
    journey.say.chapter("A visit at the window")
    async with connect(journey.evaluator.socket_url(journey.stage.url)) as socket:
        began = time.monotonic()
        visit = await journey.clerk.post(
            "/api/v1/visits", {"item_id": journey.guide["id"]}, status=201
        )
        async with asyncio.timeout(PROMPT_IN_SECONDS):
            prompt = json.loads(await socket.recv())
        took = time.monotonic() - began
        journey.say.step(
            "the evaluator is prompted",
            prompt["staff"],
            f"{took * 1000:.0f} ms",
            [level["name"] for level in prompt["levels"]],
        )
        journey.say.equal(prompt["service_id"], visit["id"], "for this visit")
        await socket.send(json.dumps({"type": "ack", "service_id": visit["id"]}))
        await _tap(journey, visit["id"])
    seen = await journey.clerk.get(f"/api/v1/visits/{visit['id']}")
    journey.say.step("the clerk sees that it was rated, not what", seen)
    journey.say.check(seen["rated"] and "level" not in seen, "never what was said")
    ended = await journey.clerk.post(f"/api/v1/visits/{visit['id']}/end")
    journey.say.check(ended["ended_at"] is not None, "the visit is over")


async def _tap(journey: "Journey", visit_id: str) -> None:
    event = str(uuid.uuid4())
    forged = journey.evaluator.signature("POST", "/api/v1/ratings/device", b"another body")
    refused = await journey.evaluator.rate(visit_id, 5, status=401, signed=forged)
    journey.say.step("a forged signature is refused", refused["code"])
    first = await journey.evaluator.rate(visit_id, 4, event_id=event)
    journey.say.step("a signed rating is taken", first["level"])
    again = await journey.evaluator.rate(visit_id, 4, event_id=event, status=200)
    journey.say.equal(again["id"], first["id"], "the same tap again counts once")
    refused = await journey.evaluator.rate(visit_id, 1, status=409, tags=["115"])
    journey.say.step("a second rating of the visit is refused", refused["code"])


async def _the_manager_reads(journey: "Journey") -> None:
    """Satisfaction, participation and counts by hall, department, window, staff and item."""
    journey.say.chapter("The manager reads the scores")
    manager = await Desk.sign_in(journey.http, "manager", PASSWORD)
    today = datetime.now(CHINA).date().isoformat()
    period = {"hall_id": journey.hall, "from": today, "to": today}
    for by in ("hall", "department", "window", "staff", "item", "channel"):
        scores = await manager.get("/api/v1/scores", **period, by=by)
        for row in scores["rows"]:
            journey.say.step(
                f"by {by}",
                row["name"],
                f"ratings {row['rated']}, due {row['due']},",
                "satisfaction",
                _shown(row["satisfaction"]),
                "participation",
                _shown(row["participation"]),
            )
        journey.say.check(len(scores["rows"]) >= 1, f"there are scores by {by}")
    total = (await manager.get("/api/v1/scores", **period, by="hall"))["total"]
    journey.say.equal((total["rated"], total["due"]), (2, 2), "two ratings of two services")
    journey.say.equal(total["levels"], {"1": 0, "2": 0, "3": 0, "4": 1, "5": 1}, "by level")
    book: bytes = await manager.get("/api/v1/scores.xlsx", **period, by="window")
    sheets = workbook.sheet_names(book)
    journey.say.step("the spreadsheet", f"{len(book):,} bytes", sheets)
    journey.say.check(len(sheets) >= 2, "figures, and what they mean")
    await journey.clerk.ask("GET", "/api/v1/scores", status=403, params=period | {"by": "hall"})
    journey.say.step("a clerk may not read them")


def _shown(rate: dict[str, Any]) -> str:
    value = "—" if rate["value"] is None else f"{rate['value']:.0%}"
    return f"{rate['numerator']}/{rate['denominator']} = {value}"
