"""Alibaba Cloud's SMS (阿里云短信服务): SendSms, and QuerySendDetails to recognise what was sent.

Source: the provider's documentation of Dysmsapi 2017-05-25 and of its signature, version 3
(ACS3-HMAC-SHA256, "V3版本请求体&签名机制").

The provider does not drop repeats by itself. `OutId` is the message's own key: after a try without
an answer, the provider's records are asked for it before anything is sent again.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from app.core.clock import CHINA
from app.core.privacy import Personal
from app.notices.delivery_rules import Failure, next_day, next_hour, next_minute
from app.notices.sms import Message, SmsError, own_id

VERSION = "2017-05-25"
ALGORITHM = "ACS3-HMAC-SHA256"
PAGE = 50
"""Records that one question gives, at most."""
MOST_PAGES = 20

_NUMBER = frozenset({"isv.MOBILE_NUMBER_ILLEGAL", "isv.MOBILE_COUNT_OVER_LIMIT"})
_OPERATOR = {
    "isv.AMOUNT_NOT_ENOUGH": "短信账户余额不足，请充值。",
    "isv.OUT_OF_SERVICE": "短信账户已停机，请充值。",
    "isv.ACCOUNT_NOT_EXISTS": "短信账户不存在，请检查设置。",
    "isv.ACCOUNT_ABNORMAL": "短信账户异常，请检查。",
    "isv.PRODUCT_UN_SUBSCRIPT": "短信服务没有开通。",
    "isv.PRODUCT_UNSUBSCRIBE": "短信服务没有开通。",
    "isp.RAM_PERMISSION_DENY": "短信账户没有发送权限。",
    "InvalidAccessKeyId.NotFound": "短信访问密钥不存在，请检查设置。",
    "InvalidAccessKeyId.Inactive": "短信访问密钥已停用，请检查设置。",
    "SignatureDoesNotMatch": "短信访问密钥不正确，请检查设置。",
    "InvalidTimeStamp.Expired": "服务器时间不准，短信服务没有接受。",
    "isv.MONTH_LIMIT_CONTROL": "短信已达到本月发送上限。",
}
"""An operator has to look; until then it is tried again, further and further apart."""
_AGAIN = frozenset({"isp.SYSTEM_ERROR", "isv.SYSTEM_ERROR", "SignatureNonceUsed"})
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)
"""Errors before anything was handed over."""


def canonical_query(query: Mapping[str, str]) -> str:
    """The parameters in order, encoded by RFC 3986."""
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in query.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def authorization(
    access_key: str,
    secret: str,
    *,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes = b"",
) -> str:
    """The header `Authorization` for a request.

    Args:
        query: `canonical_query` of the parameters.
        headers: those that are signed, in lower case: `host`, and every `x-acs-…`.
    """
    names = sorted(headers)
    signed_headers = ";".join(names)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    digest = hashlib.sha256(body).hexdigest()
    canonical = "\n".join((method, path, query, lines, signed_headers, digest))
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    code = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={access_key},SignedHeaders={signed_headers},Signature={code}"


class AliyunSms:
    """A provider (`app.notices.sms.SmsProvider`) over the service's HTTP API.

    Args:
        templates: name of the text → the approved template's code (`SMS_…`).
        sign_name: the approved sign name (签名), without brackets.
        timeout: seconds that one call may take.
    """

    def __init__(
        self,
        *,
        access_key: str,
        secret: str,
        sign_name: str,
        templates: Mapping[str, str],
        endpoint: str = "https://dysmsapi.aliyuncs.com",
        timeout: float = 8.0,
    ) -> None:
        self._access_key = access_key
        self._secret = secret
        self._sign_name = sign_name
        self._templates = dict(templates)
        self._endpoint = endpoint.rstrip("/")
        self._http = httpx.AsyncClient(timeout=timeout)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, phone: Personal, message: Message, *, key: str, now: datetime) -> str:
        """See `SmsProvider`; returns the provider's `BizId`."""
        code = self._templates.get(message.template)
        if code is None:
            reason = f"没有设置短信模板 {message.template}。"
            raise SmsError(Failure.REFUSED, reason)
        answer = await self._call(
            "SendSms",
            {
                "PhoneNumbers": phone.reveal(),
                "SignName": self._sign_name,
                "TemplateCode": code,
                "TemplateParam": msgspec.json.encode(dict(message.params)).decode(),
                "OutId": own_id(key),
            },
            now,
        )
        return str(answer.get("BizId") or "")

    async def has(self, phone: Personal, *, key: str, since: datetime, now: datetime) -> bool:
        """See `SmsProvider`; looks at the days from `since` until now, which keep 30."""
        wanted, day = own_id(key), since.astimezone(CHINA).date()
        while day <= now.astimezone(CHINA).date():
            for number in range(1, MOST_PAGES + 1):
                found = await self._details(phone, f"{day:%Y%m%d}", number, now)
                if any(detail.get("OutId") == wanted for detail in found):
                    return True
                if len(found) < PAGE:
                    break
            day += timedelta(days=1)
        return False

    async def _details(
        self, phone: Personal, day: str, number: int, now: datetime
    ) -> list[dict[str, Any]]:
        asked = {
            "PhoneNumber": phone.reveal(),
            "SendDate": day,
            "PageSize": str(PAGE),
            "CurrentPage": str(number),
        }
        answer = await self._call("QuerySendDetails", asked, now)
        listed = answer.get("SmsSendDetailDTOs")
        found = listed.get("SmsSendDetailDTO") if isinstance(listed, dict) else None
        if not isinstance(found, list):
            raise SmsError(Failure.DOWN, "短信服务的答复无法识别。")
        return [detail for detail in found if isinstance(detail, dict)]

    async def _call(self, action: str, query: dict[str, str], now: datetime) -> dict[str, Any]:
        """The answer of the service whose `Code` is OK. Raises SmsError."""
        parts = urlsplit(self._endpoint)
        text = canonical_query(query)
        headers = {
            "host": parts.netloc,
            "x-acs-action": action,
            "x-acs-version": VERSION,
            "x-acs-date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        }
        headers["Authorization"] = authorization(
            self._access_key, self._secret, method="POST", path="/", query=text, headers=headers
        )
        response = await self._exchange(f"{self._endpoint}/?{text}", headers)
        try:
            answer = msgspec.json.decode(response.content)
        except msgspec.DecodeError:
            answer = None
        if not isinstance(answer, dict) or not isinstance(answer.get("Code"), str):
            raise SmsError(_of_status(response.status_code), "短信服务暂时没有响应。")
        if answer["Code"] != "OK":
            raise _refused(answer["Code"], str(answer.get("Message", "")), now)
        return answer

    async def _exchange(self, url: str, headers: Mapping[str, str]) -> httpx.Response:
        """The response. The error of a failed call has no cause: httpx's holds the number."""
        try:
            return await self._http.post(url, headers=dict(headers))
        except httpx.HTTPError as error:
            reached = not isinstance(error, _NOT_SENT)
        failure = Failure.NO_ANSWER if reached else Failure.DOWN
        raise SmsError(failure, "短信服务暂时没有响应。")


def _of_status(status: int) -> Failure:
    """An answer that is not the service's: a gateway that waited in vain may have handed it on."""
    return Failure.NO_ANSWER if status == httpx.codes.GATEWAY_TIMEOUT else Failure.DOWN


def _refused(code: str, said: str, now: datetime) -> SmsError:
    if code in _NUMBER:
        return SmsError(Failure.REFUSED, f"手机号无效（{code}）。")
    if code in _OPERATOR:
        return SmsError(Failure.DOWN, f"{_OPERATOR[code]}（{code}）")
    if code == "isv.BUSINESS_LIMIT_CONTROL":
        until = _limit_ends(said, now)
        return SmsError(Failure.WAIT, f"该手机号接收短信过于频繁（{code}）。", until=until)
    if code == "isv.DAY_LIMIT_CONTROL":
        return SmsError(Failure.WAIT, f"短信已达到当日发送上限（{code}）。", until=next_day(now))
    if code in _AGAIN or code.startswith(("ServiceUnavailable", "InternalError")):
        return SmsError(Failure.DOWN, f"短信服务暂时不可用（{code[:60]}）。")
    if code.startswith("Throttling"):
        return SmsError(Failure.TOO_OFTEN, f"短信发送过于频繁（{code[:60]}）。")
    return SmsError(Failure.REFUSED, f"短信服务没有接受（{code[:60]}）。")


def _limit_ends(said: str, now: datetime) -> datetime:
    """触发分钟级流控, 触发小时级流控, 触发天级流控: when the limit that was named ends."""
    if "分钟" in said:
        return next_minute(now) + timedelta(minutes=1)
    if "小时" in said:
        return next_hour(now)
    return next_day(now)


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")
