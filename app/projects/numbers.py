"""Giving out the numbers of joint work: each once, in the transaction of what it is for."""

from datetime import date
from uuid import UUID

from app.core import db
from app.core.errors import Unavailable
from app.halls import service as halls
from app.projects.rules import SERIALS_A_YEAR, Prefix, joint_number


async def take(prefix: Prefix, hall_id: UUID, day: date) -> str:
    """The next number of this prefix in the hall's region and year.

    Until the commit whoever asks for one of the same prefix, region and year waits. A number that
    was rolled back has been shown to nobody, so none is ever used twice.

    Raises:
        Unavailable: the year's 99,999 are used up. NotFound: no such hall.
    """
    region = (await halls.hall(hall_id)).region_code
    rows = await db.fetch(
        "INSERT INTO joint_serials (scope, last_given) VALUES ($1, 1)"
        " ON CONFLICT (scope) DO UPDATE SET last_given = joint_serials.last_given + 1"
        " WHERE joint_serials.last_given < $2 RETURNING last_given",
        f"{prefix}{region}{day.year}",
        SERIALS_A_YEAR,
    )
    if not rows:
        raise Unavailable("今年的编号已用完，请联系系统管理员。")
    return joint_number(prefix, region, day.year, rows[0]["last_given"])
