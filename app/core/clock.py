"""What time it is: passed in, so that tests and walkthroughs can move it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
"""The time zone of every date on a screen, in a receipt and in a deadline."""


class Clock:
    """The time of day, in UTC; `shift` moves it, for demonstrations and tests."""

    def __init__(self) -> None:
        self._shift = timedelta()

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC) + self._shift

    def shift(self, by: timedelta) -> None:
        """Move this clock by `by` from where it is."""
        self._shift += by


def day_of(moment: datetime) -> date:
    """The calendar day in China on which `moment` falls."""
    return moment.astimezone(CHINA).date()
