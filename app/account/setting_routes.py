"""A hall's settings with their history, and the server's, which are only read here."""

from uuid import UUID

import msgspec

from app.account import scopes, setting_names, stories, words
from app.account.forms import HallQuery, RatingSettingsForm
from app.core.api import Call
from app.core.auth import Role, require_staff, staff
from app.halls import administration
from app.pages.routes import PageRoutes, Redirect, View
from evaluations.ratings import hall_rules
from evaluations.ratings.schemas import HallRulesIn

pages = PageRoutes("admin-settings", "/admin/settings")
ADMIN = staff(Role.ADMIN)


@pages.page("/", guard=ADMIN)
async def settings_page(call: Call, query: HallQuery) -> View:
    """What a hall has set, who changed it, and how the server is set."""
    act = call.act
    chosen = await scopes.chosen(act, query.hall)
    about = f"hall:{chosen.hall.id}"
    on_top = await administration.on_top(require_staff(act.actor), Role.ADMIN)
    return View(
        "account/settings.html",
        title="设置",
        chosen=chosen,
        rules=await hall_rules.read(act, chosen.hall.id),
        names=words.RATING_SETTINGS,
        story=await stories.of(act, chosen.hall.id, about, verb="ratings.settings_changed"),
        days=await stories.of(act, chosen.hall.id, about, verb="hall.day_set"),
        server=setting_names.shown(act.house.settings) if on_top else None,
    )


@pages.form("/<hall_id:uuid>/ratings", guard=ADMIN)
async def change_rating_settings(call: Call, hall_id: UUID, body: RatingSettingsForm) -> Redirect:
    """Set how a hall has itself rated."""
    new = msgspec.convert(body, HallRulesIn, from_attributes=True)
    await hall_rules.change(call.act, hall_id, new)
    return Redirect(f"/admin/settings?hall={hall_id}", said="评价设置已保存，从现在起生效。")
