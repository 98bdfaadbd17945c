"""Searching the trail: who did what, when."""

from urllib.parse import urlencode

import msgspec

from app.account import scopes, stories
from app.account.forms import AuditQuery
from app.core.api import Call
from app.core.auth import Role, staff
from app.core.errors import InvalidQuery
from app.pages.routes import PageRoutes, View
from app.trail import service, verbs
from app.trail.schemas import TrailQuery

pages = PageRoutes("admin-audit", "/admin/audit")
READERS = (Role.ADMIN, Role.SUPERVISOR)
MOST = 50


@pages.page("/", guard=staff(*READERS))
async def audit(call: Call, query: AuditQuery) -> View:
    """The trail of the caller's halls, searched; the search is entered too."""
    chosen = await scopes.chosen(call.act, query.hall, *READERS)
    found = await service.search(call.act, _asked(query))
    return View(
        "account/audit.html",
        title="审计",
        chosen=chosen,
        query=query,
        rows=await stories.shown(found.items),
        next=_address(query, found.next) if found.next else None,
        newest=_address(query, None),
        groups=_groups(),
        about=lambda subject: "/admin/audit?" + urlencode({"subject": subject}),
        of_request=lambda found: "/admin/audit?" + urlencode({"request": found}),
    )


def _asked(query: AuditQuery) -> TrailQuery:
    given = {
        "hall_id": query.hall,
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


def _address(query: AuditQuery, after: str | None) -> str:
    """The same search, from another place of its list."""
    given = {
        name: value
        for name, value in msgspec.to_builtins(query).items()
        if value not in (None, "") and name != "after"
    }
    return "/admin/audit?" + urlencode(given | ({"after": after} if after else {}))


def _groups() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Verbs by the kind of thing that they are done to, for a field to choose from."""
    kinds: dict[str, list[tuple[str, str]]] = {}
    for verb, name in verbs.VERBS.items():
        kinds.setdefault(verb.partition(".")[0], []).append((verb, name))
    return [(f"{kind}.", verbs.KINDS[kind], found) for kind, found in kinds.items()]
