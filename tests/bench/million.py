"""A million cases of eight years, made by SQL as the system itself would have left them behind.

The newest wait for acceptance, are corrected or under review; the others are decided and closed,
some withdrawn or not accepted. Each has its tasks, timeline, photos, receipts and papers.
"""

import asyncio
import hashlib
from uuid import UUID

import asyncpg
import msgspec

from app.core.privacy import Keyring
from tests.bench.ground import STAFF, Ground, numbered, sql_id
from tests.bench.town import HALL_ID

CASES, CITIZENS = 1_000_000, 200_000
CITIZEN, CASE, TASK, EVENT, PHOTO, LINE, RECEIPT, DOCUMENT, SESSION = range(16, 25)
_CHUNKS = 2
"""As many connections fill at a time."""
_FORM = {
    "name": "青河巷子豆花店",
    "address": "青河县东风路 18 号 2 单元 301",
    "area": 86,
    "foods": ["热食类食品制售", "自制饮品制售"],
    "opens_on": "2026-03-01",
    "staff": 6,
    "remark": "沿街一层，后厨在北侧，已与邻居沟通排烟。",
}
_WHO = (
    ("name", "欧阳明月"),
    ("phone", "13812345678"),
    ("id_number", "11010519491231002X"),
    ("form", msgspec.json.encode(_FORM).decode()),
)

# k counts cases from the oldest; their ids rise with k, as with time.
_AGE = f"({CASES} - 1 - k)"
_AT = f"(now() - {_AGE} * interval '250 seconds')"
_DAY = f"({_AT} AT TIME ZONE 'Asia/Shanghai')::date"
_CITIZEN = f"(k * 7919 % {CITIZENS})"
_STATE = f"""CASE WHEN {_AGE} < {CASES // 50} THEN 'submitted'
    WHEN {_AGE} < {CASES // 16} THEN CASE k % 20 WHEN 0 THEN 'correction' ELSE 'under_review' END
    WHEN {_AGE} < {CASES // 14} THEN 'granted' WHEN k % 50 = 0 THEN 'withdrawn'
    WHEN k % 50 = 1 THEN 'not_accepted' ELSE 'closed' END"""
_NUMBER = f"('990100' || to_char({_DAY}, 'YYYYMMDD') || lpad(k::text, 6, '0') || '0')"

