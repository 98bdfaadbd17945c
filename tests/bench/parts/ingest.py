"""Rating intake beside others that do the same work: one worker, 128 connections, fsync on."""

import statistics
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from app.demo.stage import free_port
from tests.bench.ground import MANY_HALLS, ONE_HALL, ROOT, Ground, Layout, requests
from tests.bench.load import Rate, open_loop, pgbench, write_pgbench_script, write_requests, wrk
from tests.bench.table import Figure, out

DATABASE = "bench_ingest"
SPREAD = "bench_spread"
ROUNDS = 3
SECONDS = 6
OURS_POOL, PEERS_POOL, ROWS_EACH = 60_000, 12_000, 500
CLIENTS = (8, 16, 32, 64)
"""Connections of pgbench that are tried; more than its best only wait for each other."""


class _Contest:
    """The contenders on one database, each on the same rows."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._file = ground.folder / "requests"
        self._clients: dict[str, int] = {}

    def _fresh(self, database: str, layout: Layout, services: int) -> Path:
        self._ground.empty(database, layout, services)
        write_requests(self._file, requests(layout, 0, services))
        return self._file

    def _check(self, database: str, rate: Rate) -> Rate:
        """Raises unless every rating acknowledged is there and the score table holds them all."""
        there = self._ground.value(database, "SELECT count(*) FROM ratings")
        assert there >= rate.done, f"{rate.done} acknowledged, {there} there"
        self._ground.command("scores", "verify", database=database)
        return rate

    def ours(self, database: str = DATABASE, layout: Layout = ONE_HALL) -> Rate:
        """`zhangban serve` with one worker."""
        file = self._fresh(database, layout, OURS_POOL)
        with self._ground.serving(database) as url:
            rate = wrk(url, file, SECONDS)
        return self._check(database, rate)

    def bare(self) -> Rate:
        """A Sanic worker that decodes the body."""
        port = free_port()
        write_requests(self._file, requests(ONE_HALL, 0, OURS_POOL * 2))
        with self._peer("bare", [f"{port}"], port) as url:
            return wrk(url, self._file, SECONDS)

    def rows(self, database: str = DATABASE, layout: Layout = ONE_HALL) -> Rate:
        """pgbench: the intake's own statement, one rating a commit."""
        script = self._ground.folder / f"{database}.sql"
        if database not in self._clients:
            write_pgbench_script(script, layout)
            tries = {clients: self._rows(database, layout, clients, 100) for clients in CLIENTS}
            self._clients[database] = max(tries, key=lambda clients: tries[clients].per_second)
        return self._check(
            database, self._rows(database, layout, self._clients[database], ROWS_EACH)
        )

    def _rows(self, database: str, layout: Layout, clients: int, each: int) -> Rate:
        self._ground.empty(database, layout, clients * each)
        script = self._ground.folder / f"{database}.sql"
        return pgbench(self._ground, database, script, clients=clients, each=each)

    def ours_spread(self) -> Rate:
        """As `ours`, where ratings seldom raise the same figure."""
        return self.ours(SPREAD, MANY_HALLS)

    def rows_spread(self) -> Rate:
        """As `rows`, where ratings seldom raise the same figure."""
        return self.rows(SPREAD, MANY_HALLS)

    def fastapi(self) -> Rate:
        """FastAPI and SQLAlchemy under uvicorn."""
        port = free_port()
        app = "tests.bench.peers.fastapi_sqlalchemy:app"
        words = ["--host", "127.0.0.1", "--port", f"{port}", "--no-access-log", app]
        file = self._fresh(DATABASE, ONE_HALL, PEERS_POOL)
        with self._peer("uvicorn", words, port) as url:
            rate = wrk(url, file, SECONDS)
        return self._check(DATABASE, rate)

    def django(self) -> Rate:
        """Django REST framework under gunicorn, one process of threads."""
        port = free_port()
        words = ["-b", f"127.0.0.1:{port}", "--workers", "1", "--threads", "16"]
        file = self._fresh(DATABASE, ONE_HALL, PEERS_POOL)
        with self._peer("gunicorn", [*words, "tests.bench.peers.django_rest.wsgi"], port) as url:
            rate = wrk(url, file, SECONDS)
        return self._check(DATABASE, rate)

    def _peer(self, name: str, words: list[str], port: int) -> AbstractContextManager[str]:
        settings = self._ground.on(DATABASE)
        module = "tests.bench.peers.bare" if name == "bare" else name
        env = {
            "PYTHONPATH": f"{ROOT}:{ROOT / 'build' / 'bench-site'}",
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": settings.redis_url,
            "ZHANGBAN_KEYS": settings.keys,
        }
        return self._ground.child(
            name, [sys.executable, "-m", module, *words], port, env, "/readyz"
        )

    def open_loop(self, per_second: float) -> tuple[float, float]:
        """p50 and p99 in ms at a rate that does not wait for answers."""
        count = min(OURS_POOL, round(per_second * 10))
        file = self._fresh(DATABASE, ONE_HALL, count)
        with self._ground.serving(DATABASE) as url:
            rate = open_loop(url, file, per_second)
        self._check(DATABASE, rate)
        return rate.p50, rate.p99


def run(ground: Ground) -> list[Figure]:
    """Alternating rounds of all contenders; a ratio is taken in each round, the median counts."""
    ground.make(DATABASE, ONE_HALL)
    ground.make(SPREAD, MANY_HALLS)
    contest = _Contest(ground)
    contenders: dict[str, Callable[[], Rate]] = {
        "ours": contest.ours,
        "rows": contest.rows,
        "bare": contest.bare,
        "fastapi": contest.fastapi,
        "django": contest.django,
        "ours_spread": contest.ours_spread,
        "rows_spread": contest.rows_spread,
    }
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(ROUNDS):
        for name, contender in contenders.items():
            rate = contender()
            found[name].append(rate.per_second)
            out.print(f"  round {number + 1}  {name:12} {rate.per_second:8.0f} a second")

    def ratio(one: str, other: str) -> float:
        return statistics.median(a / b for a, b in zip(found[one], found[other], strict=True))

    half = max(found["ours"]) / 2
    tails = [contest.open_loop(half) for _ in range(ROUNDS)]
    p50, p99 = (statistics.median(values) for values in zip(*tails, strict=True))
    out.print(f"  open loop at {half:.0f} a second: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    return [
        Figure(
            "ingest_vs_pgbench_rows",
            ratio("ours", "rows"),
            "the same SQL, one rating a commit (one hall)",
            1.0,
        ),
        Figure(
            "ingest_vs_pgbench_rows_spread",
            ratio("ours_spread", "rows_spread"),
            "the same over 60 halls: rows one by one at their best",
        ),
        Figure(
            "ingest_vs_bare_handler",
            ratio("ours", "bare"),
            "Sanic that decodes the body and does nothing",
            0.85,
        ),
        Figure(
            "ingest_vs_fastapi_sqlalchemy",
            ratio("ours", "fastapi"),
            "FastAPI, SQLAlchemy, asyncpg, uvicorn",
            25,
        ),
        Figure(
            "ingest_vs_django_rest",
            ratio("ours", "django"),
            "Django REST framework, psycopg, gunicorn",
            30,
        ),
        Figure(
            "ingest_p99_ms_at_half_rate",
            p99,
            "open loop at half of our highest rate",
            25,
            at_most=True,
        ),
    ]
