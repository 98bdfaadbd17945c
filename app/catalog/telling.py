"""Everything told at once (一次性告知): what an applicant in a known situation has to do."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from app.catalog import queries, samples
from app.catalog.guide import Fee, FeeLine, Guide, Requirement
from app.catalog.schemas import Offered, Part, Stage
from app.catalog.situation_schemas import (
    SituationTold,
    Told,
    ToldMaterial,
    ToldPart,
    ToldStage,
)
from app.catalog.situations import Situation, decide
from app.catalog.versions import in_situation
from app.halls import service as halls

_FILES = {
    frozenset({"photo"}): "最多 {most} 张照片",
    frozenset({"pdf"}): "最多 {most} 个 PDF 文件",
    frozenset({"photo", "pdf"}): "最多 {most} 张照片或 PDF 文件",
}
_KINDS = {"original": "原件", "copy": "复印件", "either": "原件或复印件"}
_JOINT = {
    "none": "",
    "site_visit": "各部门联合踏勘现场，一次完成。",
    "acceptance": "各部门联合验收，一次完成。",
}
_DELIVERY = {"electronic": "电子证照", "counter": "窗口领取", "post": "邮寄送达"}


async def tell(offered: Offered, answers: Mapping[str, list[str]]) -> SituationTold:
    """The questions that apply now and, once all are answered, everything at once.

    Raises:
        SituationProblem: an unknown question or choice, several where one is asked for.
    """
    situation = decide(offered.guide, answers)
    told = None
    if situation.complete:
        narrowed = in_situation(offered, situation)
        told = _told(narrowed, situation, await fees_of(narrowed))
    return SituationTold(
        item_id=offered.item_id,
        version_id=offered.version_id,
        questions=list(situation.questions),
        unanswered=list(situation.unanswered),
        answers={code: list(chosen) for code, chosen in situation.answers.items()},
        complete=situation.complete,
        told=told,
    )


async def fees_of(offered: Offered) -> list[FeeLine]:
    """The list of fees, each once: the item's own; of a bundle that has none, its members'."""
    return await fee_lines(
        offered.guide,
        offered.hall_id,
        name=offered.name,
        department=offered.department_name,
        bundle=offered.bundle,
    )


async def fee_lines(
    guide: Guide, hall_id: UUID, *, name: str, department: str, bundle: bool
) -> list[FeeLine]:
    """As `fees_of`, for the guide of the item of this name and department."""
    if guide.fees:
        return list(guide.fees)
    if not bundle or guide.fee != Fee():
        return [_only(guide, name, department)]
    found: dict[tuple[str, str], FeeLine] = {}
    members = await queries.guides_by_code(hall_id, guide.members)
    names = await halls.names(*(row["department_id"] for row in members))
    for row in members:
        member = msgspec.json.decode(row["guide"], type=Guide)
        only = _only(member, row["name"], names.get(row["department_id"], ""))
        for line in member.fees or (only,):
            found.setdefault((line.name, line.amount), line)
    return list(found.values())


def _only(guide: Guide, name: str, department: str) -> FeeLine:
    return FeeLine(name=name, amount=guide.fee.amount, basis=guide.fee.basis, department=department)


def _told(offered: Offered, situation: Situation, fees: list[FeeLine]) -> Told:
    guide = offered.guide
    return Told(
        form=guide.form,
        materials=[_material(requirement) for requirement in guide.materials],
        stages=[_stage(stage) for stage in offered.stages],
        fees=fees,
        legal_days=offered.legal_days,
        promised_days=offered.promised_days,
        limits_given=offered.limits_given,
        delivery=list(guide.delivery),
        said=[
            *_notes(situation),
            _materials_said(guide.materials),
            _limits_said(offered),
            f"结果送达方式：{'、'.join(_DELIVERY[way] for way in guide.delivery)}。",
        ],
    )


def _notes(situation: Situation) -> list[str]:
    return [
        choice.note
        for question in situation.questions
        for choice in question.choices
        if choice.note and choice.code in situation.answers[question.code]
    ]


def _material(requirement: Requirement) -> ToldMaterial:
    sample = requirement.sample_picture
    return ToldMaterial(
        code=requirement.code,
        name=requirement.name,
        required=requirement.required and not requirement.waived,
        max_photos=requirement.max_photos,
        deferrable=requirement.deferrable,
        defer_days=requirement.defer_days if requirement.deferrable else None,
        waived=requirement.waived,
        pledge=requirement.pledge,
        source=requirement.source,
        sample=requirement.sample,
        sample_address=samples.address(sample) if sample else None,
        said=_material_said(requirement),
    )


def _material_said(requirement: Requirement) -> list[str]:
    if requirement.waived:
        said = ["免提交：由大厅查询核验，您无需提供。"]
    else:
        needed = "必须提交" if requirement.required else "有则提交"
        files = _FILES[frozenset(requirement.formats)].format(most=requirement.max_photos)
        said = [f"{needed}，{_KINDS[requirement.kind]}，{files}。"]
    if requirement.deferrable:
        said.append(f"可以容缺：暂时没有的可先受理，{requirement.defer_days} 个工作日内补交。")
    if requirement.pledge:
        said.append("可以书面承诺代替，事后核查。" + requirement.pledge_text)
    if requirement.valid_days:
        said.append(f"{requirement.valid_days} 天内提交过的可以再次使用，无需重新提供。")
    return [*said, requirement.note] if requirement.note else said


def _stage(stage: Stage) -> ToldStage:
    return ToldStage(
        name=stage.name,
        days=max(part.days for part in stage.parts),
        joint=stage.joint,
        departments=[_part(part) for part in stage.parts],
        said=_JOINT[stage.joint],
    )


def _part(part: Part) -> ToldPart:
    said = [f"{part.days} 个工作日内提出意见。" if part.days else "当场提出意见。"]
    if part.overdue_agrees:
        said.append("逾期未提出意见的，视为同意。")
    if part.absent_agrees:
        said.append("应当参加联合办理而缺席的，视为同意。")
    return ToldPart(
        department_id=part.department_id,
        department_name=part.department_name,
        days=part.days,
        lead=part.lead,
        said=said,
    )


def _materials_said(materials: tuple[Requirement, ...]) -> str:
    needed = [m for m in materials if m.required and not m.waived]
    said = [f"需要提交 {len(needed)} 份材料"]
    for count, words in (
        (sum(m.deferrable for m in needed), "份可以容缺后补"),
        (sum(m.pledge for m in needed), "份可以承诺代替"),
        (sum(m.waived for m in materials), "份免提交"),
    ):
        if count:
            said.append(f"{count} {words}")
    return "，".join(said) + "。"


def _limits_said(offered: Offered) -> str:
    if not offered.limits_given:
        return f"法定办结时限 {offered.legal_days} 个工作日。"
    if offered.promised_days == 0:
        return "当场办结。"
    return f"承诺 {offered.promised_days} 个工作日办结（法定时限 {offered.legal_days} 个工作日）。"
