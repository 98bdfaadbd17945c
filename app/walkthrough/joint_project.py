"""A construction project (工程建设项目): an enterprise, one number, a joint site visit, minutes."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from app.core.clock import CHINA
from app.demo.applications import LAND, PROJECT, SITE, STAGES, Application
from app.demo.drawings import drawn
from app.demo.invented import DIRECTOR, FIRM, FIRM_CODE, OPERATOR
from app.walkthrough.applying import filled_in, item_of
from app.walkthrough.cast import Phone
from app.walkthrough.moved_house import MovedHouse
from app.walkthrough.report import Report

BEGUN = date(2026, 5, 26)
CALLED = date(2026, 5, 27)
VISITED = date(2026, 5, 28)
DECIDED = date(2026, 5, 29)
LAND_OFFICE, WATER, FARMING = "自然资源局", "水利局", "农业农村局"
PEOPLE = {
    LAND_OFFICE: "land",
    WATER: "water",
    FARMING: "farm",
    "发展和改革局": "plan",
    "住房和城乡建设局": "housing",
    "人民防空办公室": "shelter",
}
MINUTES = "踏勘确认：地块不占永久基本农田，距最近河道 260 米。\n各部门据此出具意见。"


@dataclass
class Project:
    """The project and its cases, by stage; each chapter leaves what the next needs."""

    place: MovedHouse
    say: Report
    enterprise: str = ""
    made: dict[str, Any] = field(default_factory=dict)
    cases: dict[int, dict[str, Any]] = field(default_factory=dict)

    async def phone(self) -> Phone:
        """The operator's phone."""
        return await self.place.phone(OPERATOR.name)

    async def seen(self) -> dict[str, Any]:
        """The project as its owner sees it."""
        found: dict[str, Any] = await (await self.phone()).get(
            f"/api/v1/projects/{self.made['id']}"
        )
        return found

    async def file(self, stage: int, wanted: Application, **reused: str) -> None:
        """The operator files for the enterprise, under the project's number."""
        phone = await self.phone()
        body = await filled_in(
            phone, self.place.hall, wanted, phone.upload, reused=reused, delivery="counter"
        )
        body |= {
            "project_number": self.made["number"],
            "on_behalf": {"enterprise_id": self.enterprise},
        }
        self.cases[stage] = await phone.post("/api/v1/cases", body, status=201)
        await self.place.deliver()  # the number is followed after the commit
        self.say.step(
            f"{self.place.today:%m-%d} filed for the enterprise",
            wanted.item,
            self.cases[stage]["number"],
        )

    async def accept(self, stage: int) -> None:
        """The window pre-checks and accepts."""
        clerk = await self.place.desk("clerk1")
        for act in ("pre-check", "accept"):
            await clerk.post(f"/api/v1/desk/cases/{self.cases[stage]['id']}/{act}")

    async def open_tasks(self, stage: int) -> list[dict[str, Any]]:
        """Who is at work on the case of a stage."""
        clerk = await self.place.desk("clerk1")
        found = await clerk.get(f"/api/v1/desk/cases/{self.cases[stage]['id']}")
        return [task for task in found["tasks"] if task["state"] == "open"]

    async def grant_all(self, stage: int) -> None:
        """Every department agrees, one stage of the review after the other."""
        while tasks := await self.open_tasks(stage):
            for task in tasks:
                desk = await self.place.desk(PEOPLE[task["department"]])
                path = f"/api/v1/desk/tasks/{task['id']}/grant"
                await desk.post(path, {"opinion": "符合条件，同意。"})


async def play(story: Project) -> None:
    """From the enterprise to the first stage's decision."""
    story.say.chapter("A construction project: an enterprise and its operator")
    await story.place.begin_day(BEGUN)
    await _enterprise(story)
    await _operator(story)
    await _project(story)
    story.say.chapter("The project's first stage: a joint site visit with minutes")
    meeting = await _call(story)
    await _visit(story, meeting)
    await _first_decision(story)


