"""Pushes: verified, decrypted, read; whatever is wrong with one is refused, and never an error."""

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wechat import published
from wechat.push import MOST_BYTES, Event, PushKeys, PushRefused, read, signature_of, verify_echo
from wechat.sandbox.envelopes import Target, new_aes_key, seal, write

NOW = 1_795_000_000
TOKEN = "a-token"
APPID = "wx-push"
AES_KEY = new_aes_key()
PLAIN, SECURE = PushKeys(TOKEN, "", APPID), PushKeys(TOKEN, AES_KEY, APPID)
MESSAGE = {
    "ToUserName": "gh_1",
    "FromUserName": "oUser",
    "CreateTime": NOW - 2,
    "MsgType": "event",
    "Event": "debug_demo",
    "debug_str": "你好 <世界> & ]]> 其他",
}


def pushed(mode: str, form: str, message: dict[str, Any] | None = None, **changes: Any) -> Event:
    """What is read of a push that the sandbox writes; `changes` spoil it."""
    target = Target("http://house/", TOKEN, "" if mode == "plain" else AES_KEY, mode, form)  # type: ignore[arg-type]
    envelope = write(target, APPID, message or MESSAGE, changes.pop("at", NOW))
    keys = changes.pop("keys", PLAIN if mode == "plain" else SECURE)
    query = envelope.query | changes.pop("query", {})
    body = changes.pop("body", envelope.body)
    assert not changes
    return read(keys, query, body, envelope.content_type, now=NOW)


def refusal(*args: Any, **changes: Any) -> PushRefused:
    with pytest.raises(PushRefused) as caught:
        pushed(*args, **changes)
    return caught.value


class TestPublishedExamples:
    def test_the_check_of_an_address(self) -> None:
        echo = verify_echo(published.PUSH_TOKEN, published.ECHO, now=1714036504)
        assert echo == "4375120948345356249"

    def test_a_plain_push(self) -> None:
        keys = PushKeys(published.PUSH_TOKEN, "", published.PUSH_APPID)
        event = read(
            keys,
            published.PLAIN_QUERY,
            published.PLAIN_BODY,
            "application/json",
            now=1714037059,
        )
        assert (event.event, event.data["debug_str"]) == ("debug_demo", "hello world")
        assert event.openid == "o9AgO5Kd5ggOC-bXrbNODIiE3bGY"
        assert event.created_at == datetime.fromtimestamp(1714037059, UTC)

    def test_a_secure_push(self) -> None:
        keys = PushKeys(published.PUSH_TOKEN, published.PUSH_AES_KEY, published.PUSH_APPID)
        body = json.dumps({"ToUserName": "gh", "Encrypt": published.SECURE_ENCRYPT}).encode()
        event = read(keys, published.SECURE_QUERY, body, "application/json", now=1714112445)
        assert event.data == {
            "ToUserName": "gh_97417a04a28d",
            "FromUserName": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
            "CreateTime": 1714112445,
            "MsgType": "event",
            "Event": "debug_demo",
            "debug_str": "hello world",
        }

    def test_the_sandbox_seals_as_the_example_does(self) -> None:
        sealed = seal(
            published.PUSH_AES_KEY,
            published.PUSH_APPID,
            published.REPLY_PLAIN,
            published.REPLY_RANDOM,
        )
        assert sealed == published.REPLY_ENCRYPT


ASKED = {"timestamp": str(NOW), "nonce": "n", "echostr": "hello"}


class TestAddressCheck:
    def test_answers_the_echo_when_the_signature_is_right(self) -> None:
        signed = ASKED | {"signature": signature_of(TOKEN, str(NOW), "n")}
        assert verify_echo(TOKEN, signed, now=NOW + 299) == "hello"

    @pytest.mark.parametrize(
        "change",
        [
            {"signature": "0" * 40},
            {"signature": "签名"},
            {"signature": None},
            {"signature": ["a"]},
            {"nonce": "other"},
            {"echostr": ""},
            {"echostr": "x" * 1025},
            {"timestamp": str(NOW - 301)},
            {"timestamp": str(NOW + 301)},
            {"timestamp": "soon"},
            {"timestamp": "９"},
        ],
    )
    def test_refuses_what_is_not_the_platforms(self, change: dict[str, Any]) -> None:
        signed = ASKED | {"signature": signature_of(TOKEN, str(NOW), "n")} | change
        with pytest.raises(PushRefused) as caught:
            verify_echo(TOKEN, signed, now=NOW)
        assert caught.value.forged


