"""Reading a page as a browser without scripts does: its text, its links, its forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

_VOID = frozenset({"input", "meta", "link", "img", "br", "path", "circle", "rect", "line", "hr"})
_SILENT = frozenset({"script", "style", "title", "textarea"})


@dataclass
class Form:
    """A form as it would be sent: what is filled in, ticked and chosen in it."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    offered: list[tuple[str, str]] = field(default_factory=list)
    """What can be ticked or chosen, whether it is or not."""

    def filled(self, *ticked: tuple[str, str], **typed: str) -> list[tuple[str, str]]:
        """What is sent when these are ticked and these typed; only what the form offers."""
        assert set(ticked) <= set(self.offered), f"not offered: {set(ticked) - set(self.offered)}"
        kept = [(name, value) for name, value in self.values if name not in typed]
        return [*kept, *ticked, *typed.items()]


class Page(HTMLParser):
    """A page that was read."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        assert answer.headers["content-type"] == "text/html; charset=utf-8", answer.text[:200]
        self.status = answer.status_code
        self.title, self.text = "", ""
        self.headings: list[str] = []
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.metas: dict[str, str] = {}
        self.ids: set[str] = set()
        self._open: list[str] = []
        self._area = ""
        self._select = ""
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        assert "style" not in given, f"an inline style: {tag}"
        assert not any(name.startswith("on") for name in given), f"an inline script: {tag}"
        if "id" in given:
            assert given["id"] not in self.ids, f"twice the same id: {given['id']}"
            self.ids.add(given["id"])
        if tag == "script":
            assert "src" in given or given.get("type") == "application/json", "an inline script"
        self._note(tag, given)
        if tag not in _VOID:
            self._open.append(tag)

    def _note(self, tag: str, given: dict[str, str]) -> None:
        if tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "meta":
            self.metas[given.get("name", "")] = given.get("content", "")
        elif tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        elif tag == "input" and self.forms and "form" in self._open:
            self._field(given)
        elif tag == "textarea":
            self._area = given["name"]
            self.forms[-1].values.append((self._area, ""))
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option":
            self.forms[-1].offered.append((self._select, given["value"]))
            if "selected" in given:
                self.forms[-1].values.append((self._select, given["value"]))
        elif tag == "h1":
            self.headings.append("")

    def _field(self, given: dict[str, str]) -> None:
        pair = (given.get("name", ""), given.get("value", ""))
        if given.get("type") in ("radio", "checkbox"):
            self.forms[-1].offered.append(pair)
            if "checked" in given:
                self.forms[-1].values.append(pair)
        else:
            self.forms[-1].values.append(pair)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        if inside == "title":
            self.title += data
        if inside == "textarea":
            name, value = self.forms[-1].values[-1]
            self.forms[-1].values[-1] = (name, value + data)
        if inside in _SILENT:
            return
        if "h1" in self._open:
            self.headings[-1] += data
        self.text += data


def read(answer: httpx.Response, status: int = 200) -> Page:
    """The page, which has one heading of the first order, a title, and nothing inline."""
    assert answer.status_code == status, answer.text
    page = Page(answer)
    assert len(page.headings) == 1, page.headings
    assert page.title
    return page
