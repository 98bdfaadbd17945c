"""Opening a restaurant (开餐馆一件事), first part: everything told once, one form, five photos.

It goes on in `restaurant_review.py` and `restaurant_result.py`. The days are those around Labour
Day 2026: five days of rest, and a Saturday that is worked, lie in the clock's way.
"""

import uuid
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from app.demo.applications import RESTAURANT
from app.demo.drawings import drawn
from app.demo.invented import COOK
from app.walkthrough.cast import Phone
from app.walkthrough.diary import Diary, NaiveClock
from app.walkthrough.moved_house import MovedHouse
from app.walkthrough.report import Report

SUBMITTED = date(2026, 4, 27)
CORRECTION = date(2026, 4, 28)
SUPPLEMENTED = date(2026, 4, 29)
ACCEPTED = date(2026, 4, 30)
BUNDLE = RESTAURANT.item
ANSWERS = RESTAURANT.answers
FORM = RESTAURANT.form | {"sign_height": 1.8}
PHOTOS = {
    "site_photos": "the shop",
    "layout": "plan",
    "premises": "the lease",
    "exit_photos": "exits, blurred",
    "sign_effect": "sign",
}
"""Five photos; the drawing of the plan shows the kitchen too, and serves for both lines."""
DEFERRED, PLEDGED = "health", "rules"
ADDRESS = "青河县柳林镇中街 36 号后院"
POINTS = [
    {"text": "灭火器压力表看不清，请近距离重拍。", "requirement": "exit_photos"},
    {"text": "与效果图上的 1.2 米不一致，请核对。", "field": "sign_height"},
]


@dataclass
class Restaurant:
    """The case and everybody's view of it; each chapter leaves what the next needs."""

    place: MovedHouse
    say: Report
    diary: Diary = field(default_factory=Diary)
    clock: NaiveClock | None = None
    guide: dict[str, Any] = field(default_factory=dict)
    case: dict[str, Any] = field(default_factory=dict)
    visit: str = ""

    async def phone(self) -> Phone:
        """The applicant's phone."""
        return await self.place.phone(COOK.name)

    def happens(self, what: str, *came_back: Any) -> None:
        """Say a step, and note it in the diary."""
        self.say.step(f"{self.place.today:%m-%d} {what}", *came_back)
        self.diary.note(self.place.today, what)

    @property
    def path(self) -> str:
        """The case as its applicant asks for it."""
        return f"/api/v1/cases/{self.case['id']}"

    @property
    def at_desk(self) -> str:
        """The case as the desk asks for it."""
        return f"/api/v1/desk/cases/{self.case['id']}"

    async def seen(self) -> dict[str, Any]:
        """The case as its applicant sees it now."""
        found: dict[str, Any] = await (await self.phone()).get(self.path)
        return found


async def play(story: Restaurant) -> None:
    """From the first question to the acceptance."""
    story.say.chapter("Opening a restaurant: one guide, one form, one set of materials")
    await story.place.begin_day(SUBMITTED)
    await _who(story)
    await _questions(story)
    await _draft(story)
    await _submit(story)
    await _correction(story)
    await _supplement(story)
    await _accept(story)


async def _who(story: Restaurant) -> None:
    phone = await story.phone()
    await phone.ask("PUT", "/api/v1/citizens/me", json=COOK.says)
    await phone.allow_messages(20)
    for words in ("开饭店", "kcg", "开餐馆"):
        found = (await phone.get("/api/v1/items", hall_id=story.place.hall, q=words))["items"]
        names = [item["name"] for item in found[:3]]
        story.say.step(f"searched {words}", names)
        story.say.check(BUNDLE in names, "the bundle is among the first three")
    item = next(item for item in found if item["name"] == BUNDLE)
    story.guide = await phone.get(f"/api/v1/items/{item['id']}")


async def _questions(story: Restaurant) -> None:
    """The questionnaire decides materials, fields and departments; told at once, all of it."""
    path = f"/api/v1/items/{story.guide['id']}/situation"
    phone = await story.phone()
    asked = await phone.post(path, {"answers": {}})
    story.say.step("the questions", [question["text"] for question in asked["questions"]])
    told = (await phone.post(path, {"answers": ANSWERS}))["told"]
    materials = {line["code"] for line in told["materials"]}
    days = f"{len(materials)} 项材料，{told['promised_days']} 个工作日"
    story.happens("选择情形，一次性告知", days)
    for line in told["said"]:
        story.say.out.print(f"        {line}")
    story.say.check("kitchen_plan" in materials, "cooking in the shop asks for the kitchen's plan")
    story.say.check("evacuation" not in materials, "a small shop needs no plan of evacuation")
    again = (await phone.post(path, {"answers": ANSWERS}))["told"]
    story.say.equal(again, told, "the same answers give the same materials")
    departments = [part["department_name"] for part in told["stages"][1]["departments"]]
    story.say.equal(len(departments), 3, "three departments at the same time")
    none = await phone.post(path, {"answers": ANSWERS | {"sign": ["no"]}})
    fewer = [part["department_name"] for part in none["told"]["stages"][1]["departments"]]
    story.say.step("without a sign", fewer)
    story.say.equal(len(fewer), 2, "the department for signs is not asked then")


