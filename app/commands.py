"""What the command line does in a house: long enough to be tested apart from it."""

from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from rich.console import Console
from rich.progress import Progress

from app.catalog import service as catalog
from app.core import db
from app.core.acts import Act
from app.core.auth import Role
from app.core.errors import NotFound
from app.halls import accounts, service
from app.halls.schemas import HallIn, RoleIn, StaffIn


async def create_hall(act: Act, hall: dict[str, str], admin: dict[str, str]) -> UUID:
    """The first hall with its administrator, both or neither.

    Raises:
        Problem: a value does not fit, or the code or login is in use.
    """
    wanted = msgspec.convert(hall, HallIn)
    async with act.transaction():
        made = await service.add_hall(act, wanted)
        role = RoleIn(role=Role.ADMIN, hall_id=made.id)
        person = msgspec.convert(admin | {"number": "0001", "roles": [role]}, StaffIn)
        await accounts.add_staff(act, made.id, person)
    return made.id


async def hall_of_code(code: str) -> UUID:
    """The hall of this code; without one, the only hall there is. Raises NotFound."""
    rows = await db.fetch("SELECT id, code FROM halls WHERE $1 = '' OR code = $1", code)
    if len(rows) != 1:
        raise NotFound(
            "请用 --hall 指定一个中心的代码。" if not code else f"没有代码为 {code} 的中心。"
        )
    found: UUID = rows[0]["id"]
    return found


async def import_catalog(
    act: Act, file: Path, hall_code: str, *, dry_run: bool, out: Console
) -> Any:
    """Import a catalogue with a progress bar and a line of counts.

    Raises:
        Problem: rows that do not fit, each with its number; then nothing was imported.
    """
    hall_id = await hall_of_code(hall_code)
    with Progress(console=out, transient=True) as bars:
        bar = bars.add_task("导入事项", total=None)
        result = await catalog.import_file(
            act,
            hall_id,
            file,
            dry_run=dry_run,
            progress=lambda done, total: bars.update(bar, completed=done, total=total),
        )
    said = "（仅检查，未写入）" if dry_run else ""
    out.print(f"新增 {result.added}，变更 {result.changed}，未变 {result.unchanged}。{said}")
    return result
