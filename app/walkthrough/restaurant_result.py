"""The restaurant's result: four certificates by post, the rating, and everything verified."""

from datetime import date, time
from typing import Any

from app.walkthrough.cast import Client
from app.walkthrough.diary import after
from app.walkthrough.restaurant import ADDRESS, BUNDLE, Restaurant
from app.walkthrough.restaurant_review import DECIDED, FIRE, MARKET, URBAN
from app.walkthrough.systems import OtherSystem

ISSUED = date(2026, 5, 18)
POSTED = date(2026, 5, 19)
ON_ITS_WAY = date(2026, 5, 20)
SIGNED_FOR = date(2026, 5, 21)
CHECKED = date(2026, 5, 25)
TRACKING, CARRIER = "EA123456789CN", "邮政快递"
DELIVERY_DAYS = 10
LICENCES = (
    ("营业执照", "92990100MA00000A1B", MARKET),
    ("食品经营许可证", "JY29901000000018", MARKET),
    ("消防安全检查意见书", "青消检字〔2026〕第0012号", FIRE),
    ("户外招牌设置批准文件", "青城管许〔2026〕第0031号", URBAN),
)
ANSWER = {
    "reason": "经办人员休假，交接时遗漏了这项任务。",
    "measures": "补齐岗位 AB 角，每日核对待办清单。",
    "until": "2026-05-29",
}


async def play(story: Restaurant) -> None:
    """From the decision to the rating, and what can be verified afterwards."""
    story.say.chapter("The restaurant's result: certificates by post, signed for, rated")
    await _supervision(story)
    await _issue(story)
    await _post(story)
    await _carrier(story)
    await _rating(story)
    story.say.chapter("The restaurant on paper: receipts, figures, timeline")
    await story.place.begin_day(CHECKED)
    await _pledge(story)
    await _papers(story)
    await _figures(story)
    _timeline(story, await story.seen())


async def _supervision(story: Restaurant) -> None:
    """The red light has opened an entry by itself; it must be answered."""
    await story.place.begin_day(ISSUED)
    urban = await story.place.desk("urban")
    path = "/api/v1/supervision/entries"
    [entry] = (await urban.get(path))["items"]
    story.say.step("the red light opened an entry", entry["number"], entry["why"])
    story.say.equal((entry["step"], entry["department"]), ("review", URBAN), "for its review")
    await urban.post(f"{path}/{entry['id']}/answer", ANSWER)
    supervisor = await story.place.desk("supervisor")
    judged = await supervisor.post(f"{path}/{entry['id']}/accept", {"note": "原因清楚，措施可行。"})
    story.happens("城市管理局答复督办，督查认可", judged["progress"])
    story.say.equal(judged["state"], "closed", "what was overdue is over, so it is closed")
    query = {"hall_id": story.place.hall, "from": "2026-05-01", "to": "2026-05-31"}
    counted = (await supervisor.get("/api/v1/supervision/defaults", **query))["rows"]
    story.say.step("taken as agreeing, by department", _by_department(counted))


def _by_department(rows: list[dict[str, Any]]) -> list[str]:
    return [
        f"{row['department']} {row['share']['numerator']}/{row['share']['denominator']}"
        for row in rows
    ]


async def _issue(story: Restaurant) -> None:
    story.place.set_clock(ISSUED, time(10, 0))
    clerk = await story.place.desk("clerk1")
    first, *also = (
        {"title": title, "number": number, "department_id": story.place.departments[department]}
        for title, number, department in LICENCES
    )
    await clerk.post(f"{story.at_desk}/issue", first | {"also": also})
    found = await story.seen()
    made = found["delivery_progress"]
    story.happens("一次制证 4 份", [one["title"] for one in made["certificates"]])
    due = after(DECIDED, DELIVERY_DAYS).isoformat()
    story.say.equal(made["due"], due, "to be delivered within ten working days")


async def _post(story: Restaurant) -> None:
    await story.place.begin_day(POSTED)
    clerk = await story.place.desk("clerk1")
    waiting = (await clerk.get("/api/v1/desk/shipments", hall_id=story.place.hall))["items"]
    numbers = [row["number"] for row in waiting]
    story.say.equal(numbers, [story.case["number"]], "waits to be posted")
    who = await clerk.get(f"{story.at_desk}/applicant")
    story.say.equal(who["delivery_address"], ADDRESS, "the address; the reading is recorded")
    body = {"carrier": CARRIER, "tracking_number": TRACKING}
    posted = await clerk.post(f"{story.at_desk}/post", body)
    story.happens("交邮政快递寄出", TRACKING, posted["progress"])
    story.say.equal(posted["state"], "issued", "posted is not delivered")


