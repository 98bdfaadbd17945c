"""帮办代办 and the window: a helper by consent, taken back; a farmer without a phone."""

from datetime import date
from typing import Any

from app.demo.applications import MILK, Application, allowance
from app.demo.invented import FARMER, GRANDMOTHER, Somebody
from app.walkthrough.applying import filled_in
from app.walkthrough.cast import Desk
from app.walkthrough.moved_house import MovedHouse
from app.walkthrough.report import Report

HELPED = date(2026, 6, 9)
CLAIMED = date(2026, 6, 10)
HELPER, HELPERS_NUMBER = "clerk2", "0003"


async def play(place: MovedHouse, say: Report) -> None:
    """The grandmother's consent, and the farmer's case that becomes his on his new phone."""
    await place.begin_day(HELPED)
    say.chapter("A helper with consent (帮办代办)")
    await _helped(place, say)
    say.chapter("At the window: a farmer without a phone")
    number, code = await _at_window(place, say)
    await place.begin_day(CLAIMED)
    await _claimed(place, say, number, code)


async def _filled_in(
    place: MovedHouse, clerk: Desk, who: Somebody, wanted: Application, **more: Any
) -> dict[str, Any]:
    """The application of whoever stands at the window, the photos taken there."""
    ticket = await clerk.post("/api/v1/desk/applicants", who.says)
    query = {"applicant": ticket["ticket"]}

    async def upload(name: str, content: bytes) -> Any:
        files = {"file": (name, content, "application/octet-stream")}
        return await clerk.ask(
            "POST", "/api/v1/desk/materials", status=201, params=query, files=files
        )

    body = await filled_in(clerk, place.hall, wanted, upload)
    return body | query | more


async def _file(
    place: MovedHouse, clerk: Desk, who: Somebody, wanted: Application, **more: Any
) -> dict[str, Any]:
    """A clerk files for whoever stands at the window."""
    body = await _filled_in(place, clerk, who, wanted, **more)
    filed: dict[str, Any] = await clerk.post("/api/v1/desk/cases", body, status=201)
    return filed


async def _helped(place: MovedHouse, say: Report) -> None:
    phone = await place.phone(GRANDMOTHER.name)
    await phone.ask("PUT", "/api/v1/citizens/me", json=GRANDMOTHER.says)
    body = {"person": GRANDMOTHER.name, "phone": GRANDMOTHER.phone}
    code = (await place.sandbox.post("/_sandbox/phone-codes", json=body)).json()["code"]
    await phone.ask("PUT", "/api/v1/citizens/me/phone", json={"code": code})
    terms = {
        "purposes": "代我申请高龄津贴，并代收办理进度。",
        "scope": "all",
        "staff": {"hall_id": place.hall, "staff_number": HELPERS_NUMBER},
        "days": 30,
    }
    path = "/api/v1/assistance"
    refused = await phone.post(path, {"terms": terms, "agree": False}, status=422)
    say.step("without an explicit word there is no consent", refused["title"])
    given = await phone.post(path, {"terms": terms, "agree": True}, status=201)
    helper = await place.desk(HELPER)
    consent = await helper.get(f"/api/v1/desk/assistance/{given['id']}")
    say.step("the helper has the consent", consent["purposes"], f"until {consent['expires_at']}")
    behalf = {"consent_id": given["id"]}
    case = await _file(place, helper, GRANDMOTHER, allowance(GRANDMOTHER), on_behalf=behalf)
    say.step("the helper files for her", case["number"], f"receipt {case['receipt']}")
    mine = (await phone.get("/api/v1/cases"))["items"]
    say.equal([row["number"] for row in mine], [case["number"]], "the case is hers")
    follows = f"/api/v1/desk/assisted/{case['id']}"
    seen = await helper.get(follows)
    say.step("the helper follows it", seen["applicant"], seen["progress"])
    for side in (
        await phone.get(f"{path}/{given['id']}/acts"),
        await helper.get(f"/api/v1/desk/assistance/{given['id']}/acts"),
    ):
        say.step("both see what was done", [f"{act['by']} {act['what']}" for act in side["items"]])
        say.check(len(side["items"]) >= 1, "the filing is on record")
    why = {"why": "女儿回来了，自己办。"}
    await phone.post(f"{path}/{given['id']}/revoke", why, status=204)
    say.step("she takes the consent back")
    await helper.ask("GET", follows, status=404)
    say.step("from then on the helper sees nothing of it")
    again = await _filled_in(place, helper, GRANDMOTHER, allowance(GRANDMOTHER), on_behalf=behalf)
    ended = await helper.post("/api/v1/desk/cases", again, status=409)
    say.step("and files nothing more for her", ended["title"])


async def _at_window(place: MovedHouse, say: Report) -> tuple[str, str]:
    """Any window takes in any item; it goes to the department whose it is."""
    clerk = await place.desk("clerk1")
    case = await _file(place, clerk, FARMER, MILK)
    say.step("the clerk takes it in", case["number"], f"receipt {case['receipt']}")
    await clerk.post(f"/api/v1/desk/cases/{case['id']}/accept")
    farm = await place.desk("farm")
    query = {"department_id": place.departments["农业农村局"]}
    rows = (await farm.get("/api/v1/desk/tasks", **query))["items"]
    say.step("it waits at its department", [row["item_name"] for row in rows])
    say.equal([row["number"] for row in rows], [case["number"]], "routed by the item's plan")
    body = {"id_number": FARMER.says["id_number"], "phone": FARMER.phone}
    code = await clerk.post("/api/v1/desk/claim-codes", body, status=201)
    say.step("on the paper that he takes home is a code", code["code"])
    return case["number"], code["code"]


async def _claimed(place: MovedHouse, say: Report, number: str, code: str) -> None:
    """His granddaughter sets the mini program up for him the next day."""
    phone = await place.phone(FARMER.name)
    await phone.ask("PUT", "/api/v1/citizens/me", json=FARMER.says)
    before = (await phone.get("/api/v1/cases"))["items"]
    say.equal(before, [], "knowing an ID number gives nothing")
    wrong = await phone.post("/api/v1/citizens/me/claims", {"code": "AAAA-AAAA"}, status=422)
    say.step("a wrong code is refused", wrong["title"])
    linked = await phone.post("/api/v1/citizens/me/claims", {"code": code})
    say.step("with the code from the window", f"{linked['linked']} account is linked")
    mine = (await phone.get("/api/v1/cases"))["items"]
    say.step("he follows it on the phone", mine[0]["number"], mine[0]["progress"])
    say.equal([row["number"] for row in mine], [number], "the case is his")
