"""The catalogue on the wire, and what the catalogue tells the features above it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.catalog.guide import (
    CaseType,
    Code,
    Content,
    FeeLine,
    Guide,
    Kind,
    ServedObject,
    VersionState,
)
from app.core.wire import In, Line, Out, PageQuery


class Part(Out, frozen=True):
    """A department's share in a stage, and its own limit in working days.

    `overdue_agrees` (超时默认), `absent_agrees` (缺席默认): what its silence, and its absence from
    joint work, count as. `lead`: it leads the stage.
    """

    department_id: UUID
    department_name: str
    days: int
    overdue_agrees: bool = False
    absent_agrees: bool = False
    lead: bool = False


class Stage(Out, frozen=True):
    """A stage of the review: its parts are worked on at the same time, one of them leads.

    `joint`: whether they look at the site (联合踏勘) or accept the works (联合验收) together.
    """

    name: str
    parts: list[Part]
    joint: Literal["none", "site_visit", "acceptance"] = "none"


class Offered(Out, frozen=True):
    """One version of an item, with all that handling a case of it needs. Days are working days.

    `limits_given` is false where the days are the statutory default and nobody's promise.
    """

    item_id: UUID
    version_id: UUID
    version_number: int
    state: VersionState
    hall_id: UUID
    implementation_code: str
    bundle: bool
    name: str
    kind_code: Kind
    kind: str
    case_type: CaseType
    served_objects: list[ServedObject]
    department_id: UUID
    department_name: str
    department_code: str
    region_code: str
    legal_days: int
    promised_days: int
    limits_given: bool
    guide: Guide
    stages: list[Stage]


class ItemQuery(PageQuery, frozen=True):
    """Which published items to list.

    `q`: Chinese words, codes, departments, pinyin or its initials, everyday words; parted by
    spaces, all of them must be met. `order`: the best match first (the usual for a search),
    `added` (the usual otherwise), or what is used most.
    """

    hall_id: UUID | None = None
    q: Annotated[str, Meta(max_length=100)] = ""
    department_id: UUID | None = None
    kind: Kind | None = None
    instant_service: bool | None = None
    online: bool | None = None
    nearby: bool | None = None
    one_visit: bool | None = None
    on_phone: bool | None = None
    bundle: bool | None = None
    order: Literal["best", "added", "most_used"] | None = None


class ItemRow(Out, frozen=True):
    """A published item in a list."""

    id: UUID
    version_id: UUID
    version_number: int
    hall_id: UUID
    implementation_code: str
    bundle: bool
    name: str
    group_name: str
    kind_code: Kind
    kind: str
    case_type: CaseType
    served_objects: list[ServedObject]
    department_id: UUID
    department_name: str
    legal_days: int
    promised_days: int
    limits_given: bool
    visits: int
    instant_service: bool
    online: bool
    nearby: bool
    one_visit: bool
    on_phone: bool


class Member(Out, frozen=True):
    """An item that a bundle joins; without `id` it is not published at this hall."""

    implementation_code: str
    id: UUID | None = None
    name: str | None = None


class ItemShown(ItemRow, frozen=True):
    """A published item with its whole guide.

    `fees` are listed once, a bundle's out of its members' where it has none of its own. `samples`
    are the addresses of sample pictures by the materials' codes.
    """

    department_code: str
    region_code: str
    published_at: datetime
    guide: Guide
    stages: list[Stage]
    members: list[Member]
    fees: list[FeeLine]
    samples: dict[str, str]


class VersionRow(Out, frozen=True):
    """One version of an item, for staff."""

    id: UUID
    item_id: UUID
    number: int
    state: VersionState
    name: str
    promised_days: int
    created_at: datetime
    published_at: datetime | None
    withdrawn_at: datetime | None


class ItemIn(In, frozen=True):
    """A new item with its first version, published at once unless it shall stay a draft."""

    hall_id: UUID
    implementation_code: Code
    department_id: UUID
    content: Content
    bundle: bool = False
    publish: bool = True


class VersionIn(In, frozen=True):
    """A new version of an item; `department_id` only where the item moves to another one."""

    content: Content
    department_id: UUID | None = None
    publish: bool = True


class CompareQuery(In, frozen=True):
    """Which two versions of an item to compare, by their numbers."""

    earlier: Annotated[int, Meta(ge=1)] = msgspec.field(name="from")
    later: Annotated[int, Meta(ge=1)] = msgspec.field(name="to")


class ReducedShown(Out, frozen=True):
    """What the published version asks less for than the one before it, in sentences.

    `cut` are the names of materials that are no longer asked for. Without a version before, nothing
    was reduced and `since` is None; otherwise it is when the published version was published.
    """

    since: datetime | None
    cut: list[str]
    said: list[str]


class SampleShown(Out, frozen=True):
    """A sample picture; `address` is where everybody can get it."""

    id: UUID
    address: str
    width: int
    height: int
    created_at: datetime


class SynonymIn(In, frozen=True):
    """What people call something, and the words of the catalogue that it means.

    A term of several words is met where all of them are. Without terms the phrase means itself.
    """

    phrase: Annotated[str, Meta(min_length=2, max_length=40)]
    terms: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S")]],
        Meta(max_length=20),
    ]


class SynonymShown(Out, frozen=True):
    """An entry that counts in a hall; one without `id` is built in."""

    id: UUID | None
    phrase: str
    terms: list[str]


class WithdrawIn(In, frozen=True):
    """Why an item is no longer offered."""

    reason: Line


class DepartmentCount(Out, frozen=True):
    """How many published items a department has."""

    id: UUID
    name: str
    count: int


class KindCount(Out, frozen=True):
    """How many published items are of a kind."""

    code: Kind
    label: str
    count: int


class FlagCounts(Out, frozen=True):
    """How many published items carry each flag, and how many are bundles."""

    instant_service: int
    online: int
    nearby: int
    one_visit: int
    on_phone: int
    bundle: int


class FacetQuery(In, frozen=True):
    """Of which hall; of all without one."""

    hall_id: UUID | None = None


class Facets(Out, frozen=True):
    """What the published items can be filtered by, with counts."""

    total: int
    departments: list[DepartmentCount]
    kinds: list[KindCount]
    flags: FlagCounts
