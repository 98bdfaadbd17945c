"""The evaluator's page as it is served: a shell for everybody, kept whole by its service worker."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec
import pytest

from app.core.acts import Act
from app.kiosk import shell
from app.pages import assets
from tests.places import Place, staff_headers

STATIC = Path("app/kiosk/static")
MODULES = sorted(STATIC.glob("*.js"))
HTML = {"Accept": "text/html"}


@pytest.fixture
async def page(client: httpx.AsyncClient) -> httpx.Response:
    return await client.get("/kiosk", headers=HTML)


async def test_it_is_the_same_for_everybody_and_says_nothing_of_anybody(
    page: httpx.Response, client: httpx.AsyncClient, act_as: Callable[..., Act], place: Place
) -> None:
    headers = await staff_headers(act_as(), place, "admin")
    of_admin = await client.get("/kiosk", headers=HTML | headers)
    assert page.status_code == of_admin.status_code == 200
    assert page.text == of_admin.text, "the service worker keeps one for all"
    assert "员工" not in page.text
    assert "青河县" not in page.text
    assert 'name="csrf"' not in page.text


async def test_its_policy_lets_nothing_in_from_elsewhere(page: httpx.Response) -> None:
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for needed in ("worker-src 'self'", "manifest-src 'self'", "connect-src 'self'"):
        assert needed in policy
    assert not re.search(r"<script(?![^>]*src=)[^>]*>", page.text), "no script within the page"
    assert " style=" not in page.text
    assert "camera=()" not in page.headers.get("permissions-policy", ""), "it scans a code"


async def test_no_face_is_chosen_beforehand(page: httpx.Response) -> None:
    buttons = re.findall(r"<button[^>]*data-level=\"(\d)\"[^>]*>", page.text)
    assert buttons == ["5", "4", "3", "2", "1"]
    for button in re.findall(r"<button[^>]*data-level[^>]*>", page.text):
        assert not re.search(r"autofocus|aria-pressed|checked|selected", button)


async def test_every_part_that_the_modules_ask_for_is_in_the_page(page: httpx.Response) -> None:
    asked = set()
    for module in MODULES:
        asked |= set(re.findall(r'\bpart\("([a-z-]+)"', module.read_text(encoding="utf-8")))
    assert len(asked) > 30
    missing = {name for name in asked if not re.search(rf"\sdata-{name}[\s=>]", page.text)}
    assert missing == set()


async def test_the_worker_may_serve_the_page_and_is_never_kept(client: httpx.AsyncClient) -> None:
    worker = await client.get("/kiosk/worker.js")
    assert worker.status_code == 200
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["service-worker-allowed"] == "/kiosk"
    assert worker.headers["cache-control"] == "no-cache"
    assert "default-src 'none'" in worker.headers["content-security-policy"]
    assert f'const VERSION = "{assets.version()}";' in worker.text


async def test_the_worker_keeps_all_that_the_page_loads_and_all_of_it_is_there(
    page: httpx.Response, client: httpx.AsyncClient
) -> None:
    worker = (await client.get("/kiosk/worker.js")).text
    line = next(line for line in worker.splitlines() if line.startswith("const FILES"))
    kept = msgspec.json.decode(line.removeprefix("const FILES = ").removesuffix(";"), type=list)
    assert kept == shell.files()
    loaded = set(re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text))
    loaded |= {assets.url(f"kiosk/{module.name}") for module in MODULES}
    assert loaded <= set(kept)
    for address in kept:
        assert (await client.get(address)).status_code == 200, address


async def test_what_the_modules_import_is_among_them() -> None:
    for module in MODULES:
        for name in re.findall(r'from "\./([\w.]+)"', module.read_text(encoding="utf-8")):
            assert (STATIC / name).exists(), f"{module.name} imports {name}"


async def test_it_can_be_installed(client: httpx.AsyncClient) -> None:
    address = assets.url("kiosk/manifest.webmanifest")
    answer = await client.get(address)
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["start_url"], manifest["scope"]) == ("/kiosk", "/kiosk")
    for icon in manifest["icons"]:
        found = await client.get(address.rpartition("/")[0] + "/" + icon["src"])
        assert found.headers["content-type"] == icon["type"]


TOO_NEW = {
    r"^  (?:async )?#\w+\(": "private methods (Chromium 84): write a field with an arrow function",
    r"\.replaceAll\(": "replaceAll (85)",
    r"\.replaceChildren\(": "replaceChildren (86)",
    r"\.at\(-?\d": "at (92)",
    r"randomUUID": "randomUUID (92)",
    r"structuredClone|Object\.hasOwn": "Chromium 93 and later",
    r"AbortSignal\.(?:timeout|any)": "AbortSignal.timeout (103)",
    r"(?:\|\||&&|\?\?)=": "logical assignment (85)",
    r"\bstatic \{": "static blocks (94)",
}
"""What Chromium 80 does not understand, the oldest that docs/kiosk.md names."""


@pytest.mark.parametrize("module", [*MODULES, Path("app/kiosk/worker.js")], ids=lambda m: m.name)
def test_every_module_keeps_within_the_oldest_browser(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    found = [why for form, why in TOO_NEW.items() if re.search(form, source, re.MULTILINE)]
    assert found == []


def test_no_colour_or_size_hangs_on_what_the_oldest_browser_lacks() -> None:
    sheet = (STATIC / "kiosk.css").read_text(encoding="utf-8")
    # With a variable in it, a colour that is not understood becomes black, not what stood before.
    for form in ("color-mix(", ":has(", "@layer", "@container", "overflow: clip"):
        assert form not in sheet
    for line in sheet.splitlines():
        if "dvh" in line:
            assert line.index("vh;") < line.index("dvh"), "first what old browsers know"


def test_what_tells_old_browsers_is_written_for_the_oldest() -> None:
    source = (STATIC / "start.js").read_text(encoding="utf-8")
    code = re.sub(r"//.*", "", source)
    assert not re.search(r"=>|\b(?:const|let|class|import|export|async)\b|`|\?\.", code)


@pytest.mark.skipif(shutil.which("node") is None, reason="without Node nothing can parse modules")
@pytest.mark.parametrize("module", [*MODULES, Path("app/kiosk/worker.js")], ids=lambda m: m.name)
def test_every_module_parses(module: Path) -> None:
    source = module.read_bytes()
    done = subprocess.run(
        ["node", "--check", "--input-type=module"], input=source, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
