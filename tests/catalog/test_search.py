"""How what people type is read: any width, pinyin, initials, everyday words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog import search


def test_a_name_is_found_by_its_pinyin_from_every_syllable_and_by_its_initials() -> None:
    found = search.index_of("餐馆登记（新办）")
    assert found.name == "餐馆登记新办"
    sounds = found.sound.split()
    assert sounds[:2] == ["canguandengjixinban", "guandengjixinban"]
    assert len(sounds) == 6
    assert found.initials == "cgdjxb"


def test_the_group_is_indexed_after_the_name() -> None:
    found = search.index_of("变更登记", "企业登记")
    assert found.name == "变更登记"
    assert found.initials == "bgdj qydj"
    assert " qiyedengji" in found.sound


def test_characters_with_several_sounds_are_read_in_their_words() -> None:
    assert search.index_of("重庆银行").initials == "cqyh"


def test_letters_and_digits_stand_for_themselves() -> None:
    found = search.index_of("C1驾驶证")
    assert found.initials == "c1jsz"
    assert found.sound.startswith(" c1jiashizheng")


def test_a_search_is_read_in_any_width_and_case() -> None:
    typed = search.read("  ５１１Ａ　食品（许可） ")
    assert typed.words == ("511a", "食品(许可)")
    assert typed.name == "511a食品许可"
    assert typed.pairs[:2] == ("51", "11")
    assert typed.sound == "shipinxuke"


@pytest.mark.parametrize(
    ("word", "sound"),
    [
        ("canguan", "canguan"),
        ("xi'an", "xian"),
        ("cg", "cg"),
        ("c", None),
        ("餐馆", None),
        ("c1", None),
    ],
)
def test_two_letters_or_more_can_be_pinyin(word: str, sound: str | None) -> None:
    assert search.sound_of(word) == sound


def test_everyday_words_mean_what_the_catalogue_calls_them() -> None:
    assert "餐馆" in search.meant("我要开饭店", {})
    assert search.meant("取水许可", {}) == ()


def test_of_two_phrases_inside_each_other_the_longer_counts() -> None:
    assert set(search.meant("养老金", {})) == set(search.everyday_words()["养老金"])


def test_a_halls_own_entry_takes_the_place_of_the_built_in_one() -> None:
    assert search.meant("开饭店", {"开饭店": ("小餐饮",)}) == ("小餐饮",)
    assert search.meant("开饭店", {"开饭店": (), "饭店": ("住宿",)}) == ()
    assert search.meant("吃席", {"吃席": ("餐饮",)}) == ("餐饮",)


def test_the_built_in_words_are_many_and_sound() -> None:
    words = search.everyday_words()
    assert len(words) >= 40
    for phrase, terms in words.items():
        assert phrase == search.plain(phrase)
        assert len(phrase) >= 2
        assert terms
        assert all(search.plain(term) for term in terms)


@given(st.text(max_size=120))
def test_anything_can_be_indexed_and_searched_for(text: str) -> None:
    index, typed = search.index_of(text, text), search.read(text)
    assert len(typed.words) <= search.MOST_WORDS
    assert len(typed.pairs) <= search.MOST_PAIRS
    assert all(len(pair) == 2 for pair in typed.pairs)
    assert all(len(sound) <= search.LONGEST_SOUND for sound in index.sound.split(" "))
    assert " " not in index.name
    for word in typed.words:
        search.meant(word, {})


@given(st.text(alphabet="食品经营许可登记备案", min_size=2, max_size=20))
def test_every_name_is_found_by_its_own_initials_and_pinyin(name: str) -> None:
    index = search.index_of(name)
    assert len(index.initials) == len(name)
    assert " " + search.read(name).sound in index.sound
