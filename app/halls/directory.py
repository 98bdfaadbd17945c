"""The halls as everybody may see them."""

import msgspec

from app.halls import queries
from app.halls.schemas import HallShown


async def every_hall() -> list[HallShown]:
    """Every hall, from the top of the tree down."""
    return [msgspec.convert(row, HallShown) for row in await queries.halls()]
