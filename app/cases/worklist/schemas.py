"""What waits at the desk, on the wire."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, field

from app.cases.rules import State
from app.cases.schemas import PointAt
from app.core.lights import Light
from app.core.wire import In, Out, PageQuery


class Work(StrEnum):
    """What a clerk of a hall has to do with a case, or what the case waits for."""

    ACCEPT = "accept"  # 待受理：五个工作日内答复
    ISSUE = "issue"  # 待制证
    DELIVER = "deliver"  # 待送达：窗口领取，或者告知不予
    POST = "post"  # 待寄出
    CORRECTION = "correction"  # 等申请人补正
    DEFERRAL = "deferral"  # 等申请人补交容缺材料
    REVIEW = "review"  # 部门审查中


WORK_NAMES: dict[Work, str] = {
    Work.ACCEPT: "待受理",
    Work.ISSUE: "待制证",
    Work.DELIVER: "待送达",
    Work.POST: "待寄出",
    Work.CORRECTION: "等待补正",
    Work.DEFERRAL: "容缺待补",
    Work.REVIEW: "审查中",
}
"""What clerks read for each."""
TO_DO = (Work.ACCEPT, Work.ISSUE, Work.DELIVER, Work.POST)
"""What waits for a clerk; the others wait for the applicant or for a department."""


class WorkQuery(PageQuery, kw_only=True, frozen=True):
    """Whose work: of a hall, or of one of its departments' windows; of one kind, or all to do."""

    hall_id: UUID
    work: Work | None = None
    department_id: UUID | None = None


class WorkRow(Out, frozen=True):
    """A case that waits. The applicant is masked.

    `due` is the last day for what it waits for; None where the law and the promise set none now.
    `again`: it was supplemented after a correction. `pre_checked`: only the originals are missing.
    """

    case_id: UUID
    number: str
    item_name: str
    applicant: str
    state: State
    work: Work
    submitted_at: datetime
    due: date | None
    remaining_days: int | None
    light: Light | None
    again: bool
    pre_checked: bool


class WorkCount(Out, frozen=True):
    """How many cases wait for one thing, and of how many the light is lit."""

    work: Work
    name: str
    total: int
    yellow: int
    red: int


class CountQuery(In, frozen=True):
    """Whose work to count."""

    hall_id: UUID
    department_id: UUID | None = None


class Act(StrEnum):
    """What can be done with a case at the desk."""

    PRE_CHECK = "pre_check"
    ACCEPT = "accept"
    ASK_CORRECTION = "ask_correction"
    SUPPLY_DEFERRED = "supply_deferred"
    NOT_ACCEPT = "not_accept"
    PAUSE = "pause"
    EXTEND = "extend"
    TERMINATE = "terminate"
    ISSUE = "issue"
    DELIVER = "deliver"
    POST = "post"
    REPORT_SHIPMENT = "report_shipment"


class LineToAskFor(Out, frozen=True):
    """A line of the material list as it applies to the case; `given` photos came for it."""

    code: str
    name: str
    required: bool
    given: int


class FieldToAskFor(Out, frozen=True):
    """A field of the form as it applies to the case, without what was filled in."""

    name: str
    title: str


class Answered(Out, frozen=True):
    """A question about the situation (情形) and what was chosen, in words."""

    question: str
    chosen: list[str]


class DepartmentOfCase(Out, frozen=True):
    """A department that can be named on a document of the case."""

    id: UUID
    name: str


class CaseWork(Out, frozen=True):
    """What the caller can do with a case now, and what the forms for it need to know.

    `accept_due` and `accept_light` while the case waits to be accepted. `pre_checked_item`: what
    is filed online for the item is pre-checked first. `second_consent`: another round of
    corrections needs a supervisor. `tasks`, `pauses`, `proposals` and `pledges` are those that
    the caller can decide, end, answer and check. No personal data.
    """

    case_id: UUID
    version_id: UUID
    acts: list[Act]
    tasks: list[UUID]
    pauses: list[UUID]
    proposals: list[UUID]
    pledges: list[UUID]
    longest_extension: int
    pre_checked_item: bool
    second_consent: bool
    filed_by: str
    accept_due: date | None
    accept_remaining: int | None
    accept_light: Light | None
    lines: list[LineToAskFor]
    fields: list[FieldToAskFor]
    situation: list[Answered]
    departments: list[DepartmentOfCase]
    results: list[str]
    asked: list[PointAt] = field(default_factory=list)
    handles: Annotated[bool, Meta(description="May read the applicant's data.")] = False


def titles_of(form: dict[str, Any]) -> dict[str, str]:
    """The titles of a form's fields by name, in the order in which they are asked."""
    properties = form.get("properties", {})
    order = [name for name in form.get("x-order", ()) if name in properties]
    order += [name for name in properties if name not in order]
    return {name: properties[name].get("title", name) for name in order}
