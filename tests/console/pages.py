"""Reading the console's pages, and following the links on them, as whoever is signed in."""

import html
import re
from dataclasses import dataclass
from typing import Any

import httpx

from tests.evaluations.loop import Loops

_LINK = re.compile(r'href="(/[^"]*)"')


@dataclass
class Console:
    """The console of a hall with bad ratings, without a browser."""

    loops: Loops

    async def ask(self, who: str, path: str = "", /, **query: Any) -> httpx.Response:
        """What comes of asking for an address of the console; `who` empty: not signed in."""
        headers = await self.loops.headers(who) if who else {}
        path = path if path.startswith("/console") else f"/console{path}"
        return await self.loops.client.get(path, params=query or None, headers=headers)

    async def page(self, who: str, path: str = "", /, **query: Any) -> str:
        """The HTML of a page that is there."""
        answer = await self.ask(who, path, **query)
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text[:3000]}"
        return answer.text

    async def send(self, who: str, path: str, form: dict[str, Any]) -> httpx.Response:
        """What comes of a form of the console."""
        headers = await self.loops.headers(who)
        return await self.loops.client.post(f"/console{path}", data=form, headers=headers)

    async def done(self, who: str, path: str, form: dict[str, Any]) -> str:
        """Where a form leads that is taken."""
        answer = await self.send(who, path, form)
        assert answer.status_code == 303, f"{answer.status_code}: {answer.text[:3000]}"
        return answer.headers["Location"]


def links(page: str, of: str = "") -> list[str]:
    """The addresses on a page that begin so, each once, in order."""
    found = (html.unescape(one) for one in _LINK.findall(page))
    return list(dict.fromkeys(one for one in found if one.startswith(of)))


def words(page: str) -> str:
    """What a page says, without its tags."""
    said = re.sub(r"<script.*?</script>|<[^>]+>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(said))
