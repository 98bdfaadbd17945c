"""What the tests of supervision work with: cases whose lights turn, and people who answer."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import httpx

from app.cases.models import Case, CaseTask
from app.cases.rules import Step
from app.cases.schemas import LightTurned
from app.core import db
from app.core.lights import Light
from app.supervision import jobs
from app.supervision.opening import receive_light
from tests.cases.builders import World, ok
from tests.cases.decisions import Decisions, noon

PATH = "/api/v1/supervision"
MONDAY = date(2026, 3, 2)
ANSWER = {
    "reason": "现场核验排期冲突。",
    "measures": "增派人员，明日完成核验。",
    "until": "2026-03-31",
}
NOTE = {"note": "情况属实，同意。"}


@dataclass
class Watch:
    """A hall under supervision."""

    world: World
    decisions: Decisions

    # --- people
    async def post(
        self, name: str, path: str, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        headers = await self.world.staff(name) if name else {}
        headers = headers | ({"Idempotency-Key": key} if key else {})
        return await self.world.client.post(f"{PATH}/{path}", json=body, headers=headers)

    async def get(self, name: str, path: str, **query: Any) -> httpx.Response:
        headers = await self.world.staff(name) if name else {}
        return await self.world.client.get(f"{PATH}/{path}", params=query, headers=headers)

    async def entries(self, name: str, **query: Any) -> list[dict[str, Any]]:
        """The first page of entries that a person sees."""
        return ok(await self.get(name, "entries", **query))["items"]

    async def entry(self, entry_id: str, name: str = "supervisor") -> dict[str, Any]:
        return ok(await self.get(name, f"entries/{entry_id}"))

    # --- cases and their lights
    async def case(self, **given: Any) -> Case:
        """A case under review since the Monday; its promise ends on Monday the 9th."""
        return await self.decisions.case(given.pop("accepted", MONDAY), **given)

    async def task(self, case: Case, department: str = "market", **given: Any) -> CaseTask:
        """A department's open part, due on Thursday the 5th."""
        usual: dict[str, Any] = {
            "case_id": case.id,
            "stage": 1,
            "stage_name": "审查",
            "department_id": self.world.place.departments[department],
            "days": 3,
            "state": "open",
            "opened_at": noon(MONDAY),
            "due": date(2026, 3, 5),
        }
        return await CaseTask.create(**(usual | given))

    def turned(
        self,
        case: Case,
        light: Light = Light.RED,
        step: Step = Step.CASE,
        task: CaseTask | None = None,
        due: date | None = None,
    ) -> LightTurned:
        """The light of a step of the case turns; a task's is its department's."""
        return LightTurned(
            case_id=case.id,
            case_number=case.number,
            hall_id=case.hall_id,
            department_id=task.department_id if task else None,
            step=Step.REVIEW if task else step,
            light=light,
            due=due or (task.due if task and task.due else case.promised_due),
            task_id=task.id if task else None,
        )

    async def turn(self, turned: LightTurned) -> None:
        await receive_light(self.world.act_as(), turned, "key")

    async def overdue(self, department: str | None = "market", **given: Any) -> str:
        """The entry about an overdue part of a department, or of the desk; its id."""
        case = await self.case(**given)
        task = await self.task(case, department) if department else None
        await self.turn(self.turned(case, task=task))
        [row] = await db.fetch("SELECT id FROM supervision_entries WHERE case_id = $1", case.id)
        return str(row["id"])

    async def answered(self, department: str | None = "market") -> str:
        """An entry that waits for the supervisor."""
        entry = await self.overdue(department)
        by = "reviewer" if department else "clerk"
        ok(await self.post(by, f"entries/{entry}/answer", ANSWER))
        return entry

    async def step_is_done(self, entry_id: str) -> None:
        """Whatever the entry is about is done, and the job has seen it."""
        [row] = await db.fetch("SELECT * FROM supervision_entries WHERE id = $1", UUID(entry_id))
        await db.execute(
            "UPDATE case_tasks SET state = 'granted', decided_at = $2 WHERE id = $1",
            row["task_id"],
            self.world.act_as().at,
        )
        await jobs.watch_steps(self.world.act_as())

    async def trail(self, entry_id: str, verb: str) -> int:
        """How many entries of the audit trail say that this was done to the entry."""
        [row] = await db.fetch(
            "SELECT count(*) AS n FROM audit_entries a JOIN supervision_entries s"
            " ON a.subject = 'supervision:' || s.number AND a.hall_id = s.hall_id"
            " WHERE s.id = $1 AND a.verb = $2",
            UUID(entry_id),
            f"supervision.{verb}",
        )
        return row["n"]

    def go_to(self, day: date) -> None:
        self.world.go_to_day(day)
