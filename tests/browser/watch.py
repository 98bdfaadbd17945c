"""What goes wrong in a browser without anybody seeing it: collected, and told at the test's end."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Request, Response, WebError

LEFT_BEHIND = "net::ERR_ABORTED"
"""A request that its own page gave up, by leaving or by turning it into a download."""


@dataclass
class Watch:
    """Errors in scripts, on the console (where policy violations appear too) and of requests.

    A test that provokes one says so: `watch.expect("409")` takes every message with these words
    as meant. What was not expected fails the test when it ends.
    """

    origin: str
    seen: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, *words: str) -> None:
        """Messages that contain one of these are meant, whenever they come."""
        self.expected.extend(words)

    def unexpected(self) -> list[str]:
        """What nobody said would happen."""
        return [said for said in self.seen if not any(word in said for word in self.expected)]

    def forget(self) -> None:
        """Begin anew, for a walk over many pages."""
        self.seen.clear()

    def over(self, context: BrowserContext) -> None:
        """Watch every page and worker of this context."""
        context.on("console", self._console)
        context.on("weberror", self._script)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where = message.location.get("url", "")
            self.seen.append(f"console: {message.text} ({where})")

    def _script(self, error: WebError) -> None:
        self.seen.append(f"script: {error.error}")

    def _failed(self, request: Request) -> None:
        why = request.failure or ""
        if self._ours(request.url) and LEFT_BEHIND not in why:
            self.seen.append(f"request: {request.method} {request.url}: {why}")

    def _answered(self, response: Response) -> None:
        if self._ours(response.url) and response.status >= 500:
            self.seen.append(f"answer: {response.status} {response.request.method} {response.url}")
        if not self._ours(response.url) and response.url.startswith(("http:", "https:", "ws")):
            self.seen.append(f"elsewhere: {response.url}")

    def _ours(self, url: str) -> bool:
        return urlsplit(url).netloc == urlsplit(self.origin).netloc
