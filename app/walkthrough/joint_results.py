"""The project goes on: materials used again, another system's word, fees and certificates once."""

from datetime import date, datetime, time
from typing import Any

from app.core.clock import CHINA
from app.demo.applications import BUILDING, COMPLETION, DESIGN
from app.walkthrough.applying import item_of
from app.walkthrough.joint_project import PEOPLE, WATER, Project
from app.walkthrough.systems import OtherSystem

SECOND = date(2026, 6, 1)
PAID = date(2026, 6, 2)
THIRD = date(2026, 6, 3)
FOURTH = date(2026, 6, 4)
HANDED_OVER = date(2026, 6, 8)
HOUSING = "住房和城乡建设局"
FEE_FEN = 1_560_000
TITLES = {
    1: "建设用地规划许可证",
    2: "建设工程规划许可证",
    3: "建筑工程施工许可证",
    4: "建设工程竣工验收备案表",
}


async def play(story: Project) -> None:
    """From the second stage to the certificates."""
    story.say.chapter("The project's other stages: used again, reported by API, paid once")
    await _used_again(story)
    await _fees(story)
    await _other_system(story)
    story.say.chapter("The project's end: all certificates handed over at once")
    await _fourth(story)
    await _hand_over(story)


async def _used_again(story: Project) -> None:
    """What the enterprise gave for the first stage is offered for the second, never asked for."""
    await story.place.begin_day(SECOND)
    phone = await story.phone()
    item = await item_of(phone, story.place.hall, DESIGN.item)
    query = {"enterprise_id": story.enterprise}
    offered = await phone.get(f"/api/v1/items/{item['id']}/reusable", **query)
    useful = [line for line in offered["requirements"] if line["satisfied"]]
    for line in useful:
        held = line["holdings"][0]
        story.say.step("need not be brought again", line["name"], f"until {held['valid_until']}")
    reused = {line["requirement"]: line["holdings"][0]["id"] for line in useful}
    story.say.check("land_paper" in reused, "the contract of the first stage serves again")
    await story.file(2, DESIGN, **reused)
    await story.accept(2)
    clerk = await story.place.desk("clerk1")
    found = await clerk.get(f"/api/v1/desk/cases/{story.cases[2]['id']}")
    said = [f"{one['name']}（{one['from_subject']}）" for one in found["reused"]]
    story.say.step("whoever handles it sees where it comes from", said)


async def _fees(story: Project) -> None:
    """统一收费: one list of the whole project, paid in one act."""
    await story.place.begin_day(PAID)
    clerk, water = await story.place.desk("clerk1"), await story.place.desk("water")
    path = f"/api/v1/desk/projects/{story.made['id']}/fees"
    listed = await clerk.post(path)
    again = await clerk.post(path)
    story.say.step("the fees of the project, listed", listed["text"])
    story.say.equal(again, listed, "once")
    [line] = listed["lines"]
    story.say.step(line["name"], line["department"], line["amount_text"], line["basis"])
    story.say.equal(line["department"], WATER, "each with whose it is")
    amount = {"amount_fen": FEE_FEN, "calculation": "征占地 1.2 公顷，每平方米 1.3 元"}
    await water.post(f"/api/v1/desk/fees/{line['id']}/amount", amount)
    payment = {"total_fen": FEE_FEN, "channel": "transfer", "receipt_number": "SF-2026-0601"}
    less = await clerk.post(f"{path}/pay", payment | {"total_fen": FEE_FEN - 1}, status=409)
    story.say.step("a sum that is not what is due is refused", less.get("detail") or less["title"])
    paid = await clerk.post(f"{path}/pay", payment, status=201)
    story.say.step("paid in one act", f"{paid['total_fen'] / 100:.2f} 元", paid["receipt_number"])
    payment["receipt_number"] = "SF-2026-0602"
    twice = await clerk.post(f"{path}/pay", payment, status=409)
    story.say.step("a second time is refused", twice.get("detail") or twice["title"])
    shown = await (await story.phone()).get(f"/api/v1/projects/{story.made['id']}/fees")
    story.say.equal((shown["due_fen"], shown["paid_fen"]), (0, FEE_FEN), shown["text"])
    await story.grant_all(2)


