"""The command line, beside a running server."""

import asyncio
import os
import sys

from app.settings import Settings, environment
from app.walkthrough.report import Report


async def command(settings: Settings, say: Report, *words: str) -> str:
    """What `zhangban …` says with these settings; it must succeed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", *words),
        env=dict(os.environ) | environment(settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    said = (out + err).decode().strip()
    say.equal(process.returncode, 0, f"zhangban {' '.join(words)}: {said[-600:]}")
    return out.decode().strip()
