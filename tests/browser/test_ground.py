"""The ground of the browser tests holds what it promises."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, expect
from playwright.async_api import Error as BrowserError

from tests.browser import chromium, seeing
from tests.browser.chromium import KillableBrowser
from tests.browser.conftest import Check, OpenPage
from tests.browser.watch import Watch

HTML = "<!doctype html><html lang=zh-CN><title>试</title><main><h1>试</h1>{}</main>"


async def test_a_page_of_the_server_is_seen(browser_page: Page, axe: Check, fits: Check) -> None:
    answer = await browser_page.goto("/v")
    assert answer is not None
    assert answer.status == 200
    await expect(browser_page.get_by_role("heading", level=1)).to_have_count(1)
    await axe(browser_page)
    await fits(browser_page)


async def test_pictures_are_taken_at_three_widths(
    browser_page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeing, "SCREENS", tmp_path)
    await browser_page.set_content(HTML.format(""))
    await seeing.take_pictures(browser_page, "public-form", dark=True)
    assert sorted(file.name for file in (tmp_path / "public").iterdir()) == sorted(
        f"form-{width}{theme}.png" for width in (390, 1024, 1920) for theme in ("", "-dark")
    )
    assert browser_page.viewport_size == {"width": 1024, "height": 768}


async def test_what_is_wrong_with_a_page_is_found(browser_page: Page) -> None:
    await browser_page.set_content(HTML.format('<input><p style="width:2000px">宽</p>'))
    found = await seeing.severe_findings(browser_page)
    assert [line.split()[1] for line in found] == ["label:"]
    assert any("at 360 px, too wide" in line for line in await seeing.misfits(browser_page))
    cut = '<p style="width:5rem;height:20px;overflow:hidden">一行放不下的文字就被切掉了</p>'
    await browser_page.set_content(HTML.format(cut))
    assert any("cut off" in line for line in await seeing.misfits(browser_page))
    await browser_page.set_content(HTML.format('<button style="height:20px">小</button>'))
    assert len(await seeing.small_targets(browser_page)) == 1


async def test_what_goes_wrong_unseen_is_told_unless_it_was_expected(
    browser_page: Page, watch: Watch
) -> None:
    await browser_page.goto("/v")
    await browser_page.evaluate("() => { setTimeout(() => { throw new Error('kaputt'); }) }")
    await browser_page.evaluate("() => fetch('/api/v1/cases').catch(() => 0)")
    await browser_page.evaluate(
        "() => { document.body.append(Object.assign(new Image(),"
        " {src: 'https://example.org/a.png'})) }"
    )
    async with asyncio.timeout(10):
        while len(watch.unexpected()) < 3:
            await browser_page.wait_for_timeout(20)
    told = "\n".join(watch.unexpected())
    assert "kaputt" in told
    assert "Content Security Policy" in told
    watch.expect("kaputt", "Content Security Policy", "401")
    assert watch.unexpected() == []


async def test_profiles_know_nothing_of_each_other(open_page: OpenPage, watch: Watch) -> None:
    watch.expect("favicon.ico")  # what is no page names no icon
    one, other = await open_page(), await open_page()
    for page in (one, other):
        await page.goto("/healthz")
    await one.evaluate("() => localStorage.setItem('a', '1')")
    assert await other.evaluate("() => localStorage.getItem('a')") is None


async def _kept(context: BrowserContext, url: str) -> str | None:
    page = await context.new_page()
    await page.goto(url)
    found: str | None = await page.evaluate(
        """() => new Promise((done) => {
            const opening = indexedDB.open("kept", 1);
            opening.onupgradeneeded = () => opening.result.createObjectStore("things");
            opening.onsuccess = () => {
                const asked = opening.result.transaction("things").objectStore("things").get("a");
                asked.onsuccess = () => done(asked.result ?? null);
            };
        })"""
    )
    return found


async def test_a_killed_browser_comes_back_with_what_it_had_kept(
    persistent: KillableBrowser, server_url: str
) -> None:
    await persistent.start()
    assert await _kept(persistent.context, f"{server_url}/healthz") is None
    await persistent.context.pages[-1].evaluate(
        """() => new Promise((done) => {
            const opening = indexedDB.open("kept", 1);
            opening.onsuccess = () => {
                const how = {durability: "strict"};
                const writing = opening.result.transaction("things", "readwrite", how);
                writing.objectStore("things").put("still here", "a");
                writing.oncomplete = done;
            };
        })"""
    )
    page = persistent.context.pages[-1]
    await persistent.kill()
    with pytest.raises(BrowserError):
        await page.goto(f"{server_url}/healthz")
    await persistent.start()
    assert await _kept(persistent.context, f"{server_url}/healthz") == "still here"


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["tests"], True),
        (["tests/browser"], True),
        (["tests/browser/test_ground.py::test_x"], True),
        (["."], True),
        (["tests/core", "tests/halls"], False),
    ],
)
def test_a_run_says_that_they_were_left_out_only_if_it_came_by(
    arguments: list[str], asked: bool
) -> None:
    assert chromium.are_asked_for(arguments) is asked


@pytest.mark.slow
def test_without_a_browser_the_run_says_so_in_one_line_and_passes() -> None:
    env = os.environ | {"CHROMIUM": "/nowhere/chromium"}
    ours, other = f"{chromium.FOLDER}/test_ground.py", "tests/test_settings.py"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "1", ours, other]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(chromium.LEFT_OUT) == 1
    assert "skipped" not in done.stdout
