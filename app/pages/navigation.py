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
    also: tuple[str, ...] = ()
    """Further addresses under which lies what it leads to."""

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
            Entry("工作台", "/desk", _DESK | _MANAGER, exact=True, also=("/desk/cases",)),
            Entry("窗口收件", "/desk/intake", _CLERK),
            Entry("审批任务", "/desk/tasks", _REVIEWER),
            Entry("承诺核查", "/desk/pledges", _REVIEWER),
            Entry("待我同意", "/desk/consents", _REVIEWER | _SUPERVISOR),
            Entry("期限", "/desk/deadlines", _DESK),
            Entry("联合会商", "/desk/meetings", _DESK | _MANAGER),
            Entry("工程项目", "/desk/projects", _CLERK | _MANAGER),
            Entry("待核项目代码", "/desk/project-claims", _CLERK),
            Entry("一次缴费", "/desk/fees", _DESK),
            Entry("一次领证", "/desk/handovers", _CLERK),
            Entry("邮寄", "/desk/shipments", _CLERK | _SUPERVISOR),
            Entry("补录评价", "/desk/ratings", _CLERK),
            Entry("督办答复", "/desk/supervision", _DESK),
            Entry("登记受理", "/desk/registrations", _CLERK),
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
            Entry("大厅与窗口", "/admin/halls", _ADMIN),
            Entry("评价设备", "/admin/devices", _ADMIN),
            Entry("外部系统", "/admin/clients", _ADMIN),
            Entry("设置", "/admin/settings", _ADMIN),
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
