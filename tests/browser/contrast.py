"""How far what is to be read stands out from its ground (WCAG 2.2, success criterion 1.4.6)."""

from playwright.async_api import Page

from tests.browser import seeing

_FAINT = """(least) => {
    const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = (colour) => {
        const [r, g, b] = channels(colour).slice(0, 3).map((value) => value / 255)
            .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (node) => {
        for (let up = node; up; up = up.parentElement) {
            const colour = getComputedStyle(up).backgroundColor;
            if ((channels(colour)[3] ?? 1) === 1) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    const found = new Map();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const node = texts.currentNode.parentElement;
        const {width, height} = node.getBoundingClientRect();
        const read = texts.currentNode.data.trim();
        if (!read || width < 3 || height < 3) continue;
        if (node.closest("[aria-hidden=true], .unseen")) continue;
        const pair = [light(getComputedStyle(node).color), light(ground(node))];
        const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
        if (ratio < least) found.set(node, `${ratio.toFixed(2)}: ${read.slice(0, 30)}`);
    }
    return [...found.values()];
}"""


async def faint(page: Page, least: float = 7.0) -> list[str]:
    """What stands out less than `least` to 1 from the colour that it lies on, with its ratio."""
    await seeing.settle(page)
    found: list[str] = await page.evaluate(_FAINT, least)
    return found
