"""What staff can go to, by their roles."""

from dataclasses import dataclass
from uuid import UUID

from app.core.auth import Role, Staff
from app.pages.addresses import address

ANY: frozenset[Role] = frozenset(Role)


@dataclass(frozen=True)
class Entry:
    """One entry of the navigation; `roles` see it."""

    name: str
    address: str
    roles: frozenset[Role]
    exact: bool = False
    """Whether it stands for its address alone, not for all that lies below."""
    also: tuple[str, ...] = ()
    """Further addresses under which lies what it leads to."""
    of_hall: bool = False
    """Whether it is of one hall, which its address can name."""

    def nearness(self, path: str) -> int:
        """How long the address is under which a path lies here; 0 where it does not."""
        below = self.also if self.exact else (self.address, *self.also)
        fitting = [one for one in below if path == one or path.startswith(f"{one}/")]
        if path == self.address:
            fitting.append(self.address)
        return max(map(len, fitting), default=0)


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
        (
            Entry(
                "工作台",
                "/desk",
                _DESK | _MANAGER,
                exact=True,
                also=("/desk/cases",),
                of_hall=True,
            ),
            Entry("窗口收件", "/desk/intake", _CLERK, of_hall=True),
            Entry("审查任务", "/desk/tasks", _REVIEWER),
            Entry("承诺核查", "/desk/pledges", _REVIEWER),
            Entry("待我同意", "/desk/consents", _REVIEWER | _SUPERVISOR),
            Entry("期限", "/desk/deadlines", _DESK, of_hall=True),
            Entry("联合会商", "/desk/meetings", _DESK | _MANAGER, of_hall=True),
            Entry("工程项目", "/desk/projects", _CLERK | _MANAGER, of_hall=True),
            Entry("待核项目代码", "/desk/project-claims", _CLERK, of_hall=True),
            Entry("一次缴费", "/desk/fees", _DESK, of_hall=True),
            Entry("一次领证", "/desk/handovers", _CLERK, of_hall=True),
            Entry("邮寄", "/desk/shipments", _CLERK | _SUPERVISOR, of_hall=True),
            Entry("补录评价", "/desk/ratings", _CLERK, of_hall=True),
            Entry("核对补录", "/desk/card-checks", _SUPERVISOR, of_hall=True),
            Entry("督办答复", "/desk/supervision", _DESK),
            Entry("企业登记", "/desk/registrations", _CLERK, of_hall=True),
        ),
    ),
    Chapter(
        "管理",
        (
            Entry("总览", "/console", _MANAGER, exact=True),
            Entry("满意度", "/console/scores", _MANAGER),
            Entry("排名", "/console/ranking", _MANAGER),
            Entry("趋势", "/console/trend", _MANAGER),
            Entry("对比", "/console/compare", _MANAGER),
            Entry("标签", "/console/tags", _MANAGER),
            Entry("参评与缺失", "/console/participation", _MANAGER),
            Entry("评价明细", "/console/ratings", _MANAGER),
            Entry(
                "差评整改",
                "/console/rectifications",
                _MANAGER | _REVIEWER,
                also=("/console/ledger", "/console/topics"),
            ),
            Entry(
                "办理期限",
                "/console/deadlines",
                _MANAGER,
                also=("/console/supervision", "/console/cases"),
            ),
            Entry("办理时长", "/console/handling", _MANAGER),
            Entry("公开发布", "/console/publications", _MANAGER),
            Entry("待核内容", "/console/held", _SUPERVISOR),
            Entry("月度报告", "/reports", _MANAGER),
            Entry("大屏", "/console/wall", _MANAGER),
        ),
    ),
    Chapter(
        "系统",
        (
            Entry("人员", "/admin/staff", _ADMIN),
            Entry("大厅与窗口", "/admin/halls", _ADMIN, also=("/admin/windows",)),
            Entry("评价设备", "/admin/devices", _ADMIN),
            Entry("外部系统", "/admin/clients", _ADMIN),
            Entry("设置", "/admin/settings", _ADMIN),
            Entry("事项", "/admin/items", _ADMIN),
            Entry("导入事项", "/admin/import", _ADMIN),
            Entry("未送达通知", "/console/letters", _ADMIN | _SUPERVISOR),
            Entry("审计", "/admin/audit", _ADMIN | _SUPERVISOR),
        ),
    ),
    Chapter(
        "我的",
        (Entry("任务", "/works", ANY), Entry("账号", "/account", ANY)),
    ),
)


@dataclass(frozen=True)
class Place:
    """An entry as it is shown; `here` is the one where the reader is."""

    name: str
    address: str
    here: bool


def of(
    person: Staff | None, path: str, in_hall: UUID | None = None
) -> list[tuple[str, list[Place]]]:
    """The chapters with the entries that this person has.

    Args:
        in_hall: the hall in which entries that are of one hall lead on, where that was chosen.
    """
    if person is None:
        return []
    roles = {grant.role for grant in person.grants}
    shown = []
    for chapter in CHAPTERS:
        entries = [entry for entry in chapter.entries if entry.roles & roles]
        if entries:
            here = _nearest(entries, path)
            places = [Place(entry.name, _in(entry, in_hall), entry is here) for entry in entries]
            shown.append((chapter.name, places))
    return shown


def _in(entry: Entry, hall_id: UUID | None) -> str:
    return address(entry.address, hall_id=hall_id) if entry.of_hall else entry.address


def _nearest(entries: list[Entry], path: str) -> Entry | None:
    """The entry under whose address the path lies most closely."""
    nearest = max(entries, key=lambda entry: entry.nearness(path), default=None)
    return nearest if nearest and nearest.nearness(path) else None


_HOMES = ((_DESK, "/desk"), (_MANAGER, "/console"), (_ADMIN, "/admin/staff"))


def home(person: Staff | None) -> str:
    """Where somebody begins: at the work of the first of their roles that works at a desk, sees
    how a hall does, or looks after the system. `/` for nobody."""
    if person is None:
        return "/"
    roles = {grant.role for grant in person.grants}
    return next((address for of_roles, address in _HOMES if roles & of_roles), "/account")