async def _carrier(story: Restaurant) -> None:
    """The carrier's own system says where it is; an event that comes twice counts once."""
    admin = await story.place.desk("admin")
    carrier = await OtherSystem.made(story.place, admin, "快递公司")
    for day, state, event in ((ON_ITS_WAY, "in_transit", "e-1"), (SIGNED_FOR, "signed", "e-2")):
        await story.place.begin_day(day)
        body = {
            "event_id": event,
            "carrier": CARRIER,
            "tracking_number": TRACKING,
            "state": state,
            "at": story.place.house.clock.now().isoformat(),
        }
        taken = await carrier.post("/api/v1/shipments/events", body)
        again = await carrier.post("/api/v1/shipments/events", body)
        story.say.equal(again, taken, "the same event again got the first answer")
        found = await story.seen()
        [shipment] = found["delivery_progress"]["shipments"]
        story.happens(shipment["says"], found["progress"])
        states = [entry["state"] for entry in shipment["events"]]
        story.say.equal(states.count(state), 1, "and counts once")
    story.say.equal(found["state"], "closed", "signed for, and closed with that")


async def _rating(story: Restaurant) -> None:
    story.place.set_clock(SIGNED_FOR, time(20, 0))
    phone = await story.phone()
    rating = {"case_number": story.case["number"], "level": 5, "tags": ["517"]}
    rated = await phone.post("/api/v1/ratings", rating, status=201)
    story.happens("申请人评价：非常满意", [tag["text"] for tag in rated["tags"]])
    await phone.post("/api/v1/ratings", rating | {"level": 1, "tags": ["115"]}, status=409)
    story.say.step("a second, different one is refused")


async def _pledge(story: Restaurant) -> None:
    market = await story.place.desk("reviewer")
    query = {"department_id": story.place.departments[MARKET]}
    [pledge] = (await market.get("/api/v1/desk/pledges", **query))["items"]
    body = {"kept": True, "finding": "现场查看，制度上墙并执行。"}
    checked = await market.post(f"/api/v1/desk/pledges/{pledge['id']}/check", body)
    story.happens("事后核查承诺：属实", checked["state"])


async def _papers(story: Restaurant) -> None:
    """Every receipt and certificate is a PDF whose code anybody can verify."""
    found, phone, anybody = await story.seen(), await story.phone(), Client(story.place.http)
    for receipt in found["receipts"]:
        path = f"{story.path}/receipts/{receipt['number']}.pdf"
        paper: bytes = await phone.get(path)
        story.say.check(paper.startswith(b"%PDF"), f"{receipt['title']} is a PDF")
        told = await anybody.get(f"/api/v1/verify/{receipt['code']}")
        story.say.step(receipt["title"], receipt["number"], f"{len(paper):,} bytes", told["says"])
        story.say.equal(told["number"], receipt["number"], "its code verifies it")
        story.say.check(told["holder"] != "李阿明", "the holder is masked")
    for made in found["delivery_progress"]["certificates"]:
        told = await anybody.get(f"/api/v1/verify/{made['code']}")
        story.say.equal((told["number"], told["state"]), (made["number"], "valid"), made["title"])
        paper = await phone.ask(
            "GET", f"{story.path}/certificate.pdf", params={"number": made["number"]}
        )
        story.say.step(made["title"], made["number"], f"{len(paper):,} bytes", told["says"])
    await anybody.ask("GET", "/api/v1/verify/AAAA-AAAA-AAAA-AAAA", status=404)
    story.say.step("a code that nobody gave out verifies nothing")


async def _figures(story: Restaurant) -> None:
    assert story.clock
    manager = await story.place.desk("manager")
    query = {"hall_id": story.place.hall, "from": "2026-05-01", "to": "2026-05-31"}
    total = (await manager.get("/api/v1/supervision/figures", **query))["total"]
    used = story.clock.used(DECIDED)
    story.say.step(
        "the manager's figures of May",
        f"decided {total['decided']}, {total['handling_time']['value']} days,",
        f"on time {total['on_time']['value']:.0%},",
        f"shorter than the law's 45 days by {total['compression']['value']:.0%}",
    )
    story.say.equal(total["handling_time"]["numerator"], used, "the days that were counted by hand")
    story.say.equal((total["granted"], total["by_default"]), (1, 1), "one case, one by default")
    scores = await manager.get("/api/v1/scores", **query)
    story.say.equal(scores["total"]["levels"]["5"], 1, "and one rating")


def _timeline(story: Restaurant, found: dict[str, Any]) -> None:
    """The days as a table, and the promise's arithmetic, to be checked with a wall calendar."""
    story.say.out.print(f"\n  {BUNDLE} {story.case['number']}")
    for line in story.diary.lines():
        story.say.out.print(f"    {line}")
    story.say.out.print("\n  时限是这样算的（可以对照日历核对）：")
    for line in found["deadline"]["arithmetic"]:
        story.say.out.print(f"    {line}")
