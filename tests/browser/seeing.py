"""What a person with tired eyes, a phone or a screen reader would find wrong with a page.

All of it runs by the debugger's protocol, which the page's content security policy does not bind:
the policy itself stays in force.
"""

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from playwright.async_api import Page, Response

SCREENS = Path("build/screens")
SIZES = {390: 844, 1024: 768, 1920: 1080}
"""Width and height of the screens that pictures are taken of: a phone, a desk, a big screen."""
SEVERE = ("serious", "critical")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
COLOURS = ("color-contrast",)
"""The rule whose findings depend on the theme."""
NARROW, WIDE = 360, 1920
LARGE_TYPE = "200%"
LARGE_TYPE_WIDTHS = (390, 1024)

CHARTS_LIBRARY = "/vendor/"
"""What has this in its address is not counted in a page's weight."""

_SETTLED = """async () => {
    await document.fonts.ready;
    for (let n = 0; n < 2; n += 1) await new Promise((done) => requestAnimationFrame(done));
}"""
_AXE = """async (rules) => (await axe.run(document, {
    resultTypes: ["violations"],
    runOnly: rules,
})).violations.map(({id, impact, help, nodes}) => ({id, impact, help, nodes: nodes.map(
    ({target, html, failureSummary}) => ({target: target.join(" "), html, failureSummary}))}))"""
_TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const scrolls = (node) => {
        for (let up = node.parentElement; up && up !== document.body; up = up.parentElement)
            if (getComputedStyle(up).overflowX !== "visible") return true;
        return false;
    };
    const over = [...document.body.querySelectorAll("*")].filter((node) => {
        const {right, width: own} = node.getBoundingClientRect();
        return own > 0 && right > width + 1 && !scrolls(node);
    });
    const name = (node) => node.outerHTML.slice(0, 100).replace(/\\s+/g, " ");
    return [`${document.documentElement.scrollWidth} px wide`, ...over.slice(0, 6).map(name)];
}"""
_CUT_OFF = """() => [...document.body.querySelectorAll("*")].filter((node) => {
    if (!(node instanceof HTMLElement)) return false;
    const style = getComputedStyle(node);
    const hides = (how) => how === "hidden" || how === "clip";
    // For screen readers alone:
    if (node.clientWidth < 3 || node.clientHeight < 3 || style.clipPath !== "none") return false;
    if (style.textOverflow === "ellipsis" && node.title) return false; // told in full on demand
    const wide = hides(style.overflowX) && node.scrollWidth > node.clientWidth + 2;
    const high = hides(style.overflowY) && node.scrollHeight > node.clientHeight + 2;
    return (wide || high) && node.innerText.trim() !== "";
}).slice(0, 6).map((node) => node.outerHTML.slice(0, 120).replace(/\\s+/g, " "))"""
_SMALL_TARGETS = """(least) => [...document.querySelectorAll(
    "main a[href], main button, main input:not([type=hidden]), main select, main summary"
)].filter((node) => {
    const {width, height} = node.getBoundingClientRect();
    if (width < 3 || height < 3) return false;
    const label = node.closest("label") ?? node.labels?.[0];
    const around = label ? label.getBoundingClientRect() : {width: 0, height: 0};
    if (getComputedStyle(node).display === "inline") return false; // a link in a sentence
    return Math.max(height, around.height) < least - 0.5;
}).slice(0, 6).map((node) => node.outerHTML.slice(0, 120).replace(/\\s+/g, " "))"""


@cache
def _axe_source() -> str:
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


class Loaded:
    """What a page loads from now on, and how heavy that is as it travels (compressed)."""

    def __init__(self, page: Page) -> None:
        self._answers: list[Response] = []
        page.on("response", self._met)

    def _met(self, answer: Response) -> None:
        self._answers.append(answer)

    async def weights(self) -> dict[str, int]:
        """Bytes by address; the charts' library apart."""
        return {
            answer.url: (await answer.request.sizes())["responseBodySize"]
            for answer in self._answers
            if CHARTS_LIBRARY not in answer.url
        }

    async def weight(self) -> int:
        """Bytes of all of it."""
        return sum((await self.weights()).values())


async def settle(page: Page) -> None:
    """Wait until fonts are there and what was changed has been drawn."""
    await page.evaluate(_SETTLED)


async def severe_findings(page: Page, rules: tuple[str, ...] = RULES) -> list[str]:
    """What axe-core calls serious or critical, a readable line for each place.

    Args:
        rules: tags or names of axe-core's rules.
    """
    await settle(page)
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(_axe_source())
    found: list[dict[str, Any]] = await page.evaluate(_AXE, list(rules))
    return [
        f"{rule['impact']} {rule['id']}: {rule['help']}\n"
        f"    {node['target']}  {node['html'][:160]}\n"
        f"    {' '.join(node['failureSummary'].split())[:240]}"
        for rule in found
        if rule["impact"] in SEVERE
        for node in rule["nodes"]
    ]


async def misfits(page: Page) -> list[str]:
    """Where a page scrolls sideways or cuts text off: narrow, wide, and with large type."""
    before, found = page.viewport_size, []
    for width in (NARROW, WIDE):
        found += await _misfits_at(page, width, "")
    await page.evaluate("(size) => document.documentElement.style.fontSize = size", LARGE_TYPE)
    for width in LARGE_TYPE_WIDTHS:
        found += await _misfits_at(page, width, f" with type at {LARGE_TYPE}")
    await page.evaluate("() => document.documentElement.style.removeProperty('font-size')")
    if before:
        await page.set_viewport_size(before)
    return found


async def _misfits_at(page: Page, width: int, how: str) -> list[str]:
    await page.set_viewport_size({"width": width, "height": 800})
    await settle(page)
    wide = [f"at {width} px{how}, too wide: {what}" for what in await page.evaluate(_TOO_WIDE)]
    cut = [f"at {width} px{how}, cut off: {what}" for what in await page.evaluate(_CUT_OFF)]
    return wide + cut


async def small_targets(page: Page, least: int = 44) -> list[str]:
    """What a thumb would miss in the page's main part: controls lower than `least` pixels.

    A link within a sentence may be as high as its line (WCAG 2.2, 2.5.8, "Inline").
    """
    found: list[str] = await page.evaluate(_SMALL_TARGETS, least)
    return found


async def take_pictures(page: Page, name: str, *, dark: bool = False, whole: bool = True) -> None:
    """`desk-queue` becomes build/screens/desk/queue-390.png and so on; see `shot` in conftest."""
    front, _, view = name.partition("-")
    folder, before = SCREENS / front, page.viewport_size
    folder.mkdir(parents=True, exist_ok=True)
    for width, height in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        await settle(page)
        await _picture(page, folder / f"{view or front}-{width}.png", whole=whole)
        if dark:
            await page.emulate_media(color_scheme="dark")
            await settle(page)
            await _picture(page, folder / f"{view or front}-{width}-dark.png", whole=whole)
            await page.emulate_media(color_scheme="light")
    if before:
        await page.set_viewport_size(before)


async def _picture(page: Page, file: Path, *, whole: bool) -> None:
    await page.screenshot(path=file, full_page=whole, animations="disabled")
