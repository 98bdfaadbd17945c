"""The system's Chromium: where it is, how it is started, and how it is killed for real.

No browser is ever downloaded. `CHROMIUM` names one that is not on the path.
"""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # every run of pytest reads this file; Playwright only where it is used
    from playwright.async_api import Browser, BrowserContext, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
FOLDER = Path(__file__).parent
_REMEDY = "apt-get install chromium fonts-noto-cjk, or set CHROMIUM to its path; then"
LEFT_OUT = (
    "The browser tests (tests/browser) were left out: no Chromium was found. To run them:"
    f" {_REMEDY} make test."
)
NO_PICTURES = f"No Chromium was found, so there are no pictures: {_REMEDY} make screens."
START_SECONDS = 90.0


def find() -> str | None:
    """The path of a Chromium or Chrome on this machine; None where there is none."""
    named = os.environ.get("CHROMIUM")
    for name in (named,) if named else NAMES:
        if found := shutil.which(name):
            return found
    return None


def are_asked_for(arguments: Iterable[str]) -> bool:
    """Whether a run of pytest with these paths comes by the browser tests."""
    for argument in arguments:
        asked = Path(argument.partition("::")[0]).resolve()
        if asked == FOLDER or asked in FOLDER.parents or FOLDER in asked.parents:
            return True
    return False


async def launch(playwright: "Playwright") -> "Browser":
    """A headless browser; each context in it is a fresh profile."""
    return await playwright.chromium.launch(executable_path=find(), args=list(FLAGS))


class KillableBrowser:
    """A browser with a profile on disk, as a tablet has: it survives `kill` and `start`.

    `context` is the profile's own context, new after every start.
    """

    def __init__(self, playwright: "Playwright", profile: Path, base_url: str) -> None:
        self.profile = profile
        self.base_url = base_url
        self._playwright = playwright
        self._process: subprocess.Popen[bytes] | None = None
        self._browser: Browser | None = None

    @property
    def context(self) -> "BrowserContext":
        """Where pages are opened; absolute addresses only (`browser.base_url + "/kiosk"`)."""
        assert self._browser is not None, "the browser does not run"
        return self._browser.contexts[0]

    async def start(self) -> None:
        """Start the browser on its profile, as it was left."""
        port_file = self.profile / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        chromium = find()
        assert chromium is not None
        own = ("--headless", "--remote-debugging-port=0", f"--user-data-dir={self.profile}")
        self._process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
            [chromium, *FLAGS, *own, "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        address = await asyncio.wait_for(self._address(port_file), START_SECONDS)
        self._browser = await self._playwright.chromium.connect_over_cdp(address)

    async def kill(self) -> None:
        """End every process of the browser at once, as a power cut does: nothing is said to it."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await asyncio.to_thread(self._process.wait)
        self._process, browser, self._browser = None, self._browser, None
        if browser is not None:
            with suppress(Exception):  # it is gone, which is what was wanted
                await browser.close()
        for lock in self.profile.glob("Singleton*"):
            lock.unlink()

    async def _address(self, port_file: Path) -> str:
        while True:
            assert self._process is not None
            assert self._process.poll() is None, "Chromium ended while it was starting"
            if port := _first_line(port_file):
                return f"http://127.0.0.1:{port}"
            await asyncio.sleep(0.05)


def _first_line(file: Path) -> str:
    """Empty as long as the file has not been written to its end."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return lines[0] if len(lines) > 1 else ""
