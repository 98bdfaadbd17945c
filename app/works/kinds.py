"""What kinds of long work there are; each is put in by the feature that can do it.

    async def _month(act: Act, params: MonthParams, running: Running) -> Outcome:
        running.tell(1, 3, "正在汇总")
        ...
        return Outcome(file=File(content, "application/pdf", "月报.pdf"))

    MONTH = Kind("reports.month", MonthParams, (Role.MANAGER, Role.SUPERVISOR), _month)

The act is one of the owner, with the roles that they have when it runs. A run may be killed at any
moment and is then begun again: whatever it does must be safe to repeat.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from app.core.acts import Act
from app.core.auth import Role
from app.core.wire import File


@dataclass(frozen=True)
class Outcome:
    """What a work brought: a file to fetch, a summary to show, a closing sentence.

    `keep_given`: the file that it was given is kept as long as the work itself, so that something
    else can be done with it; otherwise it is deleted now.
    """

    file: File | None = None
    summary: dict[str, Any] | None = None
    message: str = ""
    keep_given: bool = False


class Running:
    """A run as the work sees it: it tells its progress, and reads the file that it was given."""

    def __init__(self, given: Callable[[], Awaitable[bytes]]) -> None:
        self._given = given
        self.done, self.total, self.message = 0, 0, ""

    def tell(self, done: int, total: int, message: str | None = None) -> None:
        """Say how far it is. Cheap: it is written down about once a second."""
        self.done, self.total = max(0, done), max(0, total)
        if message is not None:
            self.message = message[:300]

    async def given(self) -> bytes:
        """The file that the work was started with. Raises storage.Missing where there is none."""
        return await self._given()


@dataclass(frozen=True)
class Kind:
    """One kind of long work: `params` hold no personal data; `roles` over the hall may start it."""

    name: str
    params: type[msgspec.Struct]
    roles: tuple[Role, ...]
    run: Callable[[Act, Any, Running], Awaitable[Outcome]]


class Kinds:
    """The kinds of a house, by name."""

    def __init__(self, *kinds: Kind) -> None:
        self._kinds = {kind.name: kind for kind in kinds}

    def __getitem__(self, name: str) -> Kind:
        return self._kinds[name]

    def __contains__(self, name: object) -> bool:
        return name in self._kinds

    def add(self, kind: Kind) -> None:
        """Take one more kind in."""
        self._kinds[kind.name] = kind
