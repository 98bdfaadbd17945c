"""A browser without a screen: keeps cookies, sends forms with the token of the page before."""

import re
from html.parser import HTMLParser

import httpx

from app.core.acts import Act
from tests.places import PASSWORD, Place, staff_headers


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.token = ""
        self._skip = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "style"):
            self._skip += 1
        if tag == "meta" and given.get("name") == "csrf":
            self.token = given.get("content") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._skip -= 1

    def handle_data(self, data: str) -> None:
        if not self._skip:
            self.words.append(data)


def said(answer: httpx.Response) -> str:
    """What a page says, without its markup, with one blank between words."""
    reader = _Reader()
    reader.feed(answer.text)
    return re.sub(r"\s+", " ", " ".join(reader.words))


def token_in(answer: httpx.Response) -> str:
    """The token that a page's forms carry."""
    reader = _Reader()
    reader.feed(answer.text)
    return reader.token


class Browser:
    """One person's browser."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        """`client` is nobody; the browser keeps its own cookies."""
        self._client = client
        self.cookies: dict[str, str] = {}
        self.headers: dict[str, str] = {}

    async def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return self._keep(await self._client.get(path, headers=self._own()))

    async def send(self, path: str, on: str | None = None, **values: object) -> httpx.Response:
        """Send a form of the page `on` (by itself the form's own address)."""
        fields = {name.replace("__", "."): str(value) for name, value in values.items()}
        if self.headers or "zhangban" in self.cookies:
            fields["csrf"] = token_in(await self.get(on or "/account"))
        return self._keep(await self._client.post(path, data=fields, headers=self._own()))

    async def sign_in(self, login: str, password: str = PASSWORD, to: str = "") -> httpx.Response:
        """Send the form for signing in."""
        return await self.send("/sign-in", login=login, password=password, next=to)

    def _own(self) -> dict[str, str]:
        line = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return self.headers | ({"Cookie": line} if line else {})

    def _keep(self, answer: httpx.Response) -> httpx.Response:
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        for line in answer.headers.get_list("set-cookie"):
            if "Max-Age=0" in line:
                self.cookies.pop(line.partition("=")[0], None)
        self._client.cookies.clear()
        return answer


async def signed_in(client: httpx.AsyncClient, act: Act, place: Place, name: str) -> Browser:
    """The browser of somebody who has signed in."""
    browser = Browser(client)
    bearer = (await staff_headers(act, place, name))["Authorization"]
    browser.cookies["zhangban"] = bearer.removeprefix("Bearer ")
    return browser
