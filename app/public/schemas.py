"""What the public pages are asked."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.catalog.guide import Kind
from app.catalog.schemas import ItemQuery
from app.core.wire import In
from evaluations.ratings.hub_schemas import CodeRating
from evaluations.ratings.schemas import Tags

NO_LEVEL = 0
"""What was chosen where nothing was: no level is, so that the rating is refused as unfit."""
Flag = Literal["instant_service", "online", "nearby", "one_visit", "on_phone", "bundle"]
FLAG_NAMES: dict[Flag, str] = {
    "on_phone": "掌上办",
    "online": "网上办",
    "one_visit": "一次办",
    "instant_service": "马上办",
    "nearby": "就近办",
    "bundle": "一件事",
}
"""The flags by which guides are filtered, with the words on their badges."""


class RatingForm(In, frozen=True):
    """A rating as the form sends it.

    A browser without scripts also sends the tags that were ticked under another level before: each
    level has a field of its own, and only the chosen level's count. What is too long or missing
    comes in all the same, so that the page can say so beside what was typed.
    """

    service_id: UUID
    event_id: UUID
    level: int = NO_LEVEL
    tags_5: Tags = msgspec.field(default_factory=list)
    tags_4: Tags = msgspec.field(default_factory=list)
    tags_3: Tags = msgspec.field(default_factory=list)
    tags_2: Tags = msgspec.field(default_factory=list)
    tags_1: Tags = msgspec.field(default_factory=list)
    comment: Annotated[str, Meta(max_length=2000)] = ""

    def tags(self) -> dict[int, list[str]]:
        """The ticked tags by level."""
        return {5: self.tags_5, 4: self.tags_4, 3: self.tags_3, 2: self.tags_2, 1: self.tags_1}

    def rating(self) -> CodeRating:
        """The rating that was meant."""
        return CodeRating(
            service_id=self.service_id,
            level=self.level,
            event_id=self.event_id,
            tags=self.tags().get(self.level, []),
            comment=self.comment,
        )


class CodeQuery(In, frozen=True):
    """The code that somebody typed off a paper."""

    code: Annotated[str, Meta(max_length=100)] = ""


class GuideQuery(In, frozen=True):
    """Which guides to list: the words that were typed, and what they are filtered by."""

    q: Annotated[str, Meta(max_length=100)] = ""
    hall_id: UUID | None = None
    department_id: UUID | None = None
    kind: Kind | None = None
    flag: Annotated[list[Flag], Meta(max_length=len(FLAG_NAMES))] = msgspec.field(
        default_factory=list
    )
    after: Annotated[str, Meta(max_length=300)] | None = None

    def items(self) -> ItemQuery:
        """The same as the catalogue asks it."""

        def wanted(flag: Flag) -> bool | None:
            return True if flag in self.flag else None

        return ItemQuery(
            q=self.q,
            hall_id=self.hall_id,
            department_id=self.department_id,
            kind=self.kind,
            instant_service=wanted("instant_service"),
            online=wanted("online"),
            nearby=wanted("nearby"),
            one_visit=wanted("one_visit"),
            on_phone=wanted("on_phone"),
            bundle=wanted("bundle"),
            after=self.after,
        )
