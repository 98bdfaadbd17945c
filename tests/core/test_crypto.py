import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.algorithms import Commercial
from app.core.crypto import Keyring, KeyringError, Unsealable, key_id_of


def entry(key_id: str, master: bytes) -> str:
    return f"{key_id}:{base64.b64encode(master).decode()}"


OLD, NEW = entry("k2025", bytes(range(32))), entry("k2026", bytes(range(32, 64)))
BEFORE = Keyring.parse(OLD)
DURING = Keyring.parse(f"{NEW}\n{OLD}")
AFTER = Keyring.parse(NEW)

contexts = st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1, max_size=20)


class TestSealing:
    @given(st.binary(max_size=300), contexts)
    def test_what_was_sealed_opens(self, plaintext: bytes, context: str) -> None:
        assert BEFORE.open(BEFORE.seal(plaintext, context), context) == plaintext
        assert BEFORE.open_blob(BEFORE.seal_blob(plaintext, context), context) == plaintext

    def test_a_megabyte_goes_through(self) -> None:
        photo = os.urandom(1_000_000)
        assert BEFORE.open_blob(BEFORE.seal_blob(photo, "photos"), "photos") == photo

    def test_the_same_text_is_never_sealed_alike(self) -> None:
        sealed = {BEFORE.seal(b"13800138000", "citizens.phone") for _ in range(1000)}
        assert len(sealed) == 1000

    @given(st.binary(min_size=4, max_size=100))
    def test_the_text_is_not_in_the_sealed_value(self, plaintext: bytes) -> None:
        assert plaintext not in BEFORE.seal(plaintext, "citizens.phone")

    @given(contexts, contexts)
    def test_another_context_does_not_open_it(self, one: str, other: str) -> None:
        sealed = BEFORE.seal(b"13800138000", one)
        if one == other:
            assert BEFORE.open(sealed, other) == b"13800138000"
        else:
            with pytest.raises(Unsealable):
                BEFORE.open(sealed, other)

    def test_a_field_is_no_blob(self) -> None:
        with pytest.raises(Unsealable):
            BEFORE.open_blob(BEFORE.seal(b"text", "a"), "a")
        with pytest.raises(Unsealable):
            BEFORE.open(BEFORE.seal_blob(b"text", "a"), "a")

    @given(st.binary(max_size=60), st.data())
    def test_a_change_to_any_byte_is_noticed(self, plaintext: bytes, data: st.DataObject) -> None:
        sealed = bytearray(DURING.seal(plaintext, "citizens.phone"))
        place = data.draw(st.integers(0, len(sealed) - 1))
        sealed[place] ^= data.draw(st.integers(1, 255))
        with pytest.raises(Unsealable):
            DURING.open(bytes(sealed), "citizens.phone")

    @given(st.binary(max_size=60), st.data())
    def test_a_value_cut_short_or_lengthened_is_noticed(
        self, plaintext: bytes, data: st.DataObject
    ) -> None:
        sealed = BEFORE.seal(plaintext, "a")
        with pytest.raises(Unsealable):
            BEFORE.open(sealed[: data.draw(st.integers(0, len(sealed) - 1))], "a")
        with pytest.raises(Unsealable):
            BEFORE.open(sealed + data.draw(st.binary(min_size=1, max_size=20)), "a")

    @given(st.binary(max_size=200))
    def test_rubbish_is_refused(self, rubbish: bytes) -> None:
        with pytest.raises(Unsealable):
            BEFORE.open(rubbish, "a")

    def test_the_error_says_nothing_of_the_value(self) -> None:
        sealed = BEFORE.seal(b"13800138000", "citizens.phone")
        with pytest.raises(Unsealable) as caught:
            BEFORE.open(sealed, "citizens.name")
        assert str(caught.value) == "citizens.name: altered, or sealed in another context"
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None


class TestRotation:
    def test_old_values_still_open(self) -> None:
        assert DURING.open(BEFORE.seal(b"x", "a"), "a") == b"x"

    def test_new_values_use_the_newest_key(self) -> None:
        sealed = DURING.seal(b"x", "a")
        assert key_id_of(sealed) == "k2026"
        assert AFTER.open(sealed, "a") == b"x"
        assert DURING.is_current(sealed)
        assert not DURING.is_current(BEFORE.seal(b"x", "a"))

    def test_a_value_whose_key_was_removed_stays_shut(self) -> None:
        with pytest.raises(Unsealable, match="its key is not in the list"):
            AFTER.open(BEFORE.seal(b"x", "a"), "a")

    def test_a_key_that_only_shares_the_id_does_not_open(self) -> None:
        impostor = Keyring.parse(Keyring.new_key("k2025"))
        with pytest.raises(Unsealable):
            impostor.open(BEFORE.seal(b"x", "a"), "a")

    @given(st.text(max_size=30))
    def test_look_ups_find_rows_indexed_before_and_after(self, value: str) -> None:
        candidates = DURING.indexes(value, "citizens.phone")
        assert candidates == [
            AFTER.index(value, "citizens.phone"),
            BEFORE.index(value, "citizens.phone"),
        ]
        assert DURING.index(value, "citizens.phone") == candidates[0]

    def test_codes_made_before_still_verify(self) -> None:
        code = BEFORE.mac(b"entry", "audit")
        assert DURING.verify_mac(b"entry", code, "audit")
        assert not AFTER.verify_mac(b"entry", code, "audit")