async def _introduce(story: Project, who: Any) -> Phone:
    phone = await story.place.phone(who.name)
    await phone.ask("PUT", "/api/v1/citizens/me", json=who.says)
    body = {"person": who.name, "phone": who.phone}
    code = (await story.place.sandbox.post("/_sandbox/phone-codes", json=body)).json()["code"]
    proven = await phone.ask("PUT", "/api/v1/citizens/me/phone", json={"code": code})
    story.say.check(proven["phone_proven"], f"{who.name}'s phone is proven by the platform")
    return phone


async def _enterprise(story: Project) -> None:
    phone = await _introduce(story, DIRECTOR)
    body = {
        "name": FIRM,
        "code": FIRM_CODE,
        "legal_representative": DIRECTOR.name,
        "role": "legal_representative",
        "hall_id": story.place.hall,
    }
    path = "/api/v1/enterprises/registrations"
    wrong = await phone.post(path, body | {"code": FIRM_CODE[:-1] + "0"}, status=422)
    story.say.step("a wrong credit code is refused", wrong["title"])
    asked = await phone.post(path, body, status=201)
    clerk = await story.place.desk("clerk1")
    clear = await clerk.get(f"/api/v1/desk/enterprise-registrations/{asked['id']}")
    story.say.step("the clerk compares it with the paper licence", clear["name"], clear["code"])
    answer = f"/api/v1/desk/enterprise-registrations/{asked['id']}/answer"
    confirmed = await clerk.post(answer, {"confirm": True})
    story.enterprise = confirmed["enterprise_id"]
    story.say.step("confirmed", confirmed["state"])


async def _operator(story: Project) -> None:
    """Whoever proves the phone that was invited may file for the enterprise."""
    director, operator = await story.place.phone(DIRECTOR.name), await _introduce(story, OPERATOR)
    path = f"/api/v1/enterprises/{story.enterprise}/invitations"
    await director.post(path, {"phone": OPERATOR.phone, "role": "operator"}, status=201)
    [invited] = (await operator.get("/api/v1/enterprises/invitations"))["items"]
    await operator.post(f"/api/v1/enterprises/invitations/{invited['id']}/accept")
    [mine] = (await operator.get("/api/v1/enterprises"))["items"]
    story.say.step("the operator may", mine["role"], mine["powers"])
    await operator.post(path, {"phone": "13900001199", "role": "manager"}, status=403)
    story.say.step("but may not let others in")


async def _project(story: Project) -> None:
    admin = await story.place.desk("admin")
    lines = [
        {"item_id": (await item_of(admin, story.place.hall, one.item))["id"], "stage": n}
        for n, one in enumerate(STAGES, 1)
    ]
    path = f"/api/v1/halls/{story.place.hall}/project-stages"
    await admin.ask("PUT", path, json=[line | {"required": True} for line in lines])
    body = {
        "hall_id": story.place.hall,
        "name": PROJECT,
        "kind": "private",
        "site": SITE,
        "enterprise_id": story.enterprise,
    }
    story.made = await (await story.phone()).post("/api/v1/projects", body, status=201)
    story.say.step("the project has one number", story.made["number"])
    await story.file(1, LAND)
    await story.accept(1)
    found = await story.seen()
    stage = found["stages"][0]
    story.say.step("the first stage", stage["name"], stage["progress_name"], found["next"])
    story.say.equal([c["number"] for c in stage["cases"]], [story.cases[1]["number"]], "its case")


async def _call(story: Project) -> dict[str, Any]:
    """The leading department calls; the clock stands still until the visit is over."""
    await story.place.begin_day(CALLED)
    land, ids = await story.place.desk("land"), story.place.departments
    body = {
        "hall_id": story.place.hall,
        "kind": "site_visit",
        "lead_id": ids[LAND_OFFICE],
        "title": f"{PROJECT}联合踏勘",
        "place": SITE,
        "starts_at": datetime.combine(VISITED, time(10), CHINA).isoformat(),
        "agenda": ["用地红线与永久基本农田", "与河道的距离"],
        "departments": [ids[WATER], ids[FARMING]],
        "project_id": story.made["id"],
        "pause": {
            "reason": "需要现场核对用地边界",
            "basis": "行政许可法第三十四条",
            "case_ids": [story.cases[1]["id"]],
        },
    }
    meeting: dict[str, Any] = await land.post("/api/v1/desk/meetings", body, status=201)
    story.say.step(f"{CALLED:%m-%d} a joint site visit is called", meeting["number"])
    for login, department, coming in (("water", WATER, True), ("farm", FARMING, False)):
        desk = await story.place.desk(login)
        reply = {"department_id": ids[department], "coming": coming}
        await desk.post(f"/api/v1/desk/meetings/{meeting['id']}/reply", reply)
    found = await (await story.phone()).get(f"/api/v1/cases/{story.cases[1]['id']}")
    story.say.step("the applicant reads", found["deadline"]["text"])
    story.say.equal(found["deadline"]["paused_since"], CALLED.isoformat(), "the clock stands still")
    return meeting


