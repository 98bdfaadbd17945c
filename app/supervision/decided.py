"""From a figure of handling time to the decided cases, and second corrections, behind it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.cases.figures import again, behind
from app.cases.figures.behind import Figure, Part
from app.cases.figures.rules import Dimension
from app.core.acts import Act
from app.core.errors import InvalidQuery
from app.core.wire import day_before, decode_cursor, encode_cursor
from app.halls import service as halls
from app.supervision.decided_schemas import (
    AgainQuery,
    CorrectedAgain,
    CorrectedAgainList,
    DecidedCase,
    DecidedCases,
    DecidedQuery,
)
from app.supervision.handling import BY, CASE_TYPES, names_of
from evaluations.scores.asked import TOTAL_NAME, checked

_WITHOUT = {Dimension.WINDOW: "没有对应的窗口", Dimension.STAFF: "没有对应的人员"}
_NAMED = ("hall_id", "department_id", "window_id", "accepted_by")


async def cases(act: Act, query: DecidedQuery) -> DecidedCases:
    """The decided cases that a figure counts, the last decided first.

    Raises:
        Forbidden, InvalidQuery: as `handling.checked`; or a key is missing.
    """
    period, figure = checked(act, query), _figure(query)
    before = decode_cursor(query.after, datetime, UUID)
    top = min(day_before(before[0]), period.last) if before else period.last
    walked = await behind.walk(figure, period.first, top, query.limit + 1)
    rows = await behind.page(
        figure, walked, (before[0], before[1]) if before else None, query.limit + 1
    )
    shown = rows[: query.limit]
    names = await halls.names(*{row[name] for row in shown for name in _NAMED})
    after = None
    if len(rows) > query.limit:
        after = encode_cursor(shown[-1]["decided_at"], shown[-1]["id"])
    elif walked.ends:
        after = encode_cursor(*behind.past(walked.ends))
    return DecidedCases(
        hall_id=query.hall_id,
        hall_name=(await halls.hall(query.hall_id)).name,
        by=query.by,
        key=query.key,
        name=await _name(figure),
        part=query.part,
        first=query.first,
        last=query.last,
        counted=await behind.counted(figure, period.first, period.last),
        items=[_row(row, names) for row in shown],
        next=after,
    )


async def corrected_again(act: Act, query: AgainQuery) -> CorrectedAgainList:
    """The second corrections that a figure counts, the newest first.

    Raises:
        Forbidden, InvalidQuery: as `cases`.
    """
    period, figure = checked(act, query), _figure(query)
    before = decode_cursor(query.after, datetime, UUID)
    rows = await again.page(
        figure,
        period.first,
        period.last,
        (before[0], before[1]) if before else None,
        query.limit + 1,
    )
    shown = rows[: query.limit]
    names = await halls.names(
        *{row[n] for row in shown for n in ("hall_id", "department_id", "window_id", "staff_id")}
    )
    more = len(rows) > query.limit
    return CorrectedAgainList(
        hall_id=query.hall_id,
        hall_name=(await halls.hall(query.hall_id)).name,
        by=query.by,
        key=query.key,
        name=await _name(figure),
        first=query.first,
        last=query.last,
        items=[
            CorrectedAgain(
                case_id=row["case_id"],
                number=row["number"],
                item_name=row["item_name"],
                hall_id=row["hall_id"],
                hall=names[row["hall_id"]],
                department=names[row["department_id"]],
                window=names.get(row["window_id"]),
                staff=names.get(row["staff_id"]),
                agreed_at=row["second_at"],
            )
            for row in shown
        ],
        next=encode_cursor(shown[-1]["second_at"], shown[-1]["id"]) if more else None,
    )


def _figure(query: DecidedQuery | AgainQuery) -> Figure:
    dimension = BY[query.by]
    if query.key is None and dimension is not Dimension.HALL:
        raise InvalidQuery("请说明要查看哪一个对象的办件。", field="key")
    if query.key == behind.WITHOUT_KEY and dimension not in behind.KEYLESS:
        raise InvalidQuery("只有窗口和人员，办件才可能没有。", field="key")
    part = query.part if isinstance(query, DecidedQuery) else Part.DECIDED
    return Figure(query.hall_id, dimension, query.key, part)


async def _name(figure: Figure) -> str:
    """What the key is called, if this hall has counted it: a foreign id tells nothing."""
    if figure.key is None:
        return TOTAL_NAME
    if figure.key == behind.WITHOUT_KEY:
        return _WITHOUT[figure.dimension]
    if not await behind.knows(figure):
        return figure.key
    return (await names_of(figure.dimension, [figure.key])).get(figure.key, figure.key)


def _row(row: Mapping[str, Any], names: Mapping[UUID, str]) -> DecidedCase:
    return DecidedCase(
        id=row["id"],
        number=row["number"],
        item_name=row["item_name"],
        bundle=row["bundle"],
        case_type=CASE_TYPES[row["case_type"]],
        hall_id=row["hall_id"],
        hall=names[row["hall_id"]],
        department=names[row["department_id"]],
        window=names.get(row["window_id"]),
        staff=names.get(row["accepted_by"]),
        accepted_at=row["accepted_at"],
        decided_at=row["decided_at"],
        decision=row["decision"],
        used_days=row["used_days"],
        promised_days=row["promised_days"],
        on_time=row["on_time"],
        corrections=row["corrections"],
        by_default=row["by_default"],
    )
