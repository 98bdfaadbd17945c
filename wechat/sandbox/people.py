"""The sandbox's users, and the codes that their phones obtain."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from wechat.sandbox.clock import Clock, Limit
from wechat.sandbox.refusals import Refused

CODE_LIVES = 300
LOGINS_A_MINUTE = 100


@dataclass
class User:
    """One user of the mini program; `subscriptions` is template id → messages left, or None
    for a long-term subscription.
    """

    openid: str
    logins: Limit
    person: str = ""
    unionid: str | None = None
    phone: str = ""
    session_key: str = ""
    active_at: float = float("-inf")
    high_risk: bool = False
    banned: bool = False
    subscriptions: dict[str, int | None] = field(default_factory=dict)


@dataclass
class _Code:
    openid: str
    appid: str
    ends: float
    phone: str = ""
    used: bool = False


class People:
    """Users by openid, and their login and phone codes (each good once, for five minutes)."""

    def __init__(self, clock: Clock, appid: str) -> None:
        self._clock = clock
        self._appid = appid
        self._login_codes: dict[str, _Code] = {}
        self._phone_codes: dict[str, _Code] = {}
        self.users: dict[str, User] = {}

    def user(self, *, openid: str = "", person: str = "") -> User:
        """The user of that openid, or of that person's name; made if new."""
        openid = openid or self._openid_of(person or secrets.token_hex(8))
        if openid not in self.users:
            limit = Limit(self._clock, LOGINS_A_MINUTE, 60)
            self.users[openid] = User(openid, limit, person)
        return self.users[openid]

    def issue_login_code(self, user: User, appid: str) -> str:
        """A code as `wx.login` gives it inside the mini program `appid`."""
        return self._issue(self._login_codes, user, appid, "0")

    def issue_phone_code(self, user: User, appid: str, phone: str) -> str:
        """A code as the phone-number button gives it."""
        code = self._issue(self._phone_codes, user, appid, "p")
        self._phone_codes[code].phone = phone
        return code

    def log_in(self, js_code: str) -> User:
        """Use a login code up; the user gets a new session key."""
        kept = self._valid(self._login_codes, js_code)
        if kept.used:
            raise Refused(40163)
        user = self.users[kept.openid]
        if not user.logins.allows():
            raise Refused(45011)
        kept.used = True
        if user.high_risk:
            raise Refused(40226)
        self.visit(user)
        self.rotate(user)
        return user

    def visit(self, user: User) -> None:
        """The user is in the mini program now."""
        user.active_at = self._clock.now()

    def rotate(self, user: User) -> None:
        """The user gets another session key; the one before is good for nothing any more."""
        user.session_key = base64.b64encode(secrets.token_bytes(16)).decode()

    def check_session(self, openid: str | None, signature: str | None, method: str | None) -> None:
        """Refuse a signature that was not made with the user's present session key."""
        user = self.users.get(openid or "")
        if user is None:
            raise Refused(40003)
        right = hmac.new(user.session_key.encode(), b"", hashlib.sha256).hexdigest()
        known = bool(user.session_key) and method == "hmac_sha256"
        if not known or not hmac.compare_digest(right.encode(), (signature or "").encode()):
            raise Refused(87009)

    def encrypted(self, user: User, data: Mapping[str, Any]) -> dict[str, str]:
        """`encryptedData` and `iv` as the user's phone receives them, with a watermark; and
        `rawData` with its `signature`.
        """
        if not user.session_key:
            raise ValueError("the user has not logged in")
        stamped = dict(data) | {
            "watermark": {"timestamp": int(self._clock.now()), "appid": self._appid}
        }
        iv = secrets.token_bytes(16)
        pad = PKCS7(128).padder()
        plain = pad.update(json.dumps(stamped).encode()) + pad.finalize()
        sealing = Cipher(AES(base64.b64decode(user.session_key)), CBC(iv)).encryptor()
        raw = json.dumps(dict(data), ensure_ascii=False, separators=(",", ":"))
        return {
            "encryptedData": base64.b64encode(sealing.update(plain) + sealing.finalize()).decode(),
            "iv": base64.b64encode(iv).decode(),
            "rawData": raw,
            "signature": hashlib.sha1((raw + user.session_key).encode()).hexdigest(),  # noqa: S324
        }

    def phone_of(self, code: str, openid: str | None) -> str:
        """Use a phone code up: the number. A used one is as invalid as an unknown one."""
        kept = self._valid(self._phone_codes, code)
        if kept.used or (openid and kept.openid != openid):
            raise Refused(40029)
        kept.used = True
        return kept.phone

    def _issue(self, codes: dict[str, _Code], user: User, appid: str, prefix: str) -> str:
        code = prefix + secrets.token_urlsafe(24)[:31]
        codes[code] = _Code(user.openid, appid, self._clock.now() + CODE_LIVES)
        return code

    def _valid(self, codes: dict[str, _Code], code: str) -> _Code:
        kept = codes.get(code)
        if kept is None or kept.appid != self._appid or kept.ends <= self._clock.now():
            raise Refused(40029)
        return kept

    def _openid_of(self, person: str) -> str:
        digest = hashlib.sha256(f"{self._appid}\0{person}".encode()).digest()
        return "o" + base64.urlsafe_b64encode(digest).decode()[:27]
