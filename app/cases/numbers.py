"""Giving out case numbers: never the same one twice, and no case waits for another's commit."""

import asyncio
from datetime import date

from app.cases.numbering import SERIALS_A_DAY, case_number
from app.core import db
from app.core.errors import Unavailable

BLOCK = 20
"""Serials that a worker reserves at a time. Those it has not used when it stops stay gaps."""


class CaseNumbers:
    """A worker's own reserve of numbers for each region and day."""

    def __init__(self) -> None:
        self._reserved: dict[str, range] = {}
        self._lock = asyncio.Lock()

    async def take(self, region_code: str, day: date) -> str:
        """A number that nobody has had. If its case fails it is a gap, which is allowed.

        Raises:
            Unavailable: the region's 999,999 numbers of the day are used up.
        """
        scope = f"{region_code}{day:%Y%m%d}"
        async with self._lock:
            left = self._reserved.get(scope) or await self._reserve(scope, day)
            self._reserved[scope] = left[1:]
        return case_number(region_code, day, left[0])

    async def _reserve(self, scope: str, day: date) -> range:
        # What is left of the days before stays a gap.
        today = f"{day:%Y%m%d}"
        self._reserved = {key: left for key, left in self._reserved.items() if key.endswith(today)}
        rows = await db.apart(
            "INSERT INTO case_serials (scope, last_given) VALUES ($1, $2)"
            " ON CONFLICT (scope) DO UPDATE SET last_given = case_serials.last_given + $2"
            " WHERE case_serials.last_given + $2 <= $3 RETURNING last_given",
            scope,
            BLOCK,
            SERIALS_A_DAY,
        )
        if not rows:
            raise Unavailable("今天的办件编号已用完，请明天再提交。")
        last = int(rows[0]["last_given"])
        return range(last - BLOCK + 1, last + 1)
