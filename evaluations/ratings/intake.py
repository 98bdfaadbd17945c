"""The one statement that takes ratings in, whatever their channel, many at a time.

For each row given it checks that the device or client is not revoked, that the service is there,
is the rater's, is not what the rater served, and can still be rated; keeps the rating once; raises
the score table, whose lines the rating names so that it is found behind them; opens the
rectification of a bad one; has a text checked, where there is one; and returns what became of the
row. All of it is one statement, so all of it is in one commit.

Locks are taken in one order by everybody (services by id, ratings by service, scores by key), so
that two workers never wait for each other crosswise. The share lock on a service makes its end
wait until its rating is counted, and the other way round, so that `DUE_RATED` is raised by
exactly one of the two.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core import db
from app.core.db import new_id

TAKE_IN = """
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(
        $1::int[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::smallint[],
        $8::text[], $9::text[], $10::text[], $11::smallint[], $12::smallint[],
        $13::timestamptz[], $14::timestamptz[], $15::int[], $16::text[], $17::uuid[],
        $18::text[], $19::uuid[], $20::text[]
    ) AS t(n, id, service_id, device_id, event_id, citizen_id, level, tags, tags_version,
           comment, channel, raw_level, happened_at, received_at, clock_offset_ms, via,
           client_id, assess_number, entered_by, card_number)
), service AS MATERIALIZED (
    SELECT id, hall_id, department_id, window_id, staff_id, item_id, citizen_id, client_id,
           started_at, ended_at, rateable_until
    FROM services WHERE id = ANY($3::uuid[]) ORDER BY id FOR SHARE
), judged AS MATERIALIZED (
    SELECT g.*, s.window_id, (c.counted_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
        CASE
            WHEN g.via = 'device' AND (d.id IS NULL OR d.revoked_at IS NOT NULL)
                THEN 'revoked'
            WHEN g.via = 'client' AND NOT EXISTS (
                SELECT FROM api_clients a WHERE a.id = g.client_id AND a.revoked_at IS NULL)
                THEN 'revoked'
            WHEN s.id IS NULL THEN 'unknown'
            WHEN g.via = 'device' AND (s.hall_id <> d.hall_id
                OR s.window_id IS DISTINCT FROM coalesce(d.window_id, s.window_id))
                THEN 'unknown'
            WHEN g.via = 'client' AND s.client_id IS DISTINCT FROM g.client_id THEN 'unknown'
            WHEN g.via = 'account'
                AND (g.citizen_id IS NULL OR s.citizen_id IS DISTINCT FROM g.citizen_id)
                THEN 'unknown'
            WHEN g.entered_by = s.staff_id THEN 'own'
            WHEN g.citizen_id IS NOT NULL AND EXISTS (SELECT FROM staff_citizens b
                WHERE b.staff_id = s.staff_id AND b.citizen_id = g.citizen_id) THEN 'own'
            WHEN c.counted_at >= s.rateable_until THEN 'closed'
            ELSE 'kept'
        END AS verdict
    FROM given g
    LEFT JOIN service s ON s.id = g.service_id
    LEFT JOIN devices d ON d.id = g.device_id
    CROSS JOIN LATERAL (SELECT greatest(s.started_at, least(g.received_at,
        g.happened_at - g.clock_offset_ms * interval '1 millisecond')) AS counted_at) c
), stored AS (
    INSERT INTO ratings (id, service_id, level, tags, tags_version, comment, channel, device_id,
        event_id, citizen_id, raw_level, happened_at, received_at, clock_offset_ms, day,
        via, client_id, assess_number, entered_by, card_number, score_lines)
    SELECT j.id, j.service_id, level, string_to_array(tags, ','), tags_version, comment, channel,
        device_id, event_id, j.citizen_id, raw_level, happened_at, received_at, clock_offset_ms,
        day, via, j.client_id, assess_number, entered_by, card_number,
        score_lines(s.hall_id, s.department_id, s.window_id, s.staff_id, s.item_id, channel,
            string_to_array(tags, ','), day, level)
    FROM judged j JOIN service s ON s.id = j.service_id
    WHERE verdict = 'kept' ORDER BY j.service_id, n
    ON CONFLICT DO NOTHING
    RETURNING id, service_id, level, tags, comment, channel, citizen_id, day, received_at
), counts AS (
    SELECT s.hall_id, c.dimension, c.day, c.key, c.measure, count(*)::int AS n
    FROM stored r JOIN service s ON s.id = r.service_id
    CROSS JOIN LATERAL (
        SELECT k.dimension, m.day, k.key, m.measure
        FROM (VALUES (1, s.hall_id::text), (2, s.department_id::text), (3, s.window_id::text),
                     (4, s.staff_id::text), (5, s.item_id::text)) AS k(dimension, key)
        CROSS JOIN (VALUES (r.day, r.level::int),
                           ((s.ended_at AT TIME ZONE 'Asia/Shanghai')::date, 9)) AS m(day, measure)
        UNION ALL SELECT 6, r.day, r.channel::text, r.level
        UNION ALL SELECT 7, r.day, t.tag, r.level FROM unnest(r.tags) AS t(tag)
    ) AS c
    WHERE c.key IS NOT NULL AND c.day IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5
), raised AS (
    INSERT INTO score_days (hall_id, dimension, day, key, measure, n)
    SELECT * FROM counts ORDER BY hall_id, dimension, day, key, measure
    ON CONFLICT (hall_id, dimension, day, key, measure)
    DO UPDATE SET n = score_days.n + excluded.n
), rectified AS (
    INSERT INTO outbox (id, topic, key, payload, state, created_at, due_at, attempts)
    SELECT id, 'rectification.received', id::text, jsonb_build_object('rating_id', id), 'waiting',
        received_at, received_at, 0
    FROM stored r WHERE level <= 2
    ON CONFLICT DO NOTHING
), checked AS (
    INSERT INTO outbox (id, topic, key, payload, state, created_at, due_at, attempts)
    SELECT gen_random_uuid(), 'moderation.check', 'rating:' || r.id,
        jsonb_build_object('subject', 'rating:' || r.id, 'kind', 'text',
            'citizen_id', r.citizen_id, 'hall_id', s.hall_id),
        'waiting', r.received_at, r.received_at, 0
    FROM stored r JOIN service s ON s.id = r.service_id WHERE r.comment <> ''
    ON CONFLICT DO NOTHING
)
SELECT j.n, j.window_id,
    CASE WHEN j.verdict = 'kept' AND r.id IS NULL THEN 'taken' ELSE j.verdict END AS verdict
FROM judged j LEFT JOIN stored r ON r.id = j.id
"""

FIRST = """
WITH given AS (
    SELECT * FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[])
        AS t(n, service_id, device_id, event_id, client_id, assess_number)
)
SELECT g.n, true AS same_event, r.* FROM given g
JOIN ratings r ON r.device_id = g.device_id AND r.event_id = g.event_id
UNION ALL
SELECT g.n, true, r.* FROM given g
JOIN ratings r ON r.client_id = g.client_id AND r.assess_number = g.assess_number
UNION ALL
SELECT g.n, false, r.* FROM given g JOIN ratings r ON r.service_id = g.service_id
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One rating as it comes in.

    `via` says by what right: a device with its event's id, an account (`citizen_id`) for a service
    of its own, a client with its `assess_number` for a record of its own, a clerk (`entered_by`)
    with the card's number; a code, which the caller has verified for this service, is its own
    right. `event_id` is the sender's own number of this tap, where it has one.

    `happened_at` is the time by the rater's own clock, `clock_offset_ms` how far that clock runs
    before the server's; `raw_level` is the vendor's number, where it is another than `level`.
    """

    service_id: UUID
    level: int
    tags: tuple[str, ...]
    tags_version: str
    comment: str
    channel: int
    happened_at: datetime
    received_at: datetime
    device_id: UUID | None = None
    event_id: UUID | None = None
    citizen_id: UUID | None = None
    raw_level: int | None = None
    clock_offset_ms: int = 0
    via: str = ""
    client_id: UUID | None = None
    assess_number: str | None = None
    entered_by: UUID | None = None
    card_number: str | None = None

    def right(self) -> str:
        """`via`; where it is not said, a device's or an account's, whichever id there is."""
        return self.via or ("device" if self.device_id else "account")


@dataclass(frozen=True, slots=True)
class Kept:
    """A rating as it is kept."""

    id: UUID
    service_id: UUID
    level: int
    tags: tuple[str, ...]
    comment: str
    channel: int
    citizen_id: UUID | None
    received_at: datetime
    event_id: UUID | None = None
    card_number: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an entry.

    `verdict`: kept; repeat (the same event again); taken (the service is rated already); closed
    (too late); unknown (no such service, or not the rater's); own (the rater served it); revoked
    (the device or client). `rating` is the one that is kept: this entry's, or for repeat and taken
    the first one's.
    """

    verdict: str
    rating: Kept | None = None
    window_id: UUID | None = None


