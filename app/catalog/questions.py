"""Questions that find out an applicant's situation (情形), and conditions on their answers."""

from collections.abc import Iterator, Mapping, Set
from typing import Annotated, Literal

from msgspec import Meta

from app.core.wire import In, Line

MOST_DEPTH = 6
"""Conditions inside conditions; a person cannot follow more."""
QuestionCode = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$")]
"""The code of a question or of one of its choices."""
Answers = Mapping[str, Set[str]]
"""The chosen codes by question; a question that was not answered is not there."""


class Answered(In, frozen=True, tag_field="is", tag="answered"):
    """The question was answered with at least one of these choices."""

    question: QuestionCode
    any_of: Annotated[tuple[QuestionCode, ...], Meta(min_length=1, max_length=40)]


class AllOf(In, frozen=True, tag_field="is", tag="all_of"):
    """Every one of these holds."""

    of: Annotated[tuple["Condition", ...], Meta(min_length=1, max_length=20)]


class AnyOf(In, frozen=True, tag_field="is", tag="any_of"):
    """At least one of these holds."""

    of: Annotated[tuple["Condition", ...], Meta(min_length=1, max_length=20)]


class Not(In, frozen=True, tag_field="is", tag="not"):
    """This does not hold."""

    that: "Condition"


Condition = Answered | AllOf | AnyOf | Not


class Choice(In, frozen=True):
    """One answer to a question; `note` tells whoever chooses it what follows from it."""

    code: QuestionCode
    text: Line
    note: Annotated[str, Meta(max_length=500)] = ""


class Question(In, frozen=True):
    """One question of the list (勾选清单), asked if `when` holds of the answers before it.

    `one`: exactly one choice. `many`: any number, none included, which is an answer too.
    """

    code: QuestionCode
    text: Line
    choices: Annotated[tuple[Choice, ...], Meta(min_length=1, max_length=40)]
    kind: Literal["one", "many"] = "one"
    when: Condition | None = None


def holds(condition: Condition | None, answers: Answers) -> bool:
    """Whether a condition holds of the answers; none always does, of no answer nothing does."""
    match condition:
        case None:
            return True
        case Answered(question=question, any_of=wanted):
            return not answers.get(question, frozenset()).isdisjoint(wanted)
        case AllOf(of=parts):
            return all(holds(part, answers) for part in parts)
        case AnyOf(of=parts):
            return any(holds(part, answers) for part in parts)
        case Not(that=inner):
            return not holds(inner, answers)


def parts(condition: Condition | None) -> Iterator[Answered]:
    """Every test of an answer inside a condition."""
    match condition:
        case Answered():
            yield condition
        case AllOf(of=inner) | AnyOf(of=inner):
            for part in inner:
                yield from parts(part)
        case Not(that=inner):
            yield from parts(inner)


def too_deep(condition: Condition | None) -> bool:
    """Whether more than `MOST_DEPTH` conditions stand inside each other; does not recurse."""
    layer = [condition] if condition else []
    for _ in range(MOST_DEPTH):
        layer = [inner for outer in layer for inner in _inside(outer)]
    return bool(layer)


def _inside(condition: Condition) -> tuple[Condition, ...]:
    match condition:
        case AllOf(of=inner) | AnyOf(of=inner):
            return inner
        case Not(that=single):
            return (single,)
    return ()
