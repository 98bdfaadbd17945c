"""Calls that go and come signed and encrypted, against the published example and the sandbox."""

import base64
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)

from app.settings import SettingsError, read
from tests.wechat import published
from wechat.client import WeChat
from wechat.errors import AnswerNotTrusted, CodeInvalid, SigningRefused
from wechat.moderation import Scene, check_text
from wechat.signing import SIGNED, Signer, SigningKeys, keys_from

PHONE = "/wxa/business/getuserphonenumber"
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)


@pytest.fixture(scope="module")
def private() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key: Any) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


class TestPublishedExample:
    """The private half of the example's key is not kept here, so a request is compared in two
    steps: what is encrypted byte for byte, and the published signature over just those bytes.
    """

    @pytest.fixture
    def keys(self, private: rsa.RSAPrivateKey) -> SigningKeys:
        certificate = x509.load_pem_x509_certificate(published.CERTIFICATE.encode())
        public = certificate.public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        return SigningKeys(
            published.SIGNED_APPID,
            published.SYMMETRIC_SERIAL,
            base64.b64decode(published.SYMMETRIC_KEY),
            private,
            {published.CERTIFICATE_NUMBER: public},
        )

    def test_a_request_is_encrypted_as_published(
        self, keys: SigningKeys, private: rsa.RSAPrivateKey
    ) -> None:
        signer = Signer(
            keys,
            new_nonce=lambda: published.REQUEST_NONCE,
            new_iv=lambda: base64.b64decode(published.REQUEST_IV),
        )
        sealed = signer.seal(published.SIGNED_URL, published.REQUEST, published.REQUEST_AT)
        assert sealed.content == published.REQUEST_BODY
        assert sealed.headers["Wechatmp-Appid"] == published.SIGNED_APPID
        assert sealed.headers["Wechatmp-TimeStamp"] == str(published.REQUEST_AT)
        signature = base64.b64decode(sealed.headers["Wechatmp-Signature"])
        private.public_key().verify(signature, self.payload(), PSS, hashes.SHA256())

    def test_the_published_signature_is_over_what_we_sign(self) -> None:
        public = load_pem_public_key(published.REQUEST_PUBLIC_KEY.encode())
        assert isinstance(public, rsa.RSAPublicKey)
        signature = base64.b64decode(published.REQUEST_SIGNATURE)
        public.verify(signature, self.payload(), PSS, hashes.SHA256())

    def payload(self) -> bytes:
        head = f"{published.SIGNED_URL}\n{published.SIGNED_APPID}\n{published.REQUEST_AT}\n"
        return head.encode() + published.REQUEST_BODY

    def test_an_answer_is_verified_and_opened(self, keys: SigningKeys) -> None:
        assert self.opened(keys) == published.ANSWER

    def opened(self, keys: SigningKeys, **changes: Any) -> dict[str, Any]:
        return Signer(keys).open(
            changes.get("url", published.SIGNED_URL),
            changes.get("headers", published.ANSWER_HEADERS),
            changes.get("content", published.ANSWER_BODY),
            changes.get("at", published.ANSWER_AT),
        )

    @pytest.mark.parametrize(
        "change",
        [
            {"url": "https://api.weixin.qq.com/wxa/other"},
            {"content": published.ANSWER_BODY.replace(b"HExs", b"HExt")},
            {"content": published.ANSWER_BODY + b" "},
            {"content": b""},
            {"at": published.ANSWER_AT + 301},
            {"at": published.ANSWER_AT - 301},
            {"headers": {}},
            {"headers": published.ANSWER_HEADERS | {"Wechatmp-Appid": "wxother"}},
            {"headers": published.ANSWER_HEADERS | {"Wechatmp-TimeStamp": "1635927957"}},
            {"headers": published.ANSWER_HEADERS | {"Wechatmp-TimeStamp": "now"}},
            {"headers": published.ANSWER_HEADERS | {"Wechatmp-Serial": "another"}},
            {"headers": published.ANSWER_HEADERS | {"Wechatmp-Signature": "AAAA"}},
            {"headers": published.ANSWER_HEADERS | {"Wechatmp-Signature": "签名"}},
        ],
    )
    def test_an_answer_that_was_changed_on_the_way_is_not_trusted(
        self, keys: SigningKeys, change: dict[str, Any]
    ) -> None:
        with pytest.raises(AnswerNotTrusted):
            self.opened(keys, **change)

    def test_an_answer_encrypted_with_another_key_is_not_trusted(self, keys: SigningKeys) -> None:
        with pytest.raises(AnswerNotTrusted):
            self.opened(replace(keys, key=b"k" * 32))

    def test_while_the_certificate_changes_the_one_that_we_have_counts(
        self, keys: SigningKeys, caplog: pytest.LogCaptureFixture
    ) -> None:
        headers = published.ANSWER_HEADERS
        changing = headers | {
            "Wechatmp-Serial": "the-next-one",
            "Wechatmp-Signature": "AAAA",
            "Wechatmp-Serial-Deprecated": headers["Wechatmp-Serial"],
            "Wechatmp-Signature-Deprecated": headers["Wechatmp-Signature"],
        }
        with caplog.at_level(logging.WARNING):
            assert self.opened(keys, headers=changing) == published.ANSWER
        assert "about to end" in caplog.text
        spoilt = changing | {"Wechatmp-Signature-Deprecated": "AAAA"}
        with pytest.raises(AnswerNotTrusted):
            self.opened(keys, headers=spoilt)

    def test_keys_are_not_in_their_repr(self, keys: SigningKeys) -> None:
        assert "key=" not in repr(keys)


