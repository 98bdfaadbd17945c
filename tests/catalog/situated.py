"""Guides with questions, for property-based tests: whatever an administrator could have made."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from hypothesis import strategies as st

from app.catalog.guide import Content, Guide, Requirement, StagePart, StagePlan
from app.catalog.questions import (
    AllOf,
    Answered,
    AnyOf,
    Choice,
    Condition,
    Not,
    Question,
    holds,
)
from tests.catalog.makers import content, form

Given = dict[str, list[str]]
CODES = ("a", "b", "c")


def yes(question: str, *codes: str) -> Answered:
    """A condition: one of these was chosen."""
    return Answered(question=question, any_of=codes)


def asked(
    code: str, when: Condition | None = None, kind: Any = "one", choices: int = 2
) -> Question:
    """A question whose choices are a, b, c."""
    made = tuple(Choice(code=c, text=f"选项{c}") for c in CODES[:choices])
    return Question(code=code, text=f"问题{code}？", kind=kind, choices=made, when=when)


def conditions(questions: list[Question]) -> st.SearchStrategy[Condition]:
    """Any condition on the answers to these questions."""
    leaves = st.sampled_from(questions).flatmap(
        lambda q: st.lists(
            st.sampled_from([c.code for c in q.choices]), min_size=1, max_size=2, unique=True
        ).map(lambda codes: yes(q.code, *codes))
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(lambda that: Not(that=that)),
            st.lists(inner, min_size=1, max_size=3).map(lambda of: AllOf(of=tuple(of))),
            st.lists(inner, min_size=1, max_size=3).map(lambda of: AnyOf(of=tuple(of))),
        ),
        max_leaves=4,
    )


@st.composite
def guides(draw: st.DrawFn) -> Guide:
    """A guide whose form, materials and stages depend on up to four questions."""
    questions: list[Question] = []
    for number in range(draw(st.integers(1, 4))):
        when = draw(st.none() | conditions(questions)) if questions else None
        kind = draw(st.sampled_from(["one", "many"]))
        questions.append(asked(f"q{number}", when, kind, draw(st.integers(2, 3))))
    maybe = st.none() | conditions(questions)
    materials = tuple(
        Requirement(code=f"m{n}", name=f"材料{n}", when=draw(maybe))
        for n in range(draw(st.integers(0, 4)))
    )
    return Guide(
        situations=tuple(questions),
        materials=materials,
        stages=tuple(draw(_stage(n, maybe)) for n in range(draw(st.integers(1, 3)))),
        form=draw(_forms(maybe)),
    )


@st.composite
def _stage(draw: st.DrawFn, number: int, maybe: Any) -> StagePlan:
    names = [f"部门{n}" for n in range(draw(st.integers(1, 3)))]
    return StagePlan(
        name=f"环节{number}",
        lead=draw(st.none() | st.sampled_from(names)),
        departments=tuple(
            StagePart(department=name, days=draw(st.integers(0, 6)), when=draw(maybe))
            for name in names
        ),
    )


@st.composite
def _forms(draw: st.DrawFn, maybe: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for number in range(draw(st.integers(1, 4))):
        when = draw(maybe)
        fields[f"f{number}"] = {"type": "boolean"} | (
            {} if when is None else {"x-when": _written(when)}
        )
    names = st.lists(st.sampled_from(sorted(fields)), unique=True)
    branch = {
        "if": {
            "properties": {name: {"const": True} for name in draw(names)},
            "required": draw(names),
        },
        "then": {"required": draw(names)},
        "else": {"properties": {name: {"const": True} for name in draw(names)}},
    }
    extra: dict[str, Any] = {"required": draw(names)}
    if draw(st.booleans()):
        extra["allOf"] = [branch]
    if draw(st.booleans()):
        extra["dependentRequired"] = {draw(st.sampled_from(sorted(fields))): draw(names)}
    return form(fields, **extra)


def _written(condition: Condition) -> Any:
    import msgspec

    return msgspec.to_builtins(condition)


def answers_to(guide: Guide) -> st.SearchStrategy[Given]:
    """An answer to every question, whether it will be asked or not."""
    return st.fixed_dictionaries(
        {
            question.code: st.lists(
                st.sampled_from([choice.code for choice in question.choices]),
                min_size=1 if question.kind == "one" else 0,
                max_size=1 if question.kind == "one" else 3,
                unique=True,
            )
            for question in guide.situations
        }
    )


def every_situation(guide: Guide) -> Iterator[dict[str, frozenset[str]]]:
    """Every complete set of answers, one by one, without any shortcut."""

    def further(at: int, chosen: dict[str, frozenset[str]]) -> Iterator[dict[str, frozenset[str]]]:
        if at == len(guide.situations):
            yield chosen
            return
        question = guide.situations[at]
        if not holds(question.when, chosen):
            yield from further(at + 1, chosen)
            return
        codes = [choice.code for choice in question.choices]
        sizes = (1,) if question.kind == "one" else range(len(codes) + 1)
        for size in sizes:
            for picked in combinations(codes, size):
                yield from further(at + 1, chosen | {question.code: frozenset(picked)})

    return further(0, {})


def as_content(guide: Guide, days: int = 20) -> Content:
    """An item with this guide that promises so many days."""
    return content(guide=guide, legal_days=max(days, 20), promised_days=days)
