"""Where the things that are checked stand: with features above, which the server puts in.

A check refers to its thing and has no copy of it; this feature must not know who keeps it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.acts import Act
from app.core.wire import File


@dataclass(frozen=True)
class Source:
    """The things of one kind of subject, "<prefix>:<id>".

    `title` is what a supervisor reads. `texts` gives the texts of those ids that are there;
    `link` a short-lived address at which the platform fetches a picture, None if it is gone;
    `picture` shows it to whoever decides. A source has either `texts` or the other two.
    """

    prefix: str
    title: str
    texts: Callable[[Sequence[UUID]], Awaitable[Mapping[UUID, str]]] | None = None
    link: Callable[[Act, UUID], Awaitable[str | None]] | None = None
    picture: Callable[[Act, UUID], Awaitable[File]] | None = None


class Sources:
    """Every feature's source; a part of the house."""

    def __init__(self, *sources: Source) -> None:
        self._sources = {source.prefix: source for source in sources}

    def of(self, subject: str) -> tuple[Source, UUID]:
        """The source of a subject, and its id there. Raises KeyError or ValueError for no such."""
        prefix, _, name = subject.partition(":")
        return self._sources[prefix], UUID(name)

    async def text(self, subject: str) -> str | None:
        """The text of a subject; None if it is gone."""
        return (await self.texts([subject])).get(subject)

    async def texts(self, subjects: Sequence[str]) -> dict[str, str]:
        """The texts of these subjects; pictures, and what is gone, are left out."""
        wanted: dict[str, dict[UUID, str]] = {}
        for subject in subjects:
            source, thing_id = self.of(subject)
            if source.texts:
                wanted.setdefault(source.prefix, {})[thing_id] = subject
        found: dict[str, str] = {}
        for prefix, subject_of in wanted.items():
            read = self._sources[prefix].texts
            assert read is not None
            texts = await read(list(subject_of))
            found |= {subject_of[thing_id]: text for thing_id, text in texts.items()}
        return found
