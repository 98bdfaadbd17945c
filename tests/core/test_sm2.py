"""SM2 against the examples of GB/T 32918.5-2017, annexes A and C (the recommended curve)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.sm2 import KeyRefused, Sm2, new_pair, public_of, read_private, read_public

PRIVATE = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
PUBLIC = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
CHANCE = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
SIGNATURE = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)
WRAPPED = bytes.fromhex(
    "04"
    "04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73"
    "E858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0"
    "59983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766"
    "21886CA989CA9C7D58087307CA93092D651EFA"
)
few = settings(max_examples=8, deadline=None)
messages = st.binary(max_size=200)


def as_published() -> Sm2:
    """With the random number of the examples."""
    return Sm2(random_bits=lambda _: CHANCE)


class TestTheStandardsExamples:
    def test_the_public_key(self) -> None:
        assert public_of(PRIVATE) == PUBLIC

    def test_the_signature_of_annex_a(self) -> None:
        assert as_published().sign(PRIVATE, b"message digest") == SIGNATURE
        assert Sm2().verify(PUBLIC, b"message digest", SIGNATURE)

    def test_the_encryption_of_annex_c(self) -> None:
        assert as_published().wrap(PUBLIC, b"encryption standard") == WRAPPED
        assert Sm2().unwrap(PRIVATE, WRAPPED) == b"encryption standard"


class TestSignatures:
    @few
    @given(messages)
    def test_what_was_signed_verifies(self, message: bytes) -> None:
        signature = Sm2().sign(PRIVATE, message)
        assert len(signature) == 64
        assert Sm2().verify(PUBLIC, message, signature)

    @few
    @given(messages, st.integers(0, 511))
    def test_not_with_one_bit_changed(self, message: bytes, bit: int) -> None:
        changed = bytearray(SIGNATURE)
        changed[bit // 8] ^= 1 << bit % 8
        assert not Sm2().verify(PUBLIC, b"message digest", bytes(changed))
        assert not Sm2().verify(PUBLIC, message + b"!", SIGNATURE)

    @pytest.mark.parametrize("wrong", [b"", b"\0" * 64, b"\xff" * 64, SIGNATURE[:-1]])
    def test_nor_what_is_none(self, wrong: bytes) -> None:
        assert not Sm2().verify(PUBLIC, b"message digest", wrong)

    def test_nor_by_another(self) -> None:
        assert not Sm2().verify(new_pair()[1], b"message digest", SIGNATURE)

    def test_the_same_message_is_never_signed_alike(self) -> None:
        assert Sm2().sign(PRIVATE, b"x") != Sm2().sign(PRIVATE, b"x")


class TestWrapping:
    @few
    @given(st.binary(min_size=1, max_size=48))
    def test_what_was_wrapped_comes_out(self, key: bytes) -> None:
        private, public = new_pair()
        assert Sm2().unwrap(private, Sm2().wrap(public, key)) == key

    @few
    @given(st.integers(0, len(WRAPPED) * 8 - 1))
    def test_not_with_one_bit_changed(self, bit: int) -> None:
        changed = bytearray(WRAPPED)
        changed[bit // 8] ^= 1 << bit % 8
        assert Sm2().unwrap(PRIVATE, bytes(changed)) is None

    @pytest.mark.parametrize("length", [0, 1, 64, 65, 97])
    def test_nor_what_is_cut_off(self, length: int) -> None:
        assert Sm2().unwrap(PRIVATE, WRAPPED[:length]) is None

    def test_nor_by_another(self) -> None:
        assert Sm2().unwrap(new_pair()[0], WRAPPED) is None

    def test_a_point_off_the_curve_is_not_computed_with(self) -> None:
        off = b"\4" + (1).to_bytes(32, "big") + (1).to_bytes(32, "big") + WRAPPED[65:]
        assert Sm2().unwrap(PRIVATE, off) is None


class TestKeys:
    def test_they_are_read_from_hexadecimal(self) -> None:
        assert read_private(PRIVATE.hex().upper()) == PRIVATE
        assert read_public("04" + PUBLIC.hex()) == read_public(PUBLIC.hex()) == PUBLIC

    @pytest.mark.parametrize("text", ["", "zz", "00" * 32, "ff" * 32, PRIVATE.hex()[2:]])
    def test_no_private_key(self, text: str) -> None:
        with pytest.raises(KeyRefused) as refused:
            read_private(text)
        assert text == "" or text not in str(refused.value)

    @pytest.mark.parametrize(
        "text", ["", "zz", "04" * 65, "00" * 64, "ff" * 64, "05" + PUBLIC.hex(), PUBLIC.hex()[2:]]
    )
    def test_no_public_key(self, text: str) -> None:
        with pytest.raises(KeyRefused):
            read_public(text)

    def test_a_new_pair_belongs_together_and_is_new(self) -> None:
        private, public = new_pair()
        assert (len(private), len(public)) == (32, 64)
        assert public_of(private) == public
        assert new_pair()[0] != private