class TestIndex:
    @given(st.text(max_size=30), st.text(max_size=30))
    def test_equal_exactly_when_the_values_are(self, one: str, other: str) -> None:
        same = BEFORE.index(one, "a") == BEFORE.index(other, "a")
        assert same == (one == other)

    def test_contexts_are_kept_apart(self) -> None:
        assert BEFORE.index("bc", "a") != BEFORE.index("c", "ab")
        assert BEFORE.index("1", "citizens.phone") != BEFORE.index("1", "staff.phone")

    def test_is_32_bytes(self) -> None:
        assert len(BEFORE.index("", "a")) == 32


class TestCodes:
    @given(st.binary(max_size=50), st.binary(max_size=50))
    def test_verify_for_their_data_only(self, one: bytes, other: bytes) -> None:
        assert BEFORE.verify_mac(other, BEFORE.mac(one, "token"), "token") == (one == other)

    def test_purposes_are_kept_apart(self) -> None:
        code = BEFORE.mac(b"entry", "audit")
        assert not BEFORE.verify_mac(b"entry", code, "token")

    def test_can_be_bound_to_one_key(self) -> None:
        code = DURING.mac(b"entry", "audit", key_id="k2025")
        assert code == BEFORE.mac(b"entry", "audit")
        assert DURING.verify_mac(b"entry", code, "audit", key_id="k2025")
        assert not DURING.verify_mac(b"entry", code, "audit", key_id=DURING.newest_id)

    def test_a_key_that_is_gone_verifies_nothing_and_makes_nothing(self) -> None:
        code = BEFORE.mac(b"entry", "audit")
        assert not AFTER.verify_mac(b"entry", code, "audit", key_id="k2025")
        with pytest.raises(KeyringError, match="k2025"):
            AFTER.mac(b"entry", "audit", key_id="k2025")

    @pytest.mark.parametrize("code", [b"", b"short", bytes(32), bytes(33)])
    def test_rubbish_does_not_verify(self, code: bytes) -> None:
        assert not BEFORE.verify_mac(b"entry", code, "audit")


class TestAlgorithms:
    def test_sm3_hmac_gives_the_published_value(self) -> None:
        # GM/T 0042-2015, annex D.3, first example.
        key = bytes(range(1, 33))
        data = (
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
        )
        assert Commercial().mac(key, data).hex() == (
            "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a"
        )

    def test_sm4_gcm_gives_the_published_value(self) -> None:
        # RFC 8998, appendix A.1.
        sealed = Commercial().encrypt(
            bytes.fromhex("0123456789abcdeffedcba9876543210"),
            bytes.fromhex("00001234567800000000abcd"),
            b"".join(bytes([b]) * 8 for b in bytes.fromhex("aabbccddeeffeeaa")),
            bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
        )
        assert sealed.hex() == (
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
            "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
            "83de3541e4c2b58177e065a9bf7b62ec"
        )

    def test_others_can_stand_in(self) -> None:
        class Module(Commercial):
            def mac(self, key: bytes, data: bytes) -> bytes:
                return b"from the module".ljust(32)

        assert Keyring.parse(OLD, Module()).index("x", "a") == b"from the module".ljust(32)


class TestKeyList:
    def test_is_read_by_lines_or_commas(self) -> None:
        assert Keyring.parse(f" {NEW} ,\n\n{OLD}\r\n").key_ids == ["k2026", "k2025"]

    def test_new_keys_differ_and_can_be_read(self) -> None:
        lines = [Keyring.new_key() for _ in range(20)]
        assert len(Keyring.parse(",".join(lines)).key_ids) == 20

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "no keys"),
            (" \n, ", "no keys"),
            ("nocolon", "key 1: must be `id:base64`"),
            (f"{NEW}\nk:@@@@", "key 2: not base64"),
            ("k:键", "key 1: not base64"),
            (entry("k", bytes(16)), "key 1: a key is 32 bytes, not 16"),
            (entry("K 1", bytes(32)), "key 1: an id is"),
            (f"{NEW},{NEW}", "key 2: its id stands twice"),
            (f"{NEW},other:{NEW.partition(':')[2]}", "two ids have the same key"),
        ],
    )
    def test_is_refused_with_the_reason(self, text: str, reason: str) -> None:
        with pytest.raises(KeyringError) as caught:
            Keyring.parse(text)
        assert reason in str(caught.value)

    def test_never_shows_a_key(self) -> None:
        secret = NEW.partition(":")[2]
        assert secret not in repr(AFTER)
        assert secret not in f"{AFTER}"
        with pytest.raises(KeyringError) as caught:
            Keyring.parse(f"{secret}:{secret}")
        assert secret not in str(caught.value)

    def test_an_id_that_does_not_fit_is_refused(self) -> None:
        with pytest.raises(KeyringError):
            Keyring.new_key("Key 1")
