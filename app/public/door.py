"""The house's door, and what is told about it: how to rate, and what is kept of people."""

from app.core.acts import Act
from app.halls import directory
from app.halls.schemas import HallShown
from app.pages.routes import View
from app.public import guides
from evaluations.ratings.rules import LEVEL_NAMES, RATEABLE_DAYS, SUPPLEMENT_DAYS, Kind

DAYS_IN_A_YEAR = 365.25
NOT_FOR_MACHINES = (
    "/account",
    "/admin",
    "/api/",
    "/console",
    "/desk",
    "/kiosk",
    "/q/",
    "/sign-in",
    "/v/",
    "/wall/",
)
"""What a search engine has no business with: codes of services and papers, and staff's pages."""


async def door() -> View:
    """The first page: where the halls are, and the ways into all that is for everybody."""
    halls = await directory.every_hall()
    return View(
        "public/door.html",
        title="首页",
        halls=_heads(halls),
        below=[hall for hall in halls if hall.parent_id is not None],
        items=await guides.most_used(),
        limit=guides.limit,
    )


def _heads(halls: list[HallShown]) -> list[HallShown]:
    """The halls that stand at the top of a tree."""
    known = {hall.id for hall in halls}
    return [hall for hall in halls if hall.parent_id not in known]


def how_to_rate(act: Act) -> View:
    """How a service is rated, and what becomes of a rating."""
    settings = act.house.settings
    return View(
        "public/how_to_rate.html",
        title="怎样评价",
        levels=LEVEL_NAMES,
        visit_days=RATEABLE_DAYS[Kind.VISIT],
        case_days=RATEABLE_DAYS[Kind.CASE],
        supplement_days=SUPPLEMENT_DAYS,
        days=settings.rectification_days,
        complex_days=settings.rectification_complex_days,
        contact_days=settings.rectification_contact_days,
    )


def privacy(act: Act) -> View:
    """What is kept of people, what for and how long, by the settings in force."""
    settings = act.house.settings
    return View(
        "public/privacy.html",
        title="个人信息怎样保护",
        settings=settings,
        case_years=round(settings.case_retention_days / DAYS_IN_A_YEAR, 1),
        photos_checked=settings.moderation_images,
        real_name=bool(settings.real_name_url),
        province=bool(settings.exchange_url),
        names_to_province=settings.exchange_names,
    )


def robots() -> str:
    """What search engines are asked to leave alone."""
    return "\n".join(["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_MACHINES), ""])
