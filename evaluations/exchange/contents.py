"""Out of a service or a rating: what is said of it to the province."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.catalog import service as catalog
from app.catalog.guide import ServedObject
from app.citizens import service as citizens
from app.core.acts import Act, Transaction
from app.core.errors import Problem
from app.halls import service as halls
from evaluations.exchange.messages import Evaluation, ServiceRecord
from evaluations.exchange.rules import (
    ProChannel,
    ProStatus,
    UserProp,
    moment,
    national_channel,
)
from evaluations.ratings.moderated import shown_texts
from evaluations.ratings.rules import Kind as Served

Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Item:
    task_code: str = ""
    user_prop: UserProp = UserProp.PERSON
    promise_day: str = ""


@dataclass
class Contents:
    """Makes the contents of one round; what it looked up serves the whole round."""

    act: Act
    _regions: dict[UUID, str] = field(default_factory=dict)
    _departments: dict[UUID | None, tuple[str, str]] = field(default_factory=dict)
    _items: dict[UUID | None, _Item] = field(default_factory=dict)

    async def record(self, tx: Transaction, row: Row) -> ServiceRecord:
        """The record of a service. A name is in it only if the settings ask for names."""
        code, name = await self._department(row["department_id"])
        item = await self._item(row["item_id"])
        at_window = row["service_kind"] == Served.VISIT
        finished = row["ended_at"] is not None
        return ServiceRecord(
            project_no=row["project_no"],
            service_number=row["service_number"],
            service_name=row["item_name"],
            task_code=row["task_code"] or item.task_code,
            task_name=row["item_name"],
            dept_code=row["department_code"] or code,
            dept_name=name,
            area_code=row["area_code"] or await self._region(row["hall_id"]),
            user_prop=str(row["user_prop"] or item.user_prop),
            pro_status=str(
                row["pro_status"] or (ProStatus.FINISHED if finished else ProStatus.ACCEPTED)
            ),
            accept_date=_day(row["accepted_on"]) or moment(row["started_at"]),
            result_date=_day(row["result_on"]) or moment(row["ended_at"]),
            service_time=moment(row["ended_at"] or row["started_at"]),
            promise_day=_days(row["promised_days"]) or item.promise_day,
            pro_channel=str(
                row["pro_channel"] or (ProChannel.WINDOW if at_window else ProChannel.ONLINE)
            ),
            user_name=await self._name(tx, row),
        )

    async def evaluations(self, rows: Sequence[Row]) -> list[Evaluation]:
        """Ratings. Nothing tells who gave them; a text that is held is not sent."""
        texts = await shown_texts(self.act, {row["id"]: row["comment"] for row in rows})
        return [self._evaluation(row, texts[row["id"]]) for row in rows]

    def _evaluation(self, row: Row, text: str) -> Evaluation:
        return Evaluation(
            project_no=row["project_no"],
            service_number=row["service_number"],
            assess_number=str(row["service_number"]),
            pf=str(national_channel(row["channel"])),
            satisfaction=str(row["level"]),
            eval_detail=",".join(row["tags"]),
            writing_evaluation=text,
            assess_time=moment(row["received_at"]),
        )

    async def _region(self, hall_id: UUID) -> str:
        if hall_id not in self._regions:
            self._regions[hall_id] = (await halls.hall(hall_id)).region_code
        return self._regions[hall_id]

    async def _department(self, department_id: UUID | None) -> tuple[str, str]:
        if department_id is None:
            return "", ""
        if department_id not in self._departments:
            found = await halls.department(department_id)
            self._departments[department_id] = (found.code or "", found.name)
        return self._departments[department_id]

    async def _item(self, item_id: UUID | None) -> _Item:
        if item_id not in self._items:
            self._items[item_id] = await _look_up(item_id) if item_id else _Item()
        return self._items[item_id]

    async def _name(self, tx: Transaction, row: Row) -> str | None:
        if not self.act.house.settings.exchange_names or row["citizen_id"] is None:
            return None
        try:
            person = await citizens.person(row["citizen_id"])
        except citizens.WhoFirst:
            return None
        tx.audit(
            "citizen.name_sent",
            f"citizen:{row['citizen_id']}",
            hall_id=row["hall_id"],
            project=row["project_no"],
        )
        return person.name.reveal()


async def _look_up(item_id: UUID) -> _Item:
    """What the catalogue says of an item now; nothing of one that was withdrawn since."""
    try:
        found = await catalog.published(item_id)
    except Problem:
        return _Item()
    legal_only = found.served_objects == [ServedObject.LEGAL]
    return _Item(
        found.implementation_code,
        UserProp.LEGAL if legal_only else UserProp.PERSON,
        str(found.promised_days),
    )


def _day(found: Any) -> str:
    """A day that another system told of, at its beginning."""
    return f"{found:%Y-%m-%d} 00:00:00" if found else ""


def _days(found: int | None) -> str:
    return "" if found is None else str(found)
