"""How long things are kept and what they are called."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.db import new_id
from app.core.storage import _KEY
from app.materials import rules


@given(st.text(max_size=400))
def test_a_filename_is_one_line_of_visible_characters(given_name: str) -> None:
    shown = rules.shown_filename(given_name)
    assert 1 <= len(shown) <= 120
    assert shown == shown.strip()
    assert shown.isprintable()
    assert rules.shown_filename(shown) == shown


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("身份证 正面.jpg", "身份证 正面.jpg"),
        ("", "照片"),
        (" \u200b\n", "照片"),
        ("a\tb\u3000c.jpg", "a b c.jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        ("长" * 130, "长" * 120),
        ("长" * 130 + ".jpeg", "长" * 115 + ".jpeg"),
        ("1." + "长" * 130, "1." + "长" * 118),
    ],
)
def test_filenames_as_phones_and_others_send_them(sent: str, shown: str) -> None:
    assert rules.shown_filename(sent) == shown


@given(st.uuids(), st.sampled_from(rules.SIZES))
def test_a_key_tells_its_picture(name: UUID, size: rules.Size) -> None:
    key = rules.object_key(name, size)
    assert _KEY.fullmatch(key)
    assert rules.stored_as(key) == name


@pytest.mark.parametrize(
    "key",
    ["photos/x/display", f"photos/{'0' * 32}/other", f"papers/{'0' * 32}/display", ""],
)
def test_a_key_of_something_else_tells_none(key: str) -> None:
    assert rules.stored_as(key) is None


def test_an_object_may_be_an_orphan_a_day_after_it_was_named() -> None:
    before = datetime.now(UTC)
    name = new_id()
    assert abs(rules.named_at(name) - before) < timedelta(seconds=1)
    almost = rules.named_at(name) + rules.ORPHAN_LIFE - timedelta(milliseconds=1)
    assert not rules.may_be_orphan(name, almost)
    assert rules.may_be_orphan(name, almost + timedelta(milliseconds=1))


def test_a_name_that_tells_no_time_is_never_an_orphan() -> None:
    assert not rules.may_be_orphan(uuid4(), datetime.now(UTC) + timedelta(days=10_000))


@pytest.mark.parametrize(
    ("orphans", "objects", "plausible"),
    [
        (0, 0, True),
        (100, 100, True),
        (101, 1000, False),
        (500, 5000, True),
        (501, 5000, False),
    ],
)
def test_more_orphans_than_crashes_leave_are_not_believed(
    orphans: int, objects: int, plausible: bool
) -> None:
    assert rules.is_plausible(orphans, objects) is plausible
