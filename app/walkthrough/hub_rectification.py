"""The bad-rating loop, from the receipt of a bad rating to its revisit and the ledger."""

import asyncio
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.core.calendar import WorkingCalendar
from app.core.clock import CHINA
from app.demo.seed import PASSWORD
from app.walkthrough import workbook
from app.walkthrough.cast import Desk
from app.walkthrough.report import WrongError

if TYPE_CHECKING:
    from app.walkthrough.journey import Journey

PATH = "/api/v1/rectifications"
RECEIVED_IN_SECONDS = 15
WAITED = "115"
COMMENT = "排了两个小时的队。"
DONE = "午间增开一个窗口，并在取号处公示等候时间。"
ANSWER = {"way": "inbox", "text": "感谢您的意见。我们已增开午间窗口。"}
NOTE = "电话联系，评价人说明了经过。"


async def play(journey: "Journey") -> None:
    """A known rater's bad rating through the whole loop, a malicious one, and what recurs."""
    journey.say.chapter("A bad rating, and what follows (差评整改)")
    loop = _Loop(journey)
    await loop.people_sign_in()
    found = await loop.a_known_rater_is_not_satisfied()
    await loop.the_department_handles(found)
    await loop.the_rater_reads_the_answer()
    await loop.the_revisit(found)
    await loop.a_malicious_rating_is_ruled()
    await loop.what_recurs_becomes_a_topic()
    await loop.the_ledger()


