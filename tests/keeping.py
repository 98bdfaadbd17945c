"""What takes long to make is made once for each worker, kept, and put back for every test.

Put back is what the tables, Redis and the storage held, and the time of that moment: the same
things with the same ids. What else a process remembers of a thing must be forgotten in between, as
`house` of tests/conftest.py does.
"""

import io
from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from tortoise.connection import get_connection

from app.core.db import execute, fetch_one
from app.core.house import House
from tests.emptying import Tables


@dataclass(frozen=True)
class Kept:
    """What there was at a moment.

    `rows` are those of each table in the binary format of COPY, `numbers` each sequence's last
    value and whether it was given out, `remembered` Redis's values with the milliseconds that they
    have left (0: for ever).
    """

    at: datetime
    rows: dict[str, bytes]
    numbers: dict[str, tuple[int, bool]]
    remembered: dict[bytes, tuple[int, bytes]]
    objects: dict[str, bytes]

    @classmethod
    async def now(cls, house: House, tables: Tables, *, older: Set[str]) -> "Kept":
        """What there is; `older` objects of the storage are somebody else's."""
        rows, numbers = {}, {}
        async with get_connection("default").acquire_connection() as connection:
            for name in await tables.filled():
                copied = io.BytesIO()
                query = f"SELECT * FROM {name}"
                await connection.copy_from_query(query, output=copied, format="binary")
                rows[name] = copied.getvalue()
        for name in tables.sequences:
            row = await fetch_one(f"SELECT last_value, is_called FROM {name}")
            assert row
            numbers[name] = (row["last_value"], row["is_called"])
        remembered = {
            key: (max(await house.redis.pttl(key), 0), await house.redis.dump(key))
            async for key in house.redis.scan_iter()
        }
        keys = [key async for key, _ in house.storage.list() if key not in older]
        objects = {key: await house.storage.get(key) for key in keys}
        return cls(house.clock.now(), rows, numbers, remembered, objects)

    async def put_back(self, house: House) -> None:
        """Have all of it there again; tables and Redis must be empty, by a superuser's hand."""
        pool = get_connection("default")
        async with pool.acquire_connection() as connection, connection.transaction():
            # The rows have been through their triggers, and refer to each other in any order.
            await connection.execute("SET LOCAL session_replication_role = replica")
            for name, rows in self.rows.items():
                await connection.copy_to_table(name, source=io.BytesIO(rows), format="binary")
        numbers = "".join(
            f"PERFORM setval('{name}', {value}, {called});"
            for name, (value, called) in self.numbers.items()
        )
        await execute(f"DO $$ BEGIN {numbers} END $$")
        async with house.redis.pipeline(transaction=False) as pipeline:
            for key, (left, value) in self.remembered.items():
                pipeline.restore(key, left, value, replace=True)
            await pipeline.execute()
        for key, data in self.objects.items():
            if not await house.storage.exists(key):
                await house.storage.put(key, data)
        self.go_there(house)

    def go_there(self, house: House) -> None:
        """Set the clock to the moment at which all of it was there."""
        house.clock.shift(self.at - house.clock.now())
