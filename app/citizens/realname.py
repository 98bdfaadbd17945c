"""Whether a name and an ID number belong together: whoever can be asked, behind one protocol.

Without a verifier only the form of an ID number is checked and an identity stays `stated`. The
HTTP contract, for whoever puts an adapter before a province's or the public security's service, is
in docs/real-name.md.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import msgspec
from prometheus_client import Counter

from app.core.algorithms import Commercial
from app.core.envelopes import sm3
from app.core.privacy import Personal
from app.settings import Settings

DEMO = "demo:"
"""The address that stands for the stand-in, which is for demonstrations and tests alone."""
LONGEST_ANSWER = 20_000
LEAST_KEY = 16
SIGNATURE = "Zhangban-Signature"

asked_total = Counter("zhangban_real_name_checks_total", "Identities checked, by answer.", ["said"])


class Verdict(StrEnum):
    """What the authority says of a name and an ID number."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"  # it has no record of them, which says nothing against them


@dataclass(frozen=True)
class Asked:
    """Whose identity; `phone` only where the platform vouches for it. A repeat has the same key."""

    key: str
    name: Personal
    id_number: Personal
    phone: Personal | None = None


@dataclass(frozen=True)
class Answered:
    """What the authority said, and its own number for having said it (at most 80 characters)."""

    verdict: Verdict
    reference: str = ""


class VerifierDown(Exception):  # noqa: N818 - what happened
    """The authority did not answer, or nothing that can be believed; the message says how."""


class RealNameVerifier(Protocol):
    """Whoever can say whether a name and an ID number belong together."""

    @property
    def name(self) -> str:
        """How an identity that it confirmed names it; at most 50 characters."""
        ...

    async def check(self, asked: Asked) -> Answered:
        """Ask; repeating a key is harmless.

        Raises:
            VerifierDown: there is no answer now; another time there may be one.
        """
        ...

    async def aclose(self) -> None:
        """Close what is open to the authority."""
        ...


@dataclass(frozen=True)
class RealNames:
    """The verifier in force, as a part of the house; None where only the form is checked."""

    verifier: RealNameVerifier | None

    @classmethod
    def from_settings(cls, settings: Settings) -> "RealNames":
        """The verifier of the settings.

        Raises:
            ValueError: it has an address, and the rest is missing or wrong; names the setting.
        """
        url = settings.real_name_url
        if not url:
            return cls(None)
        if url == DEMO:
            return cls(StandIn())
        parts = urlsplit(url)
        local = parts.hostname in ("127.0.0.1", "::1", "localhost")
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise ValueError("ZHANGBAN_REAL_NAME_URL: names and ID numbers go over https alone")
        if not settings.real_name_app_id:
            raise ValueError("ZHANGBAN_REAL_NAME_APP_ID is not set, and ZHANGBAN_REAL_NAME_URL is")
        if len(settings.real_name_key) < LEAST_KEY:
            raise ValueError(f"ZHANGBAN_REAL_NAME_KEY has fewer than {LEAST_KEY} characters")
        verifier = HttpVerifier(
            url,
            settings.real_name_app_id,
            settings.real_name_key.encode(),
            timeout=settings.real_name_timeout,
        )
        return cls(verifier)

    async def aclose(self) -> None:
        """Close what is open to the authority."""
        if self.verifier:
            await self.verifier.aclose()


class _Question(msgspec.Struct, frozen=True):
    request_id: str
    name: str
    id_number: str
    phone: str | None


class _Said(msgspec.Struct, frozen=True):
    request_id: str
    result: Verdict
    reference: str = ""


class HttpVerifier:
    """A service that is asked over HTTP and signs what it says; see docs/real-name.md.

    Args:
        url: where questions are posted.
        key: shared with the service; signs both ways (HMAC with SM3).
        timeout: seconds for the whole of one question; a citizen waits for it.
        now: the time by which questions are signed, in seconds since 1970.
    """

    def __init__(
        self,
        url: str,
        app_id: str,
        key: bytes,
        *,
        timeout: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._url = url
        self._app_id = app_id
        self._key = key
        self._now = now
        self._timeout = timeout
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False)

    @property
    def name(self) -> str:
        """See `RealNameVerifier`."""
        return f"service:{urlsplit(self._url).hostname}"[:50]

    async def aclose(self) -> None:
        """See `RealNameVerifier`."""
        await self._client.aclose()

    async def check(self, asked: Asked) -> Answered:
        """See `RealNameVerifier`."""
        question = _Question(
            request_id=asked.key,
            name=asked.name.reveal(),
            id_number=asked.id_number.reveal(),
            phone=asked.phone.reveal() if asked.phone else None,
        )
        body, nonce = msgspec.json.encode(question), secrets.token_hex(16)
        answer = await self._post(body, nonce)
        content = answer.content
        if answer.status_code != httpx.codes.OK:
            raise VerifierDown(f"HTTP {answer.status_code}")
        signature = answer.headers[SIGNATURE]
        if not secrets.compare_digest(
            self._mac("200", nonce, sm3(content).hex()).encode(),
            signature.encode("latin-1", "replace"),
        ):
            raise VerifierDown("the answer is not signed rightly")
        try:
            said = msgspec.json.decode(content, type=_Said)
        except msgspec.MsgspecError:
            raise VerifierDown("the answer is none of the contract") from None
        if said.request_id != asked.key:
            raise VerifierDown("the answer is to another question")
        return Answered(said.result, said.reference[:80])

    def _mac(self, *parts: str) -> str:
        return Commercial().mac(self._key, "\n".join(parts).encode()).hex()

    async def _post(self, body: bytes, nonce: str) -> httpx.Response:
        moment, path = str(int(self._now())), urlsplit(self._url).path or "/"
        headers = {
            "Content-Type": "application/json",
            "Zhangban-App": self._app_id,
            "Zhangban-Time": moment,
            "Zhangban-Nonce": nonce,
            SIGNATURE: self._mac("POST", path, moment, nonce, sm3(body).hex()),
        }
        sent: Any = {"content": body, "headers": headers}
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._client.stream("POST", self._url, **sent) as response,
            ):
                content = b""
                async for part in response.aiter_bytes():
                    content += part
                    if len(content) > LONGEST_ANSWER:
                        raise VerifierDown("the answer is too long")
                # Only what is looked at: the content is decoded already, whatever its headers say.
                signed = {SIGNATURE: response.headers.get(SIGNATURE, "")}
                return httpx.Response(response.status_code, headers=signed, content=content)
        except (httpx.HTTPError, TimeoutError) as error:
            raise VerifierDown(type(error).__name__) from None


class StandIn:
    """An authority that knows nobody: for demonstrations and tests, never a real hall.

    Whoever has 不符 in their name does not match, 查无 has no record, and with 停机 in it the
    authority is down; everybody else matches.
    """

    name = "service:demo"

    async def check(self, asked: Asked) -> Answered:
        """See `RealNameVerifier`."""
        name = asked.name.reveal()
        if "停机" in name:
            raise VerifierDown("the stand-in was told to be down")
        if "不符" in name:
            return Answered(Verdict.MISMATCH)
        return Answered(Verdict.UNKNOWN if "查无" in name else Verdict.MATCH)

    async def aclose(self) -> None:
        """See `RealNameVerifier`."""
