"""In the quiet hours no phone rings; the inbox has the message at once."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from app.core.clock import CHINA, day_of
from app.core.house import House
from app.notices.rules import Kind
from tests.notices.conftest import Applicant, entry, texts_in, wechat_of

SendDue = Callable[[], Awaitable[int]]


def move_to(house: House, hour: int, minute: int = 0) -> datetime:
    """Move the clock on to this time of the day in China."""
    here = house.clock.now().astimezone(CHINA)
    wanted = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    wanted += timedelta(days=1)
    house.clock.shift(wanted - here)
    return wanted


@pytest.fixture(autouse=True)
def at_night(house: House, settings_with: Callable[..., Any]) -> None:
    settings_with(quiet_hours="21:30-08:00")
    move_to(house, 22)


async def test_the_phone_waits_for_the_morning_and_the_inbox_does_not(
    applicant: Applicant, send_due: SendDue, house: House, client: httpx.AsyncClient
) -> None:
    applicant.subscribe(Kind.READY)
    await applicant.tell(Kind.READY)
    assert await send_due() == 0
    inbox = await client.get("/api/v1/notices", headers=applicant.headers)
    assert len(inbox.json()["items"]) == 1
    due_at = (await entry())["due_at"].astimezone(CHINA)
    assert (due_at.hour, due_at.minute) == (8, 0)
    move_to(house, 8)
    await send_due()
    assert len(applicant.received()) == 1


async def test_what_ends_before_the_morning_is_sent_at_night(
    applicant: Applicant, send_due: SendDue, house: House
) -> None:
    applicant.subscribe(Kind.REMINDER, 2)
    today = day_of(house.clock.now())
    await applicant.tell(Kind.REMINDER, key="tomorrow", at=today + timedelta(days=1))
    assert await send_due() == 0
    await applicant.tell(Kind.REMINDER, key="today", at=today)
    await send_due()
    (sent,) = applicant.received()
    assert sent.data["date4"] == f"{today.year}年{today.month}月{today.day}日"


async def test_what_was_due_before_the_night_and_is_late_waits_as_well(
    applicant: Applicant, send_due: SendDue, house: House
) -> None:
    applicant.subscribe()
    move_to(house, 21, 29)
    await applicant.tell()
    house.clock.shift(timedelta(minutes=5))
    await send_due()
    assert ((await wechat_of())["state"], applicant.received()) == ("waiting", [])


async def test_texts_keep_the_quiet_hours_too(
    applicant: Applicant, send_due: SendDue, house: House, folder: Any
) -> None:
    await applicant.has_phone()
    move_to(house, 21, 29)
    await applicant.tell(Kind.READY)
    await send_due()
    assert (await wechat_of())["state"] == "not_subscribed"
    house.clock.shift(timedelta(minutes=2))
    await send_due()
    assert texts_in(folder) == []
    move_to(house, 8, 1)
    await send_due()
    assert len(texts_in(folder)) == 1