async def _draft(story: Restaurant) -> None:
    phone, item = await story.phone(), story.guide["id"]
    half = {"version_id": story.guide["version_id"], "answers": ANSWERS, "form": {"seats": 40}}
    await phone.ask("PUT", f"/api/v1/drafts/{item}", json=half)
    found = await phone.get(f"/api/v1/drafts/{item}")
    story.say.step("saved half-way, and resumed", found["form"], found["changes"])
    story.say.equal(found["form"], half["form"], "the draft is as it was left")


async def _submit(story: Restaurant) -> None:
    phone = await story.phone()
    photos = {
        line: (await phone.upload(f"{line}.jpg", drawn(words)))["id"]
        for line, words in PHOTOS.items()
    }
    supplied = photos | {"kitchen_plan": photos["layout"]}
    body = {
        "item_id": story.guide["id"],
        "version_id": story.guide["version_id"],
        "answers": ANSWERS,
        "form": FORM,
        "materials": [{"requirement": k, "material_ids": [v]} for k, v in supplied.items()],
        "deferred": [DEFERRED],
        "pledged": [PLEDGED],
        "delivery": {"way": "post", "address": ADDRESS},
    }
    refused = await phone.post("/api/v1/cases", body, status=422)
    story.say.step("deferred and pledged without the words for it", refused["title"])
    body |= {"deferral_pledge": True, "pledge_agreed": True}
    key = str(uuid.uuid4())
    story.case = await phone.post("/api/v1/cases", body, status=201, key=key)
    again = await phone.post("/api/v1/cases", body, status=201, key=key)
    story.say.equal(again, story.case, "the repeat got the first answer")
    story.happens(
        "提交：一张表、五张照片；健康证明容缺，管理制度承诺",
        f"办件编号 {story.case['number']}",
    )
    drafts = await phone.get("/api/v1/drafts")
    story.say.equal(drafts, [], "the draft is over with it")
    story.diary.clock[story.place.today] = "待受理"


async def _correction(story: Restaurant) -> None:
    await story.place.begin_day(CORRECTION)
    clerk = await story.place.desk("clerk1")
    await clerk.post(f"{story.at_desk}/ask-correction", {"points": POINTS})
    found = await story.seen()
    story.happens("窗口一次性告知补正 2 项", found["correction"]["points"])
    story.say.equal(len(found["correction"]["places"]), 2, "each with its place")
    story.diary.clock[story.place.today] = "待补正，不计时"


async def _supplement(story: Restaurant) -> None:
    await story.place.begin_day(SUPPLEMENTED)
    phone = await story.phone()
    sharp = await phone.upload("exits.jpg", drawn("exits, sharp"))
    body = {
        "form": RESTAURANT.form,
        "materials": [{"requirement": "exit_photos", "material_ids": [sharp["id"]]}],
    }
    await phone.post(f"{story.path}/supplement", body)
    story.happens("申请人补正", (await story.seen())["progress"])
    story.diary.clock[story.place.today] = "待受理"


async def _accept(story: Restaurant) -> None:
    await story.place.begin_day(ACCEPTED)
    clerk = await story.place.desk("clerk1")
    refused = await clerk.post(f"{story.at_desk}/accept", status=409)
    story.say.step("accepting without the pre-check is refused", refused["title"])
    checked = await clerk.post(f"{story.at_desk}/pre-check")
    story.happens("预审通过", checked["receipt"])
    story.place.set_clock(ACCEPTED, time(10, 30))
    clerk = await story.place.desk("clerk1")
    await clerk.post(f"{story.at_desk}/accept")
    found = await story.seen()
    story.happens("核对原件，受理", found["deadline"]["text"])
    story.clock = NaiveClock(ACCEPTED, found["deadline"]["promised_days"])
    [deferral] = found["deferrals"]
    story.say.step("the deferred material is due", deferral["due"])
    [pledge] = found["pledges"]
    story.say.step("the pledge", pledge["text"])
