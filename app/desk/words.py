"""What clerks read for the states and kinds that the features name in English."""

import re
from collections.abc import Iterable
from typing import Any

from app.agency.rules import EnterpriseRole, FiledBy
from app.cases.delivery.rules import SAYS, Shipment
from app.cases.review.proposals import PROPOSAL_NAMES
from app.cases.rules import (
    ORDERED_AT_THE_DESK,
    PAUSES,
    Delivery,
    State,
    TaskState,
)
from app.core.lights import Light
from app.halls.schemas import WindowShown
from app.projects.meetings.rules import KIND_NAMES, STATE_NAMES
from app.projects.meetings.rules import State as MeetingState
from app.projects.rules import KIND_NAMES as PROJECT_KIND_NAMES
from app.projects.rules import STAGE_NAMES, Progress, ProjectState

_STARS = re.compile(r"\*{7,}")
TASK_STATES: dict[TaskState, str] = {
    TaskState.WAITING: "未到本环节",
    TaskState.OPEN: "审查中",
    TaskState.GRANTED: "同意",
    TaskState.REFUSED: "不同意",
    TaskState.ENDED: "已结束",
}
PROPOSAL_STATES = {"open": "等待同意", "agreed": "已同意", "declined": "未同意", "moot": "不再需要"}
DELIVERIES: dict[Delivery, str] = {
    Delivery.ELECTRONIC: "电子送达",
    Delivery.COUNTER: "窗口领取",
    Delivery.POST: "邮寄",
}
DEFERRALS = {"open": "待补交", "supplied": "已补交", "overdue": "已逾期", "ended": "不再需要"}
PLEDGES = {
    "signed": "已签署",
    "to_check": "待核查",
    "kept": "核查属实",
    "false": "核查不实",
    "ended": "不再需要",
}
FILED_BY: dict[str, str] = {
    FiledBy.APPLICANT: "申请人网上提交",
    FiledBy.OPERATOR: "企业经办人提交",
    FiledBy.HELPER: "帮办代办提交",
    FiledBy.GUARDIAN: "监护人代儿童提交",
    FiledBy.WINDOW: "窗口代录",
}
STATE_TONES: dict[State, str] = {
    State.SUBMITTED: "info",
    State.PRE_CHECKED: "info",
    State.CORRECTION: "warn",
    State.UNDER_REVIEW: "info",
    State.SUSPENDED: "warn",
    State.GRANTED: "good",
    State.REFUSED: "bad",
    State.ISSUED: "good",
    State.CLOSED: "",
    State.NOT_ACCEPTED: "bad",
    State.WITHDRAWN: "",
    State.TERMINATED: "bad",
    State.REVOKED: "bad",
}
TASK_TONES: dict[TaskState, str] = {
    TaskState.WAITING: "",
    TaskState.OPEN: "info",
    TaskState.GRANTED: "good",
    TaskState.REFUSED: "bad",
    TaskState.ENDED: "",
}
SHIPMENTS: list[tuple[str, str]] = [
    (state.value, name) for state, name in SAYS.items() if state is not Shipment.CANCELLED
]
ENTERPRISE_ROLES: dict[EnterpriseRole, str] = {
    EnterpriseRole.LEGAL_REPRESENTATIVE: "法定代表人",
    EnterpriseRole.MANAGER: "管理人员",
    EnterpriseRole.OPERATOR: "经办人员",
    EnterpriseRole.VIEWER: "查看人员",
}
CARD_SOURCES = [("paper", "评价卡"), ("box", "意见箱"), ("phone", "电话")]
MEETING_KINDS = [(kind, name) for kind, name in KIND_NAMES.items()]
MEETING_STATES = [(state, name) for state, name in STATE_NAMES.items()]
MEETING_TONES: dict[MeetingState, str] = {
    MeetingState.CALLED: "info",
    MeetingState.HELD: "warn",
    MeetingState.MINUTED: "warn",
    MeetingState.CLOSED: "good",
    MeetingState.CANCELLED: "",
}
STAGES = [(stage.value, f"{stage.value}. {name}") for stage, name in STAGE_NAMES.items()]
PROJECT_KINDS = [(kind.value, name) for kind, name in PROJECT_KIND_NAMES.items()]
PROJECT_STATES = {ProjectState.OPEN: "办理中", ProjectState.CLOSED: "已关闭"}
STAGE_TONES = {Progress.NOT_BEGUN: "", Progress.RUNNING: "info", Progress.DONE: "good"}
PAUSE_KINDS = [(kind.value, PAUSES[kind]) for kind in PAUSES if kind in ORDERED_AT_THE_DESK]
EVENTS = {
    "submitted": "提交申请",
    "pre_checked": "预审通过",
    "accepted": "受理",
    "correction_asked": "要求补正",
    "supplemented": "补正",
    "situation_changed": "更正情形",
    "not_accepted": "不予受理",
    "department_agreed": "部门同意",
    "agreed_by_default": "默认同意",
    "stage_opened": "进入下一阶段",
    "granted": "准予",
    "refused": "不予",
    "issued": "制证",
    "posted": "寄出",
    "delivered": "送达",
    "withdrawn": "撤回",
    "paused": "暂停计时",
    "pause_ended": "恢复计时",
    "extended": "延期",
    "suspended": "中止",
    "resumed": "恢复审查",
    "terminated": "终止",
    "deferral_reminded": "提醒补交",
    "deferred_supplied": "补交容缺材料",
    "pledge_kept": "承诺核查属实",
    "revoked": "撤销",
    "approval_progress": "审批系统进展",
    "deferral_overdue": "容缺逾期",
    "limits_renewed": "重算期限",
    "shipment": "邮件进展",
    "waits_for_deferred": "等待容缺材料",
}
"""What stands above each entry of a timeline."""


