"""One call to the platform: wechatpy's API wrappers over httpx, with our errors.

wechatpy has no async client; its wrappers only build a request and hand it to `_request`, which
is a coroutine function here, so that every wrapper returns an awaitable. Nothing of wechatpy is
passed on: its exceptions hold the secret and addresses that contain the token.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

import httpx
from optionaldict import optionaldict
from redis.asyncio import Redis
from wechatpy.client import WeChatClient
from wechatpy.client.api import WeChatWxa
from wechatpy.exceptions import WeChatClientException

from wechat.errcodes import STALE_TOKEN, from_answer
from wechat.errors import (
    AnswerNotTrusted,
    NoAnswer,
    PlatformDown,
    WeChatError,
)
from wechat.fields import int_of, text_of
from wechat.signing import SIGNED, Signer
from wechat.tokens import TokenKeeper

_WITHOUT_TOKEN = frozenset({"/sns/jscode2session", "/cgi-bin/token", "/cgi-bin/stable_token"})
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)
"""Errors before anything of the request was sent."""


class _NoAddresses(logging.Filter):
    """httpx writes every address, with its token, at INFO: only warnings pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


# A filter, because a logging configuration read later may set the level again.
logging.getLogger("httpx").addFilter(_NoAddresses())


class MiniProgramAPI(WeChatWxa):  # type: ignore[misc, unused-ignore]
    """wechatpy's mini-program calls, and those that it lacks or has without newer parameters."""

    def stable_token(self) -> Any:
        """The stable access token: `access_token`, `expires_in`."""
        body = {
            "grant_type": "client_credential",
            "appid": self._client.appid,
            "secret": self._client.secret,
            "force_refresh": False,
        }
        return self._post("cgi-bin/stable_token", data=body)

    def subscribe_send(
        self,
        openid: str,
        template_id: str,
        data: Mapping[str, Mapping[str, str]],
        *,
        page: str | None,
        state: str,
        lang: str,
    ) -> Any:
        """A subscribe message, with the state that wechatpy's own method lacks."""
        body = optionaldict(
            touser=openid,
            template_id=template_id,
            page=page,
            data=data,
            miniprogram_state=state,
            lang=lang,
        )
        return self._post("cgi-bin/message/subscribe/send", data=body)

    def unlimited_code(self, **body: Any) -> Any:
        """A mini-program code, with the build and page check that wechatpy's method lacks."""
        return self._post("wxa/getwxacodeunlimit", data=optionaldict(body))

    def phone_number(self, code: str, openid: str | None) -> Any:
        """The phone number that a user allowed the mini program to have."""
        body = optionaldict(code=code, openid=openid)
        return self._post("wxa/business/getuserphonenumber", data=body)

    def text_check(self, **body: Any) -> Any:
        """Version 2 of the content check of a text."""
        return self._post("wxa/msg_sec_check", data=optionaldict(body, version=2))

    def media_check(self, **body: Any) -> Any:
        """Version 2 of the content check of a picture; the result is pushed."""
        return self._post("wxa/media_check_async", data=optionaldict(body, version=2))

    def url_link(self, **body: Any) -> Any:
        """A link that opens the mini program from a message or a web page."""
        return self._post("wxa/generate_urllink", data=optionaldict(body))

    def check_session(self, openid: str, signature: str) -> Any:
        """Whether a session key, shown by its signature over nothing, is still the valid one."""
        asked = {"openid": openid, "signature": signature, "sig_method": "hmac_sha256"}
        return self._get("wxa/checksession", params=asked)


