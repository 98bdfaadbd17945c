"""That whoever reads the trail reads words, not what programs call things."""

import ast
from pathlib import Path
from uuid import UUID

import pytest

from app.account import details
from app.core.audit import Plain
from app.trail.schemas import Detail


def _written() -> set[str]:
    """The names of all details that the sources write by name."""
    return {
        keyword.arg
        for root in ("app", "evaluations")
        for path in Path(root).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Attribute) and node.func.attr == "audit")
            or (isinstance(node.func, ast.Name) and node.func.id == "done")  # hands them on to it
        )
        for keyword in node.keywords
        if keyword.arg not in (None, "hall_id")
    }


def test_every_detail_in_the_sources_has_a_name() -> None:
    written = {name.removeprefix("before_") for name in _written()}
    assert len(written) > 80
    assert written - set(details.NAMES) == set()


KNOWN = UUID("0190b5b2-0000-7000-8000-000000000001")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("size", "thumbnail", "看的大小：缩略图"),
        ("material", "01a20165-968d-7052-b2d1-0b12d3718510", "材料：尾号 718510"),
        ("about", "case:990100202610280000015", "关于：办件 990100202610280000015"),
        ("sha256", "417c4653bac465915826ab070d7bb79fb23f76e6fff84d43073879891d801484", None),
        ("step", "case", "环节：整件"),
        ("anonymous", True, "免登录：是"),
        ("owner", f"staff:{KNOWN}", "负责人：林小满"),
        ("roles", [f"clerk@{KNOWN}"], "角色：窗口人员（林小满）"),
        ("reason", "设备丢失", "原因：设备丢失"),
        ("claim", "malicious", "主张：恶意差评"),
        ("template", "reminder", "短信模板：中途提醒"),
        ("due", None, "到期：未设"),
        ("cases", [], "办件：无"),
    ],
)
def test_a_detail_is_told_in_words(name: str, value: Plain, sentence: str | None) -> None:
    said = details.said(Detail(name=name, value=value), {KNOWN: "林小满"})
    assert said == (sentence or "文件校验值：417c4653bac4…")


def test_what_it_was_before_is_told_with_it() -> None:
    change = Detail(name="invite_after_days", value=2, before=3, changed=True)
    assert details.said(change, {}) == "服务结束几天后邀请评价：3 → 2"
