"""Which windows were staffed in a time, however long ago and however often before."""

from datetime import timedelta

import pytest

from app.halls import service


@pytest.fixture
def staffed(place, house):
    """Whether window 01 was staffed between these hours from now."""

    async def read(since, until):
        now = house.clock.now()
        moments = (now + timedelta(hours=since), now + timedelta(hours=until))
        found = await service.windows_served(place.hall_id, *moments)
        return {window.id: window.on_duty for window in found}[place.windows["01"]]

    return read


async def test_a_window_was_staffed_while_somebody_s_duty_lasted(place, act_as, house, staffed):
    assert not await staffed(-9, 9)

    async def serve(start, end):
        clerk = await place.actor(act_as(), "clerk")
        house.clock.shift(timedelta(hours=start))
        await service.start_duty(act_as(clerk), place.windows["01"])
        house.clock.shift(timedelta(hours=end - start))
        await service.end_duty(act_as(clerk))
        house.clock.shift(timedelta(hours=-end))

    await serve(-20, -16)
    await serve(-10, -6)
    for since, until, expected in (
        (-30, -21, False),
        (-30, -19, True),
        (-19, -17, True),
        (-15, -11, False),
        (-17, -9, True),
        (-9, -7, True),
        (-5, 0, False),
        (-30, 0, True),
    ):
        assert await staffed(since, until) is expected, (since, until)
    await service.start_duty(act_as(await place.actor(act_as(), "clerk")), place.windows["01"])
    assert await staffed(5, 9), "who has not ended is still there"


async def test_a_clock_that_was_set_back_ends_a_duty_where_it_began(place, act_as, house):
    clerk = await place.actor(act_as(), "clerk")
    begun = await service.start_duty(act_as(clerk), place.windows["01"])
    house.clock.shift(timedelta(seconds=-2))
    ended = await service.end_duty(act_as(clerk))
    assert ended.ended_at == begun.started_at
