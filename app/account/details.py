"""What an entry of the trail says besides, in words: the names of its details and their values.

A test walks the sources and fails on a detail that has no name here.
"""

import re
from uuid import UUID

from app.account.words import RATING_SETTINGS, ROLES
from app.core.audit import Plain
from app.trail import verbs
from app.trail.schemas import Detail

NAMES = {
    **RATING_SETTINGS,
    "about": "关于",
    "actors": "操作人",
    "added": "新增",
    "again": "重复发起",
    "agrees": "核对一致",
    "amount_fen": "金额（分）",
    "anonymous": "免登录",
    "attempt": "第几次寄送",
    "attempts": "尝试次数",
    "audience": "给谁看",
    "basis": "依据",
    "before": "原来",
    "by": "方式",
    "capacity": "以什么身份",
    "card": "评价卡编号",
    "carrier": "快递公司",
    "case": "办件",
    "cases": "办件",
    "cause": "督办原因",
    "certificates": "证照",
    "changed": "更改",
    "channel": "渠道",
    "check": "核验编号",
    "children": "儿童人数",
    "claim": "主张",
    "code": "代码",
    "consent": "同意书版本",
    "count": "数量",
    "day": "日期",
    "days": "工作日",
    "department": "部门",
    "differences": "差异",
    "doubtful": "送达不明",
    "drafts": "草稿数",
    "due": "到期",
    "ended": "结束数量",
    "enterprise": "企业",
    "enterprises": "企业数",
    "filed_by": "提交方式",
    "first": "从",
    "format": "格式",
    "guardian": "监护人",
    "how": "方式",
    "indexes": "索引数",
    "item": "事项",
    "items": "事项数",
    "kind": "类别",
    "label": "结论",
    "last": "到",
    "late": "逾期",
    "letter": "消息编号",
    "level": "评价等级",
    "light": "灯",
    "lines": "笔数",
    "made_by": "由谁生成",
    "material": "材料",
    "materials": "材料",
    "name": "名称",
    "new_address": "改了地址",
    "now": "现在",
    "number": "编号",
    "numbers": "证照编号",
    "of": "所有者",
    "open": "开放",
    "originals_seen": "已核对原件",
    "outcome": "结果",
    "owner": "负责人",
    "pause": "暂停编号",
    "person": "人员",
    "photos": "照片数",
    "phrase": "说法",
    "pledge": "承诺编号",
    "pledges": "承诺数",
    "project": "项目",
    "ratings": "评价数",
    "reason": "原因",
    "receipt": "文书编号",
    "relation": "关系",
    "requirement": "材料",
    "role": "角色",
    "roles": "角色",
    "satisfied": "是否满意",
    "scope": "范围",
    "sessions": "登录数",
    "sha256": "文件校验值",
    "situation": "情形",
    "size": "看的大小",
    "sought_request": "查请求",
    "sought_subject": "查对象",
    "sought_verb": "查操作",
    "source": "来源",
    "spent": "错误次数已满",
    "stage": "阶段",
    "step": "环节",
    "stuck": "未能处理",
    "tag": "标签",
    "task": "审查任务",
    "template": "短信模板",
    "terms": "对应的词",
    "total_fen": "合计（分）",
    "unchanged": "未变",
    "until": "截止",
    "used_for": "用于",
    "values": "字段数",
    "verdict": "核实结论",
    "verifier": "核验服务",
    "version": "版本",
    "voucher": "退费凭证",
    "way": "方式",
    "why": "原因",
    "window": "窗口",
    "without_hall": "只查不属于任何中心的记录",
}
VALUES = {
    "absent": "缺席",
    "applicant": "申请人",
    "card": "刷卡",
    "cash": "现金",
    "certificate": "证照",
    "counter": "窗口",
    "display": "大图",
    "electronic": "电子",
    "enterprise": "企业",
    "green": "绿灯",
    "guardian": "监护人",
    "helper": "帮办代办人",
    "inbox": "站内消息",
    "invitation": "邀请评价",
    "malicious": "恶意差评",
    "minutes": "会议纪要",
    "mistaken": "误评",
    "not_reasonable": "诉求不合理",
    "online": "网上支付",
    "operator": "企业经办人",
    "original": "原图",
    "overdue": "超期",
    "phone": "手机号",
    "post": "邮寄",
    "rate": "办结评议",
    "ready": "领件通知",
    "receipt": "回执、通知书",
    "red": "红灯",
    "reminder": "中途提醒",
    "report": "报告",
    "second_correction": "再次补正",
    "submitted": "办件确认",
    "thumbnail": "缩略图",
    "transfer": "转账",
    "true": "属实",
    "window": "窗口人员",
    "yellow": "黄灯",
}
"""Values that programs write; what people wrote is shown as it is."""
STEPS = {"accept": "受理", "review": "部门审查", "case": "整件", "delivery": "送达"}
_SUBJECT = re.compile(r"([a-z_]+):(\S+)")
LEAST_DIGEST = 40
"""Letters of a digest, of which the first ones are enough to tell two apart."""


def said(detail: Detail, names: dict[UUID, str]) -> str:
    """A detail as people read it, with what it was before where the entry tells that."""
    name = NAMES.get(detail.name, detail.name)
    now = _value(detail.name, detail.value, names)
    if not detail.changed:
        return f"{name}：{now}"
    return f"{name}：{_value(detail.name, detail.before, names)} → {now}"


def _value(name: str, value: Plain, names: dict[UUID, str]) -> str:
    if value is None:
        return "未设"
    if value in ("", []):
        return "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(_text(name, str(one), names) for one in value)
    return _text(name, value, names) if isinstance(value, str) else str(value)


def _text(name: str, text: str, names: dict[UUID, str]) -> str:
    known = STEPS if name == "step" else VALUES
    found = id_in(text)
    role, at, _ = text.rpartition("@")
    if found in names and at:
        return f"{ROLES.get(role, role)}（{names[found]}）"  # type: ignore[call-overload]
    if found in names:
        return names[found]
    if subject := _SUBJECT.fullmatch(text):
        return f"{verbs.kind_of(text) or subject[1]} {_short(subject[2])}"
    if name == "sought_verb":
        return verbs.name_of(text)
    return known.get(text, _short(text))


def id_in(text: str) -> UUID | None:
    """The id in a value such as `clerk@<id>`, `staff:<id>` or `<id>`."""
    try:
        return UUID(text.rpartition("@")[2].rpartition(":")[2])
    except ValueError:
        return None


def _short(text: str) -> str:
    """An id or a digest by what tells it from others."""
    if id_in(text) is not None:
        return f"尾号 {text[-6:]}"
    return (
        f"{text[:12]}…" if len(text) > LEAST_DIGEST and text.isalnum() and text.isascii() else text
    )
