"""The demonstration's story: alive on any day, played once, and as true as what people do."""

import time
from collections.abc import Callable
from datetime import datetime

import pytest

from app.cases.figures import upkeep
from app.core import db
from app.core.acts import Act
from app.core.clock import CHINA
from app.core.house import House
from app.demo import story
from app.demo.invented import SNACKS
from app.demo.seed import seed
from app.demo.sights import sights
from evaluations.scores import upkeep as scores_upkeep

ActAs = Callable[..., Act]
MOMENTS = (
    datetime(2026, 6, 10, 11, 0, tzinfo=CHINA),
    datetime(2026, 5, 3, 8, 0, tzinfo=CHINA),
    datetime(2026, 2, 24, 0, 5, tzinfo=CHINA),
    datetime(2031, 1, 4, 23, 55, tzinfo=CHINA),
)
"""An ordinary day; in the Labour Day holiday; after the Spring Festival, just past midnight; a
Saturday of a year whose holidays nobody knows."""


async def told(house: House, act_as: ActAs, moment: datetime) -> None:
    """The story, told at this moment."""
    house.clock.shift(moment - house.clock.now())
    hall = await seed(act_as())
    assert await story.play(house, hall.hall_id) > 0


@pytest.mark.slow
@pytest.mark.usefixtures("wechat")
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: f"{moment:%Y-%m-%d}")
async def test_it_looks_alive_on_any_day(house: House, act_as: ActAs, moment: datetime) -> None:
    await told(house, act_as, moment)
    assert abs((house.clock.now() - moment).total_seconds()) < 60, "the clock is right again"
    rows = await db.fetch("SELECT state, count(*) AS n FROM cases GROUP BY state")
    states = {row["state"]: row["n"] for row in rows}
    for state in ("submitted", "correction", "under_review", "closed", "issued", "withdrawn"):
        assert states.get(state), f"some case is {state}: {states}"
    [latest] = await db.fetch("SELECT max(at) AS at FROM case_events")
    assert latest["at"] < moment, "nothing has happened that is yet to come"
    entries = await db.fetch("SELECT state FROM supervision_entries ORDER BY state")
    assert [row["state"] for row in entries] == ["closed", "open"], "one waits for its answer"
    assert await db.fetch("SELECT 1 FROM case_pauses WHERE ended_at IS NULL")
    assert len(await db.fetch("SELECT 1 FROM case_drafts")) == 2
    assert len(await db.fetch("SELECT 1 FROM ratings WHERE via = 'account'")) == 5
    assert await scores_upkeep.verify() == [], "what was left behind at the windows is counted"
    [hall] = await db.fetch("SELECT id FROM halls WHERE code = 'QINGHE'")
    shown = {sight.who: sight.number for sight in await sights(hall["id"])}
    assert len(shown) == 8, shown
    [due] = await db.fetch("SELECT promised_due FROM cases WHERE number = $1", shown[SNACKS.name])
    assert due["promised_due"] >= moment.date(), "its light is yellow, not red"


@pytest.mark.slow
@pytest.mark.usefixtures("wechat")
async def test_it_is_played_once_and_what_it_says_is_true(house: House, act_as: ActAs) -> None:
    await told(house, act_as, MOMENTS[0])
    count = await db.fetch("SELECT count(*) AS n FROM cases")
    assert await story.play(house, (await seed(act_as())).hall_id) == count[0]["n"]
    assert await db.fetch("SELECT count(*) AS n FROM cases") == count
    assert await upkeep.verify() == []


@pytest.mark.slow
@pytest.mark.usefixtures("wechat")
async def test_a_demonstration_starts_fast(house: House, act_as: ActAs) -> None:
    hall = await seed(act_as())
    began = time.process_time()
    await story.play(house, hall.hall_id)
    assert time.process_time() - began < 4, "two seconds here, twice that on a busy machine"
