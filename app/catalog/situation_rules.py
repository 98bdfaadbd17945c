"""Whether an item's questions and conditions are sound, for every set of answers there can be."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import msgspec

from app.catalog.guide import Content, Guide
from app.catalog.questions import Condition, Question, holds, parts, too_deep
from app.catalog.situations import WHEN, condition_of, live_parts

MOST_SITUATIONS = 5_000
"""Sets of answers that are looked at one by one; a catalogue that needs more is not understood."""
Chosen = dict[str, frozenset[str]]


class _TooManySituations(Exception):  # noqa: N818 - it is said, not raised to anybody
    """The conditions tell more than `MOST_SITUATIONS` sets of answers apart."""


def situation_problems(content: Content) -> list[str]:
    """Everything about the questions and conditions that is unsound, as sentences.

    Codes are known and not doubled, a question depends on earlier ones only, every condition is
    met by some set of answers, and for each set something is left to review, planned within the
    promised days.
    """
    guide = content.guide
    try:
        placed = list(_placed(guide))
    except msgspec.ValidationError:
        return [f"表单中的 {WHEN} 不是有效的条件。"]
    if any(too_deep(condition) for _, condition in placed):
        return ["条件的层次过多。"]
    found = _question_problems(guide) + _unknown(guide, placed)
    if found:
        return found
    try:
        return _unreachable(guide, placed) + _plan_problems(content)
    except _TooManySituations:
        return [f"情形的组合超过 {MOST_SITUATIONS} 种，请减少互相影响的问题。"]


def _placed(guide: Guide) -> Iterator[tuple[str, Condition]]:
    """Every condition of the guide, with the words for where it stands."""
    for question in guide.situations:
        if question.when is not None:
            yield f"问题“{question.text}”", question.when
    for requirement in guide.materials:
        if requirement.when is not None:
            yield f"材料“{requirement.name}”", requirement.when
    for stage in guide.stages:
        for part in stage.departments:
            if part.when is not None:
                yield f"环节“{stage.name}”的“{part.department}”", part.when
    for name, field in _fields(guide.form):
        condition = condition_of(field)
        if condition is not None:
            yield f"表单项“{field.get('title', name)}”", condition


def _fields(form: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The fields of a form that may not be sound in itself."""
    properties = form.get("properties")
    for name, field in properties.items() if isinstance(properties, dict) else ():
        if isinstance(field, dict):
            yield name, field


def _question_problems(guide: Guide) -> list[str]:
    codes = [question.code for question in guide.situations]
    found = [f"问题编号“{code}”重复。" for code in _doubled(codes)]
    for question in guide.situations:
        choices = [choice.code for choice in question.choices]
        found += [f"问题“{question.text}”的选项编号“{code}”重复。" for code in _doubled(choices)]
        if question.kind == "one" and len(choices) < 2:
            found.append(f"问题“{question.text}”至少要有两个选项。")
    if found:
        return found
    for at, question in enumerate(guide.situations):
        later = sorted({part.question for part in parts(question.when)} & set(codes[at:]))
        if later:
            found.append(f"问题“{question.text}”只能取决于它前面的问题，不能取决于“{later[0]}”。")
    return found


def _doubled(codes: Sequence[str]) -> list[str]:
    return sorted({code for code in codes if codes.count(code) > 1})


def _unknown(guide: Guide, placed: Sequence[tuple[str, Condition]]) -> list[str]:
    known = {q.code: {choice.code for choice in q.choices} for q in guide.situations}
    found = []
    for place, condition in placed:
        for part in parts(condition):
            if part.question not in known:
                found.append(f"{place}的条件中有不存在的问题“{part.question}”。")
            else:
                missing = sorted(set(part.any_of) - known[part.question])
                found += [f"{place}的条件中有不存在的选项“{code}”。" for code in missing]
    return found


def _unreachable(guide: Guide, placed: Sequence[tuple[str, Condition]]) -> list[str]:
    return [
        f"{place}的条件在任何情形下都不成立。"
        for place, condition in placed
        if not any(holds(condition, chosen) for chosen in situations_of(guide, [condition]))
    ]


def _plan_problems(content: Content) -> list[str]:
    guide = content.guide
    if not guide.stages:
        return []
    conditions = [part.when for stage in guide.stages for part in stage.departments if part.when]
    longest, empty = 0, False
    for chosen in situations_of(guide, conditions):
        longest = max(longest, planned_days(guide, chosen))
        empty = empty or not live_parts(guide, chosen)
    found = []
    if longest > content.promised_days:
        found.append(
            f"各环节时限合计 {longest} 个工作日，超过承诺时限 {content.promised_days} 个工作日。"
        )
    if empty:
        found.append("有的情形下没有任何部门办理，请检查各环节的条件。")
    return found


def planned_days(guide: Guide, chosen: Mapping[str, frozenset[str]]) -> int:
    """Working days of all stages one after the other; of a stage its slowest part counts."""
    return sum(
        max(guide.stages[at].departments[place].days for place in kept)
        for at, kept in live_parts(guide, chosen)
    )


def situations_of(guide: Guide, conditions: Sequence[Condition]) -> Iterator[Chosen]:
    """Every complete set of answers, as far as these conditions can tell them apart.

    Choices that no condition mentions are alike to it, so one stands for all of them.
    """
    questions = _involved(guide, conditions)
    told = [*conditions, *(q.when for q in questions if q.when is not None)]
    mentioned: dict[str, set[str]] = {question.code: set() for question in questions}
    for condition in told:
        for part in parts(condition):
            mentioned[part.question].update(part.any_of)
    options = [(q, list(_options(q, mentioned[q.code]))) for q in questions]
    for number, chosen in enumerate(_sets(options, 0, {}), 1):
        if number > MOST_SITUATIONS:
            raise _TooManySituations
        yield chosen


def _involved(guide: Guide, conditions: Sequence[Condition]) -> list[Question]:
    """The questions that the conditions test, and those on which these depend, in order."""
    wanted = {part.question for condition in conditions for part in parts(condition)}
    for question in reversed(guide.situations):
        if question.code in wanted:
            wanted.update(part.question for part in parts(question.when))
    return [question for question in guide.situations if question.code in wanted]


def _options(question: Question, mentioned: set[str]) -> Iterator[frozenset[str]]:
    codes = [choice.code for choice in question.choices if choice.code in mentioned]
    if question.kind == "many":
        if 2 ** len(codes) > MOST_SITUATIONS:
            raise _TooManySituations
        for size in range(len(codes) + 1):
            yield from map(frozenset, combinations(codes, size))
        return
    others = [choice.code for choice in question.choices if choice.code not in mentioned]
    yield from (frozenset([code]) for code in codes + others[:1])


def _sets(
    options: Sequence[tuple[Question, Sequence[frozenset[str]]]], at: int, chosen: Chosen
) -> Iterator[Chosen]:
    if at == len(options):
        yield chosen
        return
    question, answers = options[at]
    if not holds(question.when, chosen):
        yield from _sets(options, at + 1, chosen)
        return
    for answer in answers:
        yield from _sets(options, at + 1, chosen | {question.code: answer})
