"""The second corrections (二次补正) behind a figure: which case, when, and who asked for it.

They are few: each took a supervisor's consent. So they are read as they were counted, by the one
statement that says what they count for.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.cases.figures.behind import Figure
from app.cases.figures.rules import Dimension
from app.cases.figures.service import COLUMNS, SECOND_CORRECTIONS
from app.core import db

_KEYS = {
    Dimension.HALL: "f.hall_id::text",
    Dimension.DEPARTMENT: "f.department_id::text",
    Dimension.WINDOW: "f.window_id::text",
    Dimension.STAFF: "f.staff_id::text",
    Dimension.ITEM: "f.item_id::text",
    Dimension.CASE_TYPE: "f.case_type",
}


async def page(
    figure: Figure, first: date, last: date, before: tuple[datetime, UUID] | None, limit: int
) -> list[dict[str, Any]]:
    """The figure's second corrections of a period, the newest first, at most `limit`.

    `key` None: of the whole hall with all below it. No personal data.
    """
    key = _KEYS[figure.dimension]
    return await db.fetch(
        "SELECT f.id, c.id AS case_id, c.number, c.item_name, c.hall_id, f.department_id,"  # noqa: S608
        " f.window_id, f.staff_id, p.second_at"
        f" FROM ({SECOND_CORRECTIONS}) AS f ({COLUMNS})"
        " JOIN case_proposals p ON p.id = f.id JOIN cases c ON c.id = p.case_id"
        " WHERE f.hall_id = ANY (ARRAY (SELECT id FROM hall_and_below($1)))"
        f" AND ($2::text IS NULL OR {key} = $2::text) AND f.day BETWEEN $3 AND $4"
        " AND ($5::timestamptz IS NULL OR (p.second_at, p.id) < ($5::timestamptz, $6::uuid))"
        " ORDER BY p.second_at DESC, p.id DESC LIMIT $7",
        figure.hall_id,
        figure.key,
        first,
        last,
        *(before or (None, None)),
        limit,
    )
