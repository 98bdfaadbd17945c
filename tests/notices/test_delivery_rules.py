"""What becomes of a message that failed: never sent again where it may have arrived."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import CHINA
from app.notices.delivery_rules import (
    FALLS_BACK,
    LETTERS,
    MAY_TRY,
    MOST_FAILURES,
    OPEN,
    PATIENCE,
    QUOTA_MINUTES,
    SETTLED,
    WORDS,
    Failure,
    Next,
    Quiet,
    State,
    after_failure,
    after_silence,
    next_day,
    next_hour,
    next_minute,
)

NOW = datetime(2026, 10, 9, 2, 30, 20, tzinfo=UTC)
WORD = timedelta(minutes=10)
moments = st.floats(1_600_000_000, 2_200_000_000).map(lambda n: datetime.fromtimestamp(n, UTC))
chances = st.floats(0, 1)


def after(failure: Failure, **given: object) -> Next:
    usual: dict[str, object] = {
        "failures": 0,
        "since": NOW - timedelta(minutes=1),
        "now": NOW,
        "chance": 0.5,
        "word": WORD,
    }
    return after_failure(failure, **(usual | given))  # type: ignore[arg-type]


def test_every_state_is_either_open_settled_or_waits_for_a_person() -> None:
    assert set(State) == OPEN | SETTLED | LETTERS
    assert not SETTLED & LETTERS
    assert set(WORDS) == set(State)
    assert FALLS_BACK <= SETTLED | LETTERS


def test_only_what_has_certainly_not_arrived_may_be_sent() -> None:
    assert {State.WAITING, State.FAILED, State.DEAD} == MAY_TRY


@given(
    failure=st.sampled_from(Failure),
    failures=st.integers(0, MOST_FAILURES),
    age=st.timedeltas(timedelta(), timedelta(days=30)),
    now=moments,
    chance=chances,
    neutral=st.booleans(),
    strikes=st.integers(1, 9),
)
def test_whatever_happens_a_message_is_tried_later_settled_or_put_before_a_person(
    failure: Failure,
    failures: int,
    age: timedelta,
    now: datetime,
    chance: float,
    neutral: bool,
    strikes: int,
) -> None:
    then = after_failure(
        failure,
        failures=failures,
        since=now - age,
        now=now,
        chance=chance,
        word=WORD,
        neutral=neutral,
        strikes=strikes,
        until=now + timedelta(hours=1),
    )
    if then.state in (State.FAILED, State.UNSURE):
        assert then.again_at is not None
        assert then.again_at > now
        assert then.again_at < now + timedelta(days=1, hours=1)
    else:
        assert then.again_at is None
        assert then.state in SETTLED | LETTERS
    assert (then.state is State.UNSURE) == (failure is Failure.NO_ANSWER)
    assert then.state is not State.SENT


@given(chance=chances, start=moments)
def test_a_platform_that_stays_down_is_tried_twelve_times_over_half_a_day(
    chance: float, start: datetime
) -> None:
    now, tries = start, 1
    while True:
        then = after(Failure.DOWN, failures=tries - 1, now=now, since=start, chance=chance)
        assert then.counted
        if then.state is State.DEAD:
            break
        assert then.again_at is not None
        now, tries = then.again_at, tries + 1
    assert tries == MOST_FAILURES
    assert timedelta(minutes=30) < now - start < timedelta(days=1)


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (Failure.NOT_SUBSCRIBED, State.NOT_SUBSCRIBED),
        (Failure.BANNED, State.BANNED),
        (Failure.UNREACHABLE, State.UNREACHABLE),
        (Failure.REFUSED, State.DEAD),
    ],
)
def test_what_is_refused_for_good_ends(failure: Failure, state: State) -> None:
    assert after(failure) == Next(state)


def test_without_an_answer_word_is_waited_for() -> None:
    assert after(Failure.NO_ANSWER) == Next(State.UNSURE, NOW + WORD)
    assert after_silence(NOW, NOW, WORD, trust=True) == Next(State.UNSURE, NOW + WORD)


def test_without_word_a_person_decides_unless_the_pushes_are_trusted() -> None:
    late = NOW + WORD
    assert after_silence(late, NOW, WORD, trust=False) == Next(State.DOUBTFUL)
    assert after_silence(late, NOW, WORD, trust=True) == Next(State.FAILED, late)


def test_a_sensitive_word_is_tried_once_in_neutral_words() -> None:
    first = after(Failure.SENSITIVE)
    assert (first.state, first.neutral) == (State.FAILED, True)
    assert after(Failure.SENSITIVE, neutral=True) == Next(State.REFUSED)


@given(chance=chances)
def test_several_at_once_is_tried_a_little_later_and_not_all_together(chance: float) -> None:
    then = after(Failure.SEVERAL, chance=chance)
    assert then.again_at is not None
    assert timedelta(seconds=2) <= then.again_at - NOW <= timedelta(seconds=10)
    assert not then.counted
    assert not then.hold


def test_too_often_holds_every_message_until_the_next_minute() -> None:
    then = after(Failure.TOO_OFTEN, chance=0)
    assert then == Next(State.FAILED, datetime(2026, 10, 9, 2, 31, tzinfo=UTC), hold=True)


def test_a_quota_is_a_minutes_until_it_was_refused_again_and_again() -> None:
    for strikes in range(1, QUOTA_MINUTES + 1):
        then = after(Failure.QUOTA, strikes=strikes, chance=0)
        assert then == Next(State.FAILED, next_minute(NOW), hold=True)
    then = after(Failure.QUOTA, strikes=QUOTA_MINUTES + 1, chance=0)
    assert then == Next(State.FAILED, datetime(2026, 10, 9, 16, 0, tzinfo=UTC), hold=True)


def test_a_persons_limit_waits_for_its_end_and_holds_nobody_else() -> None:
    until = NOW + timedelta(hours=1)
    assert after(Failure.WAIT, until=until, chance=0) == Next(State.FAILED, until)


@pytest.mark.parametrize(
    "failure", [Failure.SEVERAL, Failure.WAIT, Failure.TOO_OFTEN, Failure.QUOTA]
)
def test_waiting_ends_after_a_week(failure: Failure) -> None:
    since = NOW - PATIENCE - timedelta(seconds=1)
    assert after(failure, since=since, until=NOW).state is State.DEAD


@given(moments)
def test_minutes_hours_and_days_begin_after_now(now: datetime) -> None:
    minute, hour, day = next_minute(now), next_hour(now), next_day(now)
    assert now < minute <= now + timedelta(minutes=1)
    assert now < hour <= now + timedelta(hours=1)
    assert now < day <= now + timedelta(days=1)
    here = day.astimezone(CHINA)
    assert (here.hour, here.minute, here.second) == (0, 0, 0)


NIGHT = Quiet.parse("21:30-08:00")
NOON = Quiet.parse("12:00-14:00")


def at(hour: int, minute: int = 0, day: int = 9) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("due", "goes"),
    [
        (at(21, 29), at(21, 29)),
        (at(21, 30), at(8, day=10)),
        (at(23, 59), at(8, day=10)),
        (at(0, 0), at(8)),
        (at(7, 59), at(8)),
        (at(8, 0), at(8, 0)),
    ],
)
def test_at_night_a_message_waits_for_the_morning(due: datetime, goes: datetime) -> None:
    assert NIGHT
    assert NIGHT.release(due) == goes


def test_quiet_hours_may_be_at_noon_or_never() -> None:
    assert NOON
    assert NOON.release(at(13)) == at(14)
    assert NOON.release(at(11, 59)) == at(11, 59)
    assert Quiet.parse("") is None


def test_what_must_be_done_before_the_morning_does_not_wait() -> None:
    assert NIGHT
    assert NIGHT.release(at(22), at(0, day=10)) == at(22)
    assert NIGHT.release(at(22), at(8, day=10)) == at(22)
    assert NIGHT.release(at(22), at(8, 1, day=10)) == at(8, day=10)
    assert NIGHT.release(at(22), at(21)) == at(8, day=10), "that day is over already"


@given(moments, st.sampled_from(["21:30-08:00", "00:00-06:00", "12:00-14:00", "23:00-00:00"]))
def test_nothing_is_released_into_the_quiet_hours(due: datetime, text: str) -> None:
    quiet = Quiet.parse(text)
    assert quiet
    goes = quiet.release(due)
    assert due <= goes <= due + timedelta(hours=24)
    assert not quiet.holds(goes)
