"""What is read out of an entry, and how far back a search goes by itself."""

from datetime import date, datetime, time, timedelta

from app.core.audit import Plain
from app.core.clock import CHINA
from app.trail.schemas import Detail

DAYS_BACK = 30
LONGEST = timedelta(days=366)
"""A page reads so much at most, since a rare verb makes it look at every entry of its time; what
lies before is read with the next page."""
BEFORE = "before_"


def moments(first: date | None, last: date | None, today: date) -> tuple[datetime, datetime]:
    """From the begin of the first day in China to the end of the last; by itself, 30 days."""
    last = last or today
    first = first or last - timedelta(days=DAYS_BACK - 1)
    begin = datetime.combine(first, time(), CHINA)
    return begin, datetime.combine(last, time(), CHINA) + timedelta(days=1)


def stretch(
    since: datetime, until: datetime, after: tuple[datetime, int] | None
) -> tuple[datetime, tuple[datetime, int] | None]:
    """From when on the next page reads, and where the one after it goes on if this one is not full.

    Args:
        after: the place of the last entry of the page before.

    Returns:
        The begin of at most `LONGEST` before `until` or that place; and the place before which
        nothing was read yet, None where all is read.
    """
    last = min(until, after[0]) if after else until
    begin = max(since, last - LONGEST)
    return begin, (begin, 0) if begin > since else None


def details(data: dict[str, Plain]) -> list[Detail]:
    """What an entry's data says, each value beside what it was before where the entry tells it."""
    return [
        Detail(
            name=name,
            value=value,
            before=data.get(BEFORE + name),
            changed=BEFORE + name in data,
        )
        for name, value in sorted(data.items())
        if not (name.startswith(BEFORE) and name.removeprefix(BEFORE) in data)
    ]
