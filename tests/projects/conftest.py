from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest

from app.cases.numbers import CaseNumbers
from app.core.acts import Act
from app.core.house import House
from tests.cases.builders import World
from tests.places import Place
from tests.projects.builders import Joint


@pytest.fixture
async def world(
    client: httpx.AsyncClient, house: House, place: Place, act_as: Callable[..., Act]
) -> World:
    """The hall with its people on a Monday of an announced year, and what they do to cases."""
    house.put(CaseNumbers())  # its reserve is of numbers that the emptied table gives out again
    made = World(client, house, place, act_as)
    made.go_to_day(date(2026, 3, 2))
    return made


@pytest.fixture
def joint(world: World, work_outbox: Callable[[], Any]) -> Joint:
    """What the people of that hall do together."""
    return Joint(world, work_outbox)
