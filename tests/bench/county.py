"""A dense county: six years of a large hall and of ten halls below it, in the score table.

The large hall has 60 windows, 30 departments and 1,135 items, of which the halls below it serve the
first 500; 2,600 services end on a weekday, half of them at the large hall, six of ten are rated.
Items are drawn evenly, which makes more rows than a real county has, where a few items are most of
the work.

The figures are made by SQL, with the services and ratings of the last days alone: lists behind
figures of years ago are empty, and `zhangban scores verify` rightly finds no ratings there.
"""

import asyncpg

from app import server
from app.core.acts import system_act
from evaluations.scores import sums
from tests.bench.ground import (
    DEPARTMENT,
    DEVICE,
    HALL,
    ITEM,
    SERVICE,
    STAFF,
    WINDOW,
    Ground,
    Layout,
    sql_id,
)

TOWN = Layout(halls=11, windows=60)
"""The halls below have as many windows as the large one, of which they use six."""
ITEMS, SHARED_ITEMS, DEPARTMENTS = 1_135, 500, 30
A_DAY, YEARS = 2_600, 6
RATED_DAYS = 30
"""So many days back there are services and ratings too."""
_RATING = 10
OWN = 10_000
"""From here the county's departments and items are numbered, above those that every hall has."""
_YEAR = 364
"""Days of a year here: whole weeks, so that one year can be repeated."""
_DEPARTMENT = sql_id(DEPARTMENT, f"{OWN} + item % {DEPARTMENTS}")
_ITEM = sql_id(ITEM, f"{OWN} + item")
_HALL = sql_id(HALL, "hall")
_WINDOW, _STAFF = sql_id(WINDOW, "place"), sql_id(STAFF, "place")
_CHANNEL = "5"
_TAG = (
    "(CASE WHEN level < 3 OR n % 3 = 0 THEN (ARRAY['110', '210', '310', '410', '510'])[level] END)"
)
"""Of bad ratings each has one, of others one in three."""
_KEYS = {
    1: f"{_HALL}::text",
    2: f"{_DEPARTMENT}::text",
    3: f"{_WINDOW}::text",
    4: f"{_STAFF}::text",
    5: f"{_ITEM}::text",
    6: f"{_CHANNEL}::text",
    7: _TAG,
}
_DUE = range(1, 6)
"""The dimensions in which services count whether rated or not."""

_PLACES = f"""
UPDATE halls SET parent_id = {sql_id(HALL, "0")} WHERE id <> {sql_id(HALL, "0")};
INSERT INTO departments (id, hall_id, name)
    SELECT {sql_id(DEPARTMENT, f"{OWN} + d")}, {sql_id(HALL, "0")}, '县级部门' || d
    FROM generate_series(0, {DEPARTMENTS - 1}) d;
INSERT INTO items (id, hall_id, implementation_code, department_id, bundle, created_at)
    SELECT {_ITEM}, {sql_id(HALL, "0")}, 'COUNTY' || item, {_DEPARTMENT}, false, now()
    FROM generate_series(0, {ITEMS - 1}) item;
"""
_FACTS = f"""
CREATE TEMP TABLE facts AS
SELECT n, day, hall, (hall * 60 + floor(random() * CASE hall WHEN 0 THEN 60 ELSE 6 END))::int
        AS place,
    floor(random() * CASE hall WHEN 0 THEN {ITEMS} ELSE {SHARED_ITEMS} END)::int AS item,
    CASE WHEN random() < 0.6 THEN (ARRAY[5, 5, 5, 5, 5, 5, 4, 4, 3, 2, 1])[1 + floor(random() * 11)]
        END AS level
FROM (SELECT row_number() OVER () AS n, day,
        CASE WHEN random() < 0.5 THEN 0 ELSE 1 + floor(random() * 10)::int END AS hall
    FROM generate_series(1, {_YEAR}) back
    CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date - back AS day) d
    CROSS JOIN generate_series(1, {A_DAY}) WHERE extract(isodow FROM day) < 6) drawn
"""
_COUNTS = (
    "CREATE TEMP TABLE counts (hall_id uuid, dimension int, day date, key text, measure int, n int)"
)
_LEVELS = ", ".join(f"count(*) FILTER (WHERE level = {level})" for level in range(1, 6))


