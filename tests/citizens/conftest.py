from collections.abc import Callable
from datetime import date

import httpx
import pytest

from app.core.acts import Act
from app.core.house import House
from tests.agency.agents import Agents
from tests.cases.builders import World
from tests.places import Place
from wechat.sandbox.server import RunningSandbox


@pytest.fixture
async def world(
    client: httpx.AsyncClient, house: House, place: Place, act_as: Callable[..., Act]
) -> World:
    """The hall with its people on a Monday of an announced year."""
    made = World(client, house, place, act_as)
    made.go_to_day(date(2026, 3, 2))
    return made


@pytest.fixture
def agents(world: World, wechat: RunningSandbox) -> Agents:
    """People who act for each other."""
    return Agents(world, wechat)
