import pytest

from tests.cases.builders import World
from tests.cases.decisions import Decisions
from tests.supervision.watch import Watch


@pytest.fixture
async def watch(world: World) -> Watch:
    """A hall with one item and an applicant, on Monday, 2 March 2026."""
    owner = await world.citizen()
    return Watch(world, Decisions(world, await world.item(), owner.id))
