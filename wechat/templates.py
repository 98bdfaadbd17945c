"""The four subscribe messages of a case, as data: their keys, and what the citizen reads beside.

The keys are those that a hall gets when it picks these keywords from the platform's template
library; the letters of a key name the value's type (`wechat.rules`), its digits are the library's.
"""

from collections.abc import Mapping
from typing import NamedTuple

from app.settings import Settings


class Template(NamedTuple):
    """A message: its title, and its fields in order, key → the label that the citizen reads."""

    title: str
    fields: Mapping[str, str]


TEMPLATES: Mapping[str, Template] = {
    "submitted": Template(
        "办件确认",
        {
            "character_string1": "办件编号",
            "thing2": "事项名称",
            "phrase3": "办理状态",
            "time4": "提交时间",
            "thing5": "备注",
        },
    ),
    "reminder": Template(
        "中途提醒",
        {
            "character_string1": "办件编号",
            "thing2": "事项名称",
            "phrase3": "办理状态",
            "date4": "日期",
            "thing5": "提醒内容",
        },
    ),
    "ready": Template(
        "领件通知",
        {
            "character_string1": "办件编号",
            "thing2": "事项名称",
            "phrase3": "办理结果",
            "time4": "办结时间",
            "thing5": "领取方式",
        },
    ),
    "rate": Template(
        "办结评议",
        {
            "character_string1": "办件编号",
            "thing2": "事项名称",
            "phrase3": "办理状态",
            "date4": "评价截止",
            "thing5": "温馨提示",
        },
    ),
}
"""name → template; the names are those of the setting `wechat_templates`."""


def template_id(settings: Settings, name: str) -> str:
    """The platform's id of the template `name`; without a setting the sandbox's.

    Raises:
        KeyError: there is no template of that name.
    """
    fallback = _sandbox_id(name)
    return settings.wechat_templates.get(name) or fallback


def sandbox_templates(settings: Settings | None = None) -> dict[str, dict[str, str]]:
    """Template id → its fields, as `wechat.sandbox.create_sandbox` takes them."""
    return {
        (template_id(settings, name) if settings else _sandbox_id(name)): dict(template.fields)
        for name, template in TEMPLATES.items()
    }


def _sandbox_id(name: str) -> str:
    if name not in TEMPLATES:
        raise KeyError(name)
    return f"sandbox-{name}"
