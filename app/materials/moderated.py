"""Having photos checked that citizens send, and where the check finds them."""

from collections.abc import Sequence
from uuid import UUID

from app.core.acts import Act
from app.core.auth import Citizen, require_staff
from app.core.errors import NotFound
from app.core.wire import File
from app.halls import service as halls
from app.materials.links import open_link
from app.materials.rules import check_subject
from app.materials.showing import copy_to_judge
from app.materials.watermark import Mark
from app.moderation import service as moderation

AUDIENCE = "media_check"


async def check(act: Act, material_id: UUID, owner_id: UUID) -> None:
    """Have a citizen's new photo checked, in the act's transaction.

    What a clerk takes at the window, or the house itself takes in, is not the platform's business.
    """
    if isinstance(act.actor, Citizen):
        await moderation.submit_image(act, check_subject(material_id), owner_id)


async def in_hall(act: Act, hall_id: UUID, material_ids: Sequence[UUID]) -> None:
    """Say, in the act's transaction, that photos are part of an application at this hall.

    Until then nobody but their owner sees them, and nobody is to decide about a held one.
    """
    await moderation.place(act, [check_subject(one) for one in material_ids], hall_id)


async def _link(act: Act, material_id: UUID) -> str | None:
    try:
        return await open_link(act, material_id, "display", AUDIENCE)
    except NotFound:
        return None


async def _picture(act: Act, material_id: UUID) -> File:
    person = require_staff(act.actor)
    names = await halls.names(person.hall_id)
    mark = Mark("内容审核", names[person.hall_id], act.today, person.number)
    return await copy_to_judge(act, material_id, "display", mark)


SOURCE = moderation.Source("material", "照片", link=_link, picture=_picture)
