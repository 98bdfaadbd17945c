"""A page of charts of every kind, as a front's page would hold them."""

import random
from datetime import date, timedelta
from typing import Any

from playwright.async_api import Page, Route

from app.pages import charts, render
from app.pages.words import short_day

Spec = dict[str, Any]
_PAGE = """{% extends "layout.html" %}
{% import "parts.html" as ui with context %}
{% block main %}{{ ui.heading("图表") }}
{% for id, spec, caption in charts if id == "several" %}
{% call ui.card() %}{{ ui.chart(id, spec, caption) }}{% endcall %}
{% endfor %}
<div class="grid">
{% for id, spec, caption in charts if id != "several" %}
{% call ui.card() %}{{ ui.chart(id, spec, caption, note="同期数据") }}{% endcall %}
{% endfor %}
</div>{% endblock %}"""
LEVELS = ("非常满意", "满意", "基本满意", "不满意", "非常不满意")


def behind(name: str, count: int) -> list[str]:
    """Where the points of a chart lead to."""
    return [f"/behind/{name}/{n}" for n in range(count)]


def trend(days: int = 31, gap: int = 11) -> Spec:
    """Satisfaction by day with its interval; nothing on one of the days."""
    chance = random.Random(6)
    values: list[float | None] = [0.955 + chance.random() * 0.04 for _ in range(days)]
    values[gap] = None
    return {
        "kind": "line",
        "unit": "percent",
        "labels": [short_day(date(2026, 3, 1) + timedelta(days=n)) for n in range(days)],
        "series": [
            {
                "name": "全中心",
                "values": values,
                "lows": [None if v is None else v - 0.03 for v in values],
                "highs": [None if v is None else min(1.0, v + 0.015) for v in values],
                "links": behind("trend", days),
            }
        ],
    }


def several() -> Spec:
    """Four windows over a year."""
    chance = random.Random(7)
    names = ("综合窗口01", "综合窗口02", "不动产登记窗口", "医保社保窗口")
    return {
        "kind": "line",
        "unit": "percent",
        "labels": [f"{month}月" for month in range(1, 13)],
        "series": [
            {
                "name": name,
                "values": [0.9 + at * 0.015 + chance.random() * 0.03 for _ in range(12)],
                "links": behind(f"several-{at}", 12),
            }
            for at, name in enumerate(names)
        ],
    }


def tags() -> Spec:
    """How often tags were given."""
    texts = ("办事效率高", "服务热情", "一次告知清楚", "材料能少则少", "引导标识清晰", "等候时间短")
    values = [1204, 987, 610, 333, 120, 8]
    return {
        "kind": "bar",
        "unit": "count",
        "labels": [f"{text}、态度好" for text in texts],
        "series": [{"name": "次数", "values": values, "links": behind("tags", 6)}],
    }


def hours() -> Spec:
    """Two periods beside each other."""
    return {
        "kind": "bar",
        "unit": "days",
        "labels": ["市场监管局", "水利局", "消防救援", "住建局", "教育局"],
        "series": [
            {"name": "本期", "values": [2.1, 3.4, 1.2, None, 4.8], "links": behind("now", 5)},
            {"name": "上期", "values": [2.6, 3.1, 1.9, 5.2, 4.4], "links": behind("before", 5)},
        ],
    }


def ranking() -> Spec:
    """Windows with the uncertainty of their scores."""
    values = [0.992, 0.985, 0.97, 0.95, 0.93, 1.0, 0.88]
    spread = [0.004, 0.01, 0.02, 0.01, 0.03, 0.3, 0.06]
    return {
        "kind": "interval",
        "unit": "percent",
        "labels": [f"{n}号窗口（综合受理）" for n in range(1, 8)],
        "series": [
            {
                "name": "满意度",
                "values": values,
                "lows": [v - s for v, s in zip(values, spread, strict=True)],
                "highs": [min(1.0, v + s / 2) for v, s in zip(values, spread, strict=True)],
                "links": behind("ranking", 7),
            }
        ],
    }


def levels() -> Spec:
    """Levels by channel, as shares of all."""
    shares = ((0.72, 0.8, 0.6), (0.2, 0.12, 0.3), (0.05, 0.04, 0.06), (0.02, 0.03, 0.03))
    rest = (0.01, 0.01, 0.01)
    return {
        "kind": "stacked",
        "unit": "percent",
        "labels": ["二维码", "大厅平板", "小程序"],
        "series": [
            {"name": name, "values": list(values), "links": behind(f"level-{at}", 3)}
            for at, (name, values) in enumerate(zip(LEVELS, (*shares, rest), strict=True))
        ],
    }


EVERY = (
    ("trend", trend(), "满意度走势"),
    ("several", several(), "各窗口满意度"),
    ("ranking", ranking(), "窗口排名"),
    ("tags", tags(), "评价标签"),
    ("hours", hours(), "平均办理时间"),
    ("levels", levels(), "各渠道评价等级"),
    ("nothing", {"kind": "line", "unit": "count", "labels": [], "series": []}, "没有数据的图"),
)


async def show(page: Page, *wanted: str, drawn: bool = True) -> None:
    """Open a page of these charts (all of them by default), under the policy of all pages."""
    chosen = [one for one in EVERY if not wanted or one[0] in wanted]
    template = render._environment().from_string(_PAGE)
    values = {"me": None, "home": "/", "navigation": [], "csrf": "", "said": "", "path": "/"}
    html = template.render(charts=chosen, title="图表", **values)

    async def answer(route: Route) -> None:
        headers = {**render.HEADERS, "Content-Type": "text/html; charset=utf-8"}
        await route.fulfill(body=html, headers=headers)

    await page.route("**/charts", answer)
    await page.goto("/charts")
    for name, spec, _ in chosen:
        if drawn and spec["labels"]:
            await page.locator(f"#{name}").scroll_into_view_if_needed()
            await page.locator(f"#{name}[data-drawn]").wait_for()


def texts_of(spec: Spec) -> list[list[str]]:
    """The values of each series in words."""
    return [one["texts"] for one in charts.charted(spec)["series"]]