async def _visit(story: Project, meeting: dict[str, Any]) -> None:
    await story.place.begin_day(VISITED)
    path, ids = f"/api/v1/desk/meetings/{meeting['id']}", story.place.departments
    land = await story.place.desk("land")
    came = (LAND_OFFICE, WATER)
    words = [{"department_id": ids[name], "word": "agree"} for name in came]
    record = {
        "attended": [
            {"department_id": ids[LAND_OFFICE], "people": ["江映川"]},
            {"department_id": ids[WATER], "people": ["秦若水"]},
        ],
        "items": [
            {"position": 1, "conclusion": "不占永久基本农田。", "words": words},
            {"position": 2, "conclusion": "满足河道管理要求。", "words": words},
        ],
    }
    early = await land.post(f"{path}/hold", record, status=409)
    story.say.step("before its time nothing can be written down", early["detail"])
    story.place.set_clock(VISITED, time(15))
    land = await story.place.desk("land")
    await land.post(f"{path}/hold", record)
    await land.post(f"{path}/minutes", {"text": MINUTES})
    waits = await land.post(f"{path}/close", status=409)
    story.say.step("not closed before all have answered", waits.get("detail") or waits["title"])
    for name in came:
        desk = await story.place.desk(PEOPLE[name])
        body = {"department_id": ids[name], "round": 1, "answer": "confirmed"}
        await desk.post(f"{path}/answer", body)
    closed = await land.post(f"{path}/close")
    await story.place.deliver()
    story.say.step(f"{VISITED:%m-%d} the minutes are confirmed and closed", closed["state_name"])
    await _minutes(story, meeting)


async def _minutes(story: Project, meeting: dict[str, Any]) -> None:
    land = await story.place.desk("land")
    path = f"/api/v1/desk/meetings/{meeting['id']}"
    found = await land.get(path)
    absent = [one["department"] for one in found["absences"] if one["agreed"]]
    story.say.step("taken as agreeing for its absence, as configured", absent)
    story.say.equal(absent, [FARMING], "and on record")
    paper: bytes = await land.get(f"{path}/minutes.pdf")
    story.say.check(paper.startswith(b"%PDF"), "the minutes are a PDF")
    own: bytes = await (await story.phone()).get(f"/api/v1/meetings/{meeting['id']}/minutes.pdf")
    story.say.step("the minutes", f"{len(paper):,} bytes; the applicant reads them too")
    story.say.check(own.startswith(b"%PDF"), "for the applicant too")


async def _first_decision(story: Project) -> None:
    await story.place.begin_day(DECIDED)
    await story.grant_all(1)
    phone = await story.phone()
    found = await phone.get(f"/api/v1/cases/{story.cases[1]['id']}")
    story.say.step(f"{DECIDED:%m-%d} all have agreed; what is deferred is owed", found["progress"])
    story.say.equal(found["state"], "under_review", "the decision waits for the deferred material")
    owed = [one["requirement"] for one in found["deferrals"]]
    photos = {code: await phone.upload(f"{code}.jpg", drawn(code)) for code in owed}
    lines = [{"requirement": code, "material_ids": [p["id"]]} for code, p in photos.items()]
    path = f"/api/v1/cases/{story.cases[1]['id']}/deferred"
    stands = await phone.post(path, {"materials": lines})
    story.say.step("supplied", stands["progress"])
    story.say.equal(stands["state"], "granted", "and decided with that")
