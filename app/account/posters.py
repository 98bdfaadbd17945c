"""What is printed and put up: a code for any phone, and beside it the mini program's."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.account import qr
from app.core.acts import Act
from app.core.errors import Problem
from app.core.wire import File

AT_ONCE = 4
"""How many codes the platform is asked for at the same time."""


@dataclass(frozen=True)
class Poster:
    """One sheet. `picture` opens `url` on any phone; `phone` is where the mini program's code is.

    `call` is what the sheet asks passers-by to do, `note` the small print; without `phone` there
    is only the first code.
    """

    id: UUID
    title: str
    url: str
    picture: str
    call: str
    note: str
    phone: str


@dataclass(frozen=True)
class Wanted:
    """A sheet to be made; `draw` has the mini program's code drawn, which is then at `address`."""

    id: UUID
    title: str
    url: str
    call: str
    note: str
    label: str
    draw: Callable[[Act], Awaitable[File]]
    address: str


async def made(act: Act, wanted: Sequence[Wanted]) -> tuple[list[Poster], str]:
    """The sheets, and why some are without the mini program's code: a sentence, empty if none is.

    Whatever keeps the platform from drawing one code keeps it from the others: after the first
    refusal no more are asked for, so that the page does not wait for each of them.
    """
    drawn, problem = 0, ""
    while drawn < len(wanted) and not problem:
        part = wanted[drawn : drawn + AT_ONCE]
        answers = await asyncio.gather(*(one.draw(act) for one in part), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, Problem):
                problem = problem or answer.detail or answer.title
            elif isinstance(answer, BaseException):
                raise answer
            elif not problem:
                drawn += 1
    posters = [
        Poster(
            id=one.id,
            title=one.title,
            url=one.url,
            picture=qr.svg(one.url, one.label),
            call=one.call,
            note=one.note,
            phone=one.address if place < drawn else "",
        )
        for place, one in enumerate(wanted)
    ]
    return posters, problem
