"""Does it stay as fast with ten million ratings? The same hall with the same days, and a history.

A hall of 60 windows takes about 3,500 ratings a day. 100 thousand are its last month; ten million
are nearly eight years. Both have the same month, of which the scores are asked.
"""

import asyncio
import statistics
import time
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import httpx

from app import server
from app.core import db, sessions
from app.core.acts import system_act
from app.core.clock import CHINA
from evaluations.scores import sums
from tests.bench.ground import (
    DEPARTMENT,
    DEVICE,
    HALL,
    ITEM,
    ONE_HALL,
    SERVICE,
    SERVICES,
    STAFF,
    WINDOW,
    Ground,
    numbered,
    requests,
    sql_id,
)
from tests.bench.load import write_requests, wrk
from tests.bench.table import Figure, out

SMALL, LARGE = 100_000, 10_000_000
A_DAY = 3_500
MONTH_DAYS = 28
ROUNDS, ASKED = 5, 30
FRESH, SECONDS = 60_000, 6
CHUNK = 500_000
RATING = 9
_TAGS = "(ARRAY['510','','','517','','307'])[n % 6 + 1]"
_LEVEL = "(ARRAY[5, 5, 5, 5, 4, 3])[n % 6 + 1]"

# n = 0 is the newest: yesterday's last. The keys of a row are those of `SERVICES`.
_FACTS = f"""
CREATE TEMP TABLE facts AS
SELECT n % 60 AS window, n / 60 % 4 AS department, n / 60 % 40 AS item,
    ((now() AT TIME ZONE 'Asia/Shanghai')::date - 1 - (n / {A_DAY})::int) AS day,
    {_LEVEL} AS level, {_TAGS} AS tag, count(*)::int AS n
FROM generate_series(0, $1::bigint - 1) n GROUP BY 1, 2, 3, 4, 5, 6
"""

_SCORES = f"""
INSERT INTO score_days (hall_id, dimension, day, key, measure, n)
SELECT {sql_id(HALL, "0")}, k.dimension, f.day, k.key, m.measure, sum(f.n)::int
FROM facts f
CROSS JOIN LATERAL (VALUES
    (1, {sql_id(HALL, "0")}::text, true), (2, {sql_id(DEPARTMENT, "f.department")}::text, true),
    (3, {sql_id(WINDOW, "f.window")}::text, true), (4, {sql_id(STAFF, "f.window")}::text, true),
    (5, {sql_id(ITEM, "f.item")}::text, true), (6, '5', false), (7, nullif(f.tag, ''), false)
) AS k(dimension, key, due)
CROSS JOIN LATERAL (VALUES (f.level, true), (0, k.due), (9, k.due)) AS m(measure, counts)
WHERE k.key IS NOT NULL AND m.counts
GROUP BY k.dimension, f.day, k.key, m.measure ORDER BY f.day
"""

_MOMENT = (
    f"(((now() AT TIME ZONE 'Asia/Shanghai')::date - 1 - (n / {A_DAY})::int)"
    " + time '12:00') AT TIME ZONE 'Asia/Shanghai'"
)
_HISTORY = f"""
INSERT INTO services (id, kind, subject, hall_id, department_id, window_id, staff_id, item_id,
    item_name, service_number, started_at, ended_at, rateable_until, created_at)
SELECT {sql_id(SERVICE, "n + 100000000")}, 'visit', 'visit:' || n, {sql_id(HALL, "0")},
    {sql_id(DEPARTMENT, "n / 60 % 4")}, {sql_id(WINDOW, "n % 60")}, {sql_id(STAFF, "n % 60")},
    {sql_id(ITEM, "n / 60 % 40")}, '事项', 1, t.at, t.at, t.at + interval '7 days', t.at
FROM generate_series($1::bigint, $2::bigint - 1) n CROSS JOIN LATERAL (SELECT {_MOMENT} AS at) t
"""
_RATED = f"""
INSERT INTO ratings (id, service_id, level, tags, tags_version, comment, channel, via, device_id,
    event_id, happened_at, received_at, clock_offset_ms, day, score_lines)
SELECT {sql_id(RATING, "n")}, {sql_id(SERVICE, "n + 100000000")}, {_LEVEL},
    string_to_array({_TAGS}, ','), 'national-1', '', 5, 'device', {sql_id(DEVICE, "n % 60")},
    {sql_id(RATING, "n")}, t.at, t.at, 0, (t.at AT TIME ZONE 'Asia/Shanghai')::date,
    score_lines({sql_id(HALL, "0")}, {sql_id(DEPARTMENT, "n / 60 % 4")}, {sql_id(WINDOW, "n % 60")},
        {sql_id(STAFF, "n % 60")}, {sql_id(ITEM, "n / 60 % 40")}, 5, string_to_array({_TAGS}, ','),
        (t.at AT TIME ZONE 'Asia/Shanghai')::date, {_LEVEL})
FROM generate_series($1::bigint, $2::bigint - 1) n CROSS JOIN LATERAL (SELECT {_MOMENT} AS at) t
"""


