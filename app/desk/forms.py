"""What the desk's own forms send; where a form sends what the API takes, it is the API's schema."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, field

from app.cases.numbering import MistypedNumber, is_mistyped
from app.cases.rules import Step
from app.cases.schemas import AskCorrection, Opinion, PointAt
from app.cases.worklist.schemas import Work
from app.core.errors import InvalidBody
from app.core.lights import Light
from app.core.wire import In, Limit, PageQuery
from app.desk.fitting import fitted
from app.supervision.rules import State
from evaluations.ratings.hub_schemas import EnteredRating
from evaluations.ratings.schemas import Comment, Level, Phone, Tags, VisitIn

_Point = Annotated[str, Meta(max_length=200)]
Typed = Annotated[str, Meta(max_length=60)]
"""A case number as it is typed or pasted: with blanks between its parts."""


def tight(number: str | None) -> str | None:
    """A case number as it was typed, without the blanks; None where nothing was.

    Raises:
        MistypedNumber: it cannot be any case's.
    """
    tidy = "".join((number or "").split())
    if is_mistyped(tidy):
        raise MistypedNumber(field="case_number")
    return tidy or None


class QueueQuery(PageQuery, frozen=True):
    """What the queue shows: one kind of work, or all to do; the case of one number."""

    limit: Limit = 50
    hall_id: UUID | None = None
    work: Work | None = None
    number: Annotated[str, Meta(max_length=40)] | None = None


class HallPageQuery(PageQuery, frozen=True):
    """A list of one hall of the caller's."""

    hall_id: UUID | None = None


class DepartmentPageQuery(PageQuery, frozen=True):
    """A list of one department of the caller's."""

    department_id: UUID | None = None


class CasePageQuery(In, frozen=True):
    """From which list the case was opened, so that the next one is that list's.

    `filed`: it was filed at the window just now.
    """

    work: Work | None = None
    filed: bool = False


class DutyForm(In, frozen=True):
    """At which window."""

    window_id: UUID


class VisitForm(In, frozen=True):
    """What a visit is about: an item, a case, or a few words."""

    about: Annotated[str, Meta(max_length=60)] = ""
    item_id: UUID | None = None
    case_number: Typed | None = None
    phone: Phone | None = None

    def visit(self) -> VisitIn:
        """The visit as it begins. Raises InvalidBody, MistypedNumber: the case number is none."""
        return fitted(
            VisitIn,
            {
                "item_id": self.item_id,
                "case_number": tight(self.case_number),
                "about": self.about,
                "phone": self.phone,
            },
        )


class PointTyped(In, frozen=True):
    """One line of the form for corrections; without a text it is not asked for."""

    text: _Point = ""
    requirement: Annotated[str, Meta(max_length=40)] | None = None
    field: Annotated[str, Meta(max_length=80)] | None = None


class AskForm(In, frozen=True):
    """What is wrong with each material and field, and what else is."""

    points: Annotated[list[PointTyped], Meta(max_length=200)] = field(default_factory=list)

    def asked(self) -> AskCorrection:
        """What the applicant is asked for: the lines in which something was written.

        Raises:
            InvalidBody: there are none, or more than can be asked for at once.
        """
        points: list[str | PointAt] = [
            PointAt(text=one.text.strip(), requirement=one.requirement, field=one.field)
            for one in self.points
            if one.text.strip()
        ]
        if not points:
            raise InvalidBody("请至少写明一项需要补正的内容。", field="points.0.text")
        if len(points) > 30:
            raise InvalidBody("一次最多告知 30 项，请合并相近的内容。")
        return AskCorrection(points=points)


class NoForm(In, frozen=True):
    """A form without fields: its button says all."""


class SecondForm(In, frozen=True):
    """A second person's word; without a note where they agree."""

    agree: bool
    note: Annotated[str, Meta(max_length=500)] = ""


class CheckForm(In, frozen=True):
    """What the check of a pledge found."""

    kept: bool
    finding: Opinion
    basis: Annotated[str, Meta(min_length=4, max_length=300)] | None = None


class CardForm(In, frozen=True):
    """A rating from a card, the box or a call; its number stands on the card or in the record."""

    source: Literal["phone", "paper", "box"]
    card_number: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S")]
    given_on: date
    level: Level
    case_number: Typed | None = None
    service_id: UUID | None = None
    tags: Tags = field(default_factory=list)
    comment: Comment = ""

    def rating(self) -> EnteredRating:
        """The rating as the hub takes it.

        Raises:
            InvalidBody, MistypedNumber: the case number is none.
        """
        given = msgspec.structs.asdict(self) | {"case_number": tight(self.case_number)}
        return fitted(EnteredRating, given)


class CardPageQuery(HallPageQuery, frozen=True):
    """Visits of which day and at which window; all windows and today where nothing is said."""

    window_id: UUID | None = None
    day: date | None = None


class CardListQuery(In, frozen=True):
    """The list of visits out of which a card is entered, so that the next one is that list's."""

    hall_id: UUID | None = None
    window_id: UUID | None = None
    day: date | None = None


class ShipmentPageQuery(HallPageQuery, frozen=True):
    """Which shipments of a hall."""

    state: Literal["to_post", "posted", "in_transit", "arrived", "signed", "returned"] = "to_post"


class StepQuery(HallPageQuery, frozen=True):
    """Which open steps: of a hall or of a department, of one kind, of one light."""

    department_id: UUID | None = None
    step: Step | None = None
    light: Light | None = None


class EntryPageQuery(PageQuery, frozen=True):
    """Which supervision entries: in one state, else those that are not closed."""

    state: State | None = None
