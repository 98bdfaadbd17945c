"""Cases on the wire."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from app.agency.rules import Capacity
from app.cases.clock.schemas import DeadlineShown
from app.cases.delivery.schemas import DeliveryShown
from app.cases.intake.promise_schemas import DeferralShown, FalsePledge, PledgeShown
from app.cases.rules import ByDefault, Delivery, Proposal, State, Step, TaskState
from app.core.lights import Light
from app.core.wire import In, Out
from app.holdings.schemas import UsedShown
from app.materials.schemas import PictureFinding

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


class PointAt(In, frozen=True):
    """Something to correct, and where: a line of the material list, or a field of the form."""

    text: Point
    requirement: Code | None = None
    field: Annotated[str, Meta(min_length=1, max_length=80)] | None = None


class AskCorrection(In, frozen=True):
    """All that must be corrected, told once; each in words alone, or with its place."""

    points: Annotated[list[Point | PointAt], Meta(min_length=1, max_length=30)]


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


class LightTurned(Struct, frozen=True):
    """A step's warning light turned yellow or red: payload of the topic "supervision.light".

    Sent once for each step, light and `due`. `department_id` and `task_id` are set for the review
    of one department; the other steps are the hall's. `case_number` is no personal data.
    """

    case_id: UUID
    case_number: str
    hall_id: UUID
    department_id: UUID | None
    step: Step
    light: Light
    due: date
    task_id: UUID | None = None


class EventShown(Out, frozen=True):
    """One entry of the timeline."""

    kind: str
    at: datetime
    by: str
    note: str


class TaskShown(Out, frozen=True):
    """One department's part of the review; `lead` where it leads its stage.

    `by_default` says how it came to agree without a word, where it did.
    """

    id: UUID
    stage: int
    stage_name: str
    department_id: UUID
    department: str
    state: TaskState
    days: int
    due: date | None
    decided_at: datetime | None
    lead: bool
    by_default: ByDefault | None


class MaterialShown(Out, frozen=True):
    """A photo supplied for one line of the material list."""

    requirement: str
    name: str
    material_id: UUID
    width: int
    height: int
    format: Literal["photo", "pdf"]
    pages: int
    findings: list[PictureFinding]
    added_at: datetime


class ReceiptShown(Out, frozen=True):
    """A written receipt; `code` and `verify_at`, where anybody verifies it, are on its paper."""

    number: str
    kind: str
    title: str
    issued_at: datetime
    lines: list[str]
    code: str
    verify_at: str


class ResultShown(Out, frozen=True):
    """The document that the applicant gets."""

    title: str
    number: str


class ProposalShown(Out, frozen=True):
    """A proposal that waits for, or has got, a second person's word; `days` of an extension."""

    id: UUID
    kind: Proposal
    reason: str
    basis: str
    points: list[str]
    days: int | None
    state: str
    proposed_by: str
    proposed_at: datetime
    second_by: str | None
    second_note: str | None


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
    delivery_progress: DeliveryShown
    reused: list[UsedShown]
    answers: dict[str, list[str]]
    deferrals: list[DeferralShown]
    pledges: list[PledgeShown]
    project_number: str | None
    deemed: bool


class CorrectionShown(Out, frozen=True):
    """What the applicant is asked to correct, all of it: in words, and the place of each."""

    points: list[str]
    asked_at: datetime
    places: list[PointAt] = msgspec.field(default_factory=list)


class CaseShown(CaseParts, frozen=True):
    """A case as its applicant sees it, or whoever follows it with them; `capacity` says which.

    What can be done is what the caller can do. The applicant's name is masked.
    """

    form: dict[str, Any]
    correction: CorrectionShown | None
    can_withdraw: bool
    can_supplement: bool
    capacity: Capacity
    applicant: str
    enterprise: str | None


class DeskCase(CaseParts, frozen=True):
    """A case as staff see it: the applicant masked, or left out ("—"), the form apart.

    For those who handle the case alone: `false_pledges`, earlier ones of the same applicant; the
    `enterprise` for which it was filed; `for_child`, whether the applicant is a child and the
    phone the guardian's.
    """

    applicant_name: str
    applicant_phone: str
    applicant_id_number: str
    proposals: list[ProposalShown]
    false_pledges: list[FalsePledge]
    enterprise: str | None
    for_child: bool


class ApplicantShown(Out, frozen=True):
    """Who applies and what they filled in, in the clear. Each reading is recorded."""

    name: str
    phone: str
    id_number: str
    delivery_address: str | None
    form: dict[str, Any]
