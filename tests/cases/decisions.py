"""Decided cases for the tests of figures: rows as the acts leave them, in any shape."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from app.cases.clock.reckoning import used_until
from app.cases.figures import service as figures
from app.cases.figures.rules import MEASURES
from app.cases.models import Case, CasePause, CaseProposal, CaseTask
from app.core import db
from app.core.acts import Act
from app.core.calendar import WorkingCalendar
from app.core.clock import CHINA, day_of
from app.core.privacy import Personal
from app.halls import service as halls
from tests.cases.builders import ID_NUMBER, NAME, PHONE, Item, World

DIMENSIONS = ("hall_id", "department_id", "window_id", "accepted_by", "item_id")


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), CHINA)


@dataclass
class Decisions:
    """Makes cases and decides them, each in one transaction with its figures."""

    world: World
    item: Item
    applicant: UUID
    made: int = 0

    async def case(self, accepted: date, **given: Any) -> Case:
        """A case under review since a day, without tasks unless some are added."""
        self.made += 1
        place = self.world.place
        usual: dict[str, Any] = {
            "number": f"511602{accepted:%Y%m%d}{self.made:07d}",
            "hall_id": place.hall_id,
            "item_id": self.item.id,
            "version_id": self.item.version_id,
            "department_id": place.departments["market"],
            "bundle": False,
            "item_name": "小餐饮登记",
            "applicant_id": self.applicant,
            "applicant_name": Personal(NAME, "name"),
            "applicant_phone": Personal(PHONE, "phone"),
            "applicant_id_number": Personal(ID_NUMBER, "id_number"),
            "form": Personal("{}", "form"),
            "delivery": "counter",
            "state": "under_review",
            "promised_days": 5,
            "legal_days": 20,
            "promised_due": WorkingCalendar().add(accepted, 5).day,
            "legal_due": WorkingCalendar().add(accepted, 20).day,
            "window_id": place.windows["01"],
            "accepted_by": place.staff["clerk"],
            "submitted_at": noon(accepted),
            "received_at": noon(accepted),
            "accepted_at": noon(accepted),
            "clock_from": accepted,
        }
        return await Case.create(**(usual | given))

    async def pause(self, case: Case, begin: date, end: date | None, **given: Any) -> None:
        """The clock of the case stands still after `begin`, up to and with `end`."""
        await CasePause.create(
            case_id=case.id,
            kind=given.pop("kind", "hearing"),
            reason="听证。",
            basis="行政许可法第四十五条",
            began_at=noon(begin),
            began_by="system:test",
            ended_at=noon(end) if end else None,
            ended_by="system:test" if end else None,
            **given,
        )

    async def task(self, case: Case, department: str, by_default: str | None) -> CaseTask:
        """A department's part that is granted, by a reviewer or by default."""
        return await CaseTask.create(
            case_id=case.id,
            stage=1,
            stage_name="审查",
            department_id=self.world.place.departments[department],
            days=3,
            state="granted",
            opened_at=case.accepted_at,
            due=case.promised_due,
            decided_by=None if by_default else self.world.place.staff["reviewer"],
            decided_at=noon(date(2026, 3, 5)),
            overdue_agrees=True,
            absent_agrees=True,
            by_default=by_default,
        )

    async def decide(
        self, case: Case, day: date, decision: str = "granted", at: time = time(12)
    ) -> Case:
        """Decide it on a day, as the review does, and count it."""
        act = self.act_on(day)
        act.at = datetime.combine(day, at, CHINA)
        async with act.transaction():
            case.state, case.decision, case.decided_at = decision, decision, act.at
            case.used_days = await used_until(case, day)
            await case.save(update_fields=["state", "decision", "decided_at", "used_days"])
            await figures.count_decided(act, case)
        return case

    async def send_back_again(self, case: Case, day: date, by: str = "clerk") -> CaseProposal:
        """A second round of corrections takes effect, with the supervisor's consent."""
        act, place = self.act_on(day), self.world.place
        async with act.transaction():
            agreed = await CaseProposal.create(
                case_id=case.id,
                kind="correct_again",
                proposed_by=place.staff[by],
                proposed_at=act.at - timedelta(hours=1),
                reason="再次要求补正",
                basis="行政许可法第三十二条",
                points=["照片不清楚。"],
                state="agreed",
                second_id=place.staff["supervisor"],
                second_at=act.at,
            )
            await figures.count_second_correction(act, case)
        return agreed

    def act_on(self, day: date) -> Act:
        act = self.world.act_as()
        act.at = noon(day)
        return act


