"""Codes, what a digest is made over, and what a verification says."""

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import CHINA
from app.core.privacy import Personal
from app.documents import rules
from app.documents.rules import Kind, Validity, content, new_code, read_code, shown_code, validity
from tests.documents.makers import CODE, MOMENT, paper


def test_a_code_has_at_least_128_bits_and_is_never_the_same() -> None:
    assert len(rules.ALPHABET) ** rules.CODE_SIGNS >= 2**128
    assert len({new_code() for _ in range(100)}) == 100
    assert set(new_code()) <= set(rules.ALPHABET)


@given(st.text(rules.ALPHABET, min_size=28, max_size=28))
def test_a_code_is_read_as_it_is_printed(code: str) -> None:
    assert read_code(shown_code(code)) == code
    assert read_code(shown_code(code).lower().replace("-", " ")) == code


def test_signs_that_look_alike_are_read_as_those_that_are_meant() -> None:
    code = "01" * 14
    assert read_code("oI" * 14) == code
    assert read_code("OL" * 14) == code


@pytest.mark.parametrize("typed", ["", "ABC", CODE + "0", CODE[:-1] + "U", "０" * 28, "\x00" * 28])
def test_what_cannot_be_a_code_is_no_papers(typed: str) -> None:
    assert read_code(typed) == ""


CHANGES: dict[str, Any] = {
    "kind": Kind.CERTIFICATE,
    "number": "X-2",
    "title": "不予受理通知书",
    "hall_id": UUID(int=8),
    "hall_name": "邻县政务服务中心",
    "subject": "case:1",
    "lines": ("另一行。",),
    "issued_at": MOMENT + timedelta(microseconds=1),
    "holder": Personal("张三", "name"),
    "valid_until": date(2027, 1, 1),
    "item_name": "别的事项",
    "details": (("地址", "东风路"),),
}


def test_every_field_of_a_paper_is_in_what_its_digest_is_made_over() -> None:
    assert set(CHANGES) == {field.name for field in dataclasses.fields(rules.Paper)}
    said = content(paper(), CODE)
    assert content(paper(), CODE) == said
    assert content(paper(), CODE[::-1]) != said
    for name, value in CHANGES.items():
        assert content(paper(**{name: value}), CODE) != said, name


def test_the_moment_counts_and_not_the_zone_it_is_written_in() -> None:
    elsewhere = MOMENT.astimezone(CHINA)
    assert content(paper(issued_at=elsewhere), CODE) == content(paper(), CODE)


def test_a_paper_holds_until_the_end_of_its_last_day_in_china() -> None:
    last = date(2026, 3, 2)
    evening = datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)
    held = validity(evening, valid_until=last, revoked_at=None, unchanged=True)
    over = validity(
        evening + timedelta(seconds=1), valid_until=last, revoked_at=None, unchanged=True
    )
    assert (held, over) == (Validity.VALID, Validity.EXPIRED)


def test_an_altered_paper_is_said_to_be_altered_before_all_else() -> None:
    past = date(2020, 1, 1)
    revoked = validity(MOMENT, valid_until=past, revoked_at=MOMENT, unchanged=True)
    altered = validity(MOMENT, valid_until=past, revoked_at=MOMENT, unchanged=False)
    assert (revoked, altered) == (Validity.REVOKED, Validity.ALTERED)


def test_only_a_case_has_a_case_number() -> None:
    assert rules.case_number("case:5116") == "5116"
    assert rules.case_number("meeting:5116") is None
