"""The console for its tests: a hall on a Monday in March, with ratings and bad ones."""

from collections.abc import Callable

import httpx
import pytest

from app.core.acts import Act
from app.core.house import House
from tests.cases.builders import World
from tests.cases.decisions import Decisions
from tests.console.boards import Boards
from tests.console.pages import Console
from tests.evaluations.hub import Evaluator, enrolled
from tests.evaluations.loop import MONDAY, Loops
from tests.places import Place
from tests.supervision.watch import Watch


@pytest.fixture
async def console(
    house: House, client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> Console:
    """The hall with an evaluator at window 01, and people of every role."""
    device_id, key = await enrolled(act_as, place.hall_id, place.windows["01"])
    evaluator = Evaluator(device_id, key, house, client)
    loops = Loops(house, client, place, act_as, evaluator)
    loops.go_to(MONDAY)
    return Console(loops)


@pytest.fixture
async def boards(world: World) -> Boards:
    """The hall with one item and an applicant, its cases and their lights, on the same Monday."""
    owner = await world.citizen()
    return Boards(world, Watch(world, Decisions(world, await world.item("BOARD"), owner.id)))