@pytest.mark.parametrize("mode", ["plain", "compatible", "secure"])
@pytest.mark.parametrize("form", ["json", "xml"])
class TestEveryModeAndFormat:
    def test_says_the_same(self, mode: str, form: str) -> None:
        event = pushed(mode, form)
        assert (event.msg_type, event.event, event.openid) == ("event", "debug_demo", "oUser")
        assert event.created_at == datetime.fromtimestamp(NOW - 2, UTC)
        assert event.data["debug_str"] == MESSAGE["debug_str"]
        assert "Encrypt" not in event.data

    def test_a_repetition_has_the_same_key_and_another_event_another(
        self, mode: str, form: str
    ) -> None:
        key = pushed(mode, form).key
        assert pushed(mode, form, at=NOW + 5).key == key
        for change in (
            {"FromUserName": "oOther"},
            {"CreateTime": NOW - 1},
            {"Event": "x"},
            {"debug_str": "y"},
        ):
            assert pushed(mode, form, MESSAGE | change).key != key

    def test_a_wrong_signature_is_refused_as_forged(self, mode: str, form: str) -> None:
        name = "signature" if mode == "plain" else "msg_signature"
        error = refusal(mode, form, query={name: "0" * 40})
        assert (error.reason, error.forged) == ("signature", True)

    def test_the_others_token_is_refused(self, mode: str, form: str) -> None:
        keys = PushKeys("other", "" if mode == "plain" else AES_KEY, APPID)
        assert refusal(mode, form, keys=keys).reason == "signature"

    def test_an_old_push_is_refused(self, mode: str, form: str) -> None:
        assert refusal(mode, form, at=NOW - 301).reason == "time"
        assert pushed(mode, form, at=NOW - 300)

    def test_a_huge_body_is_refused_unread(self, mode: str, form: str) -> None:
        assert refusal(mode, form, body=b"{" * (MOST_BYTES + 1)).reason == "size"


class TestModes:
    def test_with_a_key_an_unencrypted_push_is_refused_whose_signature_covers_no_body(self) -> None:
        assert refusal("plain", "json", keys=SECURE).reason == "mode"

    def test_without_a_key_a_secure_push_is_refused_and_a_compatible_one_read(self) -> None:
        assert refusal("secure", "json", keys=PLAIN).reason == "mode"
        assert pushed("compatible", "json", keys=PLAIN).event == "debug_demo"

    def test_in_compatible_mode_the_encrypted_half_counts(self) -> None:
        target = Target("http://house/", TOKEN, AES_KEY, "compatible", "json")
        envelope = write(target, APPID, MESSAGE, NOW)
        forged = json.loads(envelope.body) | {"Event": "forged"}
        event = pushed("compatible", "json", query=envelope.query, body=json.dumps(forged).encode())
        assert event.event == "debug_demo"

    def test_another_mini_programs_message_is_refused(self) -> None:
        keys = PushKeys(TOKEN, AES_KEY, "wx-other")
        error = refusal("secure", "json", keys=keys)
        assert (error.reason, error.forged) == ("appid", False)

    @pytest.mark.parametrize(("token", "key"), [("", ""), ("t", "short"), ("t", "!" * 43)])
    def test_keys_that_are_none_are_refused_at_once(self, token: str, key: str) -> None:
        with pytest.raises(ValueError, match=r"pushes|EncodingAESKey"):
            PushKeys(token, key, APPID)

    def test_keys_are_not_in_their_repr(self) -> None:
        assert TOKEN not in repr(SECURE)
        assert AES_KEY not in repr(SECURE)
        assert AES_KEY not in repr(Target("http://house/", TOKEN, AES_KEY))


class TestKeys:
    def test_a_message_goes_by_its_id_and_a_check_by_its_trace(self) -> None:
        assert pushed("plain", "json", MESSAGE | {"MsgId": 23456}).key == "message:23456"
        assert pushed("plain", "xml", MESSAGE | {"MsgId": 23456}).key == "message:23456"
        trace = {"trace_id": "62f11967-2b24d27a-34715985"}
        once = pushed("plain", "json", MESSAGE | trace | {"errcode": 0})
        again = pushed("plain", "json", MESSAGE | trace | {"CreateTime": NOW})
        assert once.key == again.key == "trace:62f11967-2b24d27a-34715985"

    def test_two_messages_sent_to_one_user_in_one_second_are_two(self) -> None:
        event = MESSAGE | {"Event": "subscribe_msg_sent_event"}
        keys = {
            pushed("secure", "json", event | {"List": {"TemplateId": name, "MsgID": name}}).key
            for name in ("1", "2")
        }
        assert len(keys) == 2

    @pytest.mark.parametrize("odd", ["x" * 5000, "a\nb", "编号"])
    def test_an_odd_id_still_gives_a_short_key(self, odd: str) -> None:
        assert len(pushed("plain", "json", MESSAGE | {"MsgId": odd}).key) <= 72


def sealed_by_hand(plain: bytes) -> dict[str, Any]:
    """A rightly signed push whose inside is `plain`, encrypted as it is."""
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    key = base64.b64decode(AES_KEY + "=")
    work = Cipher(AES(key), CBC(key[:16])).encryptor()
    return signed(base64.b64encode(work.update(plain) + work.finalize()).decode())


def signed(encrypt: Any) -> dict[str, Any]:
    signature = signature_of(TOKEN, str(NOW), "1", str(encrypt))
    query = {"timestamp": str(NOW), "nonce": "1", "msg_signature": signature}
    return {"query": query, "body": json.dumps({"Encrypt": encrypt}).encode()}


