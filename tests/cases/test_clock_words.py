"""The arithmetic in words: each line leads from the day before it to its own."""

import re
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.cases.clock.rules import Pause, due
from app.cases.clock.words import Extension, NamedPause, Story, told
from app.core.calendar import WorkingCalendar

NATIONAL = WorkingCalendar()
VISIT = NamedPause("现场踏勘", Pause(date(2026, 3, 5), date(2026, 3, 9)))
TODAY = date(2026, 3, 10)


def test_the_example_of_the_house() -> None:
    story = Story(
        date(2026, 3, 2), 8, [VISIT], Extension(date(2026, 3, 10), 5), decided=date(2026, 3, 20)
    )
    assert told(NATIONAL, story, TODAY) == [
        "3月2日（周一）受理，当日不计入；承诺 8 个工作日 → 3月12日（周四）",
        "3月5日（周四）现场踏勘暂停，3月9日（周一）恢复，扣除 2 个工作日 → 3月16日（周一）",
        "3月10日（周二）批准延长 5 个工作日 → 3月23日（周一）",
        "3月20日（周五）作出决定，实际用时 12 个工作日",
    ]


def test_an_open_pause_says_how_long_it_has_lasted_and_leads_nowhere_yet() -> None:
    hearing = NamedPause("听证", Pause(date(2026, 3, 6)))
    story = Story(date(2026, 3, 2), 8, [hearing])
    assert told(NATIONAL, story, TODAY)[1:] == [
        "3月6日（周五）听证暂停，尚未恢复，至3月10日（周二）已停 2 个工作日；恢复后期限相应顺延"
    ]


def test_what_is_accepted_by_law_counts_from_the_day_of_receipt() -> None:
    story = Story(date(2026, 3, 2), 5, deemed=True)
    assert told(NATIONAL, story, TODAY) == [
        "3月2日（周一）收到申请，依法视为受理，当日不计入；承诺 5 个工作日 → 3月9日（周一）"
    ]


def test_holidays_and_make_up_days_on_the_way_are_named() -> None:
    """2026年: New Year's Day to Saturday 3 January off, Sunday 4 January worked."""
    story = Story(date(2025, 12, 30), 4)
    assert told(NATIONAL, story, date(2025, 12, 31)) == [
        "12月30日（周二）受理，当日不计入；承诺 4 个工作日 → 2026年1月6日（周二）",
        "其间2026年1月1日（周四）、2026年1月2日（周五）放假，不计入；"
        "2026年1月4日（周日）上班，计入；其余周末不计入",
    ]


def test_days_that_two_pauses_share_are_left_out_once_and_it_says_so() -> None:
    hearing = NamedPause("听证", Pause(date(2026, 3, 6), date(2026, 3, 10)))
    lines = told(NATIONAL, Story(date(2026, 3, 2), 8, [hearing, VISIT]), TODAY)
    assert lines[2].startswith("3月6日（周五）听证暂停，3月10日（周二）恢复，扣除 1 个工作日（")
    assert lines[2].endswith("→ 3月17日（周二）")


days = st.dates(date(2025, 9, 15), date(2026, 3, 15))
calendars = st.sets(days, max_size=15).flatmap(
    lambda opened: st.sets(days, max_size=15).map(
        lambda closed: WorkingCalendar(frozenset(opened - closed), frozenset(closed - opened))
    )
)
pauses = st.lists(
    st.builds(lambda begin, n: Pause(begin, begin + timedelta(n)), days, st.integers(0, 20)),
    max_size=4,
)
_STEP = re.compile(r"(?:承诺|扣除|延长) (\d+) 个工作日.*→ (?:(\d+)年)?(\d+)月(\d+)日")


@given(calendars, days, st.integers(1, 30), pauses, st.none() | st.integers(1, 15), st.data())
def test_whoever_adds_up_the_lines_comes_to_the_same_day(
    calendar: WorkingCalendar,
    start: date,
    n: int,
    found: list[Pause],
    more: int | None,
    data: st.DataObject,
) -> None:
    """An extension comes before the limit has passed."""
    day = data.draw(st.dates(start, due(calendar, start, n).day))
    extension = Extension(day, more) if more else None
    story = Story(start, n, [NamedPause("听证", pause) for pause in found], extension)
    at = start
    for line in told(calendar, story, start):
        if step := _STEP.search(line):
            at = calendar.add(at, int(step[1])).day
            assert (int(step[2] or start.year), int(step[3]), int(step[4])) == (
                at.year,
                at.month,
                at.day,
            )
    assert at == due(calendar, start, n + (more or 0), found).day
