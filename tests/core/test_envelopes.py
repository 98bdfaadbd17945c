import base64
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.envelopes import Envelope, EnvelopeRefused, Post
from app.core.sm2 import new_pair

(HUB, HUB_PUBLIC), (PROVINCE, PROVINCE_PUBLIC) = new_pair(), new_pair()
HERE, THERE = Post(HUB, PROVINCE_PUBLIC), Post(PROVINCE, HUB_PUBLIC)
few = settings(max_examples=8, deadline=None)
TIME = 1_790_000_000_000


def sealed(content: bytes = "评价".encode(), post: Post = HERE, **other: Any) -> Envelope:
    header = {"sender": "hub", "kind": "record", "message_id": "m1", "timestamp": TIME}
    return post.seal(content, **(header | other))


@few
@given(st.binary(max_size=3000))
def test_what_was_sealed_opens_at_the_other_end(content: bytes) -> None:
    over_the_wire = msgspec.json.encode(sealed(content))
    assert THERE.open(msgspec.json.decode(over_the_wire, type=Envelope)) == content


def test_the_content_is_not_in_the_envelope() -> None:
    envelope = msgspec.json.encode(sealed(b"satisfaction" * 20))
    assert b"satisfaction" not in envelope


def test_no_two_are_alike() -> None:
    assert len({sealed().content for _ in range(3)}) == 3


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("sender", "another"),
        ("kind", "rating"),
        ("message_id", "m2"),
        ("timestamp", TIME + 1),
        ("key", "QUJD"),
        ("nonce", "QUJD"),
        ("content", "QUJD"),
        ("signature", "QUJD"),
    ],
)
def test_nothing_of_it_can_be_changed(member: str, value: Any) -> None:
    changed = msgspec.structs.replace(sealed(), **{member: value})
    with pytest.raises(EnvelopeRefused) as refused:
        THERE.open(changed)
    assert refused.value.reason == "signature"


def test_nobody_else_can_have_sent_it() -> None:
    forged = sealed(post=Post(new_pair()[0], PROVINCE_PUBLIC))
    with pytest.raises(EnvelopeRefused, match="signature"):
        THERE.open(forged)


def test_nobody_else_can_open_it() -> None:
    meant_for_another = sealed(post=Post(HUB, new_pair()[1]))
    with pytest.raises(EnvelopeRefused, match="sealed"):
        THERE.open(meant_for_another)


def test_the_header_is_bound_to_the_content() -> None:
    # Signed again by its own sender, with another kind around the same sealed content.
    changed = msgspec.structs.replace(sealed(), kind="rating")
    signed = HERE.public_keys.sign(HUB, changed.signed())
    again = msgspec.structs.replace(changed, signature=base64.b64encode(signed).decode())
    with pytest.raises(EnvelopeRefused, match="sealed"):
        THERE.open(again)


@pytest.mark.parametrize("member", ["key", "nonce", "content", "signature"])
def test_what_is_not_base64_is_refused(member: str) -> None:
    with pytest.raises(EnvelopeRefused):
        THERE.open(msgspec.structs.replace(sealed(), **{member: "评价"}))


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(EnvelopeRefused, match="version"):
        THERE.open(msgspec.structs.replace(sealed(), version="2"))


def test_a_signature_is_for_one_purpose() -> None:
    signature = THERE.sign(b"accepted", "answer")
    assert HERE.verify(b"accepted", "answer", signature)
    assert not HERE.verify(b"accepted", "another", signature)
    assert not HERE.verify(b"rejected", "answer", signature)
    assert not HERE.verify(b"accepted", "answer", "?")


def test_a_post_does_not_show_its_private_key() -> None:
    assert HUB.hex() not in repr(HERE)
    assert repr(HUB) not in repr(HERE)
