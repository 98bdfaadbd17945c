"""A million cases: their status and timeline, lists of applicants and desks, submissions."""

import asyncio
import random
import time
from uuid import UUID

import asyncpg

from tests.bench import million, submissions, town
from tests.bench.ground import STAFF, Ground, numbered
from tests.bench.reading import SEED, Reading, Readings, get
from tests.bench.table import Figure, out

DATABASE = "bench_cases"
FOLLOWED = 500
"""Cases that are followed at the same time: read again and again while nothing happens to them."""
OTHERS = 20_000
"""Cases of which each is mostly read for the first time."""
CLERK = "bench-staff-0"


async def _staff(ground: Ground) -> list[UUID]:
    """Give one staff member every role there is to read with; the departments with open tasks."""
    found = await asyncpg.connect(ground.on(DATABASE).database_url)
    departments = await found.fetch(
        "SELECT department_id AS id FROM case_tasks WHERE state = 'open' GROUP BY 1 ORDER BY 1"
    )
    person = numbered(STAFF, 0)
    await found.executemany(
        "INSERT INTO staff_roles (id, staff_id, role, hall_id, department_id)"
        " VALUES (gen_random_uuid(), $1, $2, $3, $4)",
        [
            (person, "clerk", town.HALL_ID, None),
            *((person, "reviewer", town.HALL_ID, row["id"]) for row in departments),
        ],
    )
    await found.execute(
        "INSERT INTO sessions (id, token_hash, kind, subject_id, created_at, expires_at)"
        " VALUES (gen_random_uuid(), $1, 'staff', $2, now(), now() + interval '1 day')",
        million.hashed(CLERK),
        person,
    )
    await found.close()
    return [row["id"] for row in departments]


def _status(numbers: list[int]) -> list[bytes]:
    requests = []
    for number in numbers:
        case_id, citizen = million.case(number)
        requests.append(get(f"/api/v1/cases/{case_id}", million.token(citizen)))
    return requests


def _readings(departments: list[UUID]) -> list[Reading]:
    drawn = random.Random(SEED)
    newest = range(million.CASES - million.CASES // 20, million.CASES)
    followed = _status(drawn.sample(newest, FOLLOWED))
    states = ("submitted", "under_review", "correction", "granted", "closed")
    desk = "/api/v1/desk"
    return [
        Reading("status", f"a case with its timeline, {FOLLOWED} are followed", followed, 0.4),
        Reading(
            "status_first",
            "a case with its timeline, mostly read for the first time",
            _status(drawn.sample(range(million.CASES), OTHERS)),
        ),
        Reading(
            "mine",
            "the cases that somebody follows",
            [
                get("/api/v1/cases", million.token(number))
                for number in drawn.sample(range(million.CITIZENS), OTHERS)
            ],
        ),
        Reading(
            "desk_list",
            "a page of the hall's cases in a state",
            [get(f"{desk}/cases?hall_id={town.HALL_ID}&state={state}", CLERK) for state in states],
        ),
        Reading(
            "desk_tasks",
            "a page of a department's open tasks",
            [get(f"{desk}/tasks?department_id={department}", CLERK) for department in departments],
        ),
    ]


def run(ground: Ground) -> list[Figure]:
    """Make the cases; then ratios, tails, and submissions on top of the million."""
    town.make(ground, DATABASE)
    began = time.perf_counter()
    million.fill(ground, DATABASE)
    out.print(f"  {million.CASES} cases made in {time.perf_counter() - began:.0f} s")
    readings = _readings(asyncio.run(_staff(ground)))
    found = Readings(ground, DATABASE)
    return [
        *found.ratios(readings[:2]),
        *found.tails(readings),
        *submissions.figures(ground, DATABASE),
    ]
