"""What the keys of the score table are called."""

from uuid import UUID

from app.halls import service as halls
from evaluations.ratings.counting import Dimension
from evaluations.ratings.rules import CHANNEL_NAMES, Channel
from evaluations.ratings.tags import NATIONAL
from evaluations.scores import queries


async def names_of(dimension: Dimension, keys: list[str]) -> dict[str, str]:
    """The names of what the keys of a dimension stand for."""
    if dimension is Dimension.CHANNEL:
        return {key: CHANNEL_NAMES[Channel(int(key))] for key in keys}
    if dimension is Dimension.TAG:
        return {key: NATIONAL.text(key) for key in keys}
    ids = [UUID(key) for key in keys]
    if dimension is Dimension.ITEM:
        return await queries.item_names(ids)
    return {str(found): name for found, name in (await halls.names(*ids)).items()}
