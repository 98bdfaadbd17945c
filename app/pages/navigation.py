"""What staff can go to, by their roles."""

from dataclasses import dataclass

from app.core.auth import Role, Staff

ANY: frozenset[Role] = frozenset(Role)


@dataclass(frozen=True)
class Entry:
    """One entry of the navigation; `roles` see it."""

    name: str
    address: str
    roles: frozenset[Role]
    exact: bool = False
    """Whether it stands for its address alone, not for all that lies below."""


@dataclass(frozen=True)
class Chapter:
    """Entries that belong together."""

    name: str
    entries: tuple[Entry, ...]


_CLERK = frozenset({Role.CLERK})
_REVIEWER = frozenset({Role.REVIEWER})
_DESK = _CLERK | _REVIEWER
_MANAGER = frozenset({Role.MANAGER, Role.SUPERVISOR})
_SUPERVISOR = frozenset({Role.SUPERVISOR})
_ADMIN = frozenset({Role.ADMIN})

CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        "窗口",
        (Entry("工作台", "/desk", _DESK, exact=True),),
    ),
    Chapter(
        "管理",
        (Entry("总览", "/console", _MANAGER, exact=True),),
    ),
    Chapter(
        "系统",
        (Entry("审计", "/admin/audit", _ADMIN | _SUPERVISOR),),
    ),
    Chapter(
        "我的",
        (Entry("账号", "/account", ANY),),
    ),
)


@dataclass(frozen=True)
class Place:
    """An entry as it is shown; `here` is the one where the reader is."""

    name: str
    address: str
    here: bool


def of(person: Staff | None, path: str) -> list[tuple[str, list[Place]]]:
    """The chapters with the entries that this person has."""
    if person is None:
        return []
    roles = {grant.role for grant in person.grants}
    shown = []
    for chapter in CHAPTERS:
        entries = [entry for entry in chapter.entries if entry.roles & roles]
        if entries:
            here = _nearest(entries, path)
            places = [Place(entry.name, entry.address, entry is here) for entry in entries]
            shown.append((chapter.name, places))
    return shown


def _nearest(entries: list[Entry], path: str) -> Entry | None:
    """The entry under whose address the path lies most closely."""
    fitting = [
        entry
        for entry in entries
        if path == entry.address or (not entry.exact and path.startswith(f"{entry.address}/"))
    ]
    return max(fitting, key=lambda entry: len(entry.address), default=None)


def home(person: Staff) -> str:
    """Where somebody begins who has just signed in."""
    chapters = of(person, "")
    return chapters[0][1][0].address if chapters else "/account"
