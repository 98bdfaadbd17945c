"""The four messages of a case."""

import pytest

from app.settings import read
from wechat.templates import TEMPLATES, sandbox_templates, template_id

SETTINGS = read({}, wechat_templates={"submitted": "Hk3x"})


def test_the_four_messages_have_the_names_that_citizens_know() -> None:
    titles = {name: template.title for name, template in TEMPLATES.items()}
    assert titles == {
        "submitted": "办件确认",
        "reminder": "中途提醒",
        "ready": "领件通知",
        "rate": "办结评议",
    }


def test_every_message_says_which_case_and_which_item() -> None:
    for template in TEMPLATES.values():
        assert {"办件编号", "事项名称"} <= set(template.fields.values())


def test_a_setting_gives_the_platforms_id_and_otherwise_it_is_the_sandboxs() -> None:
    assert template_id(SETTINGS, "submitted") == "Hk3x"
    assert template_id(SETTINGS, "rate") == "sandbox-rate"


def test_the_sandbox_knows_the_same_ids() -> None:
    assert set(sandbox_templates(SETTINGS)) == {template_id(SETTINGS, n) for n in TEMPLATES}
    assert set(sandbox_templates()) == {f"sandbox-{n}" for n in TEMPLATES}


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        template_id(SETTINGS, "nope")
