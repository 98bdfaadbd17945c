"""The hall handles an application, from the queue to the certificate; the citizen follows."""

import asyncio
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from app.core.calendar import WorkingCalendar
from app.core.clock import CHINA
from app.demo.seed import PASSWORD
from app.walkthrough.cast import Desk
from app.walkthrough.pictures import phone_photo

if TYPE_CHECKING:
    from app.walkthrough.journey import Journey


async def play(journey: "Journey") -> None:
    """Play the chapter: correction, acceptance, decision, result, delivery.

    The journey has a phone that submitted a case; it gets a clerk on duty.
    """
    journey.say.chapter("The hall handles it, the citizen follows")
    journey.clerk = await Desk.sign_in(journey.http, "clerk1", PASSWORD)
    await journey.clerk.post(f"/api/v1/windows/{journey.window['id']}/duty")
    case = f"/api/v1/desk/cases/{journey.case['id']}"
    await _read(journey, case)
    await _corrected(journey, case)
    await _accepted(journey, case)
    await _granted(journey)
    await _delivered(journey, case)


async def _read(journey: "Journey", case: str) -> None:
    say, clerk = journey.say, journey.clerk
    queue = await clerk.get("/api/v1/desk/cases", hall_id=journey.hall, state="submitted")
    say.step("the clerk's queue", [(c["number"], c["applicant"]) for c in queue["items"]])
    seen = await clerk.get(f"{case}/applicant")
    say.step("the clerk reads the form; the reading is recorded", seen["form"]["name"])
    photo: bytes = await clerk.get(f"{case}/materials/{journey.shop['id']}/display")
    say.check(photo[:2] == b"\xff\xd8", "the clerk sees the photo")


async def _corrected(journey: "Journey", case: str) -> None:
    points = ["经营场所照片看不清门头，请重拍。"]
    await journey.clerk.post(f"{case}/ask-correction", {"points": points})
    found = await _status(journey)
    told = "told what to correct, all at once"
    journey.say.equal(found["correction"]["points"], points, told)
    fresh = await journey.phone.upload("shop-again.jpg", phone_photo("shop again"))
    await journey.phone.post(
        f"/api/v1/cases/{journey.case['id']}/supplement",
        {"materials": [{"requirement": "site_photos", "material_ids": [fresh["id"]]}]},
    )
    checked = await journey.clerk.post(f"{case}/pre-check")
    journey.say.step("what was filed online passes the pre-check", checked["state"])


async def _accepted(journey: "Journey", case: str) -> None:
    say = journey.say
    second = await Desk.sign_in(journey.http, "clerk2", PASSWORD)
    answers = await asyncio.gather(
        *(
            person.http.post(f"{case}/accept", headers=person.headers)
            for person in (journey.clerk, second)
        )
    )
    codes = sorted(answer.status_code for answer in answers)
    told = next(answer.json() for answer in answers if answer.status_code == 409)
    say.step("two clerks press accept at once", codes, told["detail"])
    say.equal(codes, [200, 409], "one effect, and the second is told")
    found = await _status(journey)
    deadline = found["deadline"]
    accepted = datetime.fromisoformat(found["accepted_at"]).astimezone(CHINA).date()
    due = date.fromisoformat(deadline["promised_due"])
    days = WorkingCalendar().working_days_between(accepted, due)
    say.step("counted by hand", f"{accepted} + {deadline['promised_days']} days = {due}")
    say.equal(days, deadline["promised_days"], "exactly so many working days")


async def _granted(journey: "Journey") -> None:
    reviewer = await Desk.sign_in(journey.http, "reviewer", PASSWORD)
    department = (await _case(journey))["tasks"][0]["department_id"]
    tasks = (await reviewer.get("/api/v1/desk/tasks", department_id=department))["items"]
    task = next(task for task in tasks if task["case_id"] == journey.case["id"])
    journey.say.step("the reviewer's task", task["item_name"], f"due {task['due']}", task["light"])
    opinion = {"opinion": "材料齐全，同意登记。"}
    await reviewer.post(f"/api/v1/desk/tasks/{task['id']}/grant", opinion)
    await _status(journey)


async def _delivered(journey: "Journey", case: str) -> None:
    say = journey.say
    result = {"title": "小餐饮登记证", "number": "JY-990100-0001"}
    await journey.clerk.post(f"{case}/issue", result)
    found = await _status(journey)
    say.equal(found["state"], "closed", "delivered electronically, and closed with that")
    say.equal(found["result"], result, "the result is recorded")
    paper: bytes = await journey.phone.get(f"/api/v1/cases/{journey.case['id']}/certificate.pdf")
    say.check(paper.startswith(b"%PDF"), f"the certificate, {len(paper):,} bytes of PDF")
    for entry in found["timeline"]:
        at = datetime.fromisoformat(entry["at"]).astimezone(CHINA)
        say.out.print(f"        {at:%m-%d %H:%M:%S}  {entry['by']}  {entry['note']}")
    kinds = [receipt["kind"] for receipt in found["receipts"]]
    wanted = ["correction", "pre_checked", "accepted", "granted"]
    say.equal(kinds, wanted, "a receipt of each step")


async def _status(journey: "Journey") -> dict[str, Any]:
    found = await _case(journey)
    journey.say.step("the citizen sees", found["progress"], found["deadline"]["text"])
    return found


async def _case(journey: "Journey") -> dict[str, Any]:
    found: dict[str, Any] = await journey.phone.get(f"/api/v1/cases/{journey.case['id']}")
    return found
