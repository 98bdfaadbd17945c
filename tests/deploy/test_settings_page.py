"""docs/settings.md is what the program says of itself."""

from pathlib import Path

import pytest

from app.settings import Settings, is_secret, read, variable
from app.settings_page import markdown

LINES = markdown().splitlines()
PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def row(name: str) -> str:
    found = [line for line in LINES if line.startswith(f"| `{variable(name)}` ")]
    assert len(found) == 1
    return found[0]


def test_the_page_in_docs_is_the_printed_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(), (
        "app/settings.py has changed: run `zhangban settings --markdown > docs/settings.md`"
    )


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_every_setting_has_one_row_with_four_cells(name: str) -> None:
    assert row(name).replace("\\|", "").count("|") == 5


@pytest.mark.parametrize("name", [n for n in Settings.__struct_fields__ if is_secret(n)])
def test_secrets_are_named_as_such(name: str) -> None:
    assert "| secret |" in row(name)


def test_limits_and_defaults_are_told() -> None:
    assert "| whole number, 1 to 64 | `2` |" in row("workers")
    assert "| number, above 0 to 60 | `8` |" in row("wechat_timeout")
    assert "| whole number, from 1 | `200` |" in row("uploads_per_hour")
    assert "| true or false | `false` |" in row("behind_proxy")
    assert "| JSON | none |" in row("wechat_templates")


@pytest.mark.parametrize("name", Settings.__struct_fields__)
def test_a_default_can_be_typed_in_as_it_is_shown(name: str) -> None:
    shown = row(name).split(" | ")[2].strip("`")
    if shown != "none":
        assert getattr(read(env={variable(name): shown}), name) == getattr(Settings(), name)
