"""Situations (情形): what an item asks of an applicant whose answers to its questions are known.

Pure. A question may depend on earlier ones only, so that asking them in order settles each. An
answer to a question that does not apply counts for nothing: the same answers always give the same
form, materials and stages, whatever else was answered on the way.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from app.catalog.guide import Guide, StagePlan
from app.catalog.questions import Condition, Question, holds, parts
from app.core.errors import Problem

WHEN = "x-when"
"""The keyword of a form's field that says of which answers the field is asked."""


class SituationProblem(Problem):
    """The answers do not fit the questions; `errors` are `{"question": code, "message": "…"}`."""

    status = 422
    code = "catalog.situation_invalid"
    title = "情形选择有误，请按提示重新选择。"


@dataclass(frozen=True)
class Situation:
    """What follows from the answers.

    `questions` apply now, in order; `unanswered` are the codes of those without an answer.
    `answers` are the answers that count, choices in the order of the list. `stages` are the places
    in the guide's plan of the stages that are left, each with the places of its parts.
    """

    questions: tuple[Question, ...]
    unanswered: tuple[str, ...]
    answers: Mapping[str, tuple[str, ...]]
    guide: Guide
    stages: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def complete(self) -> bool:
        """Whether every question that applies is answered: only then can everything be told."""
        return not self.unanswered


def decide(guide: Guide, answers: Mapping[str, Collection[str]]) -> Situation:
    """The situation of these answers, of which some may still be missing.

    Raises:
        SituationProblem: a question or a choice that the guide does not have, or several choices
            where one is asked for.
    """
    _refuse_unknown(guide, answers)
    asked: list[Question] = []
    unanswered: list[str] = []
    unsettled: set[str] = set()
    counted: dict[str, tuple[str, ...]] = {}
    chosen: dict[str, frozenset[str]] = {}
    for question in guide.situations:
        if any(part.question in unsettled for part in parts(question.when)):
            unsettled.add(question.code)
            continue
        if not holds(question.when, chosen):
            continue
        asked.append(question)
        given = answers.get(question.code)
        if given is None or (question.kind == "one" and not given):
            unanswered.append(question.code)
            unsettled.add(question.code)
            continue
        counted[question.code] = tuple(c.code for c in question.choices if c.code in given)
        chosen[question.code] = frozenset(given)
    live = live_parts(guide, chosen)
    return Situation(
        questions=tuple(asked),
        unanswered=tuple(unanswered),
        answers=counted,
        guide=_narrowed(guide, chosen, live),
        stages=live,
    )


def require_complete(situation: Situation) -> None:
    """Raises SituationProblem with every question that applies and has no answer."""
    errors = [
        {"question": question.code, "message": f"请回答“{question.text}”。"}
        for question in situation.questions
        if question.code in situation.unanswered
    ]
    if errors:
        raise SituationProblem(errors[0]["message"], errors=errors)


def _refuse_unknown(guide: Guide, answers: Mapping[str, Collection[str]]) -> None:
    questions = {question.code: question for question in guide.situations}
    errors = []
    for code, given in answers.items():
        question = questions.get(code)
        if question is None:
            errors.append({"question": code[:40], "message": "没有这个问题，请刷新后重新选择。"})
        elif not set(given) <= {choice.code for choice in question.choices}:
            message = f"“{question.text}”没有这个选项，请刷新后重新选择。"
            errors.append({"question": code, "message": message})
        elif question.kind == "one" and len(set(given)) > 1:
            errors.append({"question": code, "message": f"“{question.text}”只能选一项。"})
    if errors:
        raise SituationProblem(errors[0]["message"], errors=errors)


def live_parts(
    guide: Guide, chosen: Mapping[str, frozenset[str]]
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """The places of the stages that have a part which applies, each with those parts' places."""
    live = (
        (at, tuple(n for n, part in enumerate(stage.departments) if holds(part.when, chosen)))
        for at, stage in enumerate(guide.stages)
    )
    return tuple((at, departments) for at, departments in live if departments)


def _narrowed(
    guide: Guide,
    chosen: Mapping[str, frozenset[str]],
    live: tuple[tuple[int, tuple[int, ...]], ...],
) -> Guide:
    def applies(condition: Condition | None) -> bool:
        return holds(condition, chosen)

    return msgspec.structs.replace(
        guide,
        form=narrowed_form(guide.form, applies),
        materials=tuple(m for m in guide.materials if applies(m.when)),
        stages=tuple(_narrowed_stage(guide.stages[at], kept) for at, kept in live),
    )


def _narrowed_stage(stage: StagePlan, kept: tuple[int, ...]) -> StagePlan:
    departments = tuple(stage.departments[at] for at in kept)
    lead = stage.lead if stage.lead in {part.department for part in departments} else None
    return msgspec.structs.replace(stage, departments=departments, lead=lead)


def condition_of(field: Mapping[str, Any]) -> Condition | None:
    """The condition of a form's field, None where it is always asked.

    Raises:
        msgspec.ValidationError: what stands under `x-when` is no condition.
    """
    given = field.get(WHEN)
    return None if given is None else msgspec.convert(given, Condition)


def narrowed_form(
    form: dict[str, Any], applies: Callable[[Condition | None], bool]
) -> dict[str, Any]:
    """The form with the fields that apply; what it said about the others falls away with them."""
    fields: dict[str, dict[str, Any]] = form["properties"]
    if not any(WHEN in field for field in fields.values()):
        return form
    kept = {
        name: {word: value for word, value in field.items() if word != WHEN}
        for name, field in fields.items()
        if applies(condition_of(field))
    }
    narrowed = form | {"properties": kept}
    for word in ("required", "x-order"):
        if word in form:
            narrowed[word] = [name for name in form[word] if name in kept]
    if "dependentRequired" in form:
        narrowed["dependentRequired"] = {
            name: [other for other in others if other in kept]
            for name, others in form["dependentRequired"].items()
            if name in kept
        }
    if "allOf" in form:
        branches = (_narrowed_branch(branch, kept) for branch in form["allOf"])
        narrowed["allOf"] = [branch for branch in branches if branch]
    return {word: value for word, value in narrowed.items() if word != "allOf" or value}


def _narrowed_branch(branch: dict[str, Any], kept: Collection[str]) -> dict[str, Any] | None:
    """A condition of the form without the fields that are gone; None if nothing of it is left.

    One that needs an answer to a field that is gone is never met: its `else` always applies.
    """
    if set(branch["if"].get("required", ())) <= set(kept):
        met = {word: _without(part, kept) for word, part in branch.items()}
    elif "else" in branch:
        met = {"if": {}, "then": _without(branch["else"], kept)}
    else:
        return None
    return met if met["then"] or met.get("else") else None


def _without(part: dict[str, Any], kept: Collection[str]) -> dict[str, Any]:
    properties = {n: inner for n, inner in part.get("properties", {}).items() if n in kept}
    required = [name for name in part.get("required", ()) if name in kept]
    left = {"properties": properties, "required": required}
    return {word: value for word, value in left.items() if value}
