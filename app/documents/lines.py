"""Where a line of Chinese text may end. Pure.

GB/T 15834—2011, clause 5.1: stops and closing marks never begin a line, opening marks never end
one, dashes (——) and ellipses (……) are never cut in two. GB/T 9704—2012, clause 7.3.3: numbers and
years stay whole; so do Latin words, unless one is very long.
"""

import unicodedata
from collections.abc import Callable, Iterator

Measure = Callable[[str], float]
"""The width of a text, in points."""

NEVER_FIRST = frozenset("，。、；：？！）】》〉」』〕〗｝”’…—～·％‰℃,.;:?!)]}%»›")
NEVER_LAST = frozenset("（【《〈「『〔〖｛“‘￥＄￡([{$«‹#№")
_PIECES_OF_WORDS = frozenset("-_/@.,:'&+=?#%~")
"""Signs that stand inside of numbers, addresses and dates."""
_UNITS = frozenset("年月日")
"""Stay with the number before them."""
_LONGEST_WORD = 0.6
"""Of a line: a longer word is cut where the line ends, or the line before it would be empty."""
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Categories of what has no shape or no place in a paper: controls, marks of direction, private."""


def cleaned(text: str) -> str:
    """`text` without what cannot be seen: controls, marks of direction, halves of characters.

    A tab is a blank; a line feed stays. Selectors of variants go too.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(
        sign
        for sign in text
        if sign == "\n"
        or (unicodedata.category(sign) not in _DROPPED and not 0xFE00 <= ord(sign) <= 0xFE0F)
    )


def broken(text: str, width: float, measure: Measure, indent: float = 0) -> list[str]:
    """`text` in lines of at most `width` points, the first one shorter by `indent`.

    A line feed in it begins a new line. There is always at least one line.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _filled(paragraph, width, measure, indent if not lines else 0)
    return lines


def _filled(text: str, width: float, measure: Measure, indent: float) -> list[str]:
    lines: list[str] = []
    line, used, room = "", 0.0, width - indent
    for piece in _pieces(text, room, measure):
        size = measure(piece)
        if line and used + measure(piece.rstrip()) > room:
            lines.append(line.rstrip())
            line, used, room = "", 0.0, width
            piece = piece.lstrip(" ")  # noqa: PLW2901 - blanks do not begin a line
            size = measure(piece)
        line += piece
        used += size
    return [*lines, line.rstrip()]


def _pieces(text: str, width: float, measure: Measure) -> Iterator[str]:
    """What is not cut: a sign or a word with the marks that belong to it."""
    for piece in _bound(_words(text, width, measure)):
        if measure(piece) <= width:
            yield piece
        else:  # more marks in a row than a line takes
            yield from piece


def _bound(words: Iterator[str]) -> Iterator[str]:
    """Closing marks go with what stands before them, opening ones with what follows."""
    held = ""
    for word in words:
        if held and not _belong_together(held[-1], word[0]):
            yield held
            held = ""
        held += word
    if held:
        yield held


def _belong_together(before: str, after: str) -> bool:
    if after in NEVER_FIRST or before in NEVER_LAST:
        return True
    return before.isdecimal() and after in _UNITS


def _words(text: str, width: float, measure: Measure) -> Iterator[str]:
    """Signs one by one, and runs of Latin letters and digits with the blanks after them."""
    at = 0
    while at < len(text):
        end = at
        while end < len(text) and _in_word(text, at, end):
            end += 1
        end = max(end, at + 1)
        while end < len(text) and text[end] == " ":
            end += 1
        word = text[at:end]
        if measure(word) <= width * _LONGEST_WORD:
            yield word
        else:
            yield from word
        at = end


def _in_word(text: str, begin: int, at: int) -> bool:
    sign = text[at]
    if not sign.isascii():
        return unicodedata.combining(sign) > 0 and at > begin
    if sign.isalnum():
        return True
    if at == begin or sign not in _PIECES_OF_WORDS or at + 1 == len(text):
        return False
    following = text[at + 1]
    return following.isascii() and (following.isalnum() or following == "/")
