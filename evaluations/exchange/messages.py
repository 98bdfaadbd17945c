"""What the two ends say to each other: the content of an envelope, and the answer to it."""

from typing import Annotated

import msgspec
from msgspec import Meta

from app.core.envelopes import Post

ANSWER = "exchange.answer"
"""What the province's signature under an answer is for."""
Number = Annotated[str, Meta(min_length=1, max_length=40)]


class Message(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A part of what is exchanged; its members have the names of the specification."""


class ServiceRecord(Message, frozen=True, kw_only=True):
    """服务记录: that a service was given, to whom it is accountable, and by when it was due.

    Codes are those of `rules`, moments are the time in China to the second, and what is not known
    is empty. `user_name` is there only if the settings ask for it.
    """

    project_no: Number
    service_number: int
    service_name: str
    task_code: str
    task_name: str
    dept_code: str
    dept_name: str
    area_code: str
    user_prop: str
    pro_status: str
    accept_date: str
    result_date: str
    service_time: str
    promise_day: str
    pro_channel: str
    user_name: str | None = None


class Evaluation(Message, frozen=True, kw_only=True):
    """评价: one rating. `eval_detail` is the codes of its tags, separated by commas."""

    project_no: Number
    service_number: int
    assess_number: Number
    pf: str
    satisfaction: str
    eval_detail: str
    writing_evaluation: str
    assess_time: str


class Result(Message, frozen=True, kw_only=True):
    """What became of one record or evaluation; `number` is its service or assess number."""

    project_no: str
    number: str
    code: str
    reason: str = ""


class Answer(Message, frozen=True, kw_only=True):
    """The answer to an envelope. `refused` says why none of it was read, where that is so."""

    message_id: str
    refused: str = ""
    results: list[Result] = []


class Signed(Message, frozen=True, kw_only=True):
    """An answer as it is sent: its JSON as text, and the province's signature over that."""

    answer: str
    signature: str


Content = ServiceRecord | Evaluation


def key_of(content: Content) -> tuple[str, str]:
    """The key of a record or an evaluation: project number and service or assess number."""
    if isinstance(content, ServiceRecord):
        return content.project_no, str(content.service_number)
    return content.project_no, content.assess_number


def sign_answer(post: Post, answer: Answer) -> Signed:
    """The answer, signed by the province."""
    text = msgspec.json.encode(answer)
    return Signed(answer=text.decode(), signature=post.sign(text, ANSWER))