async def take_in(entries: list[Entry]) -> list[Outcome]:
    """Take `entries` in with one commit; an outcome for each, in the order given.

    A repeat is found by a second read after the commit: a first rating that another worker kept
    a moment ago cannot be seen by the statement that met it.

    Raises:
        Whatever the database raises; then none of the entries is kept.
    """
    ids = [new_id() for _ in entries]
    rows = await db.fetch(
        TAKE_IN,
        list(range(len(entries))),
        ids,
        [entry.service_id for entry in entries],
        [entry.device_id for entry in entries],
        [entry.event_id for entry in entries],
        [entry.citizen_id for entry in entries],
        [entry.level for entry in entries],
        [",".join(entry.tags) for entry in entries],
        [entry.tags_version for entry in entries],
        [entry.comment for entry in entries],
        [entry.channel for entry in entries],
        [entry.raw_level for entry in entries],
        [entry.happened_at for entry in entries],
        [entry.received_at for entry in entries],
        [entry.clock_offset_ms for entry in entries],
        [entry.right() for entry in entries],
        [entry.client_id for entry in entries],
        [entry.assess_number for entry in entries],
        [entry.entered_by for entry in entries],
        [entry.card_number for entry in entries],
    )
    outcomes: list[Outcome] = [Outcome("unknown")] * len(entries)
    for row in rows:
        n, verdict = row["n"], row["verdict"]
        kept = _kept(ids[n], entries[n]) if verdict == "kept" else None
        outcomes[n] = Outcome(verdict, kept, row["window_id"])
    return outcomes


