"""What invented applicants fill in: of each item the answers and the form, as its guide asks."""

from dataclasses import dataclass, field
from typing import Any

from app.demo.invented import (
    DIRECTOR,
    FARMER,
    FIRM,
    FIRM_CODE,
    GRANDMOTHER,
    Somebody,
    credit_code,
)

Form = dict[str, Any]
PROJECT = "青河豆制品厂一期"
PROJECT_CODE = "2026-990100-14-01-000123"
SITE = "青河县城北工业园区三号路 6 号地块"


@dataclass(frozen=True)
class Application:
    """An application for the item of this name."""

    item: str
    form: Form
    answers: dict[str, list[str]] = field(default_factory=dict)


RESTAURANT = Application(
    "开餐馆一件事",
    {
        "name": "青河县阿明面馆",
        "address": "青河县柳林镇中街 36 号",
        "scope": "餐饮服务（热食类食品制售、自制饮品制售）",
        "area": 120,
        "kitchen_area": 30,
        "seats": 40,
        "workers": 5,
        "projects": ["热食类食品制售", "自制饮品制售"],
        "fuel": "管道燃气",
        "gas_alarm": True,
        "by_pledge": False,
        "sign_length": 4.2,
        "sign_height": 1.2,
        "open_on": "2026-06-01",
    },
    {"cooking": ["here"], "size": ["small"], "sign": ["yes"]},
)
_BUILDER = {
    "owner": FIRM,
    "credit_code": FIRM_CODE,
    "project": PROJECT,
    "place": SITE,
    "contact": DIRECTOR.name,
    "phone": DIRECTOR.phone,
}
LAND = Application(
    "工程建设项目立项用地规划许可阶段",
    _BUILDER
    | {
        "content": "新建豆制品生产车间一栋，建筑面积 6000 平方米，年产豆制品 2000 吨。",
        "investment": 1800,
        "area": 1.2,
        "farmland": 0,
        "use": "工业",
    },
    {"supply": ["granted"], "new_land": ["yes"]},
)
DESIGN = Application(
    "工程建设项目工程建设许可阶段",
    _BUILDER
    | {
        "project_code": PROJECT_CODE,
        "floor_area": 6000,
        "height": 15,
        "design_unit": "青河县建筑设计所",
        "occupied": 1.2,
        "earthwork": 4200,
    },
    {"soil": ["form"], "published": ["yes"]},
)
BUILDING = Application(
    "工程建设项目施工许可阶段",
    _BUILDER
    | {
        "project_code": PROJECT_CODE,
        "floor_area": 6000,
        "price": 1250,
        "builder": "青河县第二建筑公司",
        "shelter_area": 300,
        "begin_on": "2026-07-01",
        "end_on": "2027-05-31",
    },
    {"special": ["no"], "shelter": ["yes"], "supervised": ["no"]},
)
COMPLETION = Application(
    "工程建设项目竣工验收阶段",
    _BUILDER
    | {
        "project_code": PROJECT_CODE,
        "permit": "990100202606080101",
        "floor_area": 6012.5,
        "builder": "青河县第二建筑公司",
        "finished_on": "2027-05-20",
    },
    {"special": ["no"], "shelter": ["no"]},
)
STAGES = (LAND, DESIGN, BUILDING, COMPLETION)


def allowance(who: Somebody) -> Application:
    """The allowance for the old, for oneself."""
    form: Form = {
        "for_whom": "本人",
        "elder_name": who.name,
        "elder_id": who.says["id_number"],
        "village": "柳林镇石桥村",
        "bank": "青河农村商业银行",
        "account": "6212990100000001234",
        "living": "独居",
        "visit_needed": False,
    }
    return Application("高龄津贴申请", form)


MILK = Application(
    "生鲜乳准运证明核发",
    {
        "owner": FARMER.name,
        "plate": "川X12345",
        "tank_material": "不锈钢",
        "tank_volume": 3,
        "driver": FARMER.name,
        "escort": GRANDMOTHER.name,
        "from": "柳林镇石桥村奶站",
        "to": "青河县乳品厂",
        "contact": FARMER.phone,
    },
)


def small_restaurant(name: str, address: str) -> Application:
    """Registering a small restaurant."""
    form: Form = {
        "name": name,
        "address": address,
        "credit_code": credit_code(2),
        "area": 45,
        "kitchen_area": 12,
        "foods": ["热食类", "面点"],
        "workers": 2,
        "online_orders": False,
    }
    return Application("小餐饮登记", form)


def household(name: str, address: str, phone: str) -> Application:
    """Setting up a household business, on the spot."""
    form: Form = {
        "name": name,
        "address": address,
        "scope": "日用百货零售",
        "composition": "个人经营",
        "workers": 1,
        "shop_phone": phone,
        "paper": False,
    }
    return Application("个体工商户设立登记", form)


def food_business(name: str, address: str, manager: Somebody) -> Application:
    """A licence to sell food, which is looked at in two stages."""
    form: Form = {
        "name": name,
        "credit_code": credit_code(3),
        "address": address,
        "type": "食品销售经营者",
        "projects": ["散装食品销售"],
        "area": 80,
        "workers": 3,
        "manager": manager.name,
        "manager_phone": manager.phone,
        "online": False,
    }
    return Application("食品经营许可（新办）", form)
