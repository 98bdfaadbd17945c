"""What runs on a schedule: nothing that was sent is kept longer than it is needed."""

from datetime import timedelta

from app.core.acts import Act
from app.core.schedule import Periodic
from app.materials import portraits, service


async def _expire(act: Act) -> None:
    await service.sweep_unattached(act)
    await service.sweep_resumable(act)


async def _clear(act: Act) -> None:
    await service.sweep_uploads(act)
    await service.sweep_orphans(act)
    await portraits.forget_of_closed(act)


PERIODICS: list[Periodic] = [
    Periodic("materials.expire", timedelta(hours=1), _expire),
    Periodic("materials.clear", timedelta(days=1), _clear),
]
