from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from app.core.acts import Act
from app.core.house import House
from app.works import runner
from tests.places import Place
from tests.works.hands import Hands


@pytest.fixture
async def hands(
    house: House,
    place: Place,
    act_as: Callable[..., Act],
    work_outbox: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Hands]:
    """Long work to start and watch, with signs of life twenty times a second."""
    monkeypatch.setattr(runner, "BEAT", 0.05)
    made = Hands(house, place, act_as, work_outbox)
    made.before = {key async for key, _ in house.storage.list("works")}
    yield made
    await made.runner.stop()
