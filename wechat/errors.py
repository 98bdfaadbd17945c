"""What the platform can answer instead of what was asked, as typed errors.

No error carries a secret, a token, a login code, or an address that contains one. Which of the
platform's numbers is which error: `errcodes.py`.
"""

# ruff: noqa: N818 - named for what happened, as in the rest of the house

from typing import Any

from app.core.errors import Problem


class WeChatError(Problem):
    """The platform refused; every other error here derives from this one.

    `errcode` is the platform's number, or None where there was no readable answer or the house's
    own check spoke before a call. `retryable`: the same call, unchanged, may succeed later.
    `rid` is the platform's request id, for asking its support.
    """

    status: int = 502
    code: str = "wechat.refused"
    title: str = "微信平台未能完成这次操作，请稍后再试。"
    retryable: bool = False

    def __init__(
        self,
        detail: str | None = None,
        *,
        errcode: int | None = None,
        rid: str | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail, **extra)
        self.errcode = errcode
        self.rid = rid

    def __repr__(self) -> str:
        return f"{type(self).__name__}(errcode={self.errcode}, rid={self.rid!r})"


class CodeInvalid(WeChatError):
    """40029: the login or phone code is unknown, expired, or another mini program's."""

    status = 401
    code = "wechat.code_invalid"
    title = "微信登录凭证无效或已过期，请重新登录。"


class CodeUsed(WeChatError):
    """40163: the code was used before; log in again."""

    status = 401
    code = "wechat.code_used"
    title = "微信登录凭证已经用过，请重新登录。"


class HighRiskUser(WeChatError):
    """40226: the platform holds the user for high-risk and blocks the login."""

    status = 403
    code = "wechat.high_risk_user"
    title = "微信提示该账号存在风险，暂时不能登录，请到窗口办理。"


class TooOften(WeChatError):
    """45011, 44990, 44991: calls of this kind come too often; wait a minute."""

    status = 429
    code = "wechat.too_often"
    title = "操作太频繁，请过一会儿再试。"
    retryable = True

    def __init__(self, detail: str | None = None, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.headers["Retry-After"] = "60"


class NotSubscribed(WeChatError):
    """43101: the user has not agreed to this message, or has used up what was agreed."""

    status = 409
    code = "wechat.not_subscribed"
    title = "用户没有订阅这类消息，或订阅次数已经用完。"


class Banned(WeChatError):
    """43107: the platform has taken the ability to send this message away."""

    status = 403
    code = "wechat.banned"
    title = "微信平台已停用这类消息的发送。"


class SeveralAtOnce(WeChatError):
    """43108: another message to the same user is being sent at this moment; send it again."""

    status = 409
    code = "wechat.several_at_once"
    title = "正在向同一用户发送其他消息，请稍后再发。"
    retryable = True


class QuotaUsedUp(WeChatError):
    """45009, 44993: the quota of this call (a minute's or a day's) is used up; try later."""

    status = 503
    code = "wechat.quota_used_up"
    title = "微信接口的调用次数已用完，请稍后再试。"
    retryable = True


class BadTemplate(WeChatError):
    """40037: no such template; or a template's values are incomplete (the house's own check)."""

    code = "wechat.bad_template"
    title = "消息模板不正确，请联系管理员检查设置。"


class ValueDoesNotFit(WeChatError):
    """47003: a value does not fit its type; `field` is the template key, such as `thing2`."""

    status = 422
    code = "wechat.value_does_not_fit"
    title = "消息内容不符合微信模板的要求。"

    def __init__(self, detail: str | None = None, *, field: str = "", **extra: Any) -> None:
        super().__init__(detail, field=field, **extra)
        self.field = field


class SensitiveWord(WeChatError):
    """45168: the text has a word that the platform does not let through."""

    status = 422
    code = "wechat.sensitive_word"
    title = "内容含有微信平台不允许的词语，请修改后再试。"


class InvalidUser(WeChatError):
    """40003: the openid is not one of this mini program's users."""

    status = 422
    code = "wechat.invalid_user"
    title = "没有找到对应的微信用户。"


class BadPage(WeChatError):
    """41030, 40165: the mini program has no such page in its published version."""

    code = "wechat.bad_page"
    title = "小程序页面地址不正确，请联系管理员检查设置。"


class BadScene(WeChatError):
    """40169, 40129: the scene of a mini-program code is too long or has other characters."""

    status = 422
    code = "wechat.bad_scene"
    title = "小程序码的参数过长或含有不允许的字符。"


class BadCredentials(WeChatError):
    """The appid, its secret, the access token or the server's address is not accepted.

    40001, 40013, 40014, 40125, 40164, 41002, 41004, 42001: an operator has to look. `retryable`,
    because the same call succeeds once the settings are mended.
    """

    code = "wechat.bad_credentials"
    title = "微信平台的接入设置不正确，请联系管理员。"
    retryable = True


class ContentDoesNotFit(WeChatError):
    """What should be checked is empty, too long, or no address; nothing was asked."""

    status = 422
    code = "wechat.content_does_not_fit"
    title = "内容不符合内容安全检查的要求。"


class UserNotActive(WeChatError):
    """61010: the user has not been in the mini program for two hours, so nothing is checked."""

    status = 409
    code = "wechat.user_not_active"
    title = "用户近两小时没有使用小程序，微信平台不作内容安全检查。"


class BadQuery(WeChatError):
    """40212: the query of a URL link has other characters, or is longer than 1,024."""

    status = 422
    code = "wechat.bad_query"
    title = "链接的参数过长或含有不允许的字符。"


class NotPublished(WeChatError):
    """85079: the mini program has no published version, so it has no links."""

    code = "wechat.not_published"
    title = "小程序还没有发布，暂时不能生成链接。"


class BadExpiry(WeChatError):
    """85401: a URL link lives for 1 to 30 days."""

    status = 422
    code = "wechat.bad_expiry"
    title = "链接的有效期应为 1 至 30 天。"


class DataRefused(WeChatError):
    """`encryptedData` cannot be opened with this session key, or is not what it claims to be."""

    status = 422
    code = "wechat.data_refused"
    title = "微信数据已失效或不完整，请重新登录后再试。"


class SigningRefused(WeChatError):
    """40230–40240: the platform does not accept how the request was signed or encrypted."""

    code = "wechat.signing_refused"
    title = "微信平台没有接受加密签名的请求，请联系管理员检查接口安全设置。"


class AnswerNotTrusted(WeChatError):
    """An answer that should be signed and encrypted by the platform is not, or not rightly.

    What was asked may have been done all the same.
    """

    code = "wechat.answer_not_trusted"
    title = "微信平台的答复未通过验证，请联系管理员检查接口安全设置。"


class PlatformDown(WeChatError):
    """Timeout, no connection, a 5xx, an answer that is not the API's, or -1 (busy)."""

    status = 503
    code = "wechat.platform_down"
    title = "微信平台暂时没有响应，请稍后再试。"
    retryable = True

    def __init__(self, detail: str | None = None, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.headers["Retry-After"] = "5"


class NoAnswer(PlatformDown):
    """The request was sent and no answer came: what was asked may have been done all the same.

    Timeout or a broken connection after sending, and a gateway's 504. `retryable` for whatever may
    happen twice, and for nothing else.
    """

    code = "wechat.no_answer"
