"""The line to the province: one message there, one answer back."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import httpx
import msgspec

from app.core import sm2
from app.core.envelopes import Post
from app.settings import Settings
from evaluations.exchange.messages import ANSWER, Answer, Content, Result, Signed, key_of
from evaluations.exchange.rules import Kind

LONGEST_ANSWER = 2_000_000
PATHS = {Kind.RECORD: "/exchange/records", Kind.RATING: "/exchange/evaluations"}


class NoAnswer(Exception):  # noqa: N818 - what happened, as the pushes' state names it
    """The province did not answer, or nothing that can be believed; the message says how.

    `silent`: not even the line answered, so that sending more has no point now.
    """

    def __init__(self, reason: str, *, silent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.silent = silent


class ProvinceLine:
    """How this hub reaches the province; `open` is False where it does not.

    Its keys are read once. A message is sealed and its answer checked in a thread.
    """

    def __init__(self, url: str, app_id: str, post: Post | None, timeout: float = 10.0) -> None:
        self._url = url.rstrip("/")
        self._app_id = app_id
        self._post = post
        self._timeout = timeout

    @classmethod
    def from_settings(cls, settings: Settings) -> "ProvinceLine":
        """The line of the settings.

        Raises:
            ValueError: there is an address, and an id or a key is missing or wrong; the message
                names the setting.
        """
        if not settings.exchange_url:
            return cls("", "", None)
        if not settings.exchange_app_id:
            raise ValueError("ZHANGBAN_EXCHANGE_APP_ID is not set, and ZHANGBAN_EXCHANGE_URL is")
        try:
            private = sm2.read_private(settings.exchange_private_key)
        except sm2.KeyRefused as error:
            raise ValueError(f"ZHANGBAN_EXCHANGE_PRIVATE_KEY: {error}") from None
        try:
            theirs = sm2.read_public(settings.exchange_province_key)
        except sm2.KeyRefused as error:
            raise ValueError(f"ZHANGBAN_EXCHANGE_PROVINCE_KEY: {error}") from None
        post = Post(private, theirs)
        return cls(settings.exchange_url, settings.exchange_app_id, post, settings.exchange_timeout)

    @property
    def open(self) -> bool:
        """Whether there is a province to send to."""
        return self._post is not None

    def client(self) -> httpx.AsyncClient:
        """The connections of one round."""
        return httpx.AsyncClient(base_url=self._url, timeout=self._timeout)

    async def send(
        self,
        client: httpx.AsyncClient,
        kind: Kind,
        contents: Sequence[Content],
        at: datetime,
    ) -> dict[tuple[str, str], Result]:
        """The province's results by key (`messages.key_of`).

        A content that it says nothing of is missing from the results.

        Raises:
            NoAnswer: nobody answered in time, or it was no answer that the province signed.
        """
        assert self._post is not None, "asked to send over a line that is not open"
        message_id = uuid4().hex
        envelope = await asyncio.to_thread(
            self._post.seal,
            msgspec.json.encode(contents),
            sender=self._app_id,
            kind=kind,
            message_id=message_id,
            timestamp=int(at.timestamp() * 1000),
        )
        response = await _post(client, PATHS[kind], msgspec.json.encode(envelope))
        answer = await asyncio.to_thread(_checked, self._post, message_id, response)
        asked = {key_of(content) for content in contents}
        found = {(result.project_no, result.number): result for result in answer.results}
        return {key: found[key] for key in asked & found.keys()}


async def _post(client: httpx.AsyncClient, path: str, body: bytes) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    try:
        async with client.stream("POST", path, content=body, headers=headers) as response:
            content = b""
            async for part in response.aiter_bytes():
                content += part
                if len(content) > LONGEST_ANSWER:
                    raise NoAnswer("省平台的答复过长。")
            return httpx.Response(response.status_code, content=content)
    except httpx.TimeoutException:
        raise NoAnswer("省平台在规定时间内没有答复。", silent=True) from None
    except httpx.HTTPError as error:
        raise NoAnswer(f"无法连接省平台（{type(error).__name__}）。", silent=True) from None


def _checked(post: Post, message_id: str, response: httpx.Response) -> Answer:
    """The answer to this message, if the province signed it. Raises NoAnswer."""
    try:
        signed = msgspec.json.decode(response.content, type=Signed)
    except msgspec.MsgspecError:
        raise NoAnswer(f"省平台的答复无法识别（HTTP {response.status_code}）。") from None
    text = signed.answer.encode()
    if not post.verify(text, ANSWER, signed.signature):
        raise NoAnswer("省平台答复的签名不正确。")
    try:
        answer = msgspec.json.decode(text, type=Answer)
    except msgspec.MsgspecError:
        raise NoAnswer("省平台的答复无法识别。") from None
    if answer.refused:
        raise NoAnswer(f"省平台没有受理这批数据：{answer.refused}"[:200])
    if answer.message_id != message_id:
        raise NoAnswer("省平台的答复不是对这批数据的答复。")
    return answer
