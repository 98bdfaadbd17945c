from collections.abc import Callable
from typing import Any

import pytest

from tests.cases.builders import World
from tests.projects.builders import Joint


@pytest.fixture
def joint(world: World, work_outbox: Callable[[], Any]) -> Joint:
    """What the people of that hall do together."""
    return Joint(world, work_outbox)
