"""What makes an item sound, and what an applicant must supply."""

import unicodedata
from collections.abc import Collection, Mapping

from app.catalog.guide import CaseType, Content, Guide, Requirement
from app.catalog.situation_rules import situation_problems
from app.core.errors import Problem

MOST_INSTANT_DAYS = 1
"""即办件 are decided on the spot; some catalogues write that as one working day."""


class MaterialsMissing(Problem):
    """Required materials are not there; `missing` are their names."""

    status = 422
    code = "catalog.materials_missing"
    title = "还缺少必须提交的材料，请补齐后再提交。"


class MaterialRefused(Problem):
    """A material was supplied, deferred or pledged against the item's list; `detail` says how."""

    status = 422
    code = "catalog.material_refused"
    title = "提交的材料与材料清单不符，请检查后重试。"


def check_materials(
    guide: Guide,
    supplied: Mapping[str, int],
    *,
    deferred: Collection[str] = (),
    pledged: Collection[str] = (),
) -> None:
    """Check what an applicant supplies against the material list.

    Args:
        guide: of the version that the case began with.
        supplied: photos by requirement code.
        deferred: codes that the applicant promises to supply later (容缺).
        pledged: codes that the applicant replaces by a pledge (告知承诺).

    Raises:
        MaterialRefused: an unknown code, too many photos, or a deferral or pledge that the list
            does not allow.
        MaterialsMissing: a required material is neither there nor waived, deferred or pledged.
    """
    known = {requirement.code: requirement for requirement in guide.materials}
    if not {*supplied, *deferred, *pledged} <= known.keys():
        raise MaterialRefused("提交了清单以外的材料，请按材料清单提交。")
    for code, photos in supplied.items():
        if photos > known[code].max_photos:
            raise MaterialRefused(
                f"“{known[code].name}”最多提交 {known[code].max_photos} 张照片。", material=code
            )
    for code in deferred:
        if not known[code].deferrable:
            raise MaterialRefused(f"“{known[code].name}”不能容缺后补。", material=code)
    for code in pledged:
        if not known[code].pledge:
            raise MaterialRefused(f"“{known[code].name}”不能以承诺代替。", material=code)
    missing = [
        requirement.name
        for code, requirement in known.items()
        if requirement.required
        and not requirement.waived
        and supplied.get(code, 0) < 1
        and code not in deferred
        and code not in pledged
    ]
    if missing:
        raise MaterialsMissing(f"还缺少：{'、'.join(missing)}。", missing=missing)


def check_formats(guide: Guide, supplied: Mapping[str, Collection[str]]) -> None:
    """Check what kinds of files ("photo", "pdf") are supplied by requirement code.

    Raises:
        MaterialRefused: a kind that the list does not allow there.
    """
    for requirement in guide.materials:
        for kind in supplied.get(requirement.code, ()):
            if kind not in requirement.formats:
                wanted = "照片" if kind == "pdf" else " PDF 文件"
                raise MaterialRefused(
                    f"“{requirement.name}”请提交{wanted}。", material=requirement.code
                )


def content_problems(content: Content, *, bundle: bool) -> list[str]:
    """Everything in `content` that contradicts itself, as sentences; the form is not looked at."""
    guide = content.guide
    found: list[str] = []
    if content.promised_days > content.legal_days:
        found.append(
            f"承诺时限（{content.promised_days} 个工作日）不能超过法定时限"
            f"（{content.legal_days} 个工作日）。"
        )
    if content.case_type is CaseType.INSTANT and content.promised_days > MOST_INSTANT_DAYS:
        found.append(f"即办件的承诺时限不能超过 {MOST_INSTANT_DAYS} 个工作日。")
    if len(set(content.served_objects)) < len(content.served_objects):
        found.append("服务对象重复。")
    found += _material_problems(guide)
    found += _stage_problems(guide, bundle=bundle)
    found += situation_problems(content)
    if bundle and len(set(guide.members)) < 2:
        found.append("“一件事”至少要包含两个事项（members）。")
    if not bundle and guide.members:
        found.append("只有“一件事”才能包含其他事项（members）。")
    if bundle and not guide.stages:
        found.append("“一件事”必须写明办理环节（stages）。")
    return found


def _material_problems(guide: Guide) -> list[str]:
    codes = [requirement.code for requirement in guide.materials]
    found = [f"材料编号“{code}”重复。" for code in sorted({c for c in codes if codes.count(c) > 1})]
    for requirement in guide.materials:
        if requirement.waived and (requirement.deferrable or requirement.pledge):
            found.append(f"材料“{requirement.name}”既可免提交，就不能同时容缺或承诺。")
        if requirement.pledge_text and not requirement.pledge:
            found.append(f"材料“{requirement.name}”不能以承诺代替，就不应写承诺内容。")
    return found


def _stage_problems(guide: Guide, *, bundle: bool) -> list[str]:
    """A part depends on answers alone, so a stage cannot say that one department waits for another:
    that is what stages are for."""
    found = []
    for stage in guide.stages:
        names = [part.department for part in stage.departments]
        if len(set(names)) < len(names):
            found.append(f"环节“{stage.name}”中同一部门出现了两次。")
        if stage.lead is not None and stage.lead not in names:
            found.append(f"环节“{stage.name}”的牵头部门“{stage.lead}”不在该环节的部门中。")
        if stage.joint != "none" and len(set(names)) < 2:
            found.append(f"环节“{stage.name}”只有一个部门，不能联合踏勘或联合验收。")
        if not bundle and any(
            part.overdue_agrees or part.absent_agrees for part in stage.departments
        ):
            found.append(f"环节“{stage.name}”：只有“一件事”才能设置超时默认或缺席默认。")
    return found


def material_type(requirement: Requirement) -> str:
    """What kind of paper this is, by which one given before is recognised: its type, or its name
    as it is searched."""
    return requirement.type or normal(requirement.name)


def normal(text: str) -> str:
    """`text` as it is searched: full-width and half-width forms alike, in lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def search_text(content: Content, implementation_code: str, department: str) -> str:
    """What a search looks in: name, group, code and department, a line each."""
    return normal("\n".join((content.name, content.group_name, implementation_code, department)))
