"""How a device signs, and what its code looks like."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from app.core.db import new_id
from evaluations.devices.rules import (
    CODE_ALPHABET,
    CODE_LENGTH,
    Signed,
    holds,
    message,
    new_code,
    normal_code,
    sign,
)

KEY = bytes(range(32))
DEVICE = new_id()


def test_the_signed_text_is_what_the_protocol_says() -> None:
    assert message("POST", "/a", 1700000000000, "nonce-01", b"") == (
        b"POST\n/a\n1700000000000\nnonce-01\n"
        b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


@given(st.binary(max_size=200), st.integers(10**9, 10**14))
def test_a_signature_holds_for_its_own_request_and_no_other(body: bytes, timestamp: int) -> None:
    code = sign(KEY, "POST", "/a", timestamp, "nonce-01", body)
    signed = Signed(DEVICE, timestamp, "nonce-01", code)
    assert holds(signed, KEY, "POST", "/a", body)
    assert not holds(signed, KEY, "GET", "/a", body)
    assert not holds(signed, KEY, "POST", "/b", body)
    assert not holds(signed, KEY, "POST", "/a", body + b" ")
    assert not holds(signed, bytes(32), "POST", "/a", body)
    assert not holds(Signed(DEVICE, timestamp + 1, "nonce-01", code), KEY, "POST", "/a", body)
    assert not holds(Signed(DEVICE, timestamp, "nonce-02", code), KEY, "POST", "/a", body)


@given(st.text(max_size=80), st.text(max_size=20), st.text(max_size=80), st.text(max_size=80))
def test_nothing_that_comes_breaks_the_reading(device, timestamp, nonce, signature) -> None:
    found = Signed.parse(device, timestamp, nonce, signature)
    assert found is None or found.timestamp >= 0


def test_a_whole_signature_is_read() -> None:
    code = base64.b64encode(b"x" * 32).decode()
    assert Signed.parse(str(DEVICE), "1700000000000", "abc_-123", code) == Signed(
        DEVICE, 1700000000000, "abc_-123", b"x" * 32
    )


def test_codes_are_easy_to_type_and_never_alike() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    for code in codes:
        plain = normal_code(code)
        assert len(plain) == CODE_LENGTH
        assert set(plain) <= set(CODE_ALPHABET)
        assert normal_code(f" {code.lower()} ") == plain
        assert not set(plain) & set("01OIL")
