"""Intake on the wire: applications, drafts, corrections, deferrals, pledges, the window."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct, field

from app.agency.schemas import EnterpriseShown, OnBehalf
from app.cases.intake.promise_schemas import PledgeState
from app.cases.rules import Delivery, State
from app.cases.schemas import Basis, Code, DeliveryIn, Opinion, Submitted, Supplied
from app.citizens.schemas import ChildShown
from app.core.wire import In, Out, PageQuery
from app.holdings.schemas import Reused

Answers = Annotated[
    dict[
        Annotated[str, Meta(min_length=1, max_length=40)],
        Annotated[list[Code], Meta(max_length=50)],
    ],
    Meta(max_length=40),
]
"""What was chosen of each question of the situation (情形), by their codes."""
Codes = Annotated[tuple[Code, ...], Meta(max_length=60)]
"""Lines of the material list, by their codes."""
ProjectNumber = Annotated[
    str, Meta(min_length=6, max_length=40, pattern=r"^[0-9A-Za-z][0-9A-Za-z-]*$")
]
"""The number of a construction project; only its shape is looked at here."""
Ticket = Annotated[str, Meta(min_length=20, max_length=400, pattern=r"^[0-9A-Za-z_-]+$")]
"""What names an applicant who stands at the window; see `ApplicantAtWindow`."""


class SubmitCase(In, frozen=True):
    """An application. `version_id` is the version of the guide that the applicant read.

    `answers` are those to the guide's questions. `deferred` are materials that come later (容缺),
    with the applicant's pledge to supply them in time; `pledged` those in whose place stands the
    pledge that the guide words (告知承诺), which the applicant agrees to. `reuse` are things given
    or issued before, with consent to using them again. `on_behalf`: for whom else than oneself.
    """

    item_id: UUID
    version_id: UUID
    form: dict[str, Any]
    delivery: DeliveryIn
    materials: Annotated[tuple[Supplied, ...], Meta(max_length=60)] = ()
    answers: Answers = field(default_factory=dict)
    deferred: Codes = ()
    deferral_pledge: bool = False
    pledged: Codes = ()
    pledge_agreed: bool = False
    reuse: Annotated[tuple[Reused, ...], Meta(max_length=60)] = ()
    reuse_consent: bool = False
    project_number: ProjectNumber | None = None
    on_behalf: OnBehalf | None = None


class WindowCase(SubmitCase, frozen=True, kw_only=True):
    """An application that a clerk takes in for the applicant who stands at the window."""

    applicant: Ticket


class ApplicantAtWindow(Out, frozen=True):
    """The applicant at the window, masked, and the ticket that names them in what follows.

    The ticket is this clerk's alone and ends by itself.
    """

    ticket: str
    ends_at: datetime
    name: str
    phone: str
    id_number: str


class ForWhom(Out, frozen=True):
    """For whom else the applicant at the window may file; children are masked."""

    enterprises: list[EnterpriseShown]
    children: list[ChildShown]


class TicketQuery(In, frozen=True):
    """Who stands at the window."""

    applicant: Ticket


class Supplement(In, frozen=True):
    """What was asked for in a correction: changed answers, form, or further photos.

    Changed `answers` change what applies; the form and the materials must then fit that.
    """

    form: dict[str, Any] | None = None
    materials: Annotated[tuple[Supplied, ...], Meta(max_length=60)] = ()
    answers: Answers | None = None


class SupplyDeferred(In, frozen=True):
    """Materials that were deferred (容缺) and come now."""

    materials: Annotated[tuple[Supplied, ...], Meta(min_length=1, max_length=60)]


class SupplyAtWindow(SupplyDeferred, frozen=True, kw_only=True):
    """Deferred materials that the applicant brought to the window; the clerk took their photos."""

    applicant: Ticket


class CheckPledge(In, frozen=True):
    """What the check of a pledge found; a false one is revoked on a legal basis."""

    kept: bool
    finding: Opinion
    basis: Basis | None = None


class PledgeQuery(PageQuery, kw_only=True, frozen=True):
    """Which pledges: those of one department, in one state."""

    department_id: UUID
    state: PledgeState = PledgeState.TO_CHECK


class PledgeRow(Out, frozen=True):
    """A pledge in the list of the department that checks it. The applicant's name is masked."""

    id: UUID
    case_id: UUID
    number: str
    item_name: str
    applicant: str
    requirement: str
    name: str
    text: str
    signed_at: datetime
    state: PledgeState
    checked_at: datetime | None
    finding: str | None


class PledgeChecked(Out, frozen=True):
    """A pledge after its check; with a proposal where a second person must consent first."""

    id: UUID
    state: PledgeState
    proposal_id: UUID | None


class DraftMaterials(In, frozen=True):
    """Photos that a draft names for one line of the material list."""

    requirement: Code
    material_ids: Annotated[list[UUID], Meta(max_length=50)]


class DraftDelivery(In, frozen=True):
    """How the applicant may want the result; nothing of it is decided yet."""

    way: Delivery | None = None
    address: Annotated[str, Meta(max_length=200)] = ""


class DraftIn(In, frozen=True):
    """An application that is not finished. `version_id`: of the guide that the applicant reads."""

    version_id: UUID
    answers: Answers = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)
    materials: Annotated[tuple[DraftMaterials, ...], Meta(max_length=60)] = ()
    delivery: DraftDelivery = DraftDelivery()
    deferred: Codes = ()
    pledged: Codes = ()


class DraftContent(Struct, frozen=True, kw_only=True):
    """A draft as it is kept, sealed."""

    answers: Answers = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)
    materials: tuple[DraftMaterials, ...] = ()
    delivery: DraftDelivery = DraftDelivery()
    deferred: Codes = ()
    pledged: Codes = ()


class DraftSaved(Out, frozen=True):
    """When a draft was saved, until when it is kept, and which photos are not there any more."""

    item_id: UUID
    saved_at: datetime
    kept_until: datetime
    missing_photos: list[UUID]


class DraftRow(Out, frozen=True):
    """A draft in the list of one's own."""

    item_id: UUID
    item_name: str
    saved_at: datetime
    kept_until: datetime


class DraftShown(Out, frozen=True):
    """A draft to go on with, fitted to the guide that is offered now.

    `version_id` is that guide's. `offered` is false where the item is no longer offered; the
    draft is then shown as it was saved. `changes` tells in words what became of it.
    """

    item_id: UUID
    item_name: str
    version_id: UUID
    offered: bool
    saved_at: datetime
    kept_until: datetime
    answers: dict[str, list[str]]
    form: dict[str, Any]
    materials: list[Supplied]
    delivery: DraftDelivery
    deferred: list[str]
    pledged: list[str]
    changes: list[str]


class WindowFiled(Submitted, frozen=True):
    """A case that was filed at the window, and the number of the receipt for it."""

    receipt: str


class PreChecked(Out, frozen=True):
    """Where a case stands after its pre-check."""

    id: UUID
    number: str
    state: State
    receipt: str


class ProjectCase(Struct, frozen=True):
    """A case was submitted for a construction project: payload of "projects.case_submitted"."""

    case_id: UUID
    number: str
    """The project's number, as the applicant gave it."""
