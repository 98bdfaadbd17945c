from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core.acts import Act
from app.core.clock import day_of
from app.core.house import House
from app.works import runner as running
from app.works.runner import Runner
from tests.cases.builders import World
from tests.cases.decisions import Decisions
from tests.evaluations.hub import Evaluator, enrolled
from tests.places import Place, staff_headers
from tests.supervision.watch import Watch


@pytest.fixture
async def evaluator(
    house: House, client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> Evaluator:
    """The enrolled evaluator of window 01."""
    device_id, key = await enrolled(act_as, place.hall_id, place.windows["01"])
    return Evaluator(device_id, key, house, client)


@pytest.fixture
async def manager(act_as: Callable[..., Act], place: Place) -> dict[str, str]:
    return await staff_headers(act_as(), place, "manager")


@pytest.fixture
async def admin(act_as: Callable[..., Act], place: Place) -> dict[str, str]:
    return await staff_headers(act_as(), place, "admin")


@pytest.fixture
def days(house: House) -> dict[str, str]:
    """Today and the day before, as a query says them."""
    today = day_of(house.clock.now())
    return {"from": (today - timedelta(days=1)).isoformat(), "to": today.isoformat()}


@pytest.fixture
async def finish(
    house: House, work_outbox: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """`await finish()` has all long work done."""
    monkeypatch.setattr(running, "BEAT", 0.05)

    async def until_done() -> None:
        await work_outbox()
        await house.part(Runner).idle()

    yield until_done
    await house.part(Runner).stop()


@pytest.fixture
async def watch(world: World) -> Watch:
    """A hall with one item and an applicant, on Monday, 2 March 2026."""
    owner = await world.citizen()
    return Watch(world, Decisions(world, await world.item(), owner.id))
