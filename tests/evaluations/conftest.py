from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from app.core.acts import Act
from app.core.clock import day_of
from app.core.house import House
from tests.evaluations.hub import Evaluator, enrolled
from tests.evaluations.loop import MONDAY, Loops
from tests.places import Place, staff_headers


@pytest.fixture
async def evaluator(
    house: House, client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> Evaluator:
    """The enrolled evaluator of window 01."""
    device_id, key = await enrolled(act_as, place.hall_id, place.windows["01"])
    return Evaluator(device_id, key, house, client)


@pytest.fixture
def period(house):
    today = day_of(house.clock.now())
    return lambda back=0, on=0: {
        "from": (today - timedelta(days=back)).isoformat(),
        "to": (today + timedelta(days=on)).isoformat(),
    }


@pytest.fixture
async def manager(act_as, place):
    return await staff_headers(act_as(), place, "manager")


@pytest.fixture
async def loops(house, client, place, act_as, evaluator) -> Loops:
    """The hall on a Monday morning, and people who handle bad ratings."""
    found = Loops(house, client, place, act_as, evaluator)
    found.go_to(MONDAY)
    return found
