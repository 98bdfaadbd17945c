"""A draft meets a newer guide: what still fits is kept, and what became of it is told.

Pure. The guide is the whole one, before its questions narrow it: a draft need not have answered
them yet.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from app.cases.intake.schemas import DraftContent, DraftDelivery, DraftMaterials
from app.catalog.forms import FormProblem, check_draft
from app.catalog.guide import Guide, Requirement


def fitted(content: DraftContent, before: Guide, now: Guide) -> tuple[DraftContent, list[str]]:
    """The draft as the guide `now` can take it, and in sentences what changed since `before`.

    What is kept has the right type and is still asked for; whether it is complete and allowed is
    looked at when it is submitted.
    """
    told: list[str] = []
    kept = DraftContent(
        answers=_answers(content.answers, now, told),
        form=_form(content.form, before, now, told),
        materials=_materials(content.materials, before, now, told),
        delivery=_delivery(content.delivery, now, told),
        deferred=_promised(content.deferred, now, "容缺后补", told, deferrable=True),
        pledged=_promised(content.pledged, now, "以承诺代替", told, deferrable=False),
    )
    told += _news(before, now)
    return kept, told


def without_photos(content: DraftContent, there: Collection[UUID]) -> tuple[DraftContent, int]:
    """The draft with the photos that are still there, and how many are not."""
    kept = tuple(
        DraftMaterials(entry.requirement, [found for found in entry.material_ids if found in there])
        for entry in content.materials
    )
    named = {found for entry in content.materials for found in entry.material_ids}
    fresh = DraftContent(
        answers=content.answers,
        form=content.form,
        materials=tuple(entry for entry in kept if entry.material_ids),
        delivery=content.delivery,
        deferred=content.deferred,
        pledged=content.pledged,
    )
    return fresh, len(named - set(there))


def _answers(answers: Mapping[str, list[str]], now: Guide, told: list[str]) -> dict[str, list[str]]:
    questions = {question.code: question for question in now.situations}
    kept: dict[str, list[str]] = {}
    for code, chosen in answers.items():
        question = questions.get(code)
        if question is None:
            told.append("有一项情形选择已取消，原来的选择不再保留。")
            continue
        choices = {choice.code for choice in question.choices}
        left = [choice for choice in chosen if choice in choices]
        if len(left) < len(chosen) or (question.kind == "one" and len(left) > 1):
            told.append(f"情形“{question.text}”的选项有变化，请重新选择。")
            continue
        kept[code] = left
    return kept


def _form(form: Mapping[str, Any], before: Guide, now: Guide, told: list[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for field, value in form.items():
        if field not in _fields(now):
            told.append(f"表单项“{_title(before, field)}”已取消，原填内容不再保留。")
            continue
        try:
            check_draft(now.form, {field: value})
        except FormProblem:
            told.append(f"表单项“{_title(now, field)}”的填写要求有变化，请重新填写。")
            continue
        kept[field] = value
    return kept


def _materials(
    materials: Sequence[DraftMaterials], before: Guide, now: Guide, told: list[str]
) -> tuple[DraftMaterials, ...]:
    lines, names = _lines(now), _lines(before)
    kept = []
    for entry in materials:
        line = lines.get(entry.requirement)
        if line is None:
            old = names.get(entry.requirement)
            name = old.name if old else entry.requirement
            told.append(f"材料“{name}”不再需要提交。")
            continue
        if len(entry.material_ids) > line.max_photos:
            told.append(f"材料“{line.name}”最多提交 {line.max_photos} 张照片，请重新选择。")
        kept.append(DraftMaterials(entry.requirement, entry.material_ids[: line.max_photos]))
    return tuple(kept)


def _delivery(delivery: DraftDelivery, now: Guide, told: list[str]) -> DraftDelivery:
    if delivery.way is None or delivery.way in now.delivery:
        return delivery
    told.append("原来选择的送达方式不再提供，请重新选择。")
    return DraftDelivery(way=None, address=delivery.address)


def _promised(
    codes: Sequence[str], now: Guide, what: str, told: list[str], *, deferrable: bool
) -> tuple[str, ...]:
    lines, kept = _lines(now), []
    for code in codes:
        line = lines.get(code)
        if line is None:
            continue  # told with the materials, or asked for no more
        if line.deferrable if deferrable else line.pledge:
            kept.append(code)
        else:
            told.append(f"材料“{line.name}”不能再{what}。")
    return tuple(kept)


def _news(before: Guide, now: Guide) -> Iterator[str]:
    """What is asked for now and was not before."""
    known = {question.code for question in before.situations}
    for question in now.situations:
        if question.code not in known:
            yield f"新增情形选择：{question.text}"
    for field in _fields(now):
        if field not in _fields(before):
            yield f"新增表单项：{_title(now, field)}。"
    for code, line in _lines(now).items():
        if code not in _lines(before):
            yield f"新增材料：{line.name}。"


def _fields(guide: Guide) -> dict[str, Any]:
    found: dict[str, Any] = guide.form.get("properties", {})
    return found


def _title(guide: Guide, field: str) -> str:
    return str(_fields(guide).get(field, {}).get("title", field))


def _lines(guide: Guide) -> dict[str, Requirement]:
    return {line.code: line for line in guide.materials}
