"""Mini-program codes: the round picture that a phone scans to open a page with a scene."""

from wechat.client import WeChat
from wechat.errors import WeChatError
from wechat.rules import check_code_page, check_scene

NARROWEST, WIDEST = 280, 1280
"""The widths in pixels that the platform draws."""

_BUILDS = {"formal": "release", "trial": "trial", "developer": "develop"}


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
    check_scene(scene)
    check_code_page(page)
    if not NARROWEST <= width <= WIDEST or state not in _BUILDS:
        raise WeChatError(
            "小程序码的宽度应为 280 至 1280 像素，版本应为 formal、trial 或 developer。"
        )
    return await client.get_unlimited_qrcode(
        scene,
        page,
        env_version=_BUILDS[state],
        width=width,
        check_path=state == "formal",
    )
