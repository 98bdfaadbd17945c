"""HTTP of the public pages. Nobody signs in here, and nothing is said but what the API says too."""

from uuid import UUID

from app.core.api import Call, Routes
from app.core.auth import ANYONE
from app.core.decoding import JSON
from app.core.wire import File
from app.pages import assets
from app.pages.routes import PageRoutes, Redirect, View
from app.public import door, guides, published, rating, verification
from app.public.schemas import CodeQuery, GuideQuery, RatingForm
from evaluations.ratings import links
from evaluations.ratings.refusals import Refusal, Unfit

pages = PageRoutes("public", "")
files = Routes("public_files", "")
A_WHILE = "public, max-age=300"
"""For files that are the same for everybody."""
A_MINUTE = "private, max-age=60"
"""For pages that need not be of this moment: a slow phone goes back to them without waiting."""


@pages.page("/", guard=ANYONE)
async def front_door(call: Call) -> View:
    """The house's door: halls, guides, published scores, verification, how to rate."""
    return await door.door()


@pages.page("/about/rating", guard=ANYONE, cache=A_MINUTE)
async def about_rating(call: Call) -> View:
    """How a service is rated, and what becomes of a rating."""
    return door.how_to_rate(call.act)


@pages.page("/about/privacy", guard=ANYONE, cache=A_MINUTE)
async def about_privacy(call: Call) -> View:
    """What is kept of people, what for and how long."""
    return door.privacy(call.act)


@files.get("/robots.txt", guard=ANYONE)
async def robots(call: Call) -> File:
    """What search engines are asked to leave alone."""
    return File(door.robots().encode(), "text/plain; charset=utf-8", cache=A_WHILE)


@files.get("/favicon.ico", guard=ANYONE)
async def favicon(call: Call) -> File:
    """The mark, for browsers that ask for it without being told where it is."""
    mark = assets.files()["mark.svg"].read_bytes()
    return File(mark, assets.KINDS[".svg"], inline=True, cache=A_WHILE)


@pages.page("/q/<code:str>", guard=ANYONE)
async def look_at_code(call: Call, code: str) -> View:
    """The five faces, for whoever scanned a window's or a visit's code or got a message."""
    await links.slow_down(call.act, call.address, code, links.LOOKS)
    return await rating.page(call.act, code)


@pages.form("/q/<code:str>", guard=ANYONE)
async def rate(call: Call, code: str, body: RatingForm) -> View | Redirect:
    """Rate by a code, without an account. The same form sent again is thanked for again."""
    await links.slow_down(call.act, call.address, code, links.RATINGS)
    try:
        await links.rate(call.act, code, body.rating())
    except Refusal as refusal:
        if JSON in call.request.headers.getone("Accept", ""):
            raise  # the page's script shows it beside the form
        if isinstance(refusal, Unfit):
            return await rating.again(call.act, code, body, refusal)
        return rating.closed(refusal)
    return Redirect(f"/q/{code}/thanks")


@pages.page("/q/<code:str>/thanks", guard=ANYONE)
async def thanks(call: Call, code: str) -> View:
    """Thanks for a rating; says nothing of it. A page of its own: loading it again sends nothing.

    The code is not looked at: at a window, somebody else may be served by now.
    """
    return rating.thanks(call.act)


@pages.page("/published", guard=ANYONE, cache=A_MINUTE)
async def published_front(call: Call) -> View:
    """Every hall that publishes its scores, with the newest month."""
    return await published.front()


@pages.page("/published/<hall_id:uuid>", guard=ANYONE, cache=A_MINUTE)
async def published_hall(call: Call, hall_id: UUID) -> View:
    """The months that a hall has published."""
    return await published.hall_page(hall_id)


@pages.page("/published/<hall_id:uuid>/<month:str>", guard=ANYONE, cache=A_MINUTE)
async def published_month(call: Call, hall_id: UUID, month: str) -> View:
    """A published month: figures, how they are counted, and what proves them."""
    return await published.month_page(call.act, hall_id, month)


@pages.page("/guides", guard=ANYONE, cache=A_MINUTE)
async def list_guides(call: Call, query: GuideQuery) -> View:
    """Guides, found by words, pinyin, everyday words, department, kind and flags."""
    return await guides.listed(query)


@pages.page("/guides/<item_id:uuid>", guard=ANYONE, cache=A_MINUTE)
async def show_guide(call: Call, item_id: UUID) -> View:
    """One guide, with the list that applies to the answers in the address."""
    args = dict(call.request.get_args(keep_blank_values=False))  # its own `get` drops all but one
    return await guides.shown(item_id, guides.answers_in(args))


@pages.page("/v", guard=ANYONE)
async def ask_for_code(call: Call, query: CodeQuery) -> View:
    """The page on which a paper's code is typed; with one, the verification."""
    if not query.code.strip():
        return verification.asked()
    return await verification.verified(call.act, query.code, call.address)


@pages.page("/v/<code:str>", guard=ANYONE)
async def verify(call: Call, code: str) -> View:
    """Whether a paper is genuine and holds: what a phone opens that scans its QR code."""
    return await verification.verified(call.act, code, call.address)
