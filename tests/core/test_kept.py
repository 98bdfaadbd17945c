"""What a worker goes on with for a moment: never for longer, and never after a change it made."""

import asyncio

import pytest

from app.core import kept
from app.core.kept import Kept


async def test_a_value_is_read_once_and_again_when_it_is_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values, read = Kept[str, int](10), iter(range(10))

    async def fresh() -> int:
        return next(read)

    assert [await values.of("a", fresh), await values.of("a", fresh)] == [0, 0]
    assert await values.of("b", fresh) == 1
    monkeypatch.setattr(kept, "KEEP_SECONDS", 0.0)
    assert await values.of("a", fresh) == 2


async def test_a_change_is_seen_at_once_even_by_who_was_just_reading() -> None:
    values, begun, changed = Kept[str, str](10), asyncio.Event(), asyncio.Event()

    async def slowly() -> str:
        begun.set()
        await changed.wait()
        return "before"

    async def at_once() -> str:
        return "after"

    reading = asyncio.create_task(values.of("a", slowly))
    await begun.wait()
    values.clear()
    changed.set()
    assert await reading == "before", "who asked before the change may get what was before"
    assert await values.of("a", at_once) == "after"


async def test_what_raises_is_not_kept() -> None:
    values = Kept[str, int](10)

    async def fails() -> int:
        raise ValueError("not this time")

    async def works() -> int:
        return 1

    with pytest.raises(ValueError, match="not this time"):
        await values.of("a", fails)
    assert await values.of("a", works) == 1


async def test_of_several_only_those_are_read_that_are_not_there() -> None:
    values, asked = Kept[int, int](10), list[list[int]]()

    async def squares(keys: list[int]) -> dict[int, int]:
        asked.append(sorted(keys))
        return {key: key * key for key in keys if key != 13}

    assert await values.of_all({1, 2}, squares) == {1: 1, 2: 4}
    assert await values.of_all({2, 3, 13}, squares) == {2: 4, 3: 9}
    assert await values.of_all({1, 2, 3}, squares) == {1: 1, 2: 4, 3: 9}
    assert await values.of_all({13}, squares) == {}
    assert asked == [[1, 2], [3, 13], [13]]


async def test_there_are_never_more_than_so_many() -> None:
    values, asked = Kept[int, int](2), list[int]()

    async def read(key: int) -> int:
        asked.append(key)
        return key

    for key in (1, 2, 3, 2, 3, 1):
        await values.of(key, lambda key=key: read(key))
    assert asked == [1, 2, 3, 1]
