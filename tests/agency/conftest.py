import pytest

from tests.agency.agents import Agents
from tests.cases.builders import World
from wechat.sandbox.server import RunningSandbox


@pytest.fixture
def agents(world: World, wechat: RunningSandbox) -> Agents:
    """People who act for each other."""
    return Agents(world, wechat)
