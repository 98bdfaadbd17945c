"""What a service item says: its kind, limits, guide, form and materials, as stored and sent."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.catalog.questions import Condition, Question
from app.core.wire import In, Line, Name, Text

STATUTORY_DAYS = 20
"""Working days for a decision where nothing shorter is given: Administrative Licensing Law,
article 42; article 82 makes them working days."""

Code = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^\S([^\x00-\x1f\x7f]*\S)?$")]
"""An implementation code as it was given; real ones have many shapes."""
Days = Annotated[int, Meta(ge=0, le=1000)]
"""A limit in working days."""
Short = Annotated[str, Meta(max_length=200)]
DEFER_DAYS = 10
"""Working days within which a deferred material is supplied where its item says nothing else."""


class Kind(IntEnum):
    """事项类型, by its national code; only kinds that somebody can apply for."""

    LICENCE = 1
    PAYMENT = 5
    CONFIRMATION = 7
    AWARD = 8
    ADJUDICATION = 9
    OTHER = 10
    PUBLIC_SERVICE = 20

    @property
    def label(self) -> str:
        """The name of the kind, as catalogues write it."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    Kind.LICENCE: "行政许可",
    Kind.PAYMENT: "行政给付",
    Kind.CONFIRMATION: "行政确认",
    Kind.AWARD: "行政奖励",
    Kind.ADJUDICATION: "行政裁决",
    Kind.OTHER: "其他行政权力",
    Kind.PUBLIC_SERVICE: "公共服务",
}
KIND_OF_LABEL: Mapping[str, Kind] = {label: kind for kind, label in _KIND_LABELS.items()}
"""The kind of each label."""


class CaseType(StrEnum):
    """办件类型: decided on the spot (即办件), or within the promised time (承诺件)."""

    INSTANT = "instant"
    PROMISED = "promised"


class ServedObject(StrEnum):
    """服务对象: natural persons (自然人), or legal persons and other organisations (法人)."""

    PERSON = "person"
    LEGAL = "legal"


