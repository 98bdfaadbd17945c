"""How a bad rating comes in: from the outbox, once, to the department that is responsible."""

from app.core import db
from app.core.acts import Act
from app.core.clock import day_of
from app.core.outbox import GiveUp
from app.halls import service as halls
from evaluations.ratings import service as ratings
from evaluations.ratings.refusals import NoSuchRating
from evaluations.rectification import topics
from evaluations.rectification.models import Rectification
from evaluations.rectification.records import done, set_limits
from evaluations.rectification.rules import received
from evaluations.rectification.schemas import BadRatingReceived

TOPIC = "rectification.received"


async def receive(act: Act, payload: BadRatingReceived, key: str) -> None:  # noqa: ARG001
    """Begin the loop of a bad rating; a repeat changes nothing.

    Its limits run from the day on which the rating arrived, however late this is called. The
    department is the service's; without one a supervisor assigns it.

    Raises:
        GiveUp: there is no bad rating of this id.
    """
    try:
        rating = await ratings.bad_rating(payload.rating_id)
    except NoSuchRating:
        raise GiveUp("there is no bad rating of this id") from None
    loop = received(
        named=rating.citizen_id is not None, department_known=rating.department_id is not None
    )
    received_on = day_of(rating.received_at)
    found = Rectification(
        rating_id=payload.rating_id,
        hall_id=rating.hall_id,
        department_id=rating.department_id,
        citizen_id=rating.citizen_id,
        item_name=rating.item_name,
        level=rating.level,
        tags=list(rating.tags),
        state=loop.state,
        clock_since=received_on,
        entered_on=received_on,
        received_at=rating.received_at,
        received_on=received_on,
        assigned_at=act.at if rating.department_id else None,
    )
    async with act.transaction() as tx:
        await db.fetch(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
            f"rectification:{payload.rating_id}",
        )
        if await Rectification.filter(rating_id=payload.rating_id).exists():
            return
        await set_limits(act, found)
        said = "收到差评，待分派责任部门。"
        if found.department_id:
            name = (await halls.names(found.department_id))[found.department_id]
            said = f"收到差评，由{name}负责。"
        await done(act, tx, found, "received", said, level=rating.level)
        await topics.gather(act, tx, found)
