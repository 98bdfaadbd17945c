"""The whole journey, as `make walkthrough` plays it: every check of it is a check here."""

import asyncio
import os
import sys
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


@pytest.mark.slow
async def test_the_journey_holds_from_the_phone_to_the_score(
    settings: Settings, tmp_path: Path
) -> None:
    name = f"zhangban_journey_{os.getpid()}_{free_port()}"
    admin = await asyncpg.connect(settings.database_url)
    await admin.execute(f'CREATE DATABASE "{name}"')
    catalog, photo = tmp_path / "items.csv", tmp_path / "sideways.jpg"
    catalog.write_text(CATALOG, encoding="gbk")
    photo.write_bytes(odd_pictures.phone_photo(6))
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "walkthrough"),
            *("--catalog", str(catalog), "--photo", str(photo)),
            env=dict(os.environ)
            | {
                "DATABASE_URL": server.with_database(settings.database_url, name),
                "REDIS_URL": server.with_database(settings.redis_url, "0"),
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await asyncio.wait_for(process.communicate(), 100)
        assert process.returncode == 0, out.decode()[-3000:]
        assert "Everything held" in out.decode()
    finally:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()
