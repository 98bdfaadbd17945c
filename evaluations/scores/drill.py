"""From a figure to the ratings behind it, and to what became of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.core.acts import Act
from app.core.auth import Role, require_staff
from app.core.errors import InvalidQuery
from app.core.wire import decode_cursor, encode_cursor
from app.halls import service as halls
from evaluations.ratings import moderated
from evaluations.ratings.counting import Dimension
from evaluations.ratings.refusals import NoSuchRating
from evaluations.ratings.rules import CHANNEL_NAMES, LEVEL_NAMES, Channel
from evaluations.ratings.schemas import tags_shown
from evaluations.scores import drill_queries, keyless
from evaluations.scores.asked import READERS, checked
from evaluations.scores.drill_queries import Day, Figure
from evaluations.scores.drill_schemas import (
    Behind,
    BehindQuery,
    RatingBehind,
    RatingWhole,
    RuledInvalid,
)
from evaluations.scores.names import names_of
from evaluations.scores.periods import Period, Span, month_begin, span_end
from evaluations.scores.service import BY
from evaluations.scores.walks import Walk

MOST_LOOKED_AT = 5_000
"""Ratings that a page looks through for texts, but for the last day that it opens."""
_FIRST_ID = UUID(int=0)
Months = Sequence[tuple[date, int]]
"""How many ratings a figure counts in each month, the newest first."""
_NAMED = ("hall_id", "department_id", "window_id", "staff_id")


@dataclass(frozen=True)
class _Lines:
    """The lines to read for a page; `ends` is the last day among them, if more days follow."""

    lines: list[int]
    ends: date | None


async def ratings(act: Act, query: BehindQuery, *, texts: bool = True) -> Behind:
    """The ratings that a figure counts, the newest first.

    Supervisors read the texts, which is recorded; without `texts` nobody does.

    Raises:
        Forbidden, InvalidQuery: as `service.checked`; or a key is missing, or `none` is asked for
            where there always is one.
    """
    period = checked(act, query)
    figure = _figure(query)
    after = decode_cursor(query.after, date, UUID)
    end = (period.last + timedelta(days=1), _FIRST_ID)
    before = min(after, end) if after else end
    enough = MOST_LOOKED_AT if query.commented else query.limit + 1
    if query.key == keyless.WITHOUT_KEY:
        months = await keyless.months(figure, period)
        walk = await _walk_keyless(figure, period, before[0], enough, months)
        rows = await keyless.page(
            figure, walk.lines, before, query.limit + 1, commented=query.commented
        )
    else:
        months = await drill_queries.months(figure, period)
        walk = await _walk(figure, period.first, before[0], enough, months)
        rows = await drill_queries.page(
            walk.lines, before, query.limit + 1, commented=query.commented
        )
    about = f"hall:{query.hall_id}"
    shown = await _shown(act, rows[: query.limit], about, query.hall_id, texts=texts)
    return Behind(
        hall_id=query.hall_id,
        hall_name=(await halls.hall(query.hall_id)).name,
        by=query.by,
        key=query.key,
        name=await _name(query, figure),
        first=query.first,
        last=query.last,
        counted=sum(n for _, n in months),
        items=shown,
        next=_next(shown, walk, more=len(rows) > query.limit),
    )


def _figure(query: BehindQuery) -> Figure:
    dimension = BY[query.by]
    if query.key is None and dimension is not Dimension.HALL:
        raise InvalidQuery("请说明要查看哪一个对象的评价。", field="key")
    if query.key == keyless.WITHOUT_KEY and dimension not in keyless.NAMES:
        raise InvalidQuery("每条评价都有对应的中心和渠道；标签可以不选。", field="key")
    levels = sorted(set(query.level)) or [1, 2, 3, 4, 5]
    return Figure(query.hall_id, dimension, [query.key] if query.key else None, levels)


async def _name(query: BehindQuery, figure: Figure) -> str:
    """What the key is called, if this hall has counted it: a foreign id tells nothing."""
    if query.key is None:
        return "合计"
    if query.key == keyless.WITHOUT_KEY:
        return keyless.NAMES[figure.dimension]
    if not await drill_queries.knows(figure):
        return query.key
    return (await names_of(figure.dimension, [query.key])).get(query.key, query.key)


async def _walk(figure: Figure, first: date, top: date, enough: int, months: Months) -> _Lines:
    """The lines of the newest days that count `enough`; `months` say how far back that is."""
    begin = _back_to(first, top, enough, months)
    walk: Walk[Day] = Walk(top, enough)
    left = walk.take(await drill_queries.days(figure, begin, top))
    older = any(month < month_begin(begin) for month, _ in months)
    return _lines(walk.days, more=walk.full and (left or older))


async def _walk_keyless(
    figure: Figure, period: Period, top: date, enough: int, months: Months
) -> _Lines:
    """As `_walk`, of ratings that lack a key: month by month, no further than a page needs.

    The days' other ratings are read beside them, of which a page looks at `MOST_LOOKED_AT`.
    """
    walk: Walk[keyless.Day] = Walk(top, enough, MOST_LOOKED_AT)
    for place, (month, _) in enumerate(months, 1):
        if month > top:
            continue
        last = min(top, span_end(Span.MONTH, month) - timedelta(days=1), period.last)
        left = walk.take(await keyless.days(figure, max(month, period.first), last))
        if walk.full:
            return _lines(walk.days, more=left or place < len(months))
    return _lines(walk.days, more=False)


def _lines(days: Sequence[Day | keyless.Day], *, more: bool) -> _Lines:
    return _Lines([line for day in days for line in day.lines], days[-1].day if more else None)


def _back_to(first: date, top: date, enough: int, months: Months) -> date:
    """From which day on `enough` ratings are counted for certain; `first` if there are fewer."""
    counted = 0
    for month, n in months:
        # How much of the month of `top` itself lies below it, its sum does not say.
        if month < month_begin(top):
            counted += n
            if counted >= enough:
                return max(month, first)
    return first


def _next(shown: list[RatingBehind], walk: _Lines, *, more: bool) -> str | None:
    if more:
        return encode_cursor(shown[-1].day, shown[-1].id)
    return encode_cursor(walk.ends, _FIRST_ID) if walk.ends else None


async def rating(act: Act, rating_id: UUID) -> RatingWhole:
    """All of one rating of the caller's halls, whether it counts or not.

    Supervisors read the texts, which is recorded.

    Raises:
        NoSuchRating: there is none, or not in a hall of the caller's.
    """
    row = await drill_queries.one(rating_id)
    if row is None or row["hall_id"] not in require_staff(act.actor).halls(*READERS):
        raise NoSuchRating
    about = f"rating:{rating_id}"
    [summary] = await _shown(act, [row], about, row["hall_id"])
    clear = _reads_texts(act, row["hall_id"])
    supplement = None
    if clear and row["supplement"]:
        supplement = await moderated.shown_supplement(act, rating_id, row["supplement"])
    return RatingWhole(
        summary=summary,
        via=row["via"],
        happened_at=row["happened_at"],
        clock_offset_ms=row["clock_offset_ms"],
        raw_level=row["raw_level"],
        tags_version=row["tags_version"],
        project_number=row["project_no"],
        served_from=row["started_at"],
        served_until=row["ended_at"],
        supplement=supplement,
        supplemented_at=row["added_at"],
        ruling=await _ruling(row, clear=clear),
    )


async def _shown(
    act: Act, rows: list[dict[str, Any]], about: str, hall_id: UUID, *, texts: bool = True
) -> list[RatingBehind]:
    """The rows as they are shown to the caller, with the reading of texts recorded."""
    written = [
        row
        for row in rows
        if texts and (row["comment"] or row.get("supplement")) and _reads_texts(act, row["hall_id"])
    ]
    if written:
        async with act.transaction() as tx:
            tx.audit("rating.texts_read", about, hall_id=hall_id, ratings=len(written))
    comments = {row["id"]: row["comment"] for row in written if row["comment"]}
    read = await moderated.shown_texts(act, comments)
    ids = {row[name] for row in rows for name in _NAMED}
    names = await halls.names(*ids)
    return [_row(row, names, read.get(row["id"])) for row in rows]


def _reads_texts(act: Act, hall_id: UUID) -> bool:
    return hall_id in require_staff(act.actor).halls(Role.SUPERVISOR)


def _row(row: Mapping[str, Any], names: Mapping[UUID, str], comment: str | None) -> RatingBehind:
    of_case = row["kind"] in ("case", "case_node")
    return RatingBehind(
        id=row["id"],
        day=row["day"],
        received_at=row["received_at"],
        level=row["level"],
        level_name=LEVEL_NAMES[row["level"]],
        tags=tags_shown(row["tags"]),
        commented=bool(row["comment"]),
        comment=comment,
        channel=row["channel"],
        channel_name=CHANNEL_NAMES[Channel(row["channel"])],
        hall_id=row["hall_id"],
        hall=names[row["hall_id"]],
        department=names.get(row["department_id"]),
        window=names.get(row["window_id"]),
        staff=names.get(row["staff_id"]),
        item_name=row["item_name"],
        kind=row["kind"],
        case_number=row["project_no"] if of_case else None,
        rectification_id=row["rectification_id"],
        rectification_state=row["rectification_state"],
    )


async def _ruling(row: Mapping[str, Any], *, clear: bool) -> RuledInvalid | None:
    if row["verdict"] is None:
        return None
    names = await halls.names(row["ruled_by"])
    return RuledInvalid(
        verdict=row["verdict"],
        ruled_by=names[row["ruled_by"]],
        ruled_at=row["ruled_at"],
        why=row["why"] if clear else None,
    )
