"""The pages of the hall, as a browser asks for them: signing in, and each front by its address."""

import re
from typing import TYPE_CHECKING

import httpx

from app.core.csrf import HEADER
from app.core.identity import COOKIE
from app.demo.addresses import ADDRESSES, ANYBODY, Address
from app.demo.seed import PASSWORD

if TYPE_CHECKING:
    from app.walkthrough.journey import Journey

BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
_TOKEN = re.compile(r'<meta name="csrf" content="([^"]+)"')


async def play(journey: "Journey") -> None:
    """Each front opens for whoever it is for, and for nobody else."""
    say = journey.say
    say.chapter("What people look at")
    await _a_stranger_is_sent_to_the_sign_in(journey)
    for address in ADDRESSES:
        async with _browser(journey) as browser:
            if address.login is not ANYBODY:
                await _sign_in(journey, browser, address)
            await _look(journey, browser, address)
    await _a_change_needs_a_page_of_ours(journey)


def _browser(journey: "Journey") -> httpx.AsyncClient:
    """A browser with cookies of its own."""
    return httpx.AsyncClient(base_url=journey.stage.url, headers=BROWSER, timeout=30)


async def _a_stranger_is_sent_to_the_sign_in(journey: "Journey") -> None:
    async with _browser(journey) as browser:
        answer = await browser.get("/console")
    where = answer.headers.get("Location", "")
    journey.say.equal(answer.status_code, httpx.codes.SEE_OTHER, "a stranger is sent on")
    journey.say.check(where.startswith("/sign-in?next="), "to the sign-in, and back from there")


async def _sign_in(journey: "Journey", browser: httpx.AsyncClient, address: Address) -> None:
    """Fill in the sign-in form, as a browser sends it."""
    asked = await browser.get("/sign-in", params={"next": address.path})
    journey.say.equal(asked.status_code, httpx.codes.OK, "the sign-in's page")
    form = {"login": address.login, "password": PASSWORD, "next": address.path}
    answer = await browser.post("/sign-in", data=form)
    journey.say.equal(answer.status_code, httpx.codes.SEE_OTHER, f"{address.login} signs in")
    journey.say.equal(answer.headers["Location"], address.path, "and is where they wanted to go")
    kept = next(line for line in answer.headers.get_list("Set-Cookie") if COOKIE in line)
    journey.say.check("HttpOnly" in kept and "SameSite=Lax" in kept, "no script reads the cookie")


async def _look(journey: "Journey", browser: httpx.AsyncClient, address: Address) -> None:
    answer = await browser.get(address.path)
    journey.say.equal(answer.status_code, httpx.codes.OK, address.path)
    policy = answer.headers.get("Content-Security-Policy", "")
    journey.say.check(
        "default-src 'none'" in policy and "unsafe" not in policy,
        f"{address.path} allows no script but its own",
    )
    journey.say.check('lang="zh-CN"' in answer.text, f"{address.path} is in Chinese")
    who = "" if address.login is ANYBODY else f"as {address.login}"
    journey.say.step(address.what, f"{journey.stage.url}{address.path}", who)


async def _a_change_needs_a_page_of_ours(journey: "Journey") -> None:
    """A form elsewhere cannot sign somebody out; the page's own button does."""
    say, console = journey.say, Address("", "/console", "manager")
    async with _browser(journey) as browser:
        await _sign_in(journey, browser, console)
        page = await browser.get(console.path)
        foreign = await browser.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
        say.equal(foreign.status_code, httpx.codes.FORBIDDEN, "without the page's token")
        token = _TOKEN.search(page.text)
        assert token, "every page of staff carries its token"
        done = await browser.post("/sign-out", headers={HEADER: token[1]})
        say.equal(done.status_code, httpx.codes.SEE_OTHER, "with the page's token")
        after = await browser.get(console.path)
        say.equal(after.status_code, httpx.codes.SEE_OTHER, "signed out, a stranger again")
    say.step("a form elsewhere changes nothing; the page's own button signs out")
