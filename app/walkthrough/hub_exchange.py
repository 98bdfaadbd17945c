"""The exchange: the records and ratings of this walkthrough are with the province, in order."""

import asyncio
import time
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from app.walkthrough.journey import Journey

ARRIVED_IN_SECONDS = 60
"""A round begins every five seconds, wherever a worker is free."""
OK = "0000"


async def play(journey: "Journey") -> None:
    """Wait for the case's record and rating at the province's stand-in, and look at both ends."""
    say, number = journey.say, journey.case["number"]
    say.chapter("The province's exchange")
    async with httpx.AsyncClient(base_url=journey.stage.province_url, timeout=10) as province:
        came = await _arrived(province, number)
        for arrival in came:
            said = arrival["code"], arrival["reason"] or "accepted"
            say.step(f"{arrival['serial']}. the {arrival['kind']} arrived", number, *said)
        say.equal([one["kind"] for one in came], ["record", "rating"], "the record came first")
        say.equal({one["code"] for one in came}, {OK}, "both were accepted, each once")
        refused = (await province.get("/_province/refusals")).json()
        say.equal(refused, {}, "every envelope opened, and every signature was the hub's")
        record = _of((await province.get("/_province/records")).json(), number)
        say.step("the record says", record["taskName"], record["deptName"], record["acceptDate"])
        say.check("userName" not in record or record["userName"] is None, "no name was sent")
        rating = _of((await province.get("/_province/evaluations")).json(), number)
        say.step("the evaluation says", rating["satisfaction"], rating["evalDetail"], rating["pf"])
        say.equal((rating["satisfaction"], rating["pf"]), ("5", "8"), "as it was given")
    found = await journey.admin.get("/api/v1/exchange/summary", hall_id=journey.hall)
    counts = {f"{one['kind']} {one['state']}": one["count"] for one in found["counts"]}
    say.step("the administrator sees", counts, found["reasons"])
    say.check(found["on"] and counts.get("rating accepted", 0) >= 1, "and what was accepted")


async def _arrived(province: httpx.AsyncClient, number: str) -> list[dict[str, Any]]:
    """What the province has got of a case, in the order in which it came."""
    until = time.monotonic() + ARRIVED_IN_SECONDS
    while True:
        came = (await province.get("/_province/arrivals")).json()
        of_case = [one for one in came if one["projectNo"] == number]
        if len(of_case) >= 2 or time.monotonic() > until:
            return of_case
        await asyncio.sleep(0.5)


def _of(kept: list[dict[str, Any]], number: str) -> dict[str, Any]:
    return next(one for one in kept if one["projectNo"] == number)
