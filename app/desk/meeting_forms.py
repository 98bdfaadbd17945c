"""What the desk's forms about joint meetings send, where that is not what the API takes."""

import re
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, field

from app.core.clock import CHINA
from app.core.errors import InvalidBody
from app.core.wire import In, PageQuery
from app.desk.fitting import fitted
from app.projects.meetings.rules import Kind, State
from app.projects.meetings.schemas import CallMeeting, HoldMeeting

_Lines = Annotated[str, Meta(max_length=10_000)]
_Text = Annotated[str, Meta(max_length=1_000)]
_BETWEEN_NAMES = re.compile(r"[、,，;；\s]+")


class MeetingPageQuery(PageQuery, frozen=True):
    """Which meetings: of a hall or of a department, in one state."""

    hall_id: UUID | None = None
    department_id: UUID | None = None
    state: State | None = None


class CallQuery(In, frozen=True):
    """About what a meeting is to be called; about neither, in which hall."""

    case_id: UUID | None = None
    project_id: UUID | None = None
    hall_id: UUID | None = None


class CallForm(In, frozen=True):
    """The call of a meeting. `agenda` has an item a line; `starts_at` is the local time in China.

    With a `pause_reason` and `pause_basis` the clocks of `pause_cases` stand still until it is
    over.
    """

    hall_id: UUID
    kind: Kind
    lead_id: UUID
    title: _Text
    place: _Text
    starts_at: Annotated[str, Meta(max_length=30)]
    agenda: _Lines
    departments: list[UUID] = field(default_factory=list)
    project_id: UUID | None = None
    case_id: UUID | None = None
    pause_reason: _Text = ""
    pause_basis: _Text = ""
    pause_cases: list[UUID] = field(default_factory=list)

    def call(self) -> CallMeeting:
        """The call as the service takes it. Raises InvalidBody."""
        pause = None
        if self.pause_reason or self.pause_basis or self.pause_cases:
            pause = {
                "reason": self.pause_reason,
                "basis": self.pause_basis,
                "case_ids": self.pause_cases,
            }
        values = {
            "hall_id": self.hall_id,
            "kind": self.kind,
            "lead_id": self.lead_id,
            "title": self.title,
            "place": self.place,
            "starts_at": self._moment(),
            "agenda": [line.strip() for line in self.agenda.splitlines() if line.strip()],
            "departments": self.departments,
            "project_id": self.project_id,
            "case_id": self.case_id,
            "pause": pause,
        }
        return fitted(CallMeeting, values, pause="pause_reason")

    def _moment(self) -> datetime:
        try:
            found = datetime.fromisoformat(self.starts_at)
        except ValueError:
            raise InvalidBody("请填写会议的日期和时间。", field="starts_at") from None
        return found if found.tzinfo else found.replace(tzinfo=CHINA)


class WordForm(In, frozen=True):
    """What a department said to an item; nothing where it did not come."""

    word: Literal["agree", "disagree"] | None = None
    reason: _Text = ""
    basis: _Text = ""


class ItemForm(In, frozen=True):
    """An item of the agenda: the conclusion, and each department's word."""

    conclusion: _Text = ""
    words: dict[UUID, WordForm] = field(default_factory=dict)


class HoldForm(In, frozen=True):
    """The record of a meeting: who came for each department, and every item, in their order."""

    attended: dict[UUID, _Text] = field(default_factory=dict)
    items: list[ItemForm] = field(default_factory=list)

    def record(self) -> HoldMeeting:
        """The record as the service takes it; who came is separated by 、 or a blank.

        Raises:
            InvalidBody.
        """
        if not self.attended:
            raise InvalidBody("请填写到会部门的参会人员；没有到会的部门留空。")
        items = [
            {"position": position, "conclusion": item.conclusion, "words": _words(item)}
            for position, item in enumerate(self.items, 1)
        ]
        attended = [
            {"department_id": one, "people": [name for name in _BETWEEN_NAMES.split(said) if name]}
            for one, said in self.attended.items()
        ]
        for position, item in enumerate(items, 1):
            if not item["conclusion"] or not item["words"]:
                name = f"items.{position - 1}.conclusion"
                raise InvalidBody(f"第{position}个议题还缺结论或部门意见。", field=name)
        return fitted(HoldMeeting, {"attended": attended, "items": items})


def _words(item: ItemForm) -> list[dict[str, object]]:
    return [
        {
            "department_id": department_id,
            "word": said.word,
            "reason": said.reason,
            "basis": said.basis,
        }
        for department_id, said in item.words.items()
        if said.word
    ]