async def _other_system(story: Project) -> None:
    """A department works in a system of its own, which reports here by its key."""
    await story.place.begin_day(THIRD)
    await story.file(3, BUILDING)
    await story.accept(3)
    admin = await story.place.desk("admin")
    system = await OtherSystem.made(story.place, admin, "建设审批系统")
    link = {
        "client_id": system.device_id,
        "department_id": story.place.departments[HOUSING],
    }
    await admin.post("/api/v1/approvals/links", link)
    [shelter] = await story.open_tasks(3)
    desk = await story.place.desk(PEOPLE[shelter["department"]])
    await desk.post(f"/api/v1/desk/tasks/{shelter['id']}/grant", {"opinion": "按规定修建，同意。"})
    [task] = (await system.get("/api/v1/approvals/tasks"))["items"]
    story.say.step("the other system fetches its task", task["item_name"], task["stage_name"])
    told: dict[str, Any] = {
        "case_number": story.cases[3]["number"],
        "department": story.place.departments[HOUSING],
        "at": datetime.combine(THIRD, time(9), CHINA).isoformat(),
        "by_name": "梁建方",
    }
    reports = [
        told | {"report_id": "JS-1", "kind": "reviewing"},
        told | {"report_id": "JS-2", "kind": "agreed", "opinion": "符合施工条件。"},
    ]
    for report in reports:
        taken = await system.post("/api/v1/approvals/progress", report)
        again = await system.post("/api/v1/approvals/progress", report)
        story.say.equal(again, taken, "the same report again got the first answer")
        story.say.step("it reports", report["kind"], taken["outcome"])
    found = await (await story.phone()).get(f"/api/v1/cases/{story.cases[3]['id']}")
    story.say.step("the applicant sees", found["progress"])
    story.say.equal(found["state"], "granted", "its agreement is the department's")


async def _fourth(story: Project) -> None:
    await story.place.begin_day(FOURTH)
    await story.file(4, COMPLETION)
    await story.accept(4)
    await story.grant_all(4)
    clerk = await story.place.desk("clerk1")
    for stage, case in story.cases.items():
        made = {"title": TITLES[stage], "number": f"青建〔2026〕{stage:04d}号"}
        await clerk.post(f"/api/v1/desk/cases/{case['id']}/issue", made)
    found = await story.seen()
    story.say.step("the four stages", [one["progress_name"] for one in found["stages"]])
    story.say.step("what is next", found["next"])
    done = [one["progress"] for one in found["stages"]]
    story.say.equal(done, ["done"] * 4, "all are done, under one number")


async def _hand_over(story: Project) -> None:
    await story.place.begin_day(HANDED_OVER)
    clerk = await story.place.desk("clerk1")
    path = f"/api/v1/desk/projects/{story.made['id']}"
    ready = await clerk.get(f"{path}/results")
    story.say.step("ready", [one["title"] for one in ready["results"]])
    over = await clerk.post(f"{path}/hand-over", {}, status=201)
    story.say.step("handed over at once, one receipt", over["number"])
    story.say.equal(over["documents"], 4, "all four")
    nothing = await clerk.post(f"{path}/hand-over", {}, status=409)
    story.say.step("a second time there is nothing", nothing["title"])
    phone = await story.phone()
    paper: bytes = await phone.get(f"/api/v1/handovers/{over['id']}/receipt.pdf")
    story.say.check(paper.startswith(b"%PDF"), "the receipt is a PDF")
    for case in story.cases.values():
        found = await phone.get(f"/api/v1/cases/{case['id']}")
        story.say.equal(found["state"], "closed", f"{found['item_name']} is closed with that")
    acts = (await phone.get(f"/api/v1/enterprises/{story.enterprise}/acts"))["items"]
    story.say.step("what was done for the enterprise, and by whom", f"{len(acts)} entries")
    story.say.check(len(acts) >= 4, "each filing is on record")
