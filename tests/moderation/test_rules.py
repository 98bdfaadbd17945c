"""The rules by themselves, and the hall's own words."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.moderation import rules
from app.moderation.rules import State
from app.moderation.words import Words, plain
from app.settings import read

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


@given(st.sampled_from(list(State)), st.booleans())
def test_hiding_the_unchecked_hides_more_and_never_what_somebody_passed(
    state: State, hold: bool
) -> None:
    if rules.hidden(state, hold_unchecked=False):
        assert rules.hidden(state, hold_unchecked=True)
    if state in (State.PASSED, State.RELEASED):
        assert not rules.hidden(state, hold_unchecked=hold)
    if state in rules.open_states(hold_unchecked=hold):
        assert rules.hidden(state, hold_unchecked=hold), "what a person decides is not shown"


@pytest.mark.parametrize(
    ("suggest", "state"), [("pass", "passed"), ("review", "held"), ("risky", "held")]
)
def test_only_pass_passes(suggest: str, state: str) -> None:
    assert rules.after_verdict(suggest) == state


@given(st.integers(1, 500), st.timedeltas(timedelta(0), timedelta(hours=24)))
def test_no_check_outlives_its_day(tries: int, age: timedelta) -> None:
    now = AT + age
    assert rules.try_again(now, tries, AT) <= AT + rules.GIVE_UP
    assert rules.look_again(now, tries, AT) <= AT + rules.GIVE_UP
    assert rules.given_up(AT, AT + rules.GIVE_UP)


def test_a_verdict_is_waited_for_longer_than_the_platform_takes() -> None:
    assert rules.look_again(AT, 1, AT) > AT + timedelta(minutes=30)


@given(st.text(st.sampled_from("违禁词abＡ１ -_·，\u200b"), max_size=12))
def test_what_stands_between_letters_does_not_matter(text: str) -> None:
    assert plain(" ".join(plain(text))) == plain(text)
    assert plain(text.upper()) == plain(text)


def test_words_are_read_from_a_file_and_anew_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("\ufeff坏蛋 # 骂人\n\n#整行说明\nＢＡＤ\n", encoding="utf-8")
    words = Words(str(path))
    assert words.hit("大坏　蛋")
    assert words.hit("so b.a.d")
    assert not words.hit("骂人")
    path.write_text("骂人\n", encoding="utf-8")
    assert words.hit("骂人")
    assert not words.hit("坏蛋")
    path.write_bytes(b"\xff\xfe\xff")
    assert words.hit("骂人"), "a broken file is not taken over"
    path.unlink()
    assert words.hit("骂人")


def test_no_file_means_no_words() -> None:
    assert not Words("").hit("坏蛋")


def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot read the words"):
        Words(str(tmp_path / "none.txt"))
    assert read(env={}).moderation_words == ""