class TestHostileInput:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b" ",
            b"null",
            b"[]",
            b'"text"',
            b"{}",
            b"\xff\xfe",
            b"{" * 60_000,
            b"[" * 60_000,
            b'{"a":' * 10_000,
            b'{"MsgType": 7}',
            b'{"MsgType": "event", "Event": {}}',
            b'{"MsgType": "event", "FromUserName": []}',
            b'{"MsgType": "event", "x": "a\\u0000b"}',
            b'{"MsgType": "event", "a\\u0000b": 1}',
            b'{"MsgType": "event", "x": ' + b"[" * 30 + b"]" * 30 + b"}",
            b'{"MsgType": "event", "x": 1e999}',
            b'{"MsgType": "event", "x": "\\ud800"}',
            b"<xml>",
            b"<xml></xml>",
            b"<xml>text</xml>",
            b"<xml><MsgType>event</MsgType></xml><xml/>",
            b"<xml><MsgType>a</MsgType><MsgType>b</MsgType></xml>",
            b"<xml>&unknown;<MsgType>event</MsgType></xml>",
            b"<a>" * 20_000,
            b"<xml><MsgType>event</MsgType>" + b"<i/>" * 3_000 + b"</xml>",
            b"<?xml version='1.0' encoding='none'?><xml><MsgType>event</MsgType></xml>",
            b"<?xml version='1.0'?><?go now?><xml><MsgType>event</MsgType></xml>",
        ],
    )
    def test_a_body_that_is_no_event_is_refused(self, body: bytes) -> None:
        assert refusal("plain", "json", body=body).reason in ("body", "size")

    @pytest.mark.parametrize(
        "declaration",
        [
            '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">',
            '<!ENTITY c SYSTEM "file:///etc/passwd">',
            '<!ENTITY % c SYSTEM "http://127.0.0.1:1/x"> %c;',
            "",
        ],
    )
    def test_no_document_type_is_ever_read(self, declaration: str) -> None:
        body = (
            f"<?xml version='1.0'?><!DOCTYPE xml [{declaration}]>"
            "<xml><MsgType>event</MsgType><Event>&c;</Event></xml>"
        )
        assert refusal("plain", "xml", body=body.encode()).reason == "body"

    @pytest.mark.parametrize(
        "plain",
        [
            bytes(range(32)),
            b"\0" * 32,
            b"r" * 16 + b"\0\0\0\x05hello" + APPID.encode(),  # the padding is missing
            b"r" * 31 + b"\x21",  # padding of 33
            b"\x20" * 32,  # nothing but padding
            (b"r" * 16 + b"\xff\xff\xff\xff" + b"x" * 8).ljust(32, b"\4"),
            (b"r" * 16 + b"\0\0\0\x63" + b"{}").ljust(32, b"\x0a"),
        ],
    )
    def test_wrong_padding_and_lengths_are_refused(self, plain: bytes) -> None:
        plain = plain + b"?" * (-len(plain) % 16)
        assert refusal("secure", "json", **sealed_by_hand(plain)).reason in ("encryption", "appid")

    @pytest.mark.parametrize(
        "encrypt", ["!!!", "QUJD", "", "编码", 7, None, {"a": 1}, ["x"], "A" * 50]
    )
    def test_what_is_no_ciphertext_is_refused(self, encrypt: Any) -> None:
        error = refusal("secure", "json", **signed(encrypt))
        assert error.reason in ("encryption", "mode")

    @given(body=st.binary(max_size=300), kind=st.sampled_from(["json", "xml", ""]))
    def test_nothing_but_a_refusal_is_ever_raised(self, body: bytes, kind: str) -> None:
        query = {
            "timestamp": str(NOW),
            "nonce": "1",
            "signature": signature_of(TOKEN, str(NOW), "1"),
        }
        for keys in (PLAIN, SECURE):
            with suppress(PushRefused):
                read(keys, query, body, kind, now=NOW)

    @given(cut=st.integers(0, 400), flip=st.integers(1, 255))
    def test_an_altered_secure_push_is_never_read_as_another(self, cut: int, flip: int) -> None:
        target = Target("http://house/", TOKEN, AES_KEY, "secure", "json")
        envelope = write(target, APPID, MESSAGE, NOW)
        body = bytearray(envelope.body)
        body[cut % len(body)] ^= flip
        try:
            event = read(SECURE, envelope.query, bytes(body), "application/json", now=NOW)
        except PushRefused:
            return
        assert event.data == MESSAGE


class TestCreateTime:
    @pytest.mark.parametrize("given", [str(NOW - 2), NOW - 2])
    def test_is_a_number_or_a_text_of_one(self, given: Any) -> None:
        event = pushed("plain", "json", MESSAGE | {"CreateTime": given})
        assert event.created_at.timestamp() == NOW - 2

    @pytest.mark.parametrize("given", [None, "", "yesterday", -5, 10**15, True, [], 1.5])
    def test_otherwise_the_pushs_own_time_stands(self, given: Any) -> None:
        event = pushed("plain", "json", MESSAGE | {"CreateTime": given})
        assert event.created_at.timestamp() == NOW