_OFFERS = """
CREATE TABLE bench_offers AS SELECT row_number() OVER (ORDER BY v.item_id) - 1 AS nth, v.item_id,
    v.id AS version_id, v.department_id, v.name, i.bundle, v.legal_days,
    least(v.promised_days, v.legal_days) AS days, v.stages,
    array(SELECT m->>'code' FROM jsonb_array_elements(v.guide->'materials') m LIMIT 2) AS lines
    FROM item_versions v JOIN items i ON i.id = v.item_id WHERE v.state = 'published'
"""
_PLANS = """
CREATE TABLE bench_plans AS SELECT o.nth, s.stage, s.value->>'name' AS stage_name, p.part,
    (p.value->>'department_id')::uuid AS department_id, (p.value->>'days')::int AS days,
    coalesce((p.value->>'lead')::bool, false) AS lead,
    row_number() OVER (PARTITION BY o.nth ORDER BY s.stage, p.part) AS place
    FROM bench_offers o CROSS JOIN jsonb_array_elements(o.stages) WITH ORDINALITY s(value, stage)
    CROSS JOIN jsonb_array_elements(s.value->'parts') WITH ORDINALITY p(value, part)
"""
_CITIZENS = f"""
INSERT INTO citizens (id, openid, name, phone, id_number, phone_index, id_number_index,
    consented_at, created_at, seen_at)
SELECT {sql_id(CITIZEN, "c")}, 'o-bench-' || c, $1, $2, $3, sha256(c::text::bytea),
    sha256(('n' || c)::bytea), now(), now(), now() FROM generate_series(0, {CITIZENS} - 1) c
"""
_PICTURES = """
INSERT INTO pictures (digest, stored_as, data_key, width, height, display_bytes, thumbnail_bytes,
    source_format, created_at)
SELECT sha256(p::text::bytea), gen_random_uuid(), '\\x00', 1600, 1200, 240000, 12000, 'JPEG', now()
FROM generate_series(0, 19999) p
"""
_MATERIALS = f"""
INSERT INTO materials (id, owner_id, digest, filename, attached_at, created_at, sent_at)
SELECT {sql_id(PHOTO, "c * 2 + p")}, {sql_id(CITIZEN, "c")},
    sha256(((c * 2 + p) % 20000)::text::bytea), '照片.jpg', now(), now(), now()
FROM generate_series(0, {CITIZENS} - 1) c, generate_series(0, 1) p
"""
_CASES = f"""
INSERT INTO cases (id, number, hall_id, item_id, version_id, department_id, bundle, item_name,
    applicant_id, applicant_name, applicant_phone, applicant_id_number, form, delivery, state,
    stage, promised_days, legal_days, promised_due, legal_due, submitted_at, received_at,
    accepted_at, decided_at, closed_at, clock_from, decision, used_days, accept_due,
    accepted_by, result)
SELECT {sql_id(CASE, "k")}, {_NUMBER}, '{HALL_ID}', o.item_id, o.version_id, o.department_id,
    o.bundle, o.name, {sql_id(CITIZEN, _CITIZEN)}, $3, $4, $5, $6, 'counter', s.state,
    CASE s.state WHEN 'under_review' THEN 1 END, o.days, o.legal_days,
    CASE WHEN s.accepted THEN {_DAY} + 1 + o.days END,
    CASE WHEN s.accepted THEN {_DAY} + 1 + o.legal_days END, s.at, s.at,
    CASE WHEN s.accepted THEN s.at + interval '1 hour' END,
    CASE WHEN s.decided THEN s.at + interval '20 hours' END,
    CASE WHEN s.state IN ('closed', 'withdrawn', 'not_accepted') THEN s.at + interval '1 day' END,
    CASE WHEN s.accepted THEN {_DAY} END, CASE WHEN s.decided THEN 'granted' END,
    CASE WHEN s.decided THEN 1 END, {_DAY} + 7,
    CASE WHEN s.accepted THEN '{numbered(STAFF, 0)}'::uuid END, NULL
FROM generate_series($1::bigint, $2::bigint - 1) k
CROSS JOIN LATERAL (SELECT {_STATE} AS state, {_AT} AS at) x
CROSS JOIN LATERAL (SELECT x.state, x.at, x.state IN ('under_review', 'granted', 'closed')
    AS accepted, x.state IN ('granted', 'closed') AS decided) s
JOIN bench_offers o ON o.nth = k * 7907 % (SELECT count(*) FROM bench_offers)
"""
_TASKS = f"""
INSERT INTO case_tasks (id, case_id, stage, stage_name, department_id, days, state, opened_at, due,
    decided_by, decided_at, opinion, lead)
SELECT {sql_id(TASK, "k * 32 + p.place")}, {sql_id(CASE, "k")}, p.stage, p.stage_name,
    p.department_id, p.days, t.state,
    CASE WHEN t.state <> 'waiting' THEN {_AT} + interval '1 hour' END,
    CASE WHEN t.state <> 'waiting' THEN {_DAY} + 1 + p.days END,
    CASE t.state WHEN 'granted' THEN '{numbered(STAFF, 1)}'::uuid END,
    CASE t.state WHEN 'granted' THEN {_AT} + interval '20 hours' END,
    CASE t.state WHEN 'granted' THEN '符合法定条件，同意。' END, p.lead
FROM generate_series($1::bigint, $2::bigint - 1) k
JOIN bench_plans p ON p.nth = k * 7907 % (SELECT count(*) FROM bench_offers)
CROSS JOIN LATERAL (SELECT {_STATE} AS state) s
CROSS JOIN LATERAL (SELECT CASE WHEN s.state IN ('withdrawn', 'not_accepted') THEN 'ended'
    WHEN s.state IN ('granted', 'closed') THEN 'granted'
    WHEN s.state = 'under_review' AND p.stage = 1 THEN 'open' ELSE 'waiting' END AS state) t
"""
_EVENTS = f"""
INSERT INTO case_events (id, case_id, kind, at, actor, by_name, note)
SELECT {sql_id(EVENT, "k * 8 + e.nth")}, {sql_id(CASE, "k")}, e.kind,
    {_AT} + e.nth * interval '3 hours', e.actor, e.by_name, e.note
FROM generate_series($1::bigint, $2::bigint - 1) k
CROSS JOIN LATERAL (SELECT {_STATE} AS state) s
JOIN (VALUES (0, 'submitted', 'citizen:00000000-0000-7000-8000-000000000000', '申请人',
        '申请已提交，等待受理。', '{{}}'::text[]),
    (1, 'correction', 'staff:1', '综合窗口', '材料需要补正，请按一次性告知书补充。',
        '{{correction}}'),
    (1, 'accepted', 'staff:1', '综合窗口', '材料齐全，已受理，开始计时。',
        '{{under_review,granted,closed}}'),
    (2, 'granted', 'staff:2', '市场监管局', '同意。', '{{granted,closed}}'),
    (3, 'decided', 'staff:2', '市场监管局', '准予许可。', '{{granted,closed}}'),
    (4, 'closed', 'staff:1', '综合窗口', '结果已领取，办件办结。', '{{closed}}'),
    (1, 'withdrawn', 'citizen:1', '申请人', '申请人撤回了申请。', '{{withdrawn}}'),
    (1, 'not_accepted', 'staff:1', '综合窗口', '不属于本中心受理范围。', '{{not_accepted}}')
) e(nth, kind, actor, by_name, note, states) ON e.states = '{{}}' OR s.state = ANY(e.states)
"""
_PHOTOS = f"""
INSERT INTO case_materials (id, case_id, requirement, material_id, added_at)
SELECT {sql_id(LINE, "k * 2 + l.nth - 1")}, {sql_id(CASE, "k")}, l.code,
    {sql_id(PHOTO, f"{_CITIZEN} * 2 + l.nth - 1")}, {_AT}
FROM generate_series($1::bigint, $2::bigint - 1) k
JOIN bench_offers o ON o.nth = k * 7907 % (SELECT count(*) FROM bench_offers)
CROSS JOIN unnest(o.lines) WITH ORDINALITY l(code, nth)
"""
_KINDS = """(VALUES (1, 'accepted', '受理通知书', '{under_review,granted,closed}'::text[]),
    (1, 'correction', '补正告知书', '{correction}'),
    (1, 'not_accepted', '不予受理决定书', '{not_accepted}'),
    (2, 'granted', '准予许可决定书', '{granted,closed}')) r(serial, kind, title, states)"""
