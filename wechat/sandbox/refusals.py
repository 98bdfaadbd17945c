"""The platform's refusals: HTTP 200, `errcode`, and an `errmsg` that ends in a request id."""

import secrets
import time

MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40013: "invalid appid",
    40029: "invalid code",
    40037: "invalid template_id",
    40097: "invalid args",
    40125: "invalid appsecret",
    40129: "invalid scene",
    40163: "code been used",
    40165: "invalid weapp pagepath",
    40169: "invalid length for scene, or the data is not json string",
    40212: "invalid query",
    40226: "code blocked",
    40230: "API_Missing_Wechatmp_Serial",
    40231: "API_Missing_Wechatmp_Timestamp",
    40232: "API_Missing_Wechatmp_Signature",
    40233: "API_Missing_Wechatmp_Appid",
    40234: "invalid signature",
    40235: "API_Invalid_Encrypt",
    40236: "API_Invalid_Wechatmp_Appid",
    40237: "API_Invalid_Wechatmp_Appidmatch",
    40238: "API_NoExist_DevSecretSym",
    40239: "API_NoExist_DevSecretAsym",
    40240: "API_Expired_Wechatmp_Timestamp",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    41030: "invalid page",
    42001: "access_token expired",
    43101: "user refuse to accept the msg",
    43107: "require subscribe permission",
    43108: "send msg to the user concurrently",
    44990: "generate url link too frequently",
    44993: "reach max generate link day quota",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45168: "message contains sensitive word",
    47001: "data format error",
    47003: "argument invalid!",
    61010: "code is expired",
    85079: "miniprogram has no online release",
    85401: "invalid expire time",
    87009: "invalid signature",
    87014: "risky content",
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
