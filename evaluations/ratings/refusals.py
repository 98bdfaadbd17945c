"""Why a rating, or what belongs to one, is not taken in; each refusal is counted by its code."""

from typing import Any

from prometheus_client import Counter

from app.core.errors import Problem

refused = Counter("zhangban_rating_refusals_total", "Ratings and the like refused.", ["code"])


class Refusal(Problem):
    """Raised only as one of its subclasses; making one counts it."""

    def __init__(self, detail: str | None = None, **extra: Any) -> None:
        super().__init__(detail, **extra)
        refused.labels(self.code).inc()


class Unfit(Refusal):
    """The rating breaks a rule; `field` says where, `detail` how."""

    status = 422
    code = "rating.unfit"
    title = "评价内容不符合要求，请修改后重试。"


class AlreadyRated(Refusal):
    """There is a rating of this service, and it is another one."""

    status = 409
    code = "rating.already_rated"
    title = "这次服务已经评价过了，每次服务只能评价一次。"


class TooLate(Refusal):
    """The time in which this service can be rated is over."""

    status = 409
    code = "rating.too_late"
    title = "已超过可以评价的时间。"


class OwnService(Refusal):
    """Staff cannot rate their own service, by whatever account, phone or card."""

    status = 409
    code = "rating.own_service"
    title = "工作人员不能评价自己提供的服务。"


class NoSuchService(Refusal):
    """There is no such service, or it is not the rater's to rate."""

    status = 404
    code = "rating.no_such_service"
    title = "没有找到可以评价的服务。"


class NoSuchRating(Refusal):
    """There is no such rating, or it is not the caller's."""

    status = 404
    code = "not_found"
    title = "没有找到这条评价。"


class BadCode(Refusal):
    """A QR code or link is not one of ours, or its time is over: one answer for both."""

    status = 404
    code = "rating.bad_code"
    title = "二维码或链接无效或已过期。"


class NothingToRate(Refusal):
    """No visit at this window is open, and the last one is too long ago."""

    status = 404
    code = "rating.nothing_to_rate"
    title = "这个窗口现在没有可以评价的服务。"


class RecordChanged(Refusal):
    """Another system's record or rating does not agree with what it sent before."""

    status = 409
    code = "hub.changed"
    title = "这条记录已收到过，且内容不同；收到的记录不能更改。"


class RecordFirst(Refusal):
    """A rating came before the record of its service."""

    status = 409
    code = "hub.record_first"
    title = "请先报送服务记录，再报送对它的评价。"


class SupplementedAlready(Refusal):
    """There is a supplementary comment already, and it is another one."""

    status = 409
    code = "rating.supplemented"
    title = "这条评价已经追评过了，只能追评一次。"