_RECEIPTS = f"""
INSERT INTO case_receipts (id, case_id, serial, kind, number, issued_at, title, lines)
SELECT {sql_id(RECEIPT, "k * 2 + r.serial - 1")}, {sql_id(CASE, "k")}, r.serial, r.kind,
    {_NUMBER} || '-0' || r.serial, {_AT} + interval '2 hours', r.title,
    '["您的申请材料齐全、符合法定形式。", "承诺办结时限自受理之日起计算。"]'
FROM generate_series($1::bigint, $2::bigint - 1) k CROSS JOIN LATERAL (SELECT {_STATE} AS state) s
JOIN {_KINDS} ON s.state = ANY(r.states)
"""
_PAPERS = f"""
INSERT INTO documents (id, kind, number, code, hall_id, hall_name, subject, item_name, title, lines,
    issued_at, digest, key_id)
SELECT {sql_id(DOCUMENT, "k * 2 + r.serial - 1")}, 'receipt', {_NUMBER} || '-0' || r.serial,
    translate(upper(lpad(to_hex(k * 2 + r.serial - 1), 28, '0')), 'ILOU', 'JJQV'), '{HALL_ID}',
    '中心0', 'case:' || {_NUMBER}, '', r.title, '["承诺办结时限自受理之日起计算。"]',
    {_AT} + interval '2 hours', sha256(k::text::bytea), 'bench'
FROM generate_series($1::bigint, $2::bigint - 1) k CROSS JOIN LATERAL (SELECT {_STATE} AS state) s
JOIN {_KINDS} ON s.state = ANY(r.states)
"""
_STAMPS = f"""
INSERT INTO case_stamps (case_id, stamp)
SELECT {sql_id(CASE, "k")}, 1 FROM generate_series($1::bigint, $2::bigint - 1) k
"""
_SESSIONS = f"""
INSERT INTO sessions (id, token_hash, kind, subject_id, created_at, expires_at)
SELECT {sql_id(SESSION, "c")}, sha256(('bench-token-' || c)::bytea), 'citizen',
    {sql_id(CITIZEN, "c")}, now(), now() + interval '7 days'
FROM generate_series(0, {CITIZENS} - 1) c
"""
_TABLES = {
    "cases": _CASES,
    "case_stamps": _STAMPS,
    "case_events": _EVENTS,
    "case_tasks": _TASKS,
    "case_materials": _PHOTOS,
    "case_receipts": _RECEIPTS,
    "documents": _PAPERS,
}


