"""The journey: from a phone's application to a manager's satisfaction score."""

import asyncio
import json
import time
import uuid
from pathlib import Path
from typing import Any

import httpx

from app.demo.seed import PASSWORD
from app.demo.stage import Stage
from app.walkthrough import (
    at_window,
    deciding,
    hub_channels,
    hub_exchange,
    hub_rectification,
    hub_scores,
    pages,
)
from app.walkthrough.cast import Desk, Evaluator, Phone
from app.walkthrough.commands import command
from app.walkthrough.pictures import is_landscape, metadata_left, phone_photo, size_of
from app.walkthrough.report import Report

ITEM = "小餐饮登记"
FORM: dict[str, Any] = {
    "name": "老街面馆",
    "address": "青河县柳林镇中街 12 号",
    "credit_code": "91110108551385082Q",
    "area": 60,
    "kitchen_area": 15,
    "foods": ["热食类", "面点"],
    "workers": 3,
    "online_orders": False,
}
PERSON: dict[str, Any] = {
    "name": "王大山",
    "phone": "13800138000",
    "id_number": "11010519491231002X",
    "consent": True,
}
MESSAGES_IN_SECONDS = 60
"""The platform refuses a second message to a person while one is under way: some come later."""


class Journey:
    """One application and one visit, step by step; each chapter leaves what the next needs."""

    clerk: Desk
    """Of the window, on duty; signed in by `deciding`."""

    def __init__(
        self, stage: Stage, report: Report, photo: Path | None, catalog: Path | None
    ) -> None:
        self.stage = stage
        self.say = report
        self.photo = photo
        self.catalog = catalog
        self.hall = str(stage.hall.hall_id)

    async def play(self) -> None:
        """Play all chapters in order."""
        async with (
            httpx.AsyncClient(base_url=self.stage.url, timeout=30) as self.http,
            httpx.AsyncClient(base_url=self.stage.sandbox_url, timeout=10) as self.sandbox,
        ):
            await self.the_hall()
            await self.the_citizen_reads()
            await self.the_citizen_sends_photos()
            await self.the_citizen_submits()
            await deciding.play(self)
            await self.the_messages_arrived()
            await self.the_citizen_rates()
            for chapter in (at_window, hub_scores, hub_channels, hub_rectification, hub_exchange):
                await chapter.play(self)
            await pages.play(self)
            await self.the_operator_verifies()

    async def the_hall(self) -> None:
        """A hall with windows, staff and an evaluator exists; its catalogue is published."""
        self.say.chapter("A hall, its staff, its catalogue and an evaluator")
        alive = await Desk(self.http).get("/healthz")
        ready = await Desk(self.http).get("/readyz")
        self.say.step("the server is alive and ready", alive, ready)
        self.say.check(ready["database"] and ready["redis"], "database and Redis answer")
        spec = await Desk(self.http).get("/openapi.json")
        self.say.step("its API is described", f"{len(spec['paths'])} paths, {spec['openapi']}")
        self.admin = await Desk.sign_in(self.http, "admin", PASSWORD)
        windows = (await self.admin.get(f"/api/v1/halls/{self.hall}/windows"))["items"]
        staff = (await self.admin.get(f"/api/v1/halls/{self.hall}/staff"))["items"]
        self.window = windows[0]
        self.say.step("windows and staff", f"{len(windows)} windows, {len(staff)} people")
        if self.catalog:
            said = await self._import(self.catalog)
            self.say.step(f"imported {self.catalog.name}", said)
            again = await self._import(self.catalog)
            self.say.step("imported it again", again)
            self.say.check("新增 0，变更 0" in again, "a second import changes nothing")
        found = await Desk(self.http).get("/api/v1/items", hall_id=self.hall, limit=100)
        self.say.step("published items on the first page", len(found["items"]))
        self.say.check(len(found["items"]) >= 12, "at least 12 items")
        made = await self.admin.post(
            "/api/v1/devices",
            {"hall_id": self.hall, "name": "1号窗口评价器", "window_id": self.window["id"]},
            status=201,
        )
        self.say.step("a device is made, with a one-time code", made["code"])
        enrolled = await Desk(self.http).post(
            "/api/v1/devices/enrol", {"code": made["code"]}, status=201
        )
        self.evaluator = Evaluator(self.http, enrolled["device_id"], enrolled["key"])
        self.say.step("the evaluator enrolled and has its own key", enrolled["device_id"])
        await Desk(self.http).ask(
            "POST", "/api/v1/devices/enrol", status=422, json={"code": made["code"]}
        )
        self.say.step("the same code again is refused")

    async def _import(self, file: Path) -> str:
        return await self._command("catalog", "import", str(file), "--hall", "QINGHE")

    async def _command(self, *words: str) -> str:
        return await command(self.stage.settings, self.say, *words)

    async def the_citizen_reads(self) -> None:
        """A citizen logs in, searches the catalogue, opens a guide, says who they are."""
        self.say.chapter("A citizen logs in and reads")
        self.phone = Phone(self.http, self.sandbox, PERSON["name"])
        code = await self.phone.log_in()
        self.say.step("logged in with a wx.login code", code[:6] + "…")
        stranger = Phone(self.http, self.sandbox, "somebody else")
        refused = await stranger.ask(
            "POST", "/api/v1/citizens/log-in", status=401, json={"code": code}
        )
        self.say.step("the same code again is refused", refused["code"], refused["title"])
        listed = await self.phone.get("/api/v1/items", hall_id=self.hall, q="小餐饮", on_phone=True)
        self.say.step("searched 小餐饮 with 掌上办", [item["name"] for item in listed["items"]])
        self.say.check(len(listed["items"]) >= 1, "the search finds the item")
        item_id = next(i["id"] for i in listed["items"] if i["name"] == ITEM)
        facets = await self.phone.get("/api/v1/catalog/facets", hall_id=self.hall)
        self.say.step("filters", f"{len(facets['departments'])} departments")
        self.guide = await self.phone.get(f"/api/v1/items/{item_id}")
        self.say.step(
            f"opened the guide of {ITEM}",
            f"promised {self.guide['promised_days']} of {self.guide['legal_days']} days,",
            f"{len(self.guide['guide']['materials'])} materials",
        )
        masked = await self.phone.ask("PUT", "/api/v1/citizens/me", json=PERSON)
        self.say.step("said who they are", masked["name"], masked["phone"], masked["id_number"])
        self.say.check(PERSON["phone"] not in json.dumps(masked), "personal data is masked")
        await self.phone.allow_messages(3)
        self.say.step("allowed the four messages")

    async def the_citizen_sends_photos(self) -> None:
        """Photos come back upright, small, without metadata, to their owner alone."""
        self.say.chapter("Photos")
        given = (
            await asyncio.to_thread(self.photo.read_bytes) if self.photo else phone_photo("shop")
        )
        name = self.photo.name if self.photo else "shop.jpg"
        self.shop = await self.phone.upload(name, given)
        again = await self.phone.upload(name, given)
        self.say.step(
            f"sent {name}, {len(given):,} bytes", f"{self.shop['width']}×{self.shop['height']}"
        )
        self.say.equal(again["id"], self.shop["id"], "the same photo again is the same material")
        shown: bytes = await self.phone.get(f"/api/v1/materials/{self.shop['id']}/display")
        width, height = size_of(shown)
        self.say.step("it came back", f"{width}×{height}, {len(shown):,} bytes")
        self.say.check(max(width, height) <= 1600, "at most 1600 px on the long side")
        self.say.equal(width > height, is_landscape(given), "upright as people saw it")
        self.say.equal(metadata_left(shown), [], "no metadata is left")
        self.lease = await self.phone.upload("lease.jpg", phone_photo("lease"))
        self.health = await self.phone.upload("health.jpg", phone_photo("health"))
        self.pledge = await self.phone.upload("pledge.jpg", phone_photo("pledge"))
        refused = await self.phone.upload("notes.jpg", b"%PDF-1.7 not a photo", status=422)
        self.say.step("a file that is no photo is refused", refused["code"], refused["title"])
        other = Phone(self.http, self.sandbox, "somebody else")
        await other.log_in()
        await other.ask("GET", f"/api/v1/materials/{self.shop['id']}/display", status=404)
        self.say.step("somebody else cannot see it")

    def _application(self, form: dict[str, Any]) -> dict[str, Any]:
        photos = {"site_photos": self.shop, "lease": self.lease, "health": self.health}
        return {
            "item_id": self.guide["id"],
            "version_id": self.guide["version_id"],
            "form": form,
            "materials": [
                {"requirement": code, "material_ids": [photo["id"]]}
                for code, photo in (photos | {"safety_pledge": self.pledge}).items()
            ],
            "delivery": {"way": "electronic"},
        }

    async def the_citizen_submits(self) -> None:
        """Mistakes are told in Chinese; a repeat gets the same number."""
        self.say.chapter("The application")
        wrong = await self.phone.post(
            "/api/v1/cases", self._application(FORM | {"workers": 0}), status=422
        )
        self.say.step("a wrong form is refused", wrong["code"], wrong["errors"])
        key = str(uuid.uuid4())
        body = self._application(FORM)
        self.case = await self.phone.post("/api/v1/cases", body, status=201, key=key)
        again = await self.phone.post("/api/v1/cases", body, status=201, key=key)
        self.say.step("submitted; the case number is", self.case["number"])
        self.say.equal(again, self.case, "the repeat got the first answer")
        mine = (await self.phone.get("/api/v1/cases"))["items"]
        self.say.equal([case["number"] for case in mine], [self.case["number"]], "one case")

    async def the_messages_arrived(self) -> None:
        """The four messages reached WeChat, each once."""
        self.say.chapter("The messages")
        until = time.monotonic() + MESSAGES_IN_SECONDS
        inbox: list[dict[str, Any]] = (await self.phone.get("/api/v1/notices"))["items"]
        sent: list[dict[str, Any]] = []
        while len(sent) < len(inbox) and time.monotonic() < until:
            await asyncio.sleep(0.2)
            sent = await self.phone.messages()
        for message in sent:
            values = list(message["data"].values())
            self.say.step("WeChat showed", message["template_id"], " | ".join(values))
        shown = [(m["template_id"], m["data"]["phrase3"]) for m in sent]
        self.say.equal(len(shown), len(set(shown)), "none twice")
        self.say.equal(len(sent), len(inbox), "as many as are in the inbox")
        kinds = {template.rsplit("-", 1)[-1] for template, _ in shown}
        self.say.equal(kinds, {"rate", "ready", "reminder", "submitted"}, "all four kinds")

    async def the_citizen_rates(self) -> None:
        """一事一评: one rating for the case."""
        self.say.chapter("The citizen rates the case")
        rating = {"case_number": self.case["number"], "level": 5, "tags": ["517"]}
        first = await self.phone.post("/api/v1/ratings", rating, status=201)
        again = await self.phone.post("/api/v1/ratings", rating)
        self.say.step("rated", first["level"], [tag["text"] for tag in first["tags"]])
        self.say.equal(again["id"], first["id"], "a repeat got the first answer")
        other = rating | {"level": 4, "tags": []}
        refused = await self.phone.post("/api/v1/ratings", other, status=409)
        self.say.step("a second, different one is refused", refused["code"])

    async def the_operator_verifies(self) -> None:
        """The trail holds, and the score tables equal the ratings."""
        self.say.chapter("The operator verifies")
        for words in (("audit", "verify"), ("scores", "verify"), ("cases", "verify")):
            self.say.step(f"zhangban {' '.join(words)}", await self._command(*words))
