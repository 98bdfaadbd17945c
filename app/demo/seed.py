"""The demonstration hall: 青河县, its departments, windows, staff and evaluators. All invented."""

from dataclasses import dataclass
from uuid import UUID

from app.catalog import service as catalog
from app.core import db
from app.core.acts import Act
from app.core.auth import Role
from app.halls import accounts, service
from app.halls.rules import HallLevel
from app.halls.schemas import HallIn, RoleIn, StaffIn, WindowIn

PASSWORD = "zhangban-2026"  # noqa: S105 - the demonstration's, printed for everybody
HALL_CODE = "QINGHE"
WINDOWS = 6


@dataclass(frozen=True)
class Person:
    """One account of the demonstration."""

    login: str
    name: str
    role: Role
    what: str
    department: str | None = None


PEOPLE = (
    Person("admin", "系统管理员", Role.ADMIN, "管理员：人员、窗口、设备、事项"),
    Person("clerk1", "林小满", Role.CLERK, "1号窗口：受理、补正、出件"),
    Person("clerk2", "赵秋实", Role.CLERK, "2号窗口"),
    Person("reviewer", "周正明", Role.REVIEWER, "市场监管局审批", "市场监管局"),
    Person("reviewer2", "许文博", Role.REVIEWER, "市场监管局审批（第二人）", "市场监管局"),
    Person("fire", "陈立夏", Role.REVIEWER, "消防救援大队审批", "消防救援大队"),
    Person("urban", "何清源", Role.REVIEWER, "城市管理局审批", "城市管理局"),
    Person("land", "江映川", Role.REVIEWER, "自然资源局审批", "自然资源局"),
    Person("water", "秦若水", Role.REVIEWER, "水利局审批", "水利局"),
    Person("farm", "田有秋", Role.REVIEWER, "农业农村局审批", "农业农村局"),
    Person("plan", "柳成章", Role.REVIEWER, "发展和改革局审批", "发展和改革局"),
    Person("housing", "梁建方", Role.REVIEWER, "住房和城乡建设局审批", "住房和城乡建设局"),
    Person("shelter", "石长安", Role.REVIEWER, "人民防空办公室审批", "人民防空办公室"),
    Person("civil", "祝长宁", Role.REVIEWER, "民政局审批", "民政局"),
    Person("supervisor", "吴守正", Role.SUPERVISOR, "督查：第二人同意、督办"),
    Person("manager", "郑知微", Role.MANAGER, "满意度、参与率、报表"),
    Person("clerk3", "沈若兰", Role.CLERK, "3号窗口"),
    Person("clerk4", "罗春生", Role.CLERK, "4号窗口"),
)


@dataclass(frozen=True)
class DemoHall:
    """What was seeded, by the names that a person would use."""

    hall_id: UUID
    town_id: UUID


async def seed(act: Act) -> DemoHall:
    """Make the demonstration hall, or find the one that an earlier run made."""
    found = await db.fetch_one("SELECT id FROM halls WHERE code = $1", HALL_CODE)
    if found:
        town = await db.fetch_one("SELECT id FROM halls WHERE parent_id = $1", found["id"])
        assert town is not None
        return DemoHall(found["id"], town["id"])
    async with act.transaction():
        return await _make(act)


async def _make(act: Act) -> DemoHall:
    hall = await service.add_hall(
        act,
        HallIn(
            code=HALL_CODE,
            name="青河县政务服务中心",
            level=HallLevel.COUNTY,
            region_code="990100",
            address="青河县人民路 1 号",
            phone="12345",
            hours="工作日 9:00—12:00，13:30—17:00",
        ),
    )
    town = await service.add_hall(
        act,
        HallIn(
            code="LIULIN",
            name="柳林镇便民服务中心",
            level=HallLevel.TOWN,
            region_code="990100",
            parent_id=hall.id,
            address="柳林镇中街 8 号",
        ),
    )
    await catalog.load_demo(act, hall.id)
    wanted = {person.department for person in PEOPLE if person.department}
    departments = await service.ensure_departments(act, hall.id, wanted)
    for number in range(1, WINDOWS + 1):
        await service.add_window(
            act, hall.id, WindowIn(number=f"{number:02d}", name=f"综合窗口{number:02d}")
        )
    await service.add_window(act, town.id, WindowIn(number="01", name="便民服务窗口"))
    for number, person in enumerate(PEOPLE, 1):
        department_id = departments[person.department] if person.department else None
        role = RoleIn(role=person.role, hall_id=hall.id, department_id=department_id)
        await accounts.add_staff(
            act,
            hall.id,
            StaffIn(
                number=f"{number:04d}",
                name=person.name,
                login=person.login,
                password=PASSWORD,
                roles=[role],
            ),
            own_password=True,
        )
    return DemoHall(hall.id, town.id)
