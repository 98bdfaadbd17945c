"""Which hall and which days a page of the console is about, and the addresses that keep them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from app.core.acts import Act
from app.core.auth import Role, Staff, require_staff
from app.core.errors import Forbidden
from app.core.wire import In
from app.halls import service as halls
from app.pages.addresses import address
from evaluations.scores import periods
from evaluations.scores.periods import Step

READERS = (Role.MANAGER, Role.SUPERVISOR)
Preset = Literal["month", "last_month", "days30", "quarter"]
PRESETS: dict[Preset, str] = {
    "month": "本月",
    "last_month": "上月",
    "days30": "近30天",
    "quarter": "本季度",
}
USUAL: Preset = "days30"
_ONE_DAY = timedelta(days=1)


class ConsoleQuery(In, frozen=True, kw_only=True):
    """A hall of the caller's, and a period: by its days, or by a name for them.

    Without a hall the caller's own one; without days the last 30.
    """

    hall_id: UUID | None = None
    first: date | None = msgspec.field(name="from", default=None)
    last: date | None = msgspec.field(name="to", default=None)
    preset: Preset | None = None


class PagedQuery(ConsoleQuery, frozen=True, kw_only=True):
    """As `ConsoleQuery`, with the place from which a list goes on."""

    after: Annotated[str, Meta(max_length=300)] | None = None


@dataclass(frozen=True)
class Scope:
    """A hall, its days, and the halls among which one can choose.

    `preset` is set where the days are those of a name.
    """

    hall_id: UUID
    hall_name: str
    first: date
    last: date
    preset: Preset | None
    halls: list[tuple[UUID, str]]

    def period(self, **more: Any) -> dict[str, Any]:
        """What a query of the scores takes."""
        return {"hall_id": self.hall_id, "first": self.first, "last": self.last} | more

    def between(self, first: date, last: date) -> "Scope":
        """The same hall in other days."""
        return replace(self, first=first, last=last, preset=None)

    def beside(self, before: "Scope") -> list[str]:
        """What keeps the figures of these days from being simply laid beside those of `before`."""
        days, earlier = ((one.last - one.first).days + 1 for one in (self, before))
        said = []
        if days != earlier:
            said.append(f"两个时间段长短不同（{days} 天和 {earlier} 天），数量不能直接相比。")
        if before.first <= self.last and self.first <= before.last:
            said.append("两个时间段有重叠，重叠的日子两边都计入。")
        return said

    def presets(self, path: str, **more: Any) -> list[tuple[str, str, bool]]:
        """The named periods as tabs: text, address, whether it is the one shown."""
        return [
            (
                text,
                address(path, hall_id=self.hall_id, preset=preset, **more),
                preset == self.preset,
            )
            for preset, text in PRESETS.items()
        ]

    def url(self, path: str, **more: Any) -> str:
        """The address of a page, or a file, of the same hall and days; None leaves a value out."""
        given = {"hall_id": self.hall_id, "from": self.first, "to": self.last} | more
        return address(path, **given)

    def ratings(
        self, by: str = "hall", key: str | None = None, level: Iterable[int] = (), **more: Any
    ) -> str:
        """The address of the ratings behind a figure."""
        known = None if key == "total" else key
        return self.url("/console/ratings", by=by, key=known, level=list(level), **more)

    def cases(self, by: str = "hall", key: str | None = None, part: str | None = None) -> str:
        """The address of the decided cases behind a figure of handling time."""
        if key is None or key == "total":
            by, key = "hall", None
        return self.url("/console/handling/cases", by=by, key=key, part=part)

    def sent_back(self, by: str = "hall", key: str | None = None) -> str:
        """The address of the second corrections behind a figure."""
        if key is None:
            by = "hall"
        return self.url("/console/handling/corrections", by=by, key=key)

    def unrated(self, by: str = "hall", key: str | None = None) -> str:
        """The address of the services that participation lacks."""
        return self.url("/console/participation/unrated", by=by, key=key)


def days_of(preset: Preset, today: date) -> tuple[date, date]:
    """From when to when; what is not over ends today."""
    if preset == "days30":
        return today - timedelta(days=29), today
    if preset == "quarter":
        return periods.begin_of(Step.QUARTER, today), today
    month = periods.begin_of(Step.MONTH, today)
    if preset == "month":
        return month, today
    return periods.begin_of(Step.MONTH, month - _ONE_DAY), month - _ONE_DAY


async def halls_of(person: Staff, roles: Iterable[Role] = READERS) -> list[tuple[UUID, str]]:
    """The halls over which a person stands in these roles: their own first, then by name."""
    names = await halls.names(*person.halls(*roles))
    return sorted(names.items(), key=lambda found: (found[0] != person.hall_id, found[1]))


async def scope_of(act: Act, query: ConsoleQuery) -> Scope:
    """What the page is about.

    Raises:
        Forbidden: a hall over which the caller does not stand, or there is none.
    """
    choice = await halls_of(require_staff(act.actor))
    known = dict(choice)
    hall_id = query.hall_id or (choice[0][0] if choice else None)
    if hall_id is None or hall_id not in known:
        raise Forbidden
    preset = query.preset
    if preset is None and query.first is None and query.last is None:
        preset = USUAL
    if preset is not None:
        first, last = days_of(preset, act.today)
    else:
        last = query.last or act.today
        first = query.first or last - timedelta(days=29)
    return Scope(hall_id, known[hall_id], first, last, _named(first, last, act.today), choice)


def _named(first: date, last: date, today: date) -> Preset | None:
    for preset in PRESETS:
        if days_of(preset, today) == (first, last):
            return preset
    return None
