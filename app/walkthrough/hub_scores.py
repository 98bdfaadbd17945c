"""The scores from every side, and a month that is published, read by everybody and verified."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.core.clock import CHINA
from app.core.envelopes import sm3
from app.demo.seed import PASSWORD
from app.walkthrough import workbook
from app.walkthrough.cast import Client, Desk

if TYPE_CHECKING:
    from app.walkthrough.journey import Journey

SCORES = "/api/v1/scores"
PUBLICATIONS = "/api/v1/scores/publications"


async def play(journey: "Journey") -> None:
    """Trend, comparison, ranking, tags, what is missing; then a month is published."""
    manager = await Desk.sign_in(journey.http, "manager", PASSWORD)
    journey.say.chapter("The scores from every side")
    await _views(journey, manager)
    journey.say.chapter("A month is published")
    await _publish(journey, manager)


async def _views(journey: "Journey", manager: Desk) -> None:
    say, today = journey.say, datetime.now(CHINA).date()
    week = {"hall_id": journey.hall, "from": str(today - timedelta(days=6)), "to": str(today)}
    total = (await manager.get(SCORES, **week))["total"]
    trend = await manager.get(f"{SCORES}/trend", **week, step="day")
    points = trend["series"][0]["points"]
    say.step("the trend by day", [point["rated"] if point else "gap" for point in points])
    say.equal(sum(point["rated"] for point in points if point), total["rated"], "adds up")
    say.check(points[0] is None, "a day of which nothing is known is a gap, not a zero")
    for step in ("week", "month", "quarter"):
        divided = (await manager.get(f"{SCORES}/trend", **week, step=step))["series"][0]["points"]
        rated = sum(point["rated"] for point in divided if point)
        say.equal(rated, total["rated"], f"by {step} it adds up to the same")
    compared = await manager.get(f"{SCORES}/comparison", **week, by="window")
    say.step(
        f"beside {compared['before_from']} to {compared['before_to']}",
        compared["total"]["now"]["rated"],
        compared["total"]["before"] or "nothing before",
    )
    ranking = await manager.get(f"{SCORES}/ranking", **week, by="window")
    for row in [*ranking["rows"], *ranking["left_out"]]:
        interval = f"{row['lower']:.0%} to {row['upper']:.0%}" if row["rated"] else "no rating"
        say.step("ranking", row["rank"] or "left out", row["name"], f"{row['rated']},", interval)
    few = ranking["small_sample_below"]
    say.check(all(row["rated"] >= few for row in ranking["rows"]), f"none with fewer than {few}")
    tags = await manager.get(f"{SCORES}/tags", **week)
    given = [tag for level in tags["levels"] for tag in level["tags"] if tag["share"]["numerator"]]
    say.step("tags that were given", [(tag["text"], tag["share"]["numerator"]) for tag in given])
    missing = await manager.get(f"{SCORES}/missing", **week)
    silent = [row["name"] for row in (*missing["windows"], *missing["devices"])]
    looked = missing["windows_looked_at"], missing["devices_looked_at"]
    say.step("nothing came from", silent or "none", f"of {looked[0]} windows, {looked[1]} devices")
    for view in ("trend", "comparison", "ranking", "tags", "missing"):
        book: bytes = await manager.get(f"{SCORES}/{view}.xlsx", **week)
        say.check("口径说明" in workbook.sheet_names(book), f"{view} is a spreadsheet, explained")
    say.step("each of them is a spreadsheet")


async def _publish(journey: "Journey", manager: Desk) -> None:
    say = journey.say
    month = f"{datetime.now(CHINA).date().replace(day=1) - timedelta(days=1):%Y-%m}"
    asked = {"hall_id": journey.hall, "month": month}
    supervisor = await Desk.sign_in(journey.http, "supervisor", PASSWORD)
    proposal = await manager.post(PUBLICATIONS, asked, status=201)
    say.step(f"the manager proposes {month}", proposal["state"])
    everybody, path = Client(journey.http), f"/api/v1/published/{journey.hall}/{month}"
    await everybody.ask("GET", path, status=404)
    answer = f"{PUBLICATIONS}/{proposal['id']}/answer"
    await manager.post(answer, {"agree": True}, status=403)
    say.step("it is not public yet, and the manager cannot confirm it alone")
    confirmed = await supervisor.post(answer, {"agree": True})
    say.step("the supervisor confirms", confirmed["state"])
    found: dict[str, Any] = await everybody.get(path)
    say.step("everybody reads it", f"no. {found['document']['seq']}, SM3 {found['digest'][:16]}…")
    say.equal(sm3(found["content"].encode()).hex(), found["digest"], "its digest is its content's")
    people = ("林小满", "赵秋实", "郑知微", "吴守正")
    say.check(not any(name in found["content"] for name in people), "nobody's name is in it")
    checked = await everybody.get(f"{path}/verification")
    say.step("it is verified", checked["holds"], checked["faults"])
    say.check(checked["holds"], "content, signature and chain hold")
    refused = await manager.post(PUBLICATIONS, asked, status=409)
    say.step("it is not published twice", refused["code"])
