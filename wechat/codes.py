"""Mini-program codes: the round picture that a phone scans to open a page with a scene."""

import base64
import binascii
import hashlib
import logging
import re
from uuid import UUID

from redis.asyncio import Redis

from app.core.storage import Missing, Storage, StorageDown
from wechat.client import WeChat
from wechat.errors import BadScene, WeChatError
from wechat.rules import check_code_page, check_scene
from wechat.shared import Flights, RedisAway, one_fetch

log = logging.getLogger(__name__)

NARROWEST, WIDEST = 280, 1280
"""The widths in pixels that the platform draws."""

_BUILDS = {"formal": "release", "trial": "trial", "developer": "develop"}
_PACKED = re.compile(r"([a-z])=([A-Za-z0-9_\-]{22})")


async def mini_program_code(
    client: WeChat, scene: str, page: str, *, state: str = "formal", width: int = 430
) -> bytes:
    """The picture of a code that opens `page` with `scene`, as JPEG or PNG bytes.

    `scene` is 1 to 32 of the allowed characters; `page` has no leading `/` and no query. `state`
    is the setting `wechat_state`; only a `formal` page must be published already.

    Raises:
        BadScene, BadPage: by the house's own check or the platform's.
        WeChatError: the width or the state is not one that the platform knows.
        QuotaUsedUp, PlatformDown: `retryable`.
    """
    _check(scene, page, width, state)
    return await client.get_unlimited_qrcode(
        scene,
        page,
        env_version=build_of(state),
        width=width,
        check_path=state == "formal",
    )


class CodeShelf:
    """Codes that were drawn once: a code never ends, so its picture is kept for good.

    Many callers, in any number of workers, cause one fetch. While the store is down a code is
    fetched and not kept; while Redis is, each worker fetches for itself.
    """

    def __init__(self, client: WeChat, storage: Storage, redis: "Redis | None") -> None:
        self._client = client
        self._storage = storage
        self._redis = redis
        self._flights: Flights[bytes] = Flights()

    async def picture(
        self, scene: str, page: str, *, state: str = "formal", width: int = 430
    ) -> bytes:
        """As `mini_program_code`, from the shelf if it is there.

        Raises:
            WeChatError: see `mini_program_code`.
        """
        _check(scene, page, width, state)
        name = "\n".join((self._client.appid, scene, page, state, str(width)))
        digest = hashlib.sha256(name.encode()).hexdigest()

        async def take() -> bytes:
            return await self._take(digest, scene, page, state, width)

        return await self._flights.join(digest, take)

    async def aclose(self) -> None:
        """Stop what is being fetched."""
        await self._flights.aclose()

    async def _take(self, digest: str, scene: str, page: str, state: str, width: int) -> bytes:
        key = f"codes/{digest[:2]}/{digest}"

        async def fetch() -> bytes:
            drawn = await mini_program_code(self._client, scene, page, state=state, width=width)
            await self._keep(key, drawn)
            return drawn

        try:
            return await one_fetch(
                self._redis,
                f"wechat:code:{digest}:claim",
                patience=self._client.timeout,
                read=lambda: self._kept(key),
                fetch=fetch,
            )
        except RedisAway as away:
            log.warning("wechat codes: redis is away (%s), fetching alone", away)
            return await fetch()

    async def _kept(self, key: str) -> bytes | None:
        try:
            return await self._storage.get(key)
        except Missing:
            return None
        except StorageDown:
            log.warning("wechat codes: the store is down, fetching anew")
            return None

    async def _keep(self, key: str, drawn: bytes) -> None:
        try:
            await self._storage.put(key, drawn)
        except StorageDown:
            log.warning("wechat codes: not kept, the store is down")


def pack_scene(letter: str, thing_id: UUID) -> str:
    """A scene that names one thing: `letter` (such as `w` for a window, `i` for an item) and its
    id, 24 characters in all.

    Raises:
        ValueError: `letter` is not one of a to z.
    """
    if not re.fullmatch("[a-z]", letter):
        raise ValueError(f"not a letter of a scene: {letter!r}")
    return f"{letter}={base64.urlsafe_b64encode(thing_id.bytes).decode().rstrip('=')}"


def unpack_scene(scene: str) -> tuple[str, UUID]:
    """The letter and the id of a scene that `pack_scene` made.

    Raises:
        BadScene: it did not.
    """
    match = _PACKED.fullmatch(scene)
    if match is None:
        raise BadScene
    try:
        thing_id = UUID(bytes=base64.urlsafe_b64decode(match[2] + "=="))
    except (ValueError, binascii.Error):
        raise BadScene from None
    if pack_scene(match[1], thing_id) != scene:
        raise BadScene
    return match[1], thing_id


def build_of(state: str) -> str:
    """The build of codes and links (`release`, `trial`, `develop`) for a setting `wechat_state`.

    Raises:
        WeChatError: there is no such state.
    """
    if state not in _BUILDS:
        raise WeChatError("小程序的版本应为 formal、trial 或 developer。")
    return _BUILDS[state]


def _check(scene: str, page: str, width: int, state: str) -> None:
    check_scene(scene)
    check_code_page(page)
    build_of(state)
    if not NARROWEST <= width <= WIDEST:
        raise WeChatError("小程序码的宽度应为 280 至 1280 像素。")