class VersionState(StrEnum):
    """The life of a version; it only moves on, and at most one of an item is published."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class LegalBasis(In, frozen=True):
    """设定依据: a law, its article, and what the article says."""

    law: Line
    article: Annotated[str, Meta(max_length=60)] = ""
    text: Text = ""


class Step(In, frozen=True):
    """One step of the procedure (办理流程) in words."""

    name: Name
    text: Text = ""


class Requirement(In, frozen=True):
    """One entry of the material list.

    `deferrable` (容缺): may come `defer_days` working days later, against a promise. `waived`
    (免提交): the hall has it or looks it up itself. `pledge` (告知承诺): a signed pledge can
    replace it, in the words of `pledge_text`. It is asked for where `when` holds of the answers
    to the item's questions. One of the same `type` that was given before is good for
    `valid_days` calendar days, 0 for none; without a type, its name is its type.
    """

    code: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$")]
    name: Line
    required: bool = True
    kind: Literal["original", "copy", "either"] = "either"
    source: Short = ""
    sample: Short = ""
    formats: Annotated[tuple[Literal["photo", "pdf"], ...], Meta(min_length=1, max_length=2)] = (
        "photo",
    )
    deferrable: bool = False
    waived: bool = False
    pledge: bool = False
    max_photos: Annotated[int, Meta(ge=1, le=50)] = 5
    note: Text = ""
    when: Condition | None = None
    type: Annotated[str, Meta(max_length=60)] = ""
    valid_days: Annotated[int, Meta(ge=0, le=36500)] = 0
    defer_days: Annotated[int, Meta(ge=1, le=250)] = DEFER_DAYS
    pledge_text: Text = ""
    sample_picture: UUID | None = None


class StagePart(In, frozen=True):
    """A department's share in a stage and its own limit in working days.

    It takes part where `when` holds of the answers to the item's questions. `overdue_agrees`
    (超时默认) and `absent_agrees` (缺席默认): letting its limit pass, or staying away from joint
    work, counts as agreeing; only a bundle may say so.
    """

    department: Name
    days: Days
    when: Condition | None = None
    overdue_agrees: bool = False
    absent_agrees: bool = False


class StagePlan(In, frozen=True):
    """A stage of the review; its departments work at the same time.

    `lead` is the department that leads it, by default the first; where a situation leaves the
    lead out, the first that is left leads. `joint`: whether the departments look at the site
    together (联合踏勘), or accept the works together (联合验收).
    """

    name: Name
    departments: Annotated[tuple[StagePart, ...], Meta(min_length=1, max_length=20)]
    lead: Name | None = None
    joint: Literal["none", "site_visit", "acceptance"] = "none"


class Fee(In, frozen=True):
    """What it costs, and by which rule."""

    amount: Annotated[str, Meta(min_length=1, max_length=200)] = "不收费"
    basis: Text = ""


class FeeLine(In, frozen=True):
    """One line of the list of fees (收费清单): what for, how much, by which rule, to whom."""

    name: Line
    amount: Line
    basis: Text = ""
    department: Short = ""


def bare_form() -> dict[str, Any]:
    """The form of an item about which only its row in a catalogue is known: optional remarks."""
    return {
        "type": "object",
        "title": "申请表",
        "properties": {"remarks": {"type": "string", "title": "说明", "maxLength": 500}},
        "x-order": ["remarks"],
    }


class Guide(In, frozen=True):
    """办事指南: all that an applicant is told, and the form and materials asked for.

    `form` is a JSON Schema (2020-12) of the kind that `form_rules.form_problems` accepts. Without
    `stages` there is one, of the item's own department. `members` are the implementation codes
    of the items that a bundle joins. `situations` are the questions on whose answers the form,
    the materials and the stages depend. `fees`, where it is not empty, takes the place of `fee`;
    a bundle without either has the fees of its members. `supervising_department` checks what was
    pledged; without one, the item's own department does.
    """

    basis: Annotated[tuple[LegalBasis, ...], Meta(max_length=30)] = ()
    conditions: Annotated[tuple[Text, ...], Meta(max_length=30)] = ()
    steps: Annotated[tuple[Step, ...], Meta(max_length=20)] = ()
    materials: Annotated[tuple[Requirement, ...], Meta(max_length=60)] = ()
    form: dict[str, Any] = msgspec.field(default_factory=bare_form)
    stages: Annotated[tuple[StagePlan, ...], Meta(max_length=10)] = ()
    fee: Fee = Fee()
    results: Annotated[tuple[Line, ...], Meta(max_length=10)] = ()
    delivery: tuple[Literal["electronic", "counter", "post"], ...] = ("counter",)
    window: Short = ""
    hours: Short = ""
    advice_phone: Short = ""
    complaint_phone: Short = ""
    appointment: bool = False
    pre_check: bool = False
    scope: Short = ""
    members: Annotated[tuple[Code, ...], Meta(max_length=30)] = ()
    situations: Annotated[tuple[Question, ...], Meta(max_length=30)] = ()
    fees: Annotated[tuple[FeeLine, ...], Meta(max_length=60)] = ()
    supervising_department: Annotated[str, Meta(max_length=60)] = ""


class Content(In, frozen=True):
    """What one version of an item says, its department apart. Limits are in working days.

    `limits_given` is false where nobody stated a limit and the statutory default stands in.
    The flags are 马上办, 网上办, 就近办, 一次办 and 掌上办.
    """

    name: Line
    kind: Kind
    group_name: Short = ""
    case_type: CaseType = CaseType.PROMISED
    served_objects: Annotated[tuple[ServedObject, ...], Meta(min_length=1, max_length=2)] = (
        ServedObject.PERSON,
        ServedObject.LEGAL,
    )
    department_code: Annotated[str, Meta(max_length=80)] = ""
    region_code: Annotated[str, Meta(max_length=20)] = ""
    legal_days: Days = STATUTORY_DAYS
    promised_days: Days = STATUTORY_DAYS
    limits_given: bool = False
    visits: Annotated[int, Meta(ge=0, le=20)] = 1
    instant_service: bool = False
    online: bool = False
    nearby: bool = False
    one_visit: bool = False
    on_phone: bool = False
    guide: Guide = Guide()


FLAGS = ("instant_service", "online", "nearby", "one_visit", "on_phone")
"""The five flags of an item, as fields of `Content`."""