def _counted(dimension: int, key: str) -> str:
    """The statement that counts the year's facts under one dimension."""
    due, rated = ("count(*)", "count(level)") if dimension in _DUE else ("0", "0")
    return (
        f"INSERT INTO counts SELECT {_HALL}, {dimension}, day, key, m.measure, m.n"
        f" FROM (SELECT hall, day, {key} AS key, ARRAY[{due}, {_LEVELS}, {rated}] AS counted"
        " FROM facts GROUP BY 1, 2, 3) f"
        " CROSS JOIN LATERAL unnest(counted, ARRAY[0, 1, 2, 3, 4, 5, 9]) m(n, measure)"
        " WHERE m.n > 0 AND key IS NOT NULL"
    )


_YEAR_OF_SCORES = f"""
INSERT INTO score_days (hall_id, dimension, day, key, measure, n)
SELECT hall_id, dimension, day - $1::int * {_YEAR}, key, measure, n FROM counts
ORDER BY hall_id, dimension, day, key, measure
"""
_RECENT = f"FROM facts WHERE day > (SELECT max(day) FROM facts) - {RATED_DAYS}"
_NOON = "((day + time '12:00') AT TIME ZONE 'Asia/Shanghai')"
_SERVICES = f"""
INSERT INTO services (id, kind, subject, hall_id, department_id, window_id, staff_id, item_id,
    item_name, service_number, started_at, ended_at, rateable_until, created_at)
SELECT {sql_id(SERVICE, "n")}, 'visit', 'visit:' || n, {_HALL}, {_DEPARTMENT}, {_WINDOW}, {_STAFF},
    {_ITEM}, '县级事项第' || item || '项办理', 1, {_NOON}, {_NOON}, {_NOON} + interval '7 days',
    {_NOON} {_RECENT}
"""
_RATINGS = f"""
INSERT INTO ratings (id, service_id, level, tags, tags_version, comment, channel, via, device_id,
    event_id, happened_at, received_at, clock_offset_ms, day, score_lines)
SELECT {sql_id(_RATING, "n")}, {sql_id(SERVICE, "n")}, level, t.tags, 'national-1', '', {_CHANNEL},
    'device', {sql_id(DEVICE, "place")}, {sql_id(_RATING, "n")}, {_NOON}, {_NOON}, 0, day,
    score_lines({_HALL}, {_DEPARTMENT}, {_WINDOW}, {_STAFF}, {_ITEM}, {_CHANNEL}, t.tags, day,
        level)
FROM (SELECT * {_RECENT}) f
CROSS JOIN LATERAL (SELECT array_remove(ARRAY[{_TAG}], NULL) AS tags) t WHERE level IS NOT NULL
"""


async def fill(ground: Ground, database: str) -> None:
    """Make the county in a database that `ground` made as `TOWN`, and sum its figures up."""
    found = await asyncpg.connect(ground.on(database).database_url, command_timeout=None)
    # Filling checks no foreign key row by row, and notes no changes.
    await found.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    await found.execute("SET work_mem = '256MB'; SELECT setseed(0.5)")
    for statement in (_PLACES, _FACTS, _COUNTS, *(_counted(*one) for one in _KEYS.items())):
        await found.execute(statement)
    for statement in (_SERVICES, _RATINGS):
        await found.execute(statement)
    for year in range(YEARS):
        await found.execute(_YEAR_OF_SCORES, year)
    await found.execute("VACUUM ANALYZE services, ratings, score_days")
    async with server.open_house(ground.on(database)) as house:
        await sums.keep_up(system_act(house, "bench"))  # as the server's job has done long ago
    await found.execute("VACUUM ANALYZE")
    await found.execute("CHECKPOINT")
    await found.close()
