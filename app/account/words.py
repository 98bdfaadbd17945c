"""What roles, levels and settings are called on these pages."""

from sanic import Request

from app.core.auth import Role
from app.halls.rules import HallLevel

ROLES = {
    Role.CLERK: "窗口人员",
    Role.REVIEWER: "审批人员",
    Role.SUPERVISOR: "督查员",
    Role.MANAGER: "管理者",
    Role.ADMIN: "系统管理员",
}
LEVELS = {
    HallLevel.CITY: "市级",
    HallLevel.COUNTY: "县级",
    HallLevel.TOWN: "乡镇级",
    HallLevel.VILLAGE: "村级",
}
RATING_SETTINGS = {
    "rate_acceptance": "受理环节单独评价",
    "rate_issue": "出证环节单独评价",
    "uses_points": "得分同时显示分值（10、8、6、3、0）",
    "invite_after_days": "服务结束几天后邀请评价",
    "check_percent": "纸质评价复核比例（%）",
}
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device_of(request: Request) -> str:
    """What somebody will recognise the browser of a request by."""
    return device(request.headers.getone("User-Agent", ""))


def device(user_agent: str) -> str:
    """What somebody will recognise a browser by: `Chrome · Windows`."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "浏览器")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} · {system}" if system else browser
