"""Searching the trail: who did what, when."""

from datetime import date, timedelta
from uuid import UUID

import msgspec

from app.account import scopes, stories
from app.account.forms import NO_HALL, AuditQuery
from app.core.acts import Act
from app.core.api import Call
from app.core.auth import Role, Staff, require_staff, staff
from app.core.clock import day_of
from app.core.errors import InvalidQuery
from app.pages import addresses
from app.pages.routes import PageRoutes, View
from app.trail import rules, service, verbs
from app.trail.schemas import TrailQuery

pages = PageRoutes("admin-audit", "/admin/audit")
READERS = (Role.ADMIN, Role.SUPERVISOR)
MOST = 50


@pages.page("/", guard=staff(*READERS))
async def audit(call: Call, query: AuditQuery) -> View:
    """The trail of the caller's halls, searched; the search is entered too."""
    act = call.act
    chosen = await scopes.chosen(act, _hall(query), *READERS)
    asked = _asked(query)
    found = await service.search(act, asked)
    return View(
        "account/audit.html",
        title="审计",
        chosen=chosen,
        hall_options=await _hall_options(require_staff(act.actor), chosen),
        query=query,
        rows=await stories.shown(found.items),
        next=_address(query, after=found.next) if found.next else None,
        earlier=None if found.next else await _earlier(act, query, asked),
        newest=_address(query, after=None),
        groups=_groups(),
        about=lambda subject: _about(query, subject=subject),
        of_request=lambda found: _about(query, request=found),
    )


def _hall(query: AuditQuery) -> UUID | None:
    return UUID(query.hall) if query.hall not in ("", NO_HALL) else None


async def _hall_options(person: Staff, chosen: scopes.Chosen) -> list[tuple[str, str]]:
    options = [("", "全部"), *chosen.options] if len(chosen.halls) > 1 else [("", chosen.hall.name)]
    if await service.reads_without_hall(person):
        options.append((NO_HALL, "不属于任何中心（群众登录、系统任务等）"))
    return options


def _asked(query: AuditQuery) -> TrailQuery:
    given = {
        "hall_id": _hall(query),
        "without_hall": query.hall == NO_HALL,
        "from": query.first,
        "to": query.last,
        "who": query.who,
        "verb": query.verb,
        "subject": f"case:{query.subject}" if query.subject.isdecimal() else query.subject,
        "request_id": query.request,
        "after": query.after,
        "limit": MOST,
    }
    try:
        return msgspec.convert(
            {name: value for name, value in given.items() if value not in (None, "")}, TrailQuery
        )
    except msgspec.ValidationError:
        raise InvalidQuery(
            "查询条件不正确：对象填办件编号，或点列表中的对象；请求编号只含字母和数字。"
        ) from None


async def _earlier(act: Act, query: AuditQuery, asked: TrailQuery) -> tuple[date, str] | None:
    """The begin of the search, and where it goes on before that; None if nothing lies there."""
    since, _ = rules.moments(asked.first, asked.last, act.today)
    begins = await service.begins(act, asked)
    if begins is None or begins >= day_of(since):
        return None
    before = {"first": begins, "last": day_of(since) - timedelta(days=1), "after": None}
    return day_of(since), _address(query, **before)


def _address(query: AuditQuery, **other: object) -> str:
    """The same search with other values in some places."""
    return addresses.address("/admin/audit", **(msgspec.to_builtins(query) | other))


def _about(query: AuditQuery, **wanted: str) -> str:
    """All entries about one thing, or of one request, in the same days and halls."""
    same = AuditQuery(hall=query.hall, first=query.first, last=query.last)
    return _address(same, **wanted)


def _groups() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Verbs by the kind of thing that they are done to, for a field to choose from."""
    kinds: dict[str, list[tuple[str, str]]] = {}
    for verb, name in verbs.VERBS.items():
        kinds.setdefault(verb.partition(".")[0], []).append((verb, name))
    return [(f"{kind}.", verbs.KINDS[kind], found) for kind, found in kinds.items()]
