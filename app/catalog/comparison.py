"""Two versions of an item side by side: which materials were cut, which days and visits. Pure."""

from collections.abc import Mapping, Sequence

import msgspec

from app.catalog.guide import Content, Requirement
from app.catalog.questions import Condition
from app.catalog.rules import normal
from app.core.wire import Out

_LABELS: Mapping[str, str] = {
    "name": "名称",
    "required": "是否必须",
    "kind": "原件或复印件",
    "source": "来源",
    "sample": "示例说明",
    "deferrable": "可否容缺",
    "defer_days": "容缺补交工作日",
    "waived": "是否免提交",
    "pledge": "可否承诺代替",
    "pledge_text": "承诺内容",
    "max_photos": "照片张数",
    "formats": "文件格式",
    "note": "说明",
    "when": "适用情形",
    "type": "材料类型",
    "valid_days": "可再次使用天数",
    "sample_picture": "示例图片",
}
"""The fields of a requirement that a comparison looks at: all but its code, which finds it."""
_FORMATS = {"photo": "照片", "pdf": "PDF 文件"}
_KINDS = {"original": "原件", "copy": "复印件", "either": "原件或复印件"}


class FieldChange(Out, frozen=True):
    """One field of a material, before and after, in words."""

    field: str
    label: str
    before: str
    after: str


class MaterialChange(Out, frozen=True):
    """A material that both versions ask for, differently."""

    code: str
    name: str
    fields: list[FieldChange]


class MaterialNamed(Out, frozen=True):
    """A material by its code and name."""

    code: str
    name: str


class NumberChange(Out, frozen=True):
    """A number before and after; `cut` is by how much it has become less, negative for more."""

    before: int
    after: int
    cut: int


class VersionComparison(Out, frozen=True):
    """What a later version asks for beside an earlier one. Days are working days."""

    added: list[MaterialNamed]
    cut: list[MaterialNamed]
    changed: list[MaterialChange]
    kept: list[MaterialNamed]
    legal_days: NumberChange
    promised_days: NumberChange
    visits: NumberChange
    said: list[str]


def compare(before: Content, after: Content) -> VersionComparison:
    """What `after` asks for beside `before`.

    A material is the same under the same code, or else under the same name.
    """
    pairs = _pairs(before.guide.materials, after.guide.materials)
    added = [_named(new) for old, new in pairs if old is None and new is not None]
    cut = [_named(old) for old, new in pairs if new is None and old is not None]
    both = [(old, new) for old, new in pairs if old is not None and new is not None]
    changes = [(new, _changes(old, new)) for old, new in both]
    numbers = {
        name: _number(getattr(before, name), getattr(after, name))
        for name in ("legal_days", "promised_days", "visits")
    }
    return VersionComparison(
        added=added,
        cut=cut,
        changed=[
            MaterialChange(code=new.code, name=new.name, fields=fields)
            for new, fields in changes
            if fields
        ],
        kept=[_named(new) for new, fields in changes if not fields],
        said=_said(cut, both, numbers["promised_days"], numbers["visits"]),
        **numbers,
    )


def _pairs(
    before: Sequence[Requirement], after: Sequence[Requirement]
) -> list[tuple[Requirement | None, Requirement | None]]:
    """Old and new of each material: those of the new version in its order, then what was cut."""
    old = {requirement.code: requirement for requirement in before}
    kept_codes = {requirement.code for requirement in after}
    by_name = {normal(r.name): r for r in before if r.code not in kept_codes}
    found: list[tuple[Requirement | None, Requirement | None]] = []
    for new in after:
        match = old.pop(new.code, None) or by_name.pop(normal(new.name), None)
        if match is not None:
            old.pop(match.code, None)
        found.append((match, new))
    return found + [(left, None) for left in old.values()]


def _changes(old: Requirement, new: Requirement) -> list[FieldChange]:
    return [
        FieldChange(
            field=name,
            label=label,
            before=_words(name, getattr(old, name)),
            after=_words(name, getattr(new, name)),
        )
        for name, label in _LABELS.items()
        if getattr(old, name) != getattr(new, name)
    ]


def _words(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if name == "formats":
        return "、".join(_FORMATS[kind] for kind in ("photo", "pdf") if kind in str(value))
    if name == "kind":
        return _KINDS[str(value)]
    if name == "when":
        return _condition(value)
    if name == "sample_picture":
        return "有" if value else "无"
    return str(value)


def _condition(value: object) -> str:
    if value is None:
        return "所有情形"
    assert isinstance(value, Condition)
    return msgspec.json.encode(value).decode()


def _named(requirement: Requirement) -> MaterialNamed:
    return MaterialNamed(code=requirement.code, name=requirement.name)


def _number(before: int, after: int) -> NumberChange:
    return NumberChange(before=before, after=after, cut=before - after)


def _said(
    cut: Sequence[MaterialNamed],
    both: Sequence[tuple[Requirement, Requirement]],
    days: NumberChange,
    visits: NumberChange,
) -> list[str]:
    """What has become less for an applicant, in sentences; nothing where nothing has."""
    said = []
    if cut:
        said.append(f"减少 {len(cut)} 份材料：{'、'.join(m.name for m in cut)}。")
    for words, eased in (
        ("改为免提交", [new for old, new in both if new.waived and not old.waived]),
        ("改为可以容缺后补", [new for old, new in both if new.deferrable and not old.deferrable]),
        ("改为可以承诺代替", [new for old, new in both if new.pledge and not old.pledge]),
        ("不再必须提交", [new for old, new in both if old.required and not new.required]),
    ):
        if eased:
            said.append(f"{len(eased)} 份材料{words}：{'、'.join(m.name for m in eased)}。")
    if days.cut > 0:
        said.append(f"承诺时限由 {days.before} 个工作日减为 {days.after} 个工作日。")
    if visits.cut > 0:
        said.append(f"到现场次数由 {visits.before} 次减为 {visits.after} 次。")
    return said
