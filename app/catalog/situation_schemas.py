"""Situations on the wire: answers sent, questions asked, and everything told at once."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.catalog.guide import FeeLine
from app.catalog.questions import Question, QuestionCode
from app.core.wire import In, Out

GivenAnswers = Annotated[
    dict[QuestionCode, Annotated[list[QuestionCode], Meta(max_length=40)]], Meta(max_length=30)
]
"""The chosen codes by question; an empty list is an answer where any number can be chosen."""


class SituationIn(In, frozen=True):
    """The answers so far; without any, the first questions are told."""

    answers: GivenAnswers = msgspec.field(default_factory=dict)


class ToldMaterial(Out, frozen=True):
    """One material to bring, in words; `defer_days` are working days, None where it cannot wait."""

    code: str
    name: str
    required: bool
    max_photos: int
    deferrable: bool
    defer_days: int | None
    waived: bool
    pledge: bool
    source: str
    sample: str
    sample_address: str | None
    said: list[str]


class ToldPart(Out, frozen=True):
    """A department that takes part in a stage, with its limit in working days."""

    department_id: UUID
    department_name: str
    days: int
    lead: bool
    said: list[str]


class ToldStage(Out, frozen=True):
    """A stage with its departments, who work at the same time; `days` are the slowest one's."""

    name: str
    days: int
    joint: Literal["none", "site_visit", "acceptance"]
    departments: list[ToldPart]
    said: str


class Told(Out, frozen=True):
    """Everything that applies in one situation. `said` sums it up in sentences."""

    form: dict[str, Any]
    materials: list[ToldMaterial]
    stages: list[ToldStage]
    fees: list[FeeLine]
    legal_days: int
    promised_days: int
    limits_given: bool
    delivery: list[Literal["electronic", "counter", "post"]]
    said: list[str]


class SituationTold(Out, frozen=True):
    """What follows from the answers so far.

    `questions` apply now, `unanswered` of them wait for an answer, `answers` are those that count.
    `told` is there once the answers are complete; `version_id` is to be sent with an application.
    """

    item_id: UUID
    version_id: UUID
    questions: list[Question]
    unanswered: list[str]
    answers: dict[str, list[str]]
    complete: bool
    told: Told | None
