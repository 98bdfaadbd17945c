"""`zhangban demo`: start everything, say what to open and with which account, wait for Ctrl-C."""

import shutil
import signal
import threading
import time
from pathlib import Path
from types import FrameType

import msgspec
from rich.console import Console
from rich.table import Table

from app.demo.addresses import ADDRESSES
from app.demo.seed import PASSWORD, PEOPLE
from app.demo.stage import Stage, stage
from app.settings import Settings

out = Console(highlight=False)


def run(settings: Settings, *, port: int, fresh: bool) -> None:
    """Run the demonstration until it is told to stop.

    Args:
        port: of the server, the sandbox takes the next one; 0 for the setting's.
        fresh: forget what earlier runs left behind.
    """
    began = time.monotonic()
    state = Path(settings.state_dir) / "demo"
    if fresh and state.exists():
        shutil.rmtree(state)
    wanted = msgspec.structs.replace(settings, state_dir=str(state), log_format="console")
    chosen = port or settings.port
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    with stage(wanted, _say, port=chosen, sandbox_port=chosen + 1, with_story=True) as running:
        _show(running, time.monotonic() - began, state)
        stopped.wait()
        out.print("stopping …")


def _say(what: str) -> None:
    out.print(f"· {what}")


def _show(running: Stage, seconds: float, state: Path) -> None:
    pages = Table(title="掌办 demonstration: what people look at", title_justify="left")
    for column in ("page", "where", "login"):
        pages.add_column(column, no_wrap=column == "where")
    for address in ADDRESSES:
        pages.add_row(address.what, f"{running.url}{address.path}", address.login)
    places = Table(title="what machines and developers open", title_justify="left")
    places.add_column("what")
    places.add_column("where", no_wrap=True)
    places.add_row("the API, to read", f"{running.url}/docs")
    places.add_row("the API, for machines", f"{running.url}/openapi.json")
    places.add_row("WeChat sandbox: log-in codes, sent messages", f"{running.sandbox_url}/")
    places.add_row("the province's stand-in: what arrived", f"{running.province_url}/")
    places.add_row("health, readiness, metrics", f"{running.url}/healthz  /readyz  /metrics")
    places.add_row("logs", str(state / "logs"))
    accounts = Table(title=f"accounts, all with the password {PASSWORD}", title_justify="left")
    for column in ("login", "who", "what for"):
        accounts.add_column(column)
    for person in PEOPLE:
        accounts.add_row(person.login, person.name, person.what)
    out.print(pages)
    out.print(places)
    out.print(accounts)
    if running.sights:
        out.print(_sights(running))
        out.print(
            "A citizen logs in on the sandbox's page with their name (登录码), or:  "
            f"curl -s {running.sandbox_url}/_sandbox/login-codes"
            f' -d \'{{"person": "{running.sights[0].who}"}}\'',
            soft_wrap=True,
        )
    out.print(
        "Sign in:  "
        f"curl -s {running.url}/api/v1/staff/sign-in -H 'Content-Type: application/json'"
        f' -d \'{{"login": "manager", "password": "{PASSWORD}"}}\'',
        soft_wrap=True,
    )
    out.print(f"Ready after {seconds:.1f} s. Ctrl-C stops it; the data stays in {state}.")


def _sights(running: Stage) -> Table:
    table = Table(title="what has happened here during the last weeks", title_justify="left")
    table.add_column("what")
    table.add_column("number", no_wrap=True)
    table.add_column("whose: citizen, or login")
    for sight in running.sights:
        table.add_row(sight.what, sight.number, sight.who)
    return table
