"""A session that is known already is asked about again each time, and believed only unchanged."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.core import db, sessions
from app.core.house import House

DAY = timedelta(days=1)
WRITES = (
    ("UPDATE sessions SET revoked_at = $2 WHERE id = $1", True),
    ("UPDATE sessions SET expires_at = $2 WHERE id = $1", True),
    ("DELETE FROM sessions WHERE id = $1 AND $2::timestamptz IS NOT NULL", False),
)


async def _opened(house: House) -> str:
    now = house.clock.now()
    token, _ = await sessions.open_session("citizen", db.new_id(), now=now, lifetime=DAY)
    return token


@pytest.mark.parametrize(("write", "there"), WRITES, ids=["revoked", "expired", "deleted"])
async def test_what_ends_a_known_session_ends_it_at_once(
    house: House, write: str, there: bool
) -> None:
    token, now = await _opened(house), house.clock.now()
    for _ in range(2):
        session = await sessions.find(token, now)
        assert session is not None
    assert session is not None
    await db.execute(write, session.id, now)
    assert await sessions.find(token, now) is None
    assert await sessions.find(token, now) is None
    left = await db.fetch("SELECT 1 FROM sessions WHERE id = $1", session.id)
    assert bool(left) is there


async def test_a_known_session_ends_with_its_time(house: House) -> None:
    token, now = await _opened(house), house.clock.now()
    for _ in range(2):
        assert await sessions.find(token, now) is not None
    assert await sessions.find(token, now + DAY - timedelta(seconds=1)) is not None
    assert await sessions.find(token, now + DAY) is None


async def test_questions_of_one_batch_each_get_their_own_answer(house: House) -> None:
    known, new, now = await _opened(house), await _opened(house), house.clock.now()
    first = await sessions.find(known, now)
    found = await asyncio.gather(
        *(
            sessions.find(token, at)
            for token, at in ((known, now), (new, now), ("none", now), (known, now + 2 * DAY))
        )
    )
    assert found[0] == first
    assert found[1] is not None
    assert found[1] != first
    assert found[2:] == [None, None]


async def test_a_known_session_that_has_not_changed_costs_no_row(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, now = await _opened(house), house.clock.now()
    await sessions.find(token, now)
    rows: list[Any] = []
    real = db.fetch

    async def counting(sql: str, *values: Any) -> list[dict[str, Any]]:
        found = await real(sql, *values)
        rows.append(found)
        return found

    monkeypatch.setattr(db, "fetch", counting)
    assert await sessions.find(token, now) is not None
    assert rows == [[]]


async def test_no_more_sessions_are_known_than_there_is_room_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST_KNOWN", 2)
    monkeypatch.setattr(sessions, "_known", {})
    tokens, now = [await _opened(house) for _ in range(5)], house.clock.now()
    for token in (*tokens, *tokens):
        assert await sessions.find(token, now) is not None
        assert len(sessions._known) <= 2
