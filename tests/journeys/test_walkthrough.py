"""The walkthrough, as `make walkthrough` plays it: every check of it is a check here."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from app import server
from app.demo.stage import free_port
from app.settings import Settings
from tests.materials import odd_pictures

CATALOG = """部门,事项名称,实施编码,事项类型
县档案馆,查阅利用档案,512A0100100008-990100000000-000-11990100000000001A-1-00,公共服务
县民政局,临时救助金给付,510500200003-990100000000-000-11990100000000002B-1-00,行政给付
"""
PATIENCE_SECONDS = 1_000
"""Several times what it takes: the tests beside it want the processors too."""


@pytest.fixture
async def environment(settings: Settings) -> AsyncIterator[dict[str, str]]:
    """An empty database of its own for the walkthrough's servers."""
    name = f"zhangban_journey_{os.getpid()}_{free_port()}"
    admin = await asyncpg.connect(settings.database_url)
    await admin.execute(f'CREATE DATABASE "{name}"')
    yield dict(os.environ) | {
        "DATABASE_URL": server.with_database(settings.database_url, name),
        "REDIS_URL": server.with_database(settings.redis_url, "0"),
    }
    left = await admin.fetch("SELECT datname FROM pg_database WHERE datname LIKE $1", f"{name}_%")
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()
    assert not left, "the house of the weeks is gone when it was left"


async def played(environment: dict[str, str], *options: str) -> str:
    """What the walkthrough says; everything in it must hold."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "walkthrough", *options),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    said = out.decode()
    assert process.returncode == 0, said[-3000:]
    assert "Everything held" in said
    return said


@pytest.mark.slow
async def test_a_day_holds_from_the_phone_to_the_score(
    environment: dict[str, str], tmp_path: Path
) -> None:
    catalog, photo = tmp_path / "items.csv", tmp_path / "sideways.jpg"
    catalog.write_text(CATALOG, encoding="gbk")
    photo.write_bytes(odd_pictures.phone_photo(6))
    options = ("--catalog", str(catalog), "--photo", str(photo))
    await played(environment, "--only", "day", *options)


@pytest.mark.slow
async def test_the_weeks_hold_from_the_first_question_to_the_certificates(
    environment: dict[str, str],
) -> None:
    said = await played(environment, "--only", "weeks")
    assert "5月9日（周六）上班，计入" in said, "the arithmetic crosses a make-up day"
    assert "05-09  周六 补班" in said