class Secured:
    """A mini program whose console has keys, and a client that has them too."""

    def __init__(self, controls: Any, new_client: Callable[..., WeChat], settings: Any) -> None:
        self.controls = controls
        self._new_client = new_client
        self.settings = settings

    def client(self, **changed: Any) -> WeChat:
        given = {
            name: getattr(self.settings, name)
            for name in self.settings.__struct_fields__
            if name.startswith("wechat_signing") or name == "wechat_appid"
        }
        return self._new_client(signer=Signer.from_settings(read({}, **(given | changed))))


@pytest.fixture
async def secured(
    controls: Any, new_client: Callable[..., WeChat], private: rsa.RSAPrivateKey, appid: str
) -> Secured:
    key = base64.b64encode(b"0123456789abcdef" * 2).decode()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    made = await controls.post("security", serial="s-1", key=key, public_key=public.decode())
    return Secured(
        controls,
        new_client,
        read(
            {},
            wechat_appid=appid,
            wechat_signing=True,
            wechat_signing_serial="s-1",
            wechat_signing_key=key,
            wechat_signing_private_key=pem_of(private),
            wechat_signing_certificates=made["certificates"],
        ),
    )


class TestAgainstTheSandbox:
    """The sandbox's side of it was written from the guide alone."""

    async def test_a_phone_number_and_a_check_go_and_come_sealed(
        self, secured: Secured, controls: Any, sandbox: Any
    ) -> None:
        client = secured.client()
        given = await controls.post("phone-codes", person="王芳", phone="13812345678")
        phone = await client.phone_number(given["code"], given["openid"])
        assert phone.local == "13812345678"
        await controls.post("visits", openid=given["openid"])
        verdict = await check_text(client, given["openid"], Scene.COMMENT, "这里有违禁词")
        assert verdict.suggest == "risky"

    async def test_what_goes_over_the_wire_does_not_show_what_is_asked(
        self, secured: Secured, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[httpx.Request] = []
        send = httpx.AsyncClient.send

        async def watch(self: Any, request: httpx.Request, **more: Any) -> httpx.Response:
            seen.append(request)
            return await send(self, request, **more)

        monkeypatch.setattr(httpx.AsyncClient, "send", watch)
        with pytest.raises(CodeInvalid):
            await secured.client().phone_number("the-phone-code")
        request = seen[-1]
        assert request.url.path == PHONE
        assert b"the-phone-code" not in request.content
        assert sorted(json.loads(request.content)) == ["authtag", "data", "iv"]

    async def test_other_calls_stay_as_they_are(self, secured: Secured) -> None:
        assert "/wxa/getwxacodeunlimit" not in SIGNED
        assert await secured.client().get_unlimited_qrcode("a", "pages/index/index")

    async def test_an_unsigned_request_is_refused_by_a_platform_that_has_keys(
        self, secured: Secured, new_client: Callable[..., WeChat]
    ) -> None:
        with pytest.raises(SigningRefused) as caught:
            await new_client().phone_number("c")
        assert caught.value.errcode == 40233

    @pytest.mark.parametrize(
        ("changed", "errcode"),
        [
            ({"wechat_signing_serial": "s-2"}, 40235),
            ({"wechat_signing_key": base64.b64encode(b"k" * 32).decode()}, 40235),
            ({"wechat_appid": "wxother"}, 40236),
        ],
    )
    async def test_wrong_keys_are_refused_with_their_number(
        self, secured: Secured, changed: dict[str, str], errcode: int
    ) -> None:
        with pytest.raises(SigningRefused) as caught:
            await secured.client(**changed).phone_number("c")
        assert caught.value.errcode == errcode

    async def test_another_private_key_is_refused(self, secured: Secured) -> None:
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        with pytest.raises(SigningRefused) as caught:
            await secured.client(wechat_signing_private_key=pem_of(other)).phone_number("c")
        assert caught.value.errcode == 40234

    async def test_a_clock_that_is_wrong_is_refused(
        self, secured: Secured, sandbox: Any, new_client: Callable[..., WeChat]
    ) -> None:
        signer = Signer.from_settings(secured.settings)
        late = new_client(signer=signer, now=lambda: sandbox.platform.clock.now() - 400)
        with pytest.raises(SigningRefused) as caught:
            await late.phone_number("c")
        assert caught.value.errcode == 40240

    async def test_while_the_certificate_changes_all_goes_on(
        self, secured: Secured, controls: Any
    ) -> None:
        both = (await controls.post("security/rotate"))["certificates"]
        assert len(both) == 2
        for known in (secured.settings.wechat_signing_certificates, both):
            given = await controls.post("phone-codes", person="王芳", phone="13812345678")
            client = secured.client(wechat_signing_certificates=known)
            assert (await client.phone_number(given["code"])).local == "13812345678"
        await controls.post("security/rotate")
        client = secured.client()
        given = await controls.post("phone-codes", person="王芳", phone="13812345678")
        with pytest.raises(AnswerNotTrusted):
            await client.phone_number(given["code"])

    async def test_an_answer_that_is_not_signed_is_not_trusted(
        self, secured: Secured, sandbox: Any, controls: Any
    ) -> None:
        client = secured.client()
        await client.get_unlimited_qrcode("a", "pages/index/index")
        platform = sandbox.platform

        def naked(*_: Any) -> tuple[dict[str, str], bytes]:
            return {}, b'{"errcode": 0, "phone_info": {"phoneNumber": "1"}}'

        platform.security.seal = naked
        given = await controls.post("phone-codes", person="王芳", phone="13812345678")
        with pytest.raises(AnswerNotTrusted):
            await client.phone_number(given["code"])

    async def test_a_storm_of_refused_tokens_ends_here_too(
        self, secured: Secured, controls: Any
    ) -> None:
        await controls.post("tokens/revoke")
        given = await controls.post("phone-codes", person="王芳", phone="13812345678")
        assert await secured.client().phone_number(given["code"])


class TestSettings:
    def test_without_the_switch_there_is_no_signer(self) -> None:
        assert Signer.from_settings(read({})) is None

    @pytest.mark.parametrize(
        ("changed", "says"),
        [
            ({"wechat_signing_serial": ""}, "SERIAL"),
            ({"wechat_signing_key": "!"}, "SIGNING_KEY"),
            ({"wechat_signing_key": "QUJD"}, "SIGNING_KEY"),
            ({"wechat_signing_private_key": "x"}, "PRIVATE_KEY"),
            ({"wechat_signing_certificates": {}}, "CERTIFICATES"),
            ({"wechat_signing_certificates": {"n": "x"}}, "CERTIFICATES"),
        ],
    )
    def test_what_is_missing_or_wrong_is_named(
        self, private: rsa.RSAPrivateKey, changed: dict[str, Any], says: str
    ) -> None:
        good = {
            "wechat_signing": True,
            "wechat_signing_serial": "s",
            "wechat_signing_key": published.SYMMETRIC_KEY,
            "wechat_signing_private_key": pem_of(private),
            "wechat_signing_certificates": {"n": published.CERTIFICATE},
        }
        assert Signer.from_settings(read({}, **good))
        with pytest.raises(SettingsError, match=says):
            Signer.from_settings(read({}, **(good | changed)))

    def test_a_key_of_another_kind_is_refused(self) -> None:
        other = pem_of(ec.generate_private_key(ec.SECP256R1()))
        settings = read(
            {},
            wechat_signing_serial="s",
            wechat_signing_key=published.SYMMETRIC_KEY,
            wechat_signing_private_key=other,
        )
        with pytest.raises(SettingsError, match="RSA"):
            keys_from(settings)

    def test_line_ends_may_be_written_out_in_a_variable(self, private: rsa.RSAPrivateKey) -> None:
        certificates = json.dumps({"n": published.CERTIFICATE})
        settings = read(
            {
                "ZHANGBAN_WECHAT_SIGNING": "true",
                "ZHANGBAN_WECHAT_SIGNING_SERIAL": "s",
                "ZHANGBAN_WECHAT_SIGNING_KEY": published.SYMMETRIC_KEY,
                "ZHANGBAN_WECHAT_SIGNING_PRIVATE_KEY": pem_of(private).replace("\n", "\\n"),
                "ZHANGBAN_WECHAT_SIGNING_CERTIFICATES": certificates,
            }
        )
        assert Signer.from_settings(settings)
