"""What the pages of the desk share: where they are, and the words in which they say things."""

from typing import Any
from uuid import UUID

from app.core.acts import Act
from app.core.auth import require_staff
from app.desk import places
from app.desk.words import ALL
from app.pages.addresses import address
from app.pages.routes import View


def view(template: str, desk: places.Desk | None = None, **values: Any) -> View:
    """A page of the desk.

    Args:
        desk: for a page that is of one hall. Whoever works in several can switch there, and the
            navigation leads on in the hall that was chosen.
    """
    given = {"at": desk, "in_hall": desk.named if desk else None, **values}
    return View(template, **given, address=address, words=ALL)


def among(act: Act, hall_id: UUID) -> UUID | None:
    """The hall of a thing, where addresses name it: the caller works there and in others too."""
    seen = require_staff(act.actor).halls(*places.SEEING)
    return hall_id if hall_id in seen and len(seen) > 1 else None