async def fill(ground: Ground, database: str, count: int) -> None:
    """Make `count` ratings of `ONE_HALL` with their services and scores, the newest yesterday's."""
    found = await asyncpg.connect(ground.on(database).database_url, command_timeout=None)
    # Filling checks no foreign key row by row; what it writes refers to what is there.
    await found.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    await found.execute("SET work_mem = '256MB'")
    for first in range(0, count, CHUNK):
        last = min(first + CHUNK, count)
        await found.execute(_HISTORY, first, last)
        await found.execute(_RATED, first, last)
    await found.execute(_FACTS.replace("$1::bigint", str(count)))
    await found.execute(_SCORES)
    await found.execute("VACUUM ANALYZE services, ratings, score_days")
    async with server.open_house(ground.on(database)) as house:
        await sums.keep_up(system_act(house, "bench"))  # as the server's job has done long ago
    await found.execute("VACUUM ANALYZE score_sums")
    await found.execute("CHECKPOINT")
    await found.close()


async def _fresh(ground: Ground, database: str, round_number: int) -> None:
    found = await asyncpg.connect(ground.on(database).database_url, command_timeout=None)
    first = round_number * FRESH
    await found.execute(
        SERVICES.replace("'visit:' || n", "'new:' || n"), first, first + FRESH, 60, 60
    )
    await found.execute("VACUUM ANALYZE score_days")
    await found.execute("CHECKPOINT")
    await found.close()


async def _manager(ground: Ground, database: str) -> str:
    """The token of a signed-in manager of the hall."""
    async with server.open_house(ground.on(database)) as house:
        await db.execute(
            "INSERT INTO staff_roles (id, staff_id, role, hall_id) VALUES ($1, $2, 'manager', $3)"
            " ON CONFLICT DO NOTHING",
            db.new_id(),
            numbered(STAFF, 0),
            numbered(HALL, 0),
        )
        token, _ = await sessions.open_session(
            "staff", numbered(STAFF, 0), now=house.clock.now(), lifetime=timedelta(hours=6)
        )
    return token


def _scores(ground: Ground, database: str, token: str) -> float:
    """The median time in ms of a month's scores of all windows."""
    yesterday = datetime.now(CHINA).date() - timedelta(days=1)
    query = {
        "hall_id": str(UUID(int=numbered(HALL, 0).int)),
        "by": "window",
        "from": (yesterday - timedelta(days=MONTH_DAYS - 1)).isoformat(),
        "to": yesterday.isoformat(),
    }
    headers = {"Authorization": f"Bearer {token}"}
    times = []
    with ground.serving(database) as url, httpx.Client(base_url=url, headers=headers) as client:
        for _ in range(ASKED):
            began = time.perf_counter()
            answer = client.get("/api/v1/scores", params=query)
            times.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == httpx.codes.OK, answer.text
            assert len(answer.json()["rows"]) == ONE_HALL.windows
    return statistics.median(times)


def _intake(ground: Ground, database: str, round_number: int) -> float:
    asyncio.run(_fresh(ground, database, round_number))
    file = ground.folder / "requests"
    first = round_number * FRESH
    write_requests(file, requests(ONE_HALL, first, first + FRESH))
    with ground.serving(database) as url:
        return wrk(url, file, SECONDS).per_second


def run(ground: Ground) -> list[Figure]:
    """Fill three databases (ten million takes some minutes), then alternate between them."""
    names = {"bench_none": 0, "bench_small": SMALL, "bench_large": LARGE}
    for name, count in names.items():
        began = time.perf_counter()
        ground.make(name, ONE_HALL)
        asyncio.run(fill(ground, name, count))
        out.print(f"  {count} ratings made in {time.perf_counter() - began:.0f} s")
    # That what was made is what intake would have made, is proved on the small one.
    ground.command("scores", "verify", database="bench_small")
    tokens = {name: asyncio.run(_manager(ground, name)) for name in ("bench_small", "bench_large")}
    month: dict[str, list[float]] = {name: [] for name in tokens}
    intake: dict[str, list[float]] = {"bench_none": [], "bench_large": []}
    for _ in range(ROUNDS):
        for name, token in tokens.items():
            month[name].append(_scores(ground, name, token))
    for number in range(ROUNDS):
        for name, taken in intake.items():
            taken.append(_intake(ground, name, number))
            out.print(f"  round {number + 1}  {name}  {taken[-1]:.0f} ratings a second")
    pairs = zip(intake["bench_large"], intake["bench_none"], strict=True)
    times = {name: statistics.median(values) for name, values in month.items()}
    out.print("  a month's scores: " + ", ".join(f"{n} {t:.1f} ms" for n, t in times.items()))
    return [
        Figure(
            "ingest_10m_vs_empty",
            statistics.median(large / none for large, none in pairs),
            "intake on top of ten million ratings",
            0.9,
        ),
        Figure(
            "scores_10m_vs_100k",
            times["bench_large"] / times["bench_small"],
            "time of a month's scores of 60 windows",
            1.2,
            at_most=True,
        ),
    ]
