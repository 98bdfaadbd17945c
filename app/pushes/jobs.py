"""What runs on a schedule: pushes are known for a day."""

from datetime import timedelta

from app.core.acts import Act
from app.core.schedule import Periodic
from app.pushes import service


async def _forget(act: Act) -> None:
    await service.forget_old(act)


PERIODICS: tuple[Periodic, ...] = (Periodic("pushes.forget", timedelta(hours=1), _forget),)
