"""What other features keep about a person; they stand above and are put in by the server.

The rights of a person (PIPL, art. 44 to 47) reach everything that is kept of them, and this
feature must not know who keeps what.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.acts import Act

Ids = Sequence[UUID]


@dataclass(frozen=True)
class Share:
    """One feature's part of what is kept about a person, all of whose accounts are given.

    `export`: all of it, as plain values that JSON takes. `forget`: deletes, in the act's
    transaction, what no case needs; what a case needs stays until its retention is over.
    """

    name: str
    export: Callable[[Act, Ids], Awaitable[Any]]
    forget: Callable[[Act, Ids], Awaitable[None]]


@dataclass(frozen=True)
class Filed:
    """How many applications there are, and how many of them are not over yet."""

    all: int = 0
    open: int = 0


@dataclass(frozen=True)
class Shares:
    """Every feature's part, and who counts applications; a part of the house.

    `of_citizens` counts those of these accounts, `of_child` those for one child.
    """

    parts: tuple[Share, ...]
    of_citizens: Callable[[Ids], Awaitable[Filed]]
    of_child: Callable[[UUID], Awaitable[Filed]]
