"""The hall's own words: a first look at every text, and the only one where nobody else looks."""

import unicodedata
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)


def plain(text: str) -> str:
    """The letters and digits of a text alone, so that "违 禁-词" and "违禁词" are the same."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def read_words(path: Path) -> tuple[str, ...]:
    """The words of a file, one a line; what follows a `#` is a remark.

    Raises:
        ValueError: it cannot be read, or is not UTF-8.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        raise ValueError(f"cannot read the words in {path}: {type(error).__name__}") from None
    found = (plain(line.partition("#")[0]) for line in lines)
    return tuple(dict.fromkeys(word for word in found if word))


class Words:
    """The words in force; a file that was changed is read anew, a broken one is not taken over.

    An empty path means none. Raises ValueError where the file cannot be read at the start.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else None
        self._words: tuple[str, ...] = ()
        self._stamp = 0
        if self._path:
            self._stamp = self._now(self._path)
            self._words = read_words(self._path)

    def hit(self, text: str) -> bool:
        """Whether a text has one of the words in it."""
        self._refresh()
        if not self._words:
            return False
        letters = plain(text)
        return any(word in letters for word in self._words)

    def _refresh(self) -> None:
        if self._path is None:
            return
        stamp = self._now(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._words = read_words(self._path)
        except ValueError as error:
            log.warning("moderation.words_unreadable", error=str(error))

    @staticmethod
    def _now(path: Path) -> int:
        try:
            return path.stat().st_mtime_ns
        except OSError:
            return 0
