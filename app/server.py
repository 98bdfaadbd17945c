"""Puts the parts together; the only file that knows them all."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from fractions import Fraction
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis.asyncio as aioredis
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from sanic import Sanic

from app import answers, status
from app.account import routes as account_pages
from app.agency import personal as agency_personal
from app.agency import routes as agency_routes
from app.cases import assisted_routes, paper_routes
from app.cases import jobs as cases_jobs
from app.cases import personal as cases_personal
from app.cases import routes as cases_routes
from app.cases.approvals import routes as approval_routes
from app.cases.clock import lights, renewal
from app.cases.clock import routes as clock_routes
from app.cases.delivery import routes as delivery_routes
from app.cases.intake import routes as intake_routes
from app.cases.kept import KeptCases
from app.cases.numbers import CaseNumbers
from app.cases.review import defaults
from app.cases.worklist import routes as worklist_routes
from app.catalog import jobs as catalog_jobs
from app.catalog import routes as catalog_routes
from app.catalog.shelf import Shelf
from app.citizens import jobs as citizens_jobs
from app.citizens import rights_routes
from app.citizens import routes as citizens_routes
from app.citizens.service import RealNames, Shares
from app.console import routes as console_routes
from app.core import db, first_answers, outbox, privacy, sessions
from app.core import lights as lights_in_force
from app.core.acts import Act
from app.core.api import Routes
from app.core.auth import Staff
from app.core.dispatcher import Dispatcher
from app.core.house import House
from app.core.identity import Identities
from app.core.limits import Limits
from app.core.live import Live
from app.core.schedule import Periodic, Scheduler
from app.core.storage import Storage
from app.desk import case_routes as desk_cases
from app.desk import counter_routes as desk_counter
from app.desk import handover_routes as desk_handovers
from app.desk import intake_routes as desk_intake
from app.desk import meeting_routes as desk_meetings
from app.desk import money_routes as desk_money
from app.desk import project_routes as desk_projects
from app.desk import result_routes as desk_results
from app.desk import review_routes as desk_reviews
from app.desk import routes as desk_home
from app.desk import watch_routes as desk_watch
from app.documents import routes as documents_routes
from app.halls import account_routes, accounts, second_factor
from app.halls import routes as halls_routes
from app.halls import screen_routes as hall_screen_routes
from app.holdings import personal as holdings_personal
from app.holdings import routes as holdings_routes
from app.kiosk import routes as kiosk_routes
from app.materials import jobs as materials_jobs
from app.materials import moderated as materials_moderated
from app.materials import personal as materials_personal
from app.materials import portrait_routes, upload_routes
from app.materials import routes as materials_routes
from app.materials import service as materials
from app.moderation import jobs as moderation_jobs
from app.moderation import personal as moderation_personal
from app.moderation import routes as moderation_routes
from app.moderation.service import Sources, Words
from app.notices import desk_routes as notices_desk
from app.notices import jobs as notices_jobs
from app.notices import personal as notices_personal
from app.notices import providers
from app.notices import routes as notices_routes
from app.notices.sms import Sms
from app.pages import routes as page_routes
from app.pages import site
from app.projects import jobs as projects_jobs
from app.projects import personal as projects_personal
from app.projects import routes as projects_routes
from app.projects.fees import routes as fees_routes
from app.projects.handover import routes as handover_routes
from app.projects.meetings import routes as meetings_routes
from app.public import routes as public_routes
from app.pushes import jobs as pushes_jobs
from app.pushes import routes as pushes_routes
from app.pushes.service import PushDoor
from app.reports import kinds as reports_kinds
from app.reports import routes as reports_routes
from app.reports import site as reports_site
from app.settings import Settings, SettingsError
from app.supervision import jobs as supervision_jobs
from app.supervision import retention as supervision_retention
from app.supervision import routes as supervision_routes
from app.trail import routes as trail_routes
from app.works import jobs as works_jobs
from app.works import routes as works_routes
from app.works.runner import Runner
from app.works.service import Kinds
from evaluations.devices import clients, signatures
from evaluations.devices import routes as devices_routes
from evaluations.devices.keys import DeviceKeys
from evaluations.devices.nonces import Nonces
from evaluations.exchange import jobs as exchange_jobs
from evaluations.exchange import routes as exchange_routes
from evaluations.exchange.line import ProvinceLine
from evaluations.ratings import hub_routes
from evaluations.ratings import jobs as ratings_jobs
from evaluations.ratings import moderated as ratings_moderated
from evaluations.ratings import personal as ratings_personal
from evaluations.ratings import routes as ratings_routes
from evaluations.ratings.writer import RatingWriter
from evaluations.rectification import jobs as rectification_jobs
from evaluations.rectification import retention as rectification_retention
from evaluations.rectification import routes as rectification_routes
from evaluations.scores import jobs as scores_jobs
from evaluations.scores import routes as scores_routes
from wechat.client import WeChat
from wechat.codes import CodeShelf

log = structlog.get_logger(__name__)
MODELS = (
    "app.core.models",
    "app.halls.models",
    "app.citizens.models",
    "app.works.models",
    "app.catalog.models",
    "app.materials.models",
    "app.pushes.models",
    "app.notices.models",
    "app.moderation.models",
    "app.documents.models",
    "app.agency.models",
    "evaluations.devices.models",
    "evaluations.ratings.models",
    "evaluations.rectification.models",
    "evaluations.scores.models",
    "evaluations.exchange.models",
    "app.holdings.models",
    "app.cases.models",
    "app.cases.figures.models",
    "app.supervision.models",
    "app.cases.delivery.models",
    "app.projects.models",
    "app.projects.meetings.models",
    "app.projects.fees.models",
    "app.projects.handover.models",
)
MIGRATIONS = "app.migrations"
ROUTES: tuple[Routes, ...] = (
    halls_routes.routes,
    account_routes.routes,
    hall_screen_routes.routes,
    trail_routes.routes,
    citizens_routes.routes,
    works_routes.routes,
    rights_routes.routes,
    catalog_routes.routes,
    materials_routes.routes,
    materials_routes.links,
    upload_routes.uploads,
    portrait_routes.routes,
    portrait_routes.device,
    moderation_routes.routes,
    pushes_routes.routes,
    notices_routes.routes,
    notices_desk.desk,
    documents_routes.routes,
    citizens_routes.counter,
    citizens_routes.window,
    agency_routes.routes,
    agency_routes.assistance,
    agency_routes.desk,
    devices_routes.routes,
    devices_routes.systems,
    ratings_routes.routes,
    hub_routes.routes,
    rectification_routes.routes,
    rectification_routes.topics,
    scores_routes.routes,
    scores_routes.public,
    exchange_routes.routes,
    cases_routes.routes,
    cases_routes.desk,
    worklist_routes.routes,
    intake_routes.drafts,
    intake_routes.applicants,
    intake_routes.desk,
    assisted_routes.routes,
    assisted_routes.photos,
    clock_routes.routes,
    supervision_routes.routes,
    paper_routes.routes,
    paper_routes.desk,
    delivery_routes.routes,
    delivery_routes.desk,
    delivery_routes.carriers,
    approval_routes.routes,
    holdings_routes.routes,
    holdings_routes.items,
    projects_routes.routes,
    projects_routes.desk,
    projects_routes.stages,
    meetings_routes.routes,
    meetings_routes.desk,
    fees_routes.routes,
    fees_routes.desk,
    handover_routes.routes,
    handover_routes.desk,
    console_routes.pages,
    console_routes.screens,
    site.pages,
    reports_routes.routes,
    reports_site.pages,
    *account_pages.ALL,
    kiosk_routes.pages,
    desk_home.pages,
    desk_cases.pages,
    desk_results.pages,
    desk_reviews.pages,
    desk_money.pages,
    desk_handovers.pages,
    desk_watch.pages,
    desk_counter.pages,
    desk_intake.pages,
    desk_meetings.pages,
    desk_projects.pages,
    public_routes.pages,
    public_routes.files,
)
HANDLERS: tuple[outbox.Handler, ...] = (
    *works_jobs.HANDLERS,
    *citizens_jobs.HANDLERS,
    *notices_jobs.HANDLERS,
    *moderation_jobs.HANDLERS,
    *renewal.HANDLERS,
    *ratings_jobs.HANDLERS,
    *rectification_jobs.HANDLERS,
    *supervision_jobs.HANDLERS,
    *projects_jobs.HANDLERS,
)
SHARES = Shares(
    parts=(
        notices_personal.SHARE,
        materials_personal.SHARE,
        moderation_personal.SHARE,
        agency_personal.SHARE,
        holdings_personal.SHARE,
        ratings_personal.SHARE,
        cases_personal.SHARE,
        projects_personal.SHARE,
    ),
    of_citizens=cases_personal.of_citizens,
    of_child=cases_personal.of_child,
)
"""What is kept about a person, for their rights to it."""
SOURCES = Sources(*ratings_moderated.SOURCES, materials_moderated.SOURCE)
"""Where the things stand whose content is checked."""
HOLDS = materials.Holds((rectification_retention.still_needed, supervision_retention.still_needed))
"""What keeps the personal data of a case beyond their time."""
KINDS = Kinds(*reports_kinds.KINDS)
"""The kinds of long work."""
WAIT_SECONDS = 0.5
"""Between two tries to reach a database that is away when a worker starts."""
JSON_LIMIT = 1_000_000
"""Bytes of a JSON body, at most; the routes that take photos set their own limit."""


def database(settings: Settings) -> dict[str, Any]:
    """Tortoise's configuration for the database of these settings."""
    return db.config(
        settings.database_url, modules=MODELS, migrations=MIGRATIONS, pool=settings.database_pool
    )


