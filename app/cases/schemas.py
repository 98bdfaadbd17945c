"""Cases on the wire."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from app.cases.rules import Delivery, Proposal, State, TaskState
from app.core.lights import Light
from app.core.wire import In, Line, Out, PageQuery

Opinion = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]
Basis = Annotated[str, Meta(min_length=4, max_length=300, pattern=r"\S")]
"""The legal basis of a decision: law and article."""
Point = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
Code = Annotated[str, Meta(min_length=1, max_length=40)]


class Supplied(In, frozen=True):
    """The photos that are supplied for one line of the material list."""

    requirement: Code
    material_ids: Annotated[list[UUID], Meta(min_length=1, max_length=50)]


class DeliveryIn(In, frozen=True):
    """How the applicant wants the result; `address` for the post only."""

    way: Delivery
    address: Annotated[str, Meta(min_length=5, max_length=200, pattern=r"\S")] | None = None


class SubmitCase(In, frozen=True):
    """An application. `version_id` is the version of the guide that the applicant read."""

    item_id: UUID
    version_id: UUID
    form: dict[str, Any]
    delivery: DeliveryIn
    materials: Annotated[tuple[Supplied, ...], Meta(max_length=60)] = ()


class Supplement(In, frozen=True):
    """What was asked for in a correction: changed answers, further photos, or both."""

    form: dict[str, Any] | None = None
    materials: Annotated[tuple[Supplied, ...], Meta(max_length=60)] = ()


class AskCorrection(In, frozen=True):
    """All that must be corrected, told once."""

    points: Annotated[list[Point], Meta(min_length=1, max_length=30)]


class Propose(In, frozen=True):
    """A refusal or non-acceptance: its reason and the law that it rests on."""

    reason: Opinion
    basis: Basis


class Consent(In, frozen=True):
    """What the second person says to a proposal."""

    agree: bool
    note: Annotated[str, Meta(max_length=500)] = ""


class Decide(In, frozen=True):
    """The opinion with which a department agrees."""

    opinion: Opinion


class Issue(In, frozen=True):
    """The result as it was made out: the document's title and number."""

    title: Line
    number: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S")]


class Deliver(In, frozen=True):
    """The result is handed over; by post with the tracking number."""

    tracking_number: (
        Annotated[str, Meta(min_length=6, max_length=40, pattern=r"^[0-9A-Za-z]+$")] | None
    ) = None


class EventShown(Out, frozen=True):
    """One entry of the timeline."""

    kind: str
    at: datetime
    by: str
    note: str


class TaskShown(Out, frozen=True):
    """One department's part of the review."""

    id: UUID
    stage: int
    stage_name: str
    department_id: UUID
    department: str
    state: TaskState
    days: int
    due: date | None
    decided_at: datetime | None


class MaterialShown(Out, frozen=True):
    """A photo supplied for one line of the material list."""

    requirement: str
    name: str
    material_id: UUID
    width: int
    height: int
    added_at: datetime


class ReceiptShown(Out, frozen=True):
    """A written receipt."""

    number: str
    kind: str
    title: str
    issued_at: datetime
    lines: list[str]


class DeadlineShown(Out, frozen=True):
    """The promised and the legal day, and the working days that remain of the promise.

    `provisional`: they reach into a year whose holidays are not announced yet.
    """

    promised_days: int
    promised_due: date | None
    legal_due: date | None
    provisional: bool
    remaining_days: int | None
    light: Light | None
    text: str


class ResultShown(Out, frozen=True):
    """The document that the applicant gets."""

    title: str
    number: str


class ProposalShown(Out, frozen=True):
    """A proposal that waits for, or has got, a second person's word."""

    id: UUID
    kind: Proposal
    reason: str
    basis: str
    points: list[str]
    state: str
    proposed_by: str
    proposed_at: datetime
    second_by: str | None
    second_note: str | None


class ProposalRow(Out, frozen=True):
    """A proposal in the list of what waits for a second person."""

    id: UUID
    case_id: UUID
    number: str
    item_name: str
    kind: Proposal
    reason: str
    basis: str
    points: list[str]
    proposed_by: str
    proposed_at: datetime


class CaseRow(Out, frozen=True):
    """A case in a list. The applicant's name is masked."""

    id: UUID
    number: str
    item_name: str
    state: State
    progress: str
    applicant: str
    submitted_at: datetime
    promised_due: date | None
    remaining_days: int | None
    light: Light | None


class Submitted(Out, frozen=True):
    """The number under which the applicant follows the case."""

    id: UUID
    number: str
    state: State
    submitted_at: datetime


class CaseParts(Out, frozen=True):
    """What everybody who sees a case sees of it."""

    id: UUID
    number: str
    item_id: UUID
    item_name: str
    bundle: bool
    hall_id: UUID
    hall: str
    state: State
    progress: str
    submitted_at: datetime
    accepted_at: datetime | None
    decided_at: datetime | None
    closed_at: datetime | None
    delivery: Delivery
    tracking_number: str | None
    deadline: DeadlineShown
    result: ResultShown | None
    timeline: list[EventShown]
    tasks: list[TaskShown]
    materials: list[MaterialShown]
    receipts: list[ReceiptShown]


class CorrectionShown(Out, frozen=True):
    """What the applicant is asked to correct, all of it."""

    points: list[str]
    asked_at: datetime


class CaseShown(CaseParts, frozen=True):
    """A case as its applicant sees it."""

    form: dict[str, Any]
    correction: CorrectionShown | None
    can_withdraw: bool
    can_supplement: bool


class DeskCase(CaseParts, frozen=True):
    """A case as the staff who handle it see it: the applicant masked, the form apart."""

    applicant_name: str
    applicant_phone: str
    applicant_id_number: str
    proposals: list[ProposalShown]


class ApplicantShown(Out, frozen=True):
    """Who applies and what they filled in, in the clear. Each reading is recorded."""

    name: str
    phone: str
    id_number: str
    delivery_address: str | None
    form: dict[str, Any]


class TaskRow(Out, frozen=True):
    """A task in a reviewer's list."""

    id: UUID
    case_id: UUID
    number: str
    item_name: str
    stage_name: str
    department_id: UUID
    opened_at: datetime
    due: date
    remaining_days: int
    light: Light


class DeskQuery(PageQuery, kw_only=True, frozen=True):
    """Which cases of a hall: in one state, or all; or the one of a number."""

    hall_id: UUID
    state: State | None = None
    number: Annotated[str, Meta(min_length=1, max_length=21)] | None = None


class TaskQuery(PageQuery, kw_only=True, frozen=True):
    """Which open tasks: those of one department."""

    department_id: UUID
