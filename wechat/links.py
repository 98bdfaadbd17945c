"""URL links: for a text message or a web page, they open the mini program at a page."""

import hashlib
import logging
import re
from datetime import timedelta

import msgspec
from redis.asyncio import Redis

from wechat.client import WeChat
from wechat.codes import build_of
from wechat.errors import BadExpiry, BadQuery, PlatformDown
from wechat.rules import check_code_page
from wechat.shared import RedisAway, ask, one_fetch

log = logging.getLogger(__name__)

LONGEST = timedelta(days=30)
"""How long the platform lets a link live; each one is asked for that long."""

_QUERY = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~%]{0,1024}")
_MARGIN = 60


class _Link(msgspec.Struct, frozen=True):
    url: str
    ends: float


async def url_link(
    client: WeChat,
    redis: "Redis | None",
    page: str,
    query: str = "",
    *,
    state: str = "formal",
    at_least: timedelta = timedelta(days=7),
) -> str:
    """A link that opens `page` with `query` and lives for `at_least` from now, at most 30 days.

    The same link is given again for as long as it has that much left: one fetch for all callers
    and workers. Give each recipient a `query` of its own; the platform has at times bound a link
    to the first user who opens it. `page` has no leading `/` and no query; `state` is the setting
    `wechat_state`.

    Raises:
        BadPage, BadQuery, BadExpiry: by the house's own check or the platform's.
        NotPublished: there is no published version yet.
        QuotaUsedUp, TooOften, PlatformDown: `retryable`.
    """
    check_code_page(page)
    if not _QUERY.fullmatch(query):
        raise BadQuery
    if not timedelta(0) < at_least <= LONGEST:
        raise BadExpiry
    build = build_of(state)
    name = "\n".join((page, query, build))
    key = f"wechat:{client.appid}:link:{hashlib.sha256(name.encode()).hexdigest()}"

    async def fetch() -> _Link:
        ends = client.now() + LONGEST.total_seconds() - _MARGIN
        url = await client.generate_url_link(page, query, env_version=build, days=LONGEST.days)
        if not url.startswith("https://"):
            raise PlatformDown
        await _keep(redis, key, _Link(url, ends))
        return _Link(url, ends)

    async def read() -> _Link | None:
        found = await _kept(redis, key)
        enough = min(at_least.total_seconds(), LONGEST.total_seconds() - 2 * _MARGIN)
        return found if found and found.ends - client.now() >= enough else None

    try:
        link = await one_fetch(
            redis, f"{key}:claim", patience=client.timeout, read=read, fetch=fetch
        )
    except RedisAway as away:
        log.warning("wechat links: redis is away (%s), fetching alone", away)
        link = await fetch()
    return link.url


async def _kept(redis: "Redis | None", key: str) -> _Link | None:
    raw = await ask(redis.get(key)) if redis is not None else None
    try:
        return None if raw is None else msgspec.json.decode(raw, type=_Link)
    except msgspec.MsgspecError:
        return None


async def _keep(redis: "Redis | None", key: str, link: _Link) -> None:
    if redis is None:
        return
    try:
        await ask(redis.set(key, msgspec.json.encode(link), ex=int(LONGEST.total_seconds())))
    except RedisAway as away:
        log.warning("wechat links: not kept, redis is away (%s)", away)