async def kept() -> Counter[tuple[Any, ...]]:
    """The table of figures: by hall, dimension, day, key and measure; noughts left out."""
    found: Counter[tuple[Any, ...]] = Counter()
    for row in await db.fetch("SELECT * FROM case_days"):
        for measure in MEASURES:
            place = (row["hall_id"], row["dimension"], row["day"], row["key"], measure)
            found[place] += row[measure]
    return +found


async def counted_by_hand() -> Counter[tuple[Any, ...]]:
    """The same as a plain loop over the cases makes it."""
    found: Counter[tuple[Any, ...]] = Counter()
    types = {row["id"]: row["case_type"] for row in await db.fetch("SELECT * FROM item_versions")}

    def add(place: dict[str, Any], case_type: str, day: date, **measures: int) -> None:
        keys = [*((n, place[name]) for n, name in enumerate(DIMENSIONS, 1)), (6, case_type)]
        for dimension, key in keys:
            for measure, n in measures.items():
                if key is not None:
                    found[place["hall_id"], dimension, day, str(key), measure] += n

    for case in await db.fetch("SELECT * FROM cases WHERE decided_at IS NOT NULL"):
        day = day_of(case["decided_at"])
        used = await _used(case, day)
        tasks = await db.fetch("SELECT by_default FROM case_tasks WHERE case_id = $1", case["id"])
        add(
            case,
            types[case["version_id"]],
            day,
            decided=1,
            granted=case["decision"] == "granted",
            refused=case["decision"] == "refused",
            working_days_used=used,
            within_a_day=used <= 1,
            promised_days=case["promised_days"],
            legal_days=case["legal_days"],
            on_time=day <= case["promised_due"],
            by_default=sum(task["by_default"] is not None for task in tasks),
            corrections=case["corrections"],
        )
    for sent in await db.fetch("SELECT * FROM case_proposals WHERE kind = 'correct_again'"):
        if sent["state"] == "agreed":
            case = (await db.fetch("SELECT * FROM cases WHERE id = $1", sent["case_id"]))[0]
            by = {"accepted_by": sent["proposed_by"], "window_id": await _window(sent)}
            day = day_of(sent["second_at"])
            add(case | by, types[case["version_id"]], day, second_corrections=1)
    return +found


async def _used(case: dict[str, Any], decided: date) -> int:
    """Day by day: working days after acceptance that no pause takes out."""
    calendar = await halls.calendar(case["hall_id"])
    pauses = await db.fetch("SELECT * FROM case_pauses WHERE case_id = $1", case["id"])
    spans = [
        (day_of(p["began_at"]), day_of(p["ended_at"]) if p["ended_at"] else date.max)
        for p in pauses
    ]
    used, day = 0, case["clock_from"]
    while day < decided:
        day += timedelta(days=1)
        if calendar.is_working(day) and not any(begin < day <= end for begin, end in spans):
            used += 1
    return used


async def _window(sent: dict[str, Any]) -> UUID | None:
    for duty in await db.fetch("SELECT * FROM duties WHERE staff_id = $1", sent["proposed_by"]):
        ended = duty["ended_at"]
        if duty["started_at"] <= sent["proposed_at"] and (not ended or ended > sent["proposed_at"]):
            return duty["window_id"]
    return None
