"""The arithmetic of a deadline in words that anybody can check with a wall calendar. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.cases.clock import rules as clock
from app.core.calendar import WorkingCalendar

_WEEKDAYS = "一二三四五六日"
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class NamedPause:
    """A pause and what it is for, in words ("现场踏勘")."""

    name: str
    pause: clock.Pause


@dataclass(frozen=True)
class Extension:
    """An extension by so many working days, and the day on which it was consented to."""

    day: date
    days: int


@dataclass(frozen=True)
class Story:
    """What became of a limit: from when it counts, its days, and what moved its end.

    Attributes:
        start: the day from which it counts, itself not counted.
        deemed: nobody answered in time, so it counts from the day of receipt (art. 32).
        decided: the day of the decision; None before it.
    """

    start: date
    days: int
    pauses: Sequence[NamedPause] = ()
    extension: Extension | None = None
    decided: date | None = None
    deemed: bool = False


def told(calendar: WorkingCalendar, story: Story, today: date) -> list[str]:
    """The steps from the first day to the last, one a line, each with the day that it leads to.

    Every step starts from the day of the line before: so many working days on, for an extension;
    as many on as the pause left out, for a pause. A line at the end names the days between that
    are not what their weekday says: holidays, make-up days, the hall's own.
    """
    from_when = "收到申请，依法视为受理" if story.deemed else "受理"
    at = clock.due(calendar, story.start, story.days).day
    last = max(at, today)
    lines = [
        f"{_day(story.start, story.start)}{from_when}，当日不计入；"
        f"承诺 {story.days} 个工作日 → {_day(at, story.start)}"
    ]
    days, known = story.days, list[clock.Pause]()
    for step in _in_order(story):
        if isinstance(step, Extension):
            days += step.days
            moved = clock.due(calendar, story.start, days, known).day
            said = f"{_day(step.day, story.start)}批准延长 {step.days} 个工作日"
        elif step.pause.end is None:
            lines.append(_standing(calendar, story, step, today))
            continue
        else:
            known.append(step.pause)
            moved = clock.due(calendar, story.start, days, known).day
            said = _pause(calendar, story, step, calendar.working_days_between(at, moved))
        lines.append(f"{said} → {_day(moved, story.start)}")
        at = moved
        last = max(last, at)
    if story.decided is not None:
        spans = [named.pause for named in story.pauses]
        used = clock.used(calendar, story.start, story.decided, spans)
        lines.append(f"{_day(story.decided, story.start)}作出决定，实际用时 {used} 个工作日")
        last = max(at, story.decided)
    odd = _odd_days(calendar, story.start, last)
    return [*lines, odd] if odd else lines


def _in_order(story: Story) -> list[NamedPause | Extension]:
    steps: list[tuple[date, int, NamedPause | Extension]] = [
        (named.pause.begin, 0, named) for named in story.pauses
    ]
    if story.extension:
        steps.append((story.extension.day, 1, story.extension))
    return [step for _, _, step in sorted(steps, key=lambda found: found[:2])]


def _pause(calendar: WorkingCalendar, story: Story, named: NamedPause, moved: int) -> str:
    pause = named.pause
    assert pause.end is not None
    said = (
        f"{_day(pause.begin, story.start)}{named.name}暂停，"
        f"{_day(pause.end, story.start)}恢复，扣除 {moved} 个工作日"
    )
    within = clock.used(calendar, max(pause.begin, story.start), pause.end)
    if moved < within:
        said += "（期限已满或与其他暂停重叠的日子不再扣除）"
    return said


def _standing(calendar: WorkingCalendar, story: Story, named: NamedPause, today: date) -> str:
    begin = named.pause.begin
    so_far = clock.used(calendar, max(begin, story.start), today)
    return (
        f"{_day(begin, story.start)}{named.name}暂停，尚未恢复，"
        f"至{_day(today, story.start)}已停 {so_far} 个工作日；恢复后期限相应顺延"
    )


def _odd_days(calendar: WorkingCalendar, start: date, last: date) -> str:
    """The days after `start` up to `last` that are not what their weekday says, in one line."""
    days = [start + _ONE_DAY * n for n in range(1, (last - start).days + 1)]
    off = [day for day in days if day.weekday() < 5 and not calendar.is_working(day)]
    worked = [day for day in days if day.weekday() >= 5 and calendar.is_working(day)]
    said = []
    if off:
        said.append(f"{_listed(off, start)}放假，不计入")
    if worked:
        said.append(f"{_listed(worked, start)}上班，计入")
    return f"其间{'；'.join(said)}；其余周末不计入" if said else ""


def _listed(days: Iterable[date], since: date) -> str:
    return "、".join(_day(day, since) for day in days)


def _day(day: date, since: date) -> str:
    """A day with its weekday, and with its year where that is not the year it began in."""
    year = "" if day.year == since.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"