def remaining(days: int | None, light: Light | None) -> str:
    """What is left of a limit, in words."""
    if days is None or light is None:
        return ""
    if days < 0:
        return f"超期 {-days} 个工作日"
    if light is Light.RED:
        return "已超期"
    return "今天到期" if days == 0 else f"还剩 {days} 个工作日"


def event(kind: str) -> str:
    """What stands above an entry of the timeline."""
    return EVENTS.get(kind, "办理进展")


def short(masked: str) -> str:
    """A masked name where there is little room: of a long one not every star is shown."""
    return _STARS.sub("******", masked)


def yuan(fen: int | None) -> str:
    """An amount of fen as people write it; — where it is not known."""
    return "—" if fen is None else f"{fen / 100:,.2f} 元"


def answer(value: Any, schema: dict[str, Any]) -> str:
    """What was filled into a field of a form, as a sentence: lists and parts beside each other."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "；".join(answer(one, schema.get("items", {})) for one in value)
    if isinstance(value, dict):
        parts = schema.get("properties", {})
        return "，".join(
            f"{parts.get(name, {}).get('title', name)}：{answer(one, parts.get(name, {}))}"
            for name, one in value.items()
        )
    unit = schema.get("x-unit", "")
    return f"{value}{' ' + unit if unit else ''}"


def options(rows: Iterable[Any], said: str = "name") -> list[tuple[str, str]]:
    """Choices out of things with an id and something that says what they are."""
    return [(str(row.id), getattr(row, said)) for row in rows]


def windows(rows: Iterable[WindowShown]) -> list[tuple[str, str]]:
    """Windows to choose from, by their numbers."""
    return [(str(row.id), f"{row.number} {row.name}") for row in rows]


ALL: dict[str, Any] = {
    "task_states": TASK_STATES,
    "task_tones": TASK_TONES,
    "proposals": PROPOSAL_NAMES,
    "proposal_states": PROPOSAL_STATES,
    "deliveries": DELIVERIES,
    "deferrals": DEFERRALS,
    "pledges": PLEDGES,
    "filed_by": FILED_BY,
    "state_tones": STATE_TONES,
    "pause_kinds": PAUSE_KINDS,
    "meeting_tones": MEETING_TONES,
    "project_states": PROJECT_STATES,
    "project_kinds": PROJECT_KIND_NAMES,
    "stage_tones": STAGE_TONES,
    "enterprise_roles": ENTERPRISE_ROLES,
    "remaining": remaining,
    "event": event,
    "short": short,
    "yuan": yuan,
    "options": options,
    "windows": windows,
}
"""For the templates, as `words`."""
