"""A county's catalogue for the bench: 1,135 items with whole guides, imported as a hall does it.

`BENCH_CATALOG=file.csv make bench …` takes a real catalogue; otherwise one is made up, with names
put together as real ones are.
"""

import asyncio
import csv
import io
import os
from importlib import resources
from itertools import islice, product
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec

from app import server
from app.catalog import demo
from app.catalog import service as catalog
from app.catalog.guide import Kind
from app.catalog.import_schemas import ItemFile
from app.catalog.importer import Entry, read_file
from app.core.acts import system_act
from tests.bench.ground import HALL, Ground, Layout, numbered

ITEMS = 1_135
TOWN = Layout(halls=1, windows=8)
"""One hall; its items are those of the catalogue."""
HALL_ID = numbered(HALL, 0)
_THINGS = (
    ("市场监管局", "食品经营许可 食品生产许可 小餐饮登记 药品零售许可 医疗器械经营备案 公司登记 "
     "个体工商户登记 特种设备使用登记 计量标准核准 检验检测机构资质认定 股权出质登记 广告发布登记"),
    ("交通运输局", "道路旅客运输经营许可 道路货物运输经营许可 巡游出租汽车经营许可 机动车维修备案 "
     "公路超限运输许可 港口经营许可 船舶营业运输证 机动车驾驶员培训备案 涉路施工许可"),
    ("人力资源和社会保障局", "劳务派遣经营许可 人力资源服务许可 工伤认定 失业保险金申领 社会保障卡 "
     "养老保险关系转移 职业技能培训补贴 就业困难人员认定 创业担保贷款 灵活就业参保登记"),
    ("自然资源和规划局", "建设用地规划许可 建设工程规划许可 国有建设用地使用权登记 采矿权登记 "
     "不动产转移登记 不动产抵押登记 临时用地审批 林木采伐许可 土地复垦方案审查"),
    ("住房和城乡建设局", "建筑工程施工许可 商品房预售许可 燃气经营许可 排水许可 房屋租赁备案 "
     "公共租赁住房申请 物业服务招标备案 城市树木砍伐审批 建筑起重机械使用登记"),
    ("卫生健康局", "医疗机构执业许可 公共场所卫生许可 护士执业注册 医师执业注册 饮用水供水卫生许可 "
     "放射诊疗许可 母婴保健技术服务许可 生育登记 消毒产品生产企业卫生许可"),
    ("公安局", "旅馆业特种行业许可 公章刻制备案 剧毒化学品购买许可 烟花爆竹运输许可 户口迁移 "
     "居民身份证 无犯罪记录证明 机动车登记 大型群众性活动安全许可"),
    ("民政局", "社会团体登记 民办非企业单位登记 养老机构备案 最低生活保障 特困人员认定 高龄津贴 "
     "残疾人两项补贴 临时救助 婚姻登记 地名命名"),
    ("农业农村局", "动物防疫条件审查 农药经营许可 兽药经营许可 种子生产经营许可 拖拉机登记 "
     "生鲜乳收购许可 渔业捕捞许可 农产品质量安全检测机构考核"),
    ("水务局", "取水许可 河道采砂许可 生产建设项目水土保持方案 洪水影响评价 水工程建设规划同意书"),
)  # fmt: skip
_ACTS = [
    "核发",
    "变更",
    "延续",
    "注销",
    "补办",
    "变更名称",
    "变更法定代表人（负责人）",
    "变更经营场所",
    "查询",
    "年度检验",
    "到期换证",
    "撤销",
    "信息更正（县级权限）",
]
_KINDS = (Kind.LICENCE, Kind.LICENCE, Kind(20), Kind(10))


def _made_up() -> bytes:
    """A catalogue of `ITEMS` items, as CSV."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["department", "group", "name", "implementation_code", "kind_code"])
    named = [(department, thing) for department, things in _THINGS for thing in things.split()]
    pairs = product(_ACTS, named)
    for n, (act, (department, thing)) in enumerate(islice(pairs, ITEMS)):
        code = f"511Z{n:07}-990100000000-000-11990100BENCH{n:07}-1-00"
        sheet.writerow([department, thing, f"{thing}{act}", code, _KINDS[n % len(_KINDS)].value])
    return out.getvalue().encode()


def _listed() -> bytes:
    """The catalogue to import, as CSV."""
    given = os.environ.get("BENCH_CATALOG")
    return Path(given).read_bytes() if given else _made_up()


def _with_guides(entries: list[Entry]) -> bytes:
    """The items of a CSV, each with the guide of one of the demonstration's, as JSON."""
    files = [file for file in resources.files(demo).iterdir() if file.name.endswith(".json")]
    raws = [file.read_bytes() for file in sorted(files, key=lambda file: file.name)]
    shown = [msgspec.json.decode(raw, type=ItemFile) for raw in raws]
    guides = [item.content for item in shown if not item.bundle]
    items = []
    for n, entry in enumerate(entries):
        own = entry.content(None)
        like = guides[n % len(guides)]
        content = msgspec.structs.replace(
            own, guide=like.guide, legal_days=like.legal_days, promised_days=like.promised_days
        )
        items.append(
            ItemFile(implementation_code=entry.code, department=entry.department, content=content)
        )
    return msgspec.json.encode([*items, *(item for item in shown if item.bundle)])


def make(ground: Ground, database: str) -> None:
    """A migrated database with a hall that has imported its catalogue: first the list, as CSV,
    then the guides, as JSON, which makes a second version of every item."""
    ground.make(database, TOWN)
    asyncio.run(_fill(ground, database))


async def _fill(ground: Ground, database: str) -> None:
    found = await asyncpg.connect(ground.on(database).database_url)
    await found.execute("DELETE FROM items")  # those of ratings have no versions
    await found.close()
    raw = _listed()
    listed, whole = ground.folder / "catalog.csv", ground.folder / "catalog.json"
    listed.write_bytes(raw)
    whole.write_bytes(_with_guides(read_file(raw, is_json=False).entries))
    async with server.open_house(ground.on(database)) as house:
        for path in (listed, whole):
            await catalog.import_file(system_act(house, "bench"), HALL_ID, path)
    found = await asyncpg.connect(ground.on(database).database_url)
    await found.execute("VACUUM ANALYZE items, item_versions, item_index")
    await found.close()


def items(ground: Ground, database: str) -> list[tuple[UUID, str, UUID]]:
    """Id, name and department of all published items, in a fixed order."""

    async def read() -> list[tuple[UUID, str, UUID]]:
        found = await asyncpg.connect(ground.on(database).database_url)
        rows = await found.fetch(
            "SELECT item_id, name, department_id FROM item_versions WHERE state = 'published'"
            " ORDER BY item_id"
        )
        await found.close()
        return [tuple(row) for row in rows]

    return asyncio.run(read())
