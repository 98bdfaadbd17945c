"""What texts say, and how many the carrier counts."""

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notices.rules import Kind
from app.notices.text_rules import (
    LONGEST_VALUE,
    OPEN_INSTEAD,
    SIGN,
    TEMPLATES,
    Text,
    filled,
    params,
    segments,
    signed,
    text_of,
)

NUMBER = "511602202610010000017"


@pytest.mark.parametrize("kind", Kind)
def test_every_message_has_a_text_with_the_item_the_number_and_a_link(kind: Kind) -> None:
    values = params("食品小作坊登记", NUMBER) | {"link": "https://wxaurl.cn/abc"}
    words = signed("", filled(text_of(kind), values))
    assert words.startswith(f"【{SIGN}】")
    for part in ("食品小作坊登记", NUMBER, "https://wxaurl.cn/abc"):
        assert part in words


def test_a_text_says_nothing_about_the_person() -> None:
    for words in TEMPLATES.values():
        names = {
            found[1] for found in string.Formatter().parse(words.replace("${", "{")) if found[1]
        }
        assert names <= {"item", "number", "link", "hall", "until"}


@given(st.text(max_size=300))
def test_a_long_name_is_cut(name: str) -> None:
    item = params(name, NUMBER)["item"]
    assert len(item) <= LONGEST_VALUE
    assert "\n" not in item


def test_a_usual_text_without_a_link_is_counted_as_one_or_two() -> None:
    values = params("食品小作坊登记", NUMBER) | {"link": OPEN_INSTEAD}
    assert {segments(signed("青河县政务", filled(text_of(kind), values))) for kind in Kind} <= {
        1,
        2,
    }


@pytest.mark.parametrize(
    ("units", "count"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)]
)
def test_seventy_are_one_and_longer_ones_count_parts_of_sixty_seven(units: int, count: int) -> None:
    assert segments("字" * units) == count
    assert segments("a" * units) == count


def test_an_emoji_counts_as_two() -> None:
    assert segments("😀" * 35) == 1
    assert segments("😀" * 35 + "。") == 2


def test_every_text_has_its_words() -> None:
    assert set(TEMPLATES) == set(Text)


def test_the_page_for_operators_has_the_texts_that_are_sent() -> None:
    page = Path("docs/messages.md").read_text(encoding="utf-8")
    for text, words in TEMPLATES.items():
        assert f"| `{text}` | {words} |" in page
