"""The platform's refusals: HTTP 200, `errcode`, and an `errmsg` that ends in a request id."""

import secrets
import time

MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40029: "invalid code",
    40037: "invalid template_id",
    40097: "invalid args",
    40125: "invalid appsecret",
    40129: "invalid scene",
    40163: "code been used",
    40169: "invalid length for scene, or the data is not json string",
    40226: "code blocked",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    41030: "invalid page",
    42001: "access_token expired",
    43101: "user refuse to accept the msg",
    43107: "require subscribe permission",
    43108: "send msg to the user concurrently",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45168: "message contains sensitive word",
    47001: "data format error",
    47003: "argument invalid!",
}


class Refused(Exception):  # noqa: N818 - the platform refuses; it does not fail
    """An answer with an error code; `about` is added to the message, such as the field's name."""

    def __init__(self, errcode: int, about: str = "") -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.about = about

    def body(self) -> dict[str, object]:
        """The JSON that the platform sends."""
        said = MESSAGES.get(self.errcode, "invalid request")
        words = f"{said} {self.about}".strip()
        return {"errcode": self.errcode, "errmsg": f"{words} rid: {request_id()}"}


def request_id() -> str:
    """A request id in the platform's form: the time and two random numbers, in hexadecimal."""
    return f"{int(time.time()):08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
