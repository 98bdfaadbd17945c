"""Real servers for the tests: PostgreSQL and Valkey once for the run, a database for each worker.

`house`     a House on a migrated database whose tables are empty when the test begins
`act_as`    makes an Act of any actor in that house
`client`    an HTTP client of the real server, which serves in the same house
`place`     a hall with departments, windows and staff of every role (see tests/places.py)
`world`     that hall with its people and what they do to cases (see tests/cases/builders.py)
`wechat`    the platform's stand-in, which the house's WeChat client talks to
"""

import os
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from app import server
from app.cases.kept import KeptCases
from app.cases.numbers import CaseNumbers
from app.catalog.shelf import Shelf
from app.core import audit, db, inprocess
from app.core.acts import Act
from app.core.auth import Actor, System
from app.core.clock import Clock
from app.core.dispatcher import Dispatcher
from app.core.house import House
from app.core.privacy import Keyring
from app.halls import service as halls
from app.settings import Settings, read
from tests.browser import chromium
from tests.cases.builders import World
from tests.emptying import Tables
from tests.places import Place, build_place
from tests.trail import Trail
from wechat.sandbox import create_sandbox, serving
from wechat.sandbox.server import RunningSandbox
from wechat.templates import sandbox_templates


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once, before the workers, which inherit their addresses."""
    if hasattr(config, "workerinput"):
        return
    _trust_one(config)
    if os.environ.get("DATABASE_URL"):
        return
    from app import embedded

    folder = tempfile.TemporaryDirectory(prefix="zhangban-tests-")
    Path(folder.name).chmod(0o755)  # PostgreSQL does not run as root, and must reach its data
    running = embedded.servers(read(env={}, state_dir=folder.name), durable=False)
    settings = running.__enter__()
    os.environ["DATABASE_URL"] = settings.database_url
    os.environ["REDIS_URL"] = settings.redis_url

    def stop() -> None:
        running.__exit__(None, None, None)
        folder.cleanup()
        del os.environ["DATABASE_URL"], os.environ["REDIS_URL"]

    config.add_cleanup(stop)


def _trust_one(config: pytest.Config) -> None:
    """Have one authority's certificate read: the tests speak plain HTTP, to this machine alone.

    Every new HTTP client would read some hundred of them, which takes longer than most tests; the
    object store's refuses to have none.
    """
    now = datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody.invalid")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    written = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    folder = tempfile.TemporaryDirectory(prefix="zhangban-authority-")
    config.add_cleanup(folder.cleanup)
    file = Path(folder.name, "authority.pem")
    file.write_bytes(written)
    os.environ.pop("SSL_CERT_DIR", None)
    os.environ["SSL_CERT_FILE"] = str(file)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: at the end, the others would wait for it with idle hands."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line that the browser tests were left out, if they were."""
    config = terminalreporter.config
    if chromium.find() is None and chromium.are_asked_for(config.args):
        terminalreporter.write_line(chromium.LEFT_OUT, yellow=True)


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """The name of this worker process: gw0, gw1 … or main."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(scope="session")
async def database_url(worker: str) -> AsyncIterator[str]:
    """A fresh, migrated database for this worker."""
    base = os.environ["DATABASE_URL"]
    name = f"zhangban_test_{worker}_{os.getpid()}"
    admin = await asyncpg.connect(base)
    await admin.execute(f'CREATE DATABASE "{name}"')
    url = server.with_database(base, name)
    settings = read(env={}, database_url=url)
    await db.migrate(server.database(settings))
    yield url
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


@pytest.fixture(scope="session")
async def wechat_running() -> AsyncIterator[RunningSandbox]:
    app = create_sandbox("wx-test", "secret-test", sandbox_templates())
    async with serving(app) as running:
        yield running


@pytest.fixture(scope="session")
async def settings(
    database_url: str, worker: str, wechat_running: RunningSandbox, tmp_path_factory: Any
) -> Settings:
    """The settings of the tests: everything on this machine, WeChat's stand-in included."""
    redis_number = 1 + int(worker.removeprefix("gw")) % 14 if worker.startswith("gw") else 15
    return read(
        env={},
        database_url=database_url,
        redis_url=server.with_database(os.environ["REDIS_URL"], str(redis_number)),
        state_dir=str(tmp_path_factory.mktemp("state")),
        keys=Keyring.new_key("test"),
        wechat_base_url=wechat_running.url,
        wechat_appid="wx-test",
        wechat_secret="secret-test",
        quiet_hours="",  # tests run at any hour
        log_level="warning",
    )


@pytest.fixture(scope="session")
async def open_house(settings: Settings) -> AsyncIterator[House]:
    async with server.open_house(settings) as house:
        assert await house.live.ready(30)
        yield house
        broken = [found async for found in audit.verify(house.keyring)]
        assert not broken, f"the trail does not hold after the tests: {broken[:5]}"


@pytest.fixture(scope="session")
async def tables(open_house: House) -> Tables:
    return await Tables.found()


@pytest.fixture
async def house(open_house: House, tables: Tables) -> House:
    """The house of this worker with empty tables, an empty Redis and the right time."""
    await tables.empty()
    await open_house.redis.flushdb()
    halls.forget_kept()
    open_house.clock = Clock()
    open_house.part(Shelf).clear()
    open_house.put(KeptCases())
    open_house.put(CaseNumbers())  # its reserve is of serials that the truncation has forgotten
    return open_house


@pytest.fixture
def act_as(house: House) -> Callable[..., Act]:
    """`act_as(actor)` is an act of that actor now; without one, of the system."""

    def make(actor: Actor | None = None) -> Act:
        return Act(house, actor or System("test"), house.clock.now(), "test-request")

    return make


@pytest.fixture(scope="session")
async def server_url(open_house: House, settings: Settings) -> AsyncIterator[str]:
    """The real HTTP server, in this worker's event loop and house."""
    app = server.create_app(settings, open_house, name=f"zhangban-test-{os.getpid()}")
    async with inprocess.serving(app) as url:
        yield url


@pytest.fixture
async def client(house: House, server_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client that is nobody; see tests/places.py for signed-in ones.

    What it did must have left its trace (see tests/trail.py).
    """
    trail = await Trail.begin()
    hooks = {"response": [trail.saw]}
    async with httpx.AsyncClient(base_url=server_url, timeout=60, event_hooks=hooks) as found:
        yield found
    assert not (missing := await trail.missing()), f"done without a trace: {missing}"


@pytest.fixture
async def place(house: House, act_as: Callable[..., Act]) -> Place:
    """A county hall with departments, windows, and staff of every role."""
    return await build_place(act_as())


@pytest.fixture
def wechat(wechat_running: RunningSandbox, house: House) -> RunningSandbox:
    """The platform's stand-in that the house talks to."""
    return wechat_running


@pytest.fixture
def work_outbox(house: House) -> Callable[[], Any]:
    """`await work_outbox()` handles everything in the outbox that is due."""

    async def work() -> int:
        dispatcher, done = Dispatcher(house, server.HANDLERS), 0
        while handled := await dispatcher.work_once():
            done += handled
        return done

    return work


@pytest.fixture
def data_folder() -> Path:
    return Path(__file__).parent / "data"


@pytest.fixture
async def world(
    client: httpx.AsyncClient, house: House, place: Place, act_as: Callable[..., Act]
) -> World:
    """The hall with its people on a Monday of an announced year, and what they do to cases."""
    made = World(client, house, place, act_as)
    made.go_to_day(date(2026, 3, 2))
    return made
