"""What citizens write and send is checked, by users who are there."""

from typing import Any

import pytest

from wechat.client import WeChat
from wechat.errors import (
    ContentDoesNotFit,
    InvalidUser,
    PlatformDown,
    QuotaUsedUp,
    UserNotActive,
)
from wechat.moderation import LABELS, Scene, Verdict, check_image, check_text, suggest_of

TEXT, MEDIA = "/wxa/msg_sec_check", "/wxa/media_check_async"


@pytest.fixture
async def openid(client: WeChat, controls: Any) -> str:
    """A user who has just logged in."""
    return (await client.code_to_session(await controls.login_code())).openid


class TestTexts:
    @pytest.mark.parametrize(
        ("content", "suggest", "label"),
        [
            ("窗口服务很好，谢谢！", "pass", 100),
            ("这里有违禁词", "risky", 20006),
            ("这里有疑似词", "review", 21000),
        ],
    )
    async def test_get_a_verdict(
        self, client: WeChat, openid: str, content: str, suggest: str, label: int
    ) -> None:
        verdict = await check_text(client, openid, Scene.COMMENT, content)
        assert (verdict.suggest, verdict.label) == (suggest, label)
        assert verdict.trace_id
        assert label in LABELS

    async def test_a_nickname_is_looked_at_too(self, client: WeChat, openid: str) -> None:
        verdict = await check_text(
            client, openid, Scene.PROFILE, "你好", title="标题", nickname="违禁词先生"
        )
        assert verdict.suggest == "risky"

    async def test_after_two_hours_the_user_is_not_active_any_more(
        self, client: WeChat, openid: str, controls: Any
    ) -> None:
        await controls.post("clock", forward=7_190)
        assert await check_text(client, openid, Scene.COMMENT, "好")
        await controls.post("clock", forward=20)
        with pytest.raises(UserNotActive) as caught:
            await check_text(client, openid, Scene.COMMENT, "好")
        assert (caught.value.errcode, caught.value.retryable) == (61010, False)
        await controls.post("visits", openid=openid)
        assert await check_text(client, openid, Scene.COMMENT, "好")

    async def test_an_unknown_user(self, client: WeChat) -> None:
        with pytest.raises(InvalidUser):
            await check_text(client, "oNobody", Scene.COMMENT, "好")

    @pytest.mark.parametrize("content", ["", "  \n", "字" * 2_501])
    async def test_what_the_platform_does_not_take_is_not_asked(
        self, client: WeChat, openid: str, controls: Any, content: str
    ) -> None:
        with pytest.raises(ContentDoesNotFit):
            await check_text(client, openid, Scene.COMMENT, content)
        assert await controls.calls(TEXT) == 0
        assert await check_text(client, openid, Scene.COMMENT, "字" * 2_500)

    async def test_past_the_quota_it_can_be_tried_again(
        self, client: WeChat, openid: str, controls: Any
    ) -> None:
        await controls.post("quotas", path=TEXT, most=2, seconds=60)
        for _ in range(2):
            await check_text(client, openid, Scene.COMMENT, "好")
        with pytest.raises(QuotaUsedUp) as caught:
            await check_text(client, openid, Scene.COMMENT, "好")
        assert caught.value.retryable
        await controls.post("clock", forward=61)
        assert await check_text(client, openid, Scene.COMMENT, "好")

    async def test_version_ones_way_of_refusing_is_a_verdict_too(
        self, client: WeChat, openid: str, controls: Any
    ) -> None:
        await controls.fault("errcode", path=TEXT, errcode=87014)
        verdict = await check_text(client, openid, Scene.COMMENT, "好")
        assert verdict == Verdict("risky", 21000, "")

    @pytest.mark.parametrize("kind", ["http_5xx", "html", "busy"])
    async def test_a_platform_that_is_down_says_nothing_about_the_text(
        self, client: WeChat, openid: str, controls: Any, kind: str
    ) -> None:
        await controls.fault(kind, path=TEXT)
        with pytest.raises(PlatformDown):
            await check_text(client, openid, Scene.COMMENT, "违禁词")

    def test_a_suggestion_that_is_not_known_is_for_a_person(self) -> None:
        assert suggest_of({"suggest": "block"}) == "review"
        assert suggest_of({"suggest": ""}) is suggest_of({}) is suggest_of(None) is None


class TestPictures:
    url = "https://hall.example.gov.cn/links/abc"

    async def test_are_taken_in_under_a_trace(
        self, client: WeChat, openid: str, sandbox: Any
    ) -> None:
        sandbox.platform.moderation.fetch = False
        one = await check_image(client, openid, Scene.COMMENT, self.url)
        two = await check_image(client, openid, Scene.COMMENT, self.url)
        assert one != two

    @pytest.mark.parametrize("url", ["", "ftp://x/y.jpg", "/local/file.jpg", "http://"])
    async def test_an_address_that_is_none_is_not_asked_about(
        self, client: WeChat, openid: str, controls: Any, url: str
    ) -> None:
        with pytest.raises(ContentDoesNotFit):
            await check_image(client, openid, Scene.COMMENT, url)
        assert await controls.calls(MEDIA) == 0

    async def test_of_a_user_who_was_not_there_are_not_checked(
        self, client: WeChat, controls: Any
    ) -> None:
        with pytest.raises(UserNotActive):
            await check_image(client, await controls.openid("李四"), Scene.COMMENT, self.url)
