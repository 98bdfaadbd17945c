"""What runs from the outbox and on a schedule."""

from datetime import timedelta

from app.citizens import checking, rights
from app.core.schedule import Periodic

HANDLERS = checking.HANDLERS
PERIODICS: tuple[Periodic, ...] = (
    Periodic("citizens.erase", timedelta(hours=1), rights.erase_waiting),
)
