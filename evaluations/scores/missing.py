"""From which windows and devices nothing came: what no score shows, because it shows nothing."""

from datetime import datetime, time, timedelta

from app.core.acts import Act
from app.core.clock import CHINA
from app.halls import service as halls
from evaluations.devices import service as devices
from evaluations.ratings.counting import Dimension
from evaluations.ratings.recount import heard_from
from evaluations.scores import queries
from evaluations.scores.asked import checked
from evaluations.scores.periods import Period
from evaluations.scores.rules import Counts
from evaluations.scores.schemas import Missing, PeriodQuery, SilentDevice, SilentWindow
from evaluations.scores.service import said_of


def moments(period: Period) -> tuple[datetime, datetime]:
    """From the first moment of a period's first day in China to the end of its last day."""
    begin = datetime.combine(period.first, time(), CHINA)
    return begin, datetime.combine(period.last + timedelta(days=1), time(), CHINA)


async def missing(act: Act, query: PeriodQuery) -> Missing:
    """Windows that served or were staffed without a rating, and enrolled devices without one.

    Raises as `service.checked` does.
    """
    period = checked(act, query)
    since, until = moments(period)
    said = await said_of(act, query)
    windows = await halls.windows_served(query.hall_id, since, until)
    found = await queries.period(query.hall_id, {Dimension.WINDOW}, period.first, period.last)
    working = []
    for window in windows:
        counts = found.get((Dimension.WINDOW, str(window.id)), Counts())
        if window.on_duty or counts.due or counts.ratings:
            working.append((window, counts))
    enrolled = await _in_service(act, query, since, until)
    heard = await heard_from([device.id for device in enrolled], period.first, period.last)
    calendar = await halls.calendar(query.hall_id)
    return Missing(
        **said,
        working_days=calendar.working_days_between(period.first - timedelta(days=1), period.last),
        windows_looked_at=len(working),
        devices_looked_at=len(enrolled),
        windows=[
            SilentWindow(
                id=window.id,
                name=window.name,
                hall_name=window.hall_name,
                due=counts.due,
                on_duty=window.on_duty,
            )
            for window, counts in working
            if not counts.ratings
        ],
        devices=[device for device in enrolled if device.id not in heard],
    )


async def _in_service(
    act: Act, query: PeriodQuery, since: datetime, until: datetime
) -> list[SilentDevice]:
    """The devices that were enrolled and not yet revoked at some time of the period."""
    found = []
    for hall_id, hall_name in (await halls.tree(query.hall_id)).items():
        for device in await devices.shown_of_hall(act, hall_id):
            if device.enrolled_at is None or device.enrolled_at >= until:
                continue
            if device.revoked_at is not None and device.revoked_at <= since:
                continue
            found.append(
                SilentDevice(
                    id=device.id,
                    name=device.name,
                    hall_name=hall_name,
                    window_id=device.window_id,
                    last_seen_at=device.last_seen_at,
                    seen=device.last_seen_at is not None and device.last_seen_at >= since,
                )
            )
    return found