async def with_firsts(entries: list[Entry], outcomes: list[Outcome]) -> list[Outcome]:
    """The outcomes, with the first rating beside each entry that met one."""
    met = [n for n, found in enumerate(outcomes) if found.verdict in ("taken", "closed")]
    if not met:
        return outcomes
    rows = await db.fetch(
        FIRST,
        met,
        [entries[n].service_id for n in met],
        [entries[n].device_id for n in met],
        [entries[n].event_id for n in met],
        [entries[n].client_id for n in met],
        [entries[n].assess_number for n in met],
    )
    found = list(outcomes)
    # The same event comes first: it is a repeat even if the service were another one's.
    for row in sorted(rows, key=lambda row: row["same_event"]):
        verdict = "repeat" if row["same_event"] else "taken"
        found[row["n"]] = Outcome(verdict, _kept_row(row), outcomes[row["n"]].window_id)
    return found


def _kept(rating_id: UUID, entry: Entry) -> Kept:
    return Kept(
        id=rating_id,
        service_id=entry.service_id,
        level=entry.level,
        tags=entry.tags,
        comment=entry.comment,
        channel=entry.channel,
        citizen_id=entry.citizen_id,
        received_at=entry.received_at,
        event_id=entry.event_id,
        card_number=entry.card_number,
    )


def _kept_row(row: dict) -> Kept:
    return Kept(
        id=row["id"],
        service_id=row["service_id"],
        level=row["level"],
        tags=tuple(row["tags"]),
        comment=row["comment"],
        channel=row["channel"],
        citizen_id=row["citizen_id"],
        received_at=row["received_at"],
        event_id=row["event_id"],
        card_number=row["card_number"],
    )
