"""Errors that reach people: a status, a stable code and a sentence in Chinese (RFC 9457)."""

from typing import Any


class Problem(Exception):  # noqa: N818 - the name of RFC 9457, and what the wire calls it
    """An error with an answer. A feature derives its own, with its own `code` and `title`.

    `title` is the same for every occurrence; `detail` says what is particular to this one.
    `extra` members are added to the answer as they are; never put personal data there.
    """

    status: int = 400
    code: str = "bad_request"
    title: str = "请求有误，请检查后重试。"

    def __init__(self, detail: str | None = None, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.extra = extra
        self.headers: dict[str, str] = {}


class BadRequest(Problem):
    """The request does not have the shape that the endpoint takes."""


class InvalidBody(Problem):
    """The body is not JSON of the endpoint's schema; `field` says where."""

    status = 422
    code = "invalid_body"
    title = "提交的内容不符合要求，请按提示修改后重试。"


class InvalidQuery(Problem):
    """A parameter of the address does not fit; `field` says which."""

    status = 422
    code = "invalid_query"
    title = "查询条件不正确，请修改后重试。"


class UnsupportedMedia(Problem):
    """The body's Content-Type is not the one that the endpoint takes."""

    status = 415
    code = "unsupported_media"
    title = "请以规定的格式提交内容。"


class NotSignedIn(Problem):
    """Nobody is signed in, or the session has ended."""

    status = 401
    code = "not_signed_in"
    title = "请先登录。"


class Forbidden(Problem):
    """The caller is known and may not do this."""

    status = 403
    code = "forbidden"
    title = "您没有办理这项操作的权限。"


class FirstPassword(Problem):
    """The account's password was set by somebody else: its owner chooses another one first."""

    status = 403
    code = "staff.first_password"
    title = "您用的还是别人设置的初始密码，请先改成自己的密码。"


class NotFound(Problem):
    """There is no such thing, or it is not the caller's to see: the two are not told apart."""

    status = 404
    code = "not_found"
    title = "没有找到您要的内容。"


class Conflict(Problem):
    """The thing is not in a state in which this can be done."""

    status = 409
    code = "conflict"
    title = "当前状态下不能这样操作，请刷新后再看。"


class TooMany(Problem):
    """A limit on how often was reached; `Retry-After` says when to try again."""

    status = 429
    code = "too_many_requests"
    title = "操作太频繁，请稍后再试。"

    def __init__(self, detail: str | None = None, *, retry_after: int = 60, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.headers["Retry-After"] = str(retry_after)


class Unavailable(Problem):
    """Something this needs is down or overloaded; trying again later helps."""

    status = 503
    code = "unavailable"
    title = "系统繁忙，请稍后再试。"

    def __init__(self, detail: str | None = None, *, retry_after: int = 2, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.headers["Retry-After"] = str(retry_after)