def citizen(number: int) -> UUID:
    """The id of a citizen."""
    return numbered(CITIZEN, number)


def token(number: int) -> str:
    """The token of a signed-in citizen."""
    return f"bench-token-{number}"


def case(number: int) -> tuple[UUID, int]:
    """The id of a case, the oldest is 0, and the number of its applicant."""
    return numbered(CASE, number), number * 7919 % CITIZENS


def fill(ground: Ground, database: str) -> None:
    """Make the cases in a database that has a catalogue and nothing else."""
    asyncio.run(_fill(ground, database))


async def _connected(ground: Ground, database: str) -> asyncpg.Connection:
    found = await asyncpg.connect(ground.on(database).database_url, command_timeout=None)
    # Filling checks no foreign key row by row; what it writes refers to what is there.
    await found.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    await found.execute("SET maintenance_work_mem = '512MB'; SET jit = off")
    return found


async def _fill(ground: Ground, database: str) -> None:
    keyring = Keyring.parse(ground.on(database).keys)
    sealed = {
        table: [
            keyring.seal(text.encode(), context)
            for context, (_, text) in zip(contexts, _WHO, strict=False)
        ]
        for table, contexts in {
            "citizens": ["citizens.name", "citizens.phone", "citizens.id_number"],
            "cases": [
                *(f"cases.applicant_{kind}" for kind in ("name", "phone", "id_number")),
                "cases.form",
            ],
        }.items()
    }
    found = await _connected(ground, database)
    await found.execute(_OFFERS)
    await found.execute(_PLANS)
    await found.execute("ANALYZE bench_offers; ANALYZE bench_plans")
    await found.execute(_CITIZENS, *sealed["citizens"])
    for statement in (_PICTURES, _MATERIALS, _SESSIONS):
        await found.execute(statement)
    lanes: list[list[str]] = [
        ["cases", "case_stamps", "case_receipts"],
        ["case_events", "case_tasks"],
    ]
    lanes[0] += ["documents"]
    lanes[1] += ["case_materials"]
    await asyncio.gather(*(_lane(ground, database, lane, sealed["cases"]) for lane in lanes))
    await found.execute("DROP TABLE bench_offers, bench_plans")
    names = ", ".join([*_TABLES, "citizens", "materials", "pictures", "sessions"])
    await found.execute(f"VACUUM ANALYZE {names}")
    await found.execute("CHECKPOINT")
    await found.close()


async def _lane(ground: Ground, database: str, tables: list[str], sealed: list[bytes]) -> None:
    """Fill these tables one after the other; their indexes are built at the end of each."""
    found = await _connected(ground, database)
    for table in tables:
        indexes = await found.fetch(
            "SELECT indexname, indexdef FROM pg_indexes i WHERE tablename = $1 AND NOT EXISTS"
            " (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)",
            table,
        )
        for index in indexes:
            await found.execute(f'DROP INDEX "{index["indexname"]}"')
        await found.execute(_TABLES[table], 0, CASES, *(sealed if table == "cases" else ()))
        for index in indexes:
            await found.execute(index["indexdef"])
    await found.close()


def hashed(text: str) -> bytes:
    """As a session's token is stored."""
    return hashlib.sha256(text.encode()).digest()