class _Loop:
    def __init__(self, journey: "Journey") -> None:
        self.journey = journey
        self.say = journey.say
        self.seen: set[str] = set()

    async def people_sign_in(self) -> None:
        sign_in = Desk.sign_in
        http = self.journey.http
        self.reviewer = await sign_in(http, "reviewer", PASSWORD)
        self.second = await sign_in(http, "reviewer2", PASSWORD)
        self.supervisor = await sign_in(http, "supervisor", PASSWORD)
        self.manager = await sign_in(http, "manager", PASSWORD)
        known = (await self.supervisor.get(PATH, hall_id=self.journey.hall))["items"]
        self.seen = {row["id"] for row in known}

    async def _received(self) -> dict[str, Any]:
        """The rectification that has just begun; the outbox brings it."""
        until = time.monotonic() + RECEIVED_IN_SECONDS
        while time.monotonic() < until:
            rows = (await self.reviewer.get(PATH, limit=100))["items"]
            fresh = [row for row in rows if row["id"] not in self.seen]
            if fresh:
                self.seen |= {row["id"] for row in fresh}
                row: dict[str, Any] = fresh[0]
                return row
            await asyncio.sleep(0.2)
        raise WrongError(f"no rectification within {RECEIVED_IN_SECONDS} s of a bad rating")

    async def _do(self, who: Desk, found: str, what: str, body: Any) -> Any:
        stands = await who.post(f"{PATH}/{found}/{what}", body)
        self.say.step(what, stands["progress"], f"due {stands['due']}" if stands["due"] else "")
        return stands

    async def a_known_rater_is_not_satisfied(self) -> str:
        journey = self.journey
        citizen = await journey.phone.get("/api/v1/citizens/me")
        visit = await journey.clerk.post(
            "/api/v1/visits",
            {"item_id": journey.guide["id"], "citizen_id": citizen["id"]},
            status=201,
        )
        await journey.clerk.post(f"/api/v1/visits/{visit['id']}/end")
        rating = {"service_id": visit["id"], "level": 1, "tags": [WAITED], "comment": COMMENT}
        await journey.phone.post("/api/v1/ratings", rating, status=201)
        self.say.step("the citizen rates a visit", "非常不满意", COMMENT)
        row = await self._received()
        self.say.step("the department has it", row["department"], f"due {row['due']}", row["light"])
        self.say.equal((row["state"], row["named"]), ("to_contact", True), "first the rater's call")
        today = datetime.now(CHINA).date()
        due = WorkingCalendar().add(today, 1).day.isoformat()
        self.say.equal(row["due"], due, "within one working day")
        found: str = row["id"]
        return found

    async def the_department_handles(self, found: str) -> None:
        rater = await self.reviewer.get(f"{PATH}/{found}/rater")
        self.say.step("the reviewer reads whom to call; the reading is recorded", rater["name"])
        answers = await asyncio.gather(
            *(
                who.http.post(
                    f"{PATH}/{found}/contact",
                    headers=who.headers,
                    json={"reached": True, "note": NOTE},
                )
                for who in (self.reviewer, self.second)
            )
        )
        codes = sorted(answer.status_code for answer in answers)
        told = next(answer.json() for answer in answers if answer.status_code == 409)
        self.say.step("two reviewers note the call at once", codes, told["detail"])
        self.say.equal(codes, [200, 409], "one effect, and the second is told")
        await self._do(
            self.reviewer, found, "verify", {"finding": "true", "reason": "午间只开了一个窗口。"}
        )
        await self._do(self.reviewer, found, "rectify", {"done": DONE})
        await self._do(self.reviewer, found, "answer", ANSWER)

    async def the_rater_reads_the_answer(self) -> None:
        mine = (await self.journey.phone.get(f"{PATH}/mine"))["items"][0]
        self.say.step("the rater reads", mine["answer"], mine["progress"])
        self.say.equal((mine["answer"], mine["done"]), (ANSWER["text"], DONE), "what was done")
        inbox = (await self.journey.phone.get("/api/v1/notices"))["items"]
        letters = [letter for letter in inbox if letter["kind"] == "answer"]
        self.say.equal(len(letters), 1, "one letter in the inbox")

    async def the_revisit(self, found: str) -> None:
        body = {"reached": True, "satisfied": False, "note": "评价人说午间仍要等。"}
        refused = await self.reviewer.post(f"{PATH}/{found}/revisit", body, status=403)
        self.say.step("whoever handled it may not revisit", refused["code"])
        stands = await self._do(self.supervisor, found, "revisit", body)
        self.say.equal(stands["state"], "to_rectify", "not satisfied sends it back once")
        await self._do(self.reviewer, found, "rectify", {"done": f"{DONE}再增一个午间窗口。"})
        await self._do(self.reviewer, found, "answer", ANSWER)
        body = {"reached": True, "satisfied": True, "note": "评价人表示满意。"}
        stands = await self._do(self.supervisor, found, "revisit", body)
        self.say.equal(stands["state"], "closed", "satisfied closes it")
        for entry in (await self.supervisor.get(f"{PATH}/{found}"))["timeline"]:
            self.say.out.print(f"        {entry['by']}  {entry['said']}")
        shown = await self.manager.get(f"{PATH}/{found}")
        self.say.check(COMMENT not in str(shown), "a manager reads nothing that people wrote")

    async def _tapped(self) -> str:
        """An unknown rater's bad rating on the evaluator."""
        journey = self.journey
        body = {"item_id": journey.guide["id"]}
        visit = await journey.clerk.post("/api/v1/visits", body, status=201)
        await journey.evaluator.rate(visit["id"], 1, tags=[WAITED])
        await journey.clerk.post(f"/api/v1/visits/{visit['id']}/end")
        found: str = (await self._received())["id"]
        return found

    async def _rated(self) -> int:
        today = datetime.now(CHINA).date().isoformat()
        period = {"hall_id": self.journey.hall, "from": today, "to": today}
        rated: int = (await self.manager.get("/api/v1/scores", **period))["total"]["rated"]
        return rated

    async def a_malicious_rating_is_ruled(self) -> None:
        found = await self._tapped()
        before = await self._rated()
        reason = {"finding": "malicious", "reason": "监控显示是其他人代按。"}
        await self._do(self.reviewer, found, "verify", reason)
        self.say.equal(await self._rated(), before, "a proposal changes no score")
        second = {"agree": True, "note": "已看监控，属实。"}
        await self.reviewer.post(f"{PATH}/{found}/rule", second, status=403)
        await self._do(self.supervisor, found, "rule", second)
        self.say.equal(await self._rated(), before - 1, "the rating stays, and counts no more")
        posted = {"way": "posted", "text": "经核实，该评价不是办事人本人作出。"}
        stands = await self._do(self.reviewer, found, "answer", posted)
        self.say.equal(stands["state"], "closed", "an unknown rater is answered in public")

    async def what_recurs_becomes_a_topic(self) -> None:
        await self._tapped()
        await self._tapped()
        topics = "/api/v1/improvement-topics"
        [topic] = (await self.supervisor.get(topics, hall_id=self.journey.hall))["items"]
        self.say.step("three of one tag opened a topic", topic["title"], topic["ratings"])
        self.say.equal(topic["ratings"], 3, "the one ruled malicious is not among them")
        until = WorkingCalendar().add(datetime.now(CHINA).date(), 10).day.isoformat()
        body = {"measures": "午间轮岗，高峰时段加开窗口。", "until": until}
        await self.reviewer.post(f"{topics}/{topic['id']}/measures", body)
        closed = await self.reviewer.post(
            f"{topics}/{topic['id']}/close", {"note": "等候时间已降到十五分钟以内。"}
        )
        self.say.step("measures, and what came of them", closed["topic"]["closing_note"])

    async def the_ledger(self) -> None:
        board = await self.supervisor.get(f"{PATH}/board")
        waiting = {column["name"]: column["total"] for column in board["columns"]}
        self.say.step("the board", {name: n for name, n in waiting.items() if n})
        query = {"hall_id": self.journey.hall, "month": f"{datetime.now(CHINA):%Y-%m}"}
        ledger = await self.manager.get(f"{PATH}/ledger", **query)
        total = ledger["rates"]["total"]
        for name in ("rectification", "on_time", "revisit"):
            rate = total[name]
            self.say.step(f"{name} rate", f"{rate['numerator']}/{rate['denominator']}")
        self.say.equal(len(ledger["items"]), total["received"], "a line for each")
        self.say.equal(total["revisit"]["value"], 1.0, "every known rater was revisited")
        book: bytes = await self.manager.get(f"{PATH}/ledger.xlsx", **query)
        self.say.step("the ledger as a spreadsheet", workbook.sheet_names(book))
        await self.journey.clerk.ask("GET", f"{PATH}/ledger", status=403, params=query)
        self.say.step("a clerk may not read it")