def with_database(url: str, name: str) -> str:
    """The same server and account as in `url`, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def _sweep(act: Act) -> None:
    await sessions.forget_ended(act.at)
    await second_factor.forget_old(act.at)
    await first_answers.forget_old(act.at)
    await outbox.forget_done(act.at)


PERIODICS: tuple[Periodic, ...] = (
    Periodic("core.sweep", timedelta(hours=1), _sweep),
    *works_jobs.PERIODICS,
    *pushes_jobs.PERIODICS,
    *citizens_jobs.PERIODICS,
    *catalog_jobs.PERIODICS,
    *materials_jobs.PERIODICS,
    *cases_jobs.PERIODICS,
    *defaults.PERIODICS,
    *lights.PERIODICS,
    *renewal.PERIODICS,
    *ratings_jobs.PERIODICS,
    *rectification_jobs.PERIODICS,
    *scores_jobs.PERIODICS,
    *exchange_jobs.PERIODICS,
    *supervision_jobs.PERIODICS,
)


def _keyring(settings: Settings) -> privacy.Keyring:
    if not settings.keys:
        raise SettingsError("ZHANGBAN_KEYS is not set: make one with `zhangban keys new`")
    try:
        return privacy.Keyring.parse(settings.keys)
    except privacy.KeyringError as error:
        raise SettingsError(f"ZHANGBAN_KEYS: {error}") from None


def _real_names(settings: Settings) -> RealNames:
    try:
        return RealNames.from_settings(settings)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _line(settings: Settings) -> ProvinceLine:
    try:
        return ProvinceLine.from_settings(settings)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _sms(settings: Settings) -> Sms:
    try:
        return providers.from_settings(settings)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _pushes(settings: Settings) -> PushDoor:
    try:
        return PushDoor.from_settings(settings)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _yellow_share(settings: Settings) -> None:
    try:
        lights_in_force.use(Fraction(settings.yellow_share))
    except ValueError as error:
        raise SettingsError(f"ZHANGBAN_YELLOW_SHARE: {error}") from None


def _words(settings: Settings) -> Words:
    try:
        return Words(settings.moderation_words)
    except ValueError as error:
        raise SettingsError(f"ZHANGBAN_MODERATION_WORDS: {error}") from None


@asynccontextmanager
async def open_house(settings: Settings, *, patient: bool = False) -> AsyncIterator[House]:
    """The house of a process: its database, Redis, storage and keys open for as long as it runs.

    With `patient` it waits for a database that is away.
    """
    keyring = _keyring(settings)
    # What needs Redis can do without it for a while: one quick retry, not redis-py's ten.
    redis = aioredis.Redis.from_url(
        settings.redis_url,
        socket_timeout=2,
        socket_connect_timeout=1,
        retry=Retry(NoBackoff(), 1),
        health_check_interval=30,
    )
    pubsub = aioredis.Redis.from_url(
        settings.redis_url, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
    )
    house = House(settings, keyring, redis, Storage.open(settings), Live(redis, pubsub))
    privacy.use(keyring)
    _yellow_share(settings)
    wechat = WeChat.from_settings(settings, redis)
    codes = CodeShelf(wechat, house.storage, redis)
    house.put(wechat, codes)
    house.put(Limits(settings.redis_url))
    sms = _sms(settings)
    house.put(sms)
    house.put(CaseNumbers(), KeptCases(), _line(settings))
    real_names = _real_names(settings)
    house.put(real_names)
    house.put(SHARES, HOLDS, SOURCES, KINDS)
    house.put(_pushes(settings))
    house.put(_words(settings))
    shelf = Shelf(house.live)
    house.put(shelf)
    house.put(Identities(staff=_staff, device=signatures.identify, client=clients.identify))
    device_keys, writer = DeviceKeys(keyring, house.live), RatingWriter(settings.ratings_queue)
    house.put(device_keys)
    # A signature is taken for the window on both sides of the server's time.
    house.put(Nonces(redis, 2 * settings.device_clock_window + 1))
    house.put(writer)
    runner = Runner(house)
    house.put(runner)
    await _connect(settings, patient=patient)
    house.live.start()
    shelf.start()
    device_keys.start()
    writer.start()
    try:
        yield house
    finally:
        await runner.stop()
        await writer.stop()
        await device_keys.stop()
        await shelf.stop()
        await house.live.stop()
        await sms.provider.aclose()
        await real_names.aclose()
        await codes.aclose()
        await wechat.aclose()
        await db.close()
        house.storage.close()
        await pubsub.aclose()
        await redis.aclose()


async def _connect(settings: Settings, *, patient: bool) -> None:
    while True:
        try:
            return await db.connect(database(settings))
        except Exception as error:
            if not (patient and answers.database_is_away(error)):
                raise
            log.warning("database.waited_for", error=type(error).__name__)
            await db.close()
            await asyncio.sleep(WAIT_SECONDS)


async def _staff(house: House, session: sessions.LiveSession) -> Staff | None:
    return await accounts.staff_of_session(session, house.settings)


def create_app(settings: Settings, house: House | None = None, name: str = "zhangban") -> Sanic:
    """The HTTP application.

    With `house`, it serves in that one; its owner closes it, and does the background work.
    """
    app: Sanic = Sanic(name, configure_logging=False)
    app.config.REQUEST_MAX_SIZE = JSON_LIMIT
    app.config.REQUEST_TIMEOUT = 60
    app.config.RESPONSE_TIMEOUT = 60
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 15
    app.config.ACCESS_LOG = False
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.TOUCHUP = False
    app.config.PROXIES_COUNT = 1 if settings.behind_proxy else None
    app.config.WEBSOCKET_PING_INTERVAL = 20
    app.config.WEBSOCKET_PING_TIMEOUT = 20
    for routes in ROUTES:
        app.blueprint(routes.blueprint.copy(f"{routes.name}-{time.monotonic_ns()}"))
    answers.install(app, page_routes.problem_page)
    status.install(app)

    @app.before_server_start
    async def open_parts(app: Sanic) -> None:
        app.ctx.background = []
        if house is not None:
            app.ctx.house = house
            return
        app.ctx.opened = open_house(settings, patient=True)
        app.ctx.house = await app.ctx.opened.__aenter__()
        app.ctx.background = [
            Dispatcher(app.ctx.house, HANDLERS),
            Scheduler(app.ctx.house, PERIODICS),
        ]
        for part in app.ctx.background:
            part.start()

    @app.before_server_stop
    async def stop_taking(app: Sanic) -> None:
        for part in reversed(app.ctx.background):
            await part.stop()

    @app.after_server_stop
    async def close_parts(app: Sanic) -> None:
        if house is None:
            await app.ctx.opened.__aexit__(None, None, None)

    return app
