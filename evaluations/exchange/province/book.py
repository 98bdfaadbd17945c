"""What the province has, and whether it takes more: order, duplicates, every member checked."""

import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

import msgspec

from app.core.envelopes import Envelope, EnvelopeRefused, Post
from evaluations.exchange.messages import Answer, Evaluation, Result, ServiceRecord
from evaluations.exchange.province.faults import Faults

LATE_SECONDS = 600
"""How far a message's time may be from the province's own."""
KEPT_MESSAGES = 10_000
TAGS_OF_LEVEL = re.compile(r"|([1-5][0-9]{2})(,[1-5][0-9]{2})*")
MOMENT = re.compile(r"|[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")

OK, DUPLICATE, NO_RECORD, INVALID = "0000", "1001", "2001", "2002"


class Arrival(msgspec.Struct, frozen=True, rename="camel"):
    """One record or evaluation as it came, and what was said to it; in the order of arrival."""

    serial: int
    kind: str
    project_no: str
    number: str
    code: str
    reason: str
    message_id: str


class Book:
    """The province's records and evaluations. `now` gives its time, in seconds."""

    def __init__(self, app_id: str, post: Post, now: Callable[[], float] = time.time) -> None:
        self.app_id = app_id
        self.post = post
        self.now = now
        self.faults = Faults()
        self.records: dict[tuple[str, str], ServiceRecord] = {}
        self.evaluations: dict[tuple[str, str], Evaluation] = {}
        self.arrivals: list[Arrival] = []
        self.refusals: Counter[str] = Counter()
        self._seen: deque[str] = deque(maxlen=KEPT_MESSAGES)
        self._entering = threading.Lock()

    def forget(self) -> None:
        """Begin again with nothing."""
        for kept in (self.records, self.evaluations, self.arrivals, self.refusals, self._seen):
            kept.clear()
        self.faults.clear()

    def take(self, kind: str, body: bytes, reject: str = "") -> Answer:
        """The answer to an envelope of this kind; with `reject`, all in it is, for that reason."""
        message_id = ""
        try:
            envelope = _decoded(body)
            message_id = envelope.message_id
            content = self._opened(kind, envelope)
        except EnvelopeRefused as refused:
            self.refusals[refused.reason] += 1
            return Answer(message_id=message_id, refused=_SAID.get(refused.reason, refused.reason))
        with self._entering:
            results = [self._entered(kind, entry, message_id, reject) for entry in content]
        return Answer(message_id=message_id, results=results)

    def _opened(self, kind: str, envelope: Envelope) -> list[Any]:
        if envelope.sender != self.app_id:
            raise EnvelopeRefused("sender")
        content = self.post.open(envelope)
        if abs(self.now() - envelope.timestamp / 1000) > LATE_SECONDS:
            raise EnvelopeRefused("late")
        if envelope.kind != kind:
            raise EnvelopeRefused("kind")
        if envelope.message_id in self._seen:
            raise EnvelopeRefused("replayed")
        self._seen.append(envelope.message_id)
        try:
            return list(msgspec.json.decode(content, type=list[dict[str, Any]]))
        except msgspec.MsgspecError:
            raise EnvelopeRefused("content") from None

    def _entered(self, kind: str, given: dict[str, Any], message_id: str, reason: str) -> Result:
        number = str(given.get("serviceNumber" if kind == "record" else "assessNumber", ""))
        key = (str(given.get("projectNo", "")), number)
        code = INVALID if reason else ""
        if not code:
            enter = self._enter_record if kind == "record" else self._enter_evaluation
            code, reason = enter(key, given)
        self.arrivals.append(Arrival(len(self.arrivals) + 1, kind, *key, code, reason, message_id))
        return Result(project_no=key[0], number=key[1], code=code, reason=reason)

    def _enter_record(self, key: tuple[str, str], given: dict[str, Any]) -> tuple[str, str]:
        if key in self.records:
            return DUPLICATE, "服务记录已存在"
        try:
            record = msgspec.convert(given, ServiceRecord)
        except msgspec.ValidationError as error:
            return INVALID, f"服务记录格式不正确：{error}"
        wrong = _wrong_in_record(record)
        if wrong:
            return INVALID, f"{wrong}不正确"
        self.records[key] = record
        return OK, ""

    def _enter_evaluation(self, key: tuple[str, str], given: dict[str, Any]) -> tuple[str, str]:
        try:
            evaluation = msgspec.convert(given, Evaluation)
        except msgspec.ValidationError as error:
            return INVALID, f"评价格式不正确：{error}"
        if (evaluation.project_no, str(evaluation.service_number)) not in self.records:
            return NO_RECORD, "没有对应的服务记录"
        if key in self.evaluations:
            return DUPLICATE, "评价已存在"
        wrong = _wrong_in_evaluation(evaluation)
        if wrong:
            return INVALID, f"{wrong}不正确"
        self.evaluations[key] = evaluation
        return OK, ""


_SAID = {
    "signature": "签名验证不通过",
    "sealed": "报文解密失败",
    "sender": "应用标识未登记",
    "late": "报文时间超出允许范围",
    "replayed": "报文重复",
    "version": "报文版本不支持",
    "encoding": "报文编码不正确",
    "kind": "报文类型不正确",
    "content": "报文内容无法识别",
}


def _decoded(body: bytes) -> Envelope:
    try:
        return msgspec.json.decode(body, type=Envelope)
    except msgspec.MsgspecError:
        raise EnvelopeRefused("content") from None


def _wrong_in_record(record: ServiceRecord) -> str:
    """The name of the first member that is not as it must be; empty if all are."""
    checks = {
        "serviceNumber": record.service_number >= 1,
        "taskName": bool(record.task_name.strip()),
        "areaCode": bool(re.fullmatch(r"[0-9]{6,12}", record.area_code)),
        "userProp": record.user_prop in set("123456789"),
        "proStatus": record.pro_status in set("123456789"),
        "proChannel": record.pro_channel in set("123456789"),
        "acceptDate": bool(record.accept_date and MOMENT.fullmatch(record.accept_date)),
        "resultDate": bool(MOMENT.fullmatch(record.result_date)),
        "serviceTime": bool(record.service_time and MOMENT.fullmatch(record.service_time)),
        "promiseDay": record.promise_day == "" or record.promise_day.isdigit(),
    }
    return next((name for name, right in checks.items() if not right), "")


def _wrong_in_evaluation(evaluation: Evaluation) -> str:
    level = evaluation.satisfaction
    tags = evaluation.eval_detail
    checks = {
        "pf": evaluation.pf in set("12345678"),
        "satisfaction": level in set("12345"),
        "evalDetail": bool(TAGS_OF_LEVEL.fullmatch(tags))
        and all(tag.startswith(level) for tag in tags.split(",") if tag),
        "writingEvaluation": len(evaluation.writing_evaluation) <= 150,
        "assessTime": bool(evaluation.assess_time and MOMENT.fullmatch(evaluation.assess_time)),
    }
    return next((name for name, right in checks.items() if not right), "")
