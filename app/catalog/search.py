"""What people type, and what it is looked for in: words, pinyin, everyday words, likeness. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import msgspec

from app.catalog.pronunciation import syllables
from app.catalog.rules import normal

EDITION = 1
"""Raise it when `index_of` makes something else of a name: what was indexed before is done anew."""
MOST_WORDS = 8
"""Words of one search; what is typed beyond them is ignored."""
MOST_PAIRS = 16
"""Pairs of characters that are compared for likeness."""
SPOKEN = 60
"""Characters of a name that are indexed by sound."""
LONGEST_SOUND = 30
"""Letters of pinyin that are compared from each syllable on."""
ENOUGH_ALIKE = 0.5
"""Share of the typed pairs of characters that a name must have to be alike."""
_LETTERS = re.compile(r"[a-z]{2,}")
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Index:
    """What a published item is found by.

    `name` is its name without spaces and signs. `sound` has the pinyin from every syllable on, each
    after a space: " canguandengji guandengji dengji ji"; `initials` the first letters: "cgdj".
    """

    name: str
    sound: str
    initials: str


@dataclass(frozen=True)
class Typed:
    """A search as it was read. `sound` is the pinyin of its Chinese characters, or empty."""

    words: tuple[str, ...]
    name: str
    pairs: tuple[str, ...]
    sound: str


def index_of(name: str, group_name: str = "") -> Index:
    """What the item of this name, an entry of this group, is found by."""
    of_name = syllables(plain(name)[:SPOKEN])
    of_group = syllables(plain(group_name)[:SPOKEN])
    return Index(
        name=plain(name),
        sound="".join(f" {sound}" for sound in (*_from_each(of_name), *_from_each(of_group))),
        initials=" ".join("".join(s[0] for s in part) for part in (of_name, of_group) if part),
    )


def plain(text: str) -> str:
    """`text` as it is searched, its letters and digits alone: neither spaces nor signs."""
    return "".join(letter for letter in normal(text) if letter.isalnum())


def _from_each(said: list[str]) -> Iterable[str]:
    for at in range(len(said)):
        yield "".join(said[at : at + LONGEST_SOUND])[:LONGEST_SOUND]


def read(typed: str) -> Typed:
    """Read what was typed: words parted by spaces, Chinese or pinyin, in any width and case."""
    words = tuple(normal(typed).split()[:MOST_WORDS])
    name = "".join(map(plain, words))
    pairs = dict.fromkeys(name[at : at + 2] for at in range(len(name) - 1))
    han = "".join(_HAN.findall(name))
    sound = "".join(syllables(han))[:LONGEST_SOUND] if len(han) > 1 else ""
    return Typed(words, name, tuple(pairs)[:MOST_PAIRS], sound)


def sound_of(word: str) -> str | None:
    """The word as pinyin or initials if it can be such: two letters or more; else None."""
    letters = word.replace("'", "")
    return letters[:LONGEST_SOUND] if _LETTERS.fullmatch(letters) else None


@cache
def everyday_words() -> Mapping[str, tuple[str, ...]]:
    """What people call things, and the words of the catalogue for them; for every hall."""
    raw = resources.files(__package__).joinpath("everyday_words.json").read_bytes()
    found = msgspec.json.decode(raw, type=dict[str, tuple[str, ...]])
    return {normal(phrase): tuple(map(normal, terms)) for phrase, terms in found.items()}


def meant(word: str, own: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The catalogue's terms for the everyday words inside a typed word.

    `own` are the hall's entries, which take the place of the built-in ones of the same phrase; an
    entry without terms switches that one off. Of two phrases inside each other the longer counts.
    """
    entries = {p: terms for p, terms in {**everyday_words(), **own}.items() if p in word}
    longest = [p for p in entries if not any(p != other and p in other for other in entries)]
    return tuple(dict.fromkeys(term for phrase in longest for term in entries[phrase]))
