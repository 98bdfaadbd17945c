from collections.abc import Callable
from datetime import date

import httpx
import pytest

from app.cases.numbers import CaseNumbers
from app.core.acts import Act
from app.core.house import House
from tests.cases.builders import World
from tests.places import Place


@pytest.fixture
async def world(
    client: httpx.AsyncClient, house: House, place: Place, act_as: Callable[..., Act]
) -> World:
    """The hall with its people, and what they do to cases."""
    house.put(CaseNumbers())  # its reserve is of numbers that the emptied table gives out again
    made = World(client, house, place, act_as)
    made.go_to_day(date(2026, 3, 2))
    return made
