"""Where lines of Chinese may end."""

from hypothesis import given
from hypothesis import strategies as st

from app.documents.lines import NEVER_FIRST, NEVER_LAST, broken, cleaned

SIGNS = "青河县政务服务中心二〇一年月日，。、；：！？（）“”《》【】…—ab19 -/.%"
WIDTH = 10.0


def measure(text: str) -> float:
    """Han characters and their marks are 1 wide, Latin ones a half."""
    return sum(0.5 if sign.isascii() else 1.0 for sign in text)


def lines(text: str, width: float = WIDTH, indent: float = 0) -> list[str]:
    return broken(text, width, measure, indent)


def test_a_closing_mark_never_begins_a_line() -> None:
    assert lines("一二三四五六七八九十，甲乙") == ["一二三四五六七八九", "十，甲乙"]
    assert lines("一二三四五六七八（九）。甲乙") == ["一二三四五六七八", "（九）。甲乙"]


def test_an_opening_mark_never_ends_a_line() -> None:
    assert lines("一二三四五六七八九（十）") == ["一二三四五六七八九", "（十）"]


def test_dashes_and_ellipses_are_not_cut_in_two() -> None:
    assert lines("一二三四五六七八九——甲") == ["一二三四五六七八", "九——甲"]
    assert lines("一二三四五六七八九……甲") == ["一二三四五六七八", "九……甲"]


def test_numbers_words_and_dates_stay_whole() -> None:
    assert lines("编号一二三四五六 511602，甲") == ["编号一二三四五六", "511602，甲"]
    assert lines("一二三四五六七八2026年3月") == ["一二三四五六七八", "2026年3月"]
    assert lines("一二三四五六七八a.cn/v页面") == ["一二三四五六七八", "a.cn/v页面"]


def test_a_word_wider_than_the_line_is_cut() -> None:
    assert lines("x" * 50) == ["x" * 20, "x" * 20, "x" * 10]


def test_marks_without_end_are_cut() -> None:
    assert lines("，" * 25) == ["，" * 10, "，" * 10, "，" * 5]


def test_the_first_line_is_shorter_by_its_indent() -> None:
    assert lines("一二三四五六七八九十甲乙", indent=2) == ["一二三四五六七八", "九十甲乙"]


def test_a_line_feed_begins_a_line_and_an_empty_text_is_one_line() -> None:
    assert lines("甲\n\n乙") == ["甲", "", "乙"]
    assert lines("") == [""]


@given(st.text(SIGNS, max_size=200), st.floats(0, 4))
def test_every_sign_is_there_in_order_and_no_line_is_too_wide(text: str, indent: float) -> None:
    found = lines(text, indent=indent)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert measure(found[0]) <= WIDTH - indent + 1e-9
    assert all(measure(line) <= WIDTH + 1e-9 for line in found[1:])


@given(st.lists(st.sampled_from(["青", "河", "县", "中", "一", "，", "。", "（", "）", "12年"])))
def test_no_line_begins_or_ends_with_the_wrong_mark(pieces: list[str]) -> None:
    text = "始" + "".join(pieces) + "终"
    found = lines(text)
    crowded = any(
        text[at] in NEVER_FIRST | NEVER_LAST and text[at + 1] in NEVER_FIRST | NEVER_LAST
        for at in range(len(text) - 1)
    )
    if crowded:  # marks in a row may fill a line by themselves
        return
    assert all(line[0] not in NEVER_FIRST for line in found if line)
    assert all(line[-1] not in NEVER_LAST for line in found if line)


def test_what_cannot_be_seen_is_dropped() -> None:
    hidden = "\u202e\u200b\u200d\ufeff\x00\x1b\ufe0f\ue000\ud800"
    assert cleaned(f"青{hidden}河\t县\r\n中\r心") == "青河 县\n中\n心"