class Transport(WeChatClient):  # type: ignore[misc, unused-ignore]
    """wechatpy's client with a coroutine for `_request`; use it through `wxa`.

    Every call raises only `WeChatError`s. A refused token is renewed and the call made again,
    once; nothing else is repeated here. With a `signer`, what `signing.SIGNED` names goes and
    comes signed and encrypted.
    """

    wxa = MiniProgramAPI()

    def __init__(
        self,
        *,
        appid: str,
        secret: str,
        redis: "Redis | None",
        base_url: str,
        timeout: float,
        now: Callable[[], float] = time.time,
        signer: Signer | None = None,
    ) -> None:
        # The base class would open a synchronous session and token store: neither is wanted.
        self.appid = appid
        self.secret = secret
        self.timeout = timeout
        # wechatpy itself would repeat a refused token without end.
        self.auto_retry = False
        self._base = base_url
        self._now = now
        self._signer = signer
        self._http = httpx.AsyncClient(timeout=timeout)
        self._tokens = TokenKeeper(appid, self._fetch_token, redis, patience=timeout, now=now)

    @property
    def access_token(self) -> NoReturn:
        """Never given: wechatpy would fetch synchronously. An AttributeError, because its
        constructor reads every member.
        """
        raise AttributeError("access_token")

    def fetch_access_token(self) -> NoReturn:
        """Never called: tokens come from the keeper."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Close the connections."""
        await self._tokens.aclose()
        await self._http.aclose()

    async def _fetch_token(self) -> tuple[str, float]:
        try:
            answer = await self.wxa.stable_token()
        except NoAnswer:
            # What the token was wanted for has not been sent, and that is what matters.
            raise PlatformDown from None
        return text_of(answer, "access_token"), float(int_of(answer, "expires_in"))

    async def _request(self, method: str, url_or_endpoint: str, **given: Any) -> Any:
        unknown = given.keys() - {"params", "data", "api_base_url"}
        if unknown:
            raise TypeError(f"this transport does not know {sorted(unknown)}")
        path = urlsplit(url_or_endpoint).path if "://" in url_or_endpoint else url_or_endpoint
        path = "/" + path.lstrip("/")
        params = {k: v for k, v in (given.get("params") or {}).items() if v is not None}
        body = given.get("data")
        if path in _WITHOUT_TOKEN:
            return await self._once(method, path, params, body)
        token = await self._tokens.get()
        try:
            return await self._once(method, path, params | {"access_token": token}, body)
        except WeChatError as error:
            if error.errcode not in STALE_TOKEN:
                raise
            again = await self._tokens.after_refusal(token)
            if again is None:
                raise
        return await self._once(method, path, params | {"access_token": again}, body)

    async def _once(self, method: str, path: str, params: dict[str, Any], body: Any) -> Any:
        """The decoded JSON of one exchange, or the bytes of a picture."""
        if self._signer and path in SIGNED:
            return await self._once_signed(self._signer, path, params, body)
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        response = await self._exchange(method, path, params, content, {})
        kind = response.headers.get("content-type", "")
        if kind.startswith("image/"):
            return response.content
        return self._answer(response)

    async def _once_signed(
        self, signer: Signer, path: str, params: dict[str, Any], body: Any
    ) -> dict[str, Any]:
        """The decoded JSON of one exchange, signed and encrypted both ways.

        A refusal is taken unsigned too, as the platform sends some; it can do no more than an
        answer that never comes.
        """
        url, open_params = self._base + path, {"access_token": params["access_token"]}
        hidden = {k: v for k, v in params.items() if k not in open_params} | (body or {})
        sealed = signer.seal(url, hidden, int(self._now()))
        response = await self._exchange("POST", path, open_params, sealed.content, sealed.headers)
        if not signer.is_signed(response.headers):
            self._answer(response)  # raises the refusal, if it is one
            raise AnswerNotTrusted
        answer = signer.open(url, response.headers, response.content, int(self._now()))
        if answer.get("errcode"):
            raise from_answer(int_of(answer, "errcode"), answer.get("errmsg"))
        return answer

    def _answer(self, response: httpx.Response) -> dict[str, Any]:
        answer, refusal = self._read(response)
        if refusal is not None:
            raise refusal
        if not isinstance(answer, dict):
            raise PlatformDown
        return answer

    async def _exchange(
        self,
        method: str,
        path: str,
        params: dict[str, Any],
        content: bytes | None,
        headers: Mapping[str, str],
    ) -> httpx.Response:
        """The response, with status 200."""
        response = await self._send(method, path, params, content, headers)
        if response.status_code == httpx.codes.GATEWAY_TIMEOUT:
            raise NoAnswer
        if response.status_code != httpx.codes.OK:
            raise PlatformDown
        return response

    async def _send(
        self,
        method: str,
        path: str,
        params: dict[str, Any],
        content: bytes | None,
        headers: Mapping[str, str],
    ) -> httpx.Response:
        """The response. Our error has no cause: httpx's holds the address.

        Raises:
            NoAnswer: it was sent, and may have been done. PlatformDown: it was not sent.
        """
        kind = {} if content is None else {"content-type": "application/json"}
        try:
            return await self._http.request(
                method.upper(),
                self._base + path,
                params=params,
                content=content,
                headers={**kind, **headers},
            )
        except httpx.HTTPError as error:
            sent = not isinstance(error, _NOT_SENT)
        raise NoAnswer if sent else PlatformDown

    def _read(self, response: httpx.Response) -> tuple[Any, WeChatError | None]:
        """The answer or the refusal; returned, so that no error has wechatpy's as its context."""
        try:
            return self._handle_result(response), None
        except WeChatClientException as error:
            return None, from_answer(error.errcode, error.errmsg)
        except (ValueError, TypeError, RecursionError):
            return None, PlatformDown()
