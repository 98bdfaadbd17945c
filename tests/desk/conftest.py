"""The desk for its tests."""

import pytest

from tests.cases.builders import World
from tests.desk.pages import Desk


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)
