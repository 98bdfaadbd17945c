"""What other approval systems report and fetch, on the wire."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta

from app.cases.approvals.rules import Outcome, Progress
from app.cases.delivery.schemas import Key
from app.core.wire import In, Name, Out, PageQuery

PausedFor = Literal["hearing", "inspection", "appraisal", "expert_review", "site_visit"]


class ProgressReport(In, frozen=True):
    """What another system says of a department's part in the review of a case.

    `report_id` is its own, unique; the same report again is answered as the first was.
    `department` is the department's id or its code. Where a department has several parts in one
    case, `task_id` says which. A decision has its `opinion`; a refusal (`refused`) and a pause name
    their legal `basis`, and a pause what it is for and, by law, how long it will take.
    """

    report_id: Key
    case_number: Annotated[str, Meta(pattern=r"^[0-9]{21}$", min_length=21, max_length=21)]
    department: Annotated[str, Meta(min_length=1, max_length=36)]
    kind: Progress
    at: Annotated[datetime, Meta(tz=True)]
    by_name: Name
    opinion: Annotated[str, Meta(max_length=500)] = ""
    basis: Annotated[str, Meta(max_length=300)] = ""
    task_id: UUID | None = None
    paused_for: PausedFor | None = None
    expected_days: Annotated[int, Meta(ge=1, le=250)] | None = None


class ProgressTaken(Out, frozen=True):
    """What came of a report."""

    report_id: str
    outcome: Outcome
    task_id: UUID
    received_at: datetime


class ProgressBatch(In, frozen=True):
    """Up to 100 reports; each is an act of its own."""

    reports: Annotated[list[ProgressReport], Meta(min_length=1, max_length=100)]


class BatchAnswer(Out, frozen=True):
    """The answer to one report of a batch: what came of it, or why it was refused."""

    report_id: str
    status: int
    taken: ProgressTaken | None
    code: str | None
    detail: str | None


class BatchTaken(Out, frozen=True):
    """The answers to a batch, in the order of its reports."""

    items: list[BatchAnswer]


class ApprovalTasksQuery(PageQuery, kw_only=True, frozen=True):
    """Which open tasks: those opened at `since` or later."""

    since: Annotated[datetime, Meta(tz=True)] | None = None


class ApprovalMaterial(Out, frozen=True):
    """A line of the material list with the photos that were supplied for it."""

    requirement: str
    name: str
    material_ids: list[UUID]


class ApprovalApplicant(Out, frozen=True):
    """Who applies, in the clear. Each reading is recorded."""

    name: str
    phone: str
    id_number: str
    enterprise_name: str | None
    enterprise_code: str | None


class ApprovalTask(Out, frozen=True):
    """An open task of a department for which the system speaks, with what it needs to decide."""

    task_id: UUID
    case_number: str
    item_name: str
    implementation_code: str
    department_id: UUID
    stage: int
    stage_name: str
    opened_at: datetime
    due: date | None
    answers: dict[str, list[str]]
    form: dict[str, Any]
    applicant: ApprovalApplicant
    materials: list[ApprovalMaterial]


class LinkIn(In, frozen=True):
    """Let another system speak for a department."""

    client_id: UUID
    department_id: UUID


class LinkShown(Out, frozen=True):
    """Which system speaks for which department."""

    id: UUID
    client_id: UUID
    client: str
    department_id: UUID
    department: str
    linked_at: datetime


class LinksQuery(In, frozen=True):
    """The links of one hall."""

    hall_id: UUID


class LinksShown(Out, frozen=True):
    """Every system that speaks for a department of a hall."""

    items: list[LinkShown]
