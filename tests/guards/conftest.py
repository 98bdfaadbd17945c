from collections.abc import Callable

import httpx
import pytest

from app.cases.numbers import CaseNumbers
from app.core.acts import Act
from app.core.house import House
from tests.cases.builders import World
from tests.guards.walk import Callers, make_callers
from tests.places import Place


@pytest.fixture
async def callers(
    client: httpx.AsyncClient, house: House, place: Place, act_as: Callable[..., Act]
) -> Callers:
    """A caller of every kind."""
    return await make_callers(client, house, place, act_as)


@pytest.fixture
async def world(
    client: httpx.AsyncClient, house: House, place: Place, act_as: Callable[..., Act]
) -> World:
    """The hall with its people, and what they do to cases."""
    house.put(CaseNumbers())  # its reserve is of numbers that the emptied table gives out again
    return World(client, house, place, act_as)
