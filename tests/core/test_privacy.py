import copy
import json
import logging
import pickle
import pprint
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import privacy
from app.core.privacy import Keyring, KeyringError, Kind, Personal

ID_NUMBER = "51162219900307123X"

kinds = st.sampled_from(get_args(Kind))
# No star and nothing that stands in a repr: what shows then came from the value.
secrets_ = st.text(st.characters(codec="utf-8", exclude_characters="*<> "), max_size=60)


def shown(mask: str) -> str:
    return mask.replace("*", "")


class TestMasks:
    @pytest.mark.parametrize(
        ("kind", "text", "mask"),
        [
            ("name", "张", "*"),
            ("name", "张三", "张*"),
            ("name", "张小明", "张*明"),
            ("name", "欧阳娜娜", "欧**娜"),
            ("name", "买买提·吐尔逊", "买*****逊"),
            ("name", "", ""),
            ("phone", "13800131234", "138****1234"),
            ("phone", "0826-2345678", "*********678"),
            ("phone", "+8613800131234", "***********234"),
            ("phone", "12345", "*****"),
            ("id_number", ID_NUMBER, "511***********123X"),
            ("id_number", "511622900307123", "511********7123"),
            ("id_number", "E12345678", "E******78"),
            ("id_number", "12345", "*****"),
            ("address", "四川省广安市武胜县沿口镇东街12号", "四川省广安市****"),
            ("address", "东街12号", "东街****"),
            ("address", "", "****"),
            ("form", '{"经营者": "张三"}', "****"),
        ],
    )
    def test_look_as_at_the_counter(self, kind: Kind, text: str, mask: str) -> None:
        assert Personal(text, kind).masked() == mask

    @given(secrets_)
    def test_a_name_shows_at_most_its_first_and_last_character(self, text: str) -> None:
        mask = Personal(text, "name").masked()
        assert len(mask) == len(text)
        assert len(shown(mask)) <= 2
        assert len(text) != 1 or mask == "*"
        assert len(text) < 2 or "*" in mask

    @given(secrets_ | st.from_regex(r"1[0-9]{10}", fullmatch=True))
    def test_a_phone_shows_at_most_seven_of_eleven(self, text: str) -> None:
        mask = Personal(text, "phone").masked()
        assert len(shown(mask)) <= (7 if len(text) == 11 else 3)
        assert mask.count("*") >= min(len(text), 4)

    @given(secrets_ | st.from_regex(r"[0-9]{17}[0-9X]", fullmatch=True))
    def test_a_document_number_never_shows_its_middle(self, text: str) -> None:
        mask = Personal(text, "id_number").masked()
        assert len(shown(mask)) <= (7 if len(text) >= 15 else 3)
        assert mask.count("*") >= min(len(text), 3)

    @given(st.from_regex(r"[0-9]{17}[0-9X]", fullmatch=True))
    def test_an_id_number_never_shows_the_birthday(self, text: str) -> None:
        assert Personal(text, "id_number").masked()[6:14] == "********"

    @given(secrets_)
    def test_an_address_shows_at_most_half_and_six(self, text: str) -> None:
        mask = Personal(text, "address").masked()
        assert mask.endswith("****")
        assert len(shown(mask)) <= min(6, len(text) / 2)

    @given(secrets_)
    def test_a_form_shows_nothing(self, text: str) -> None:
        assert Personal(text, "form").masked() == "****"


class TestPersonal:
    @given(secrets_, kinds)
    def test_reveals_only_when_asked(self, text: str, kind: Kind) -> None:
        person = Personal(text, kind)
        assert person.reveal() == text
        assert person.kind == kind
        assert str(person) == f"{person}" == "%s" % person == person.masked()  # noqa: UP031
        assert repr(person) == f"{person!r}" == f"<{kind} {person.masked()}>"
        assert f"{person:>80}" == person.masked().rjust(80)

    def test_containers_and_printers_show_the_mask(self) -> None:
        person = Personal(ID_NUMBER, "id_number")
        for text in (str([person]), str({"id": person}), pprint.pformat({"a": [person]})):
            assert ID_NUMBER not in text
            assert person.masked() in text

    def test_logging_shows_the_mask(self, caplog: pytest.LogCaptureFixture) -> None:
        person = Personal(ID_NUMBER, "id_number")
        with caplog.at_level(logging.INFO):
            logging.getLogger("test").info("%s %r", person, person, extra={"who": person})
        assert ID_NUMBER not in caplog.text
        assert person.masked() in caplog.text

    def test_has_no_attributes_to_dump(self) -> None:
        with pytest.raises(TypeError):
            vars(Personal(ID_NUMBER, "id_number"))

    def test_does_not_become_json_by_accident(self) -> None:
        person = Personal(ID_NUMBER, "id_number")
        with pytest.raises(TypeError):
            msgspec.json.encode({"id": person})
        with pytest.raises(TypeError):
            msgspec.to_builtins(person)
        with pytest.raises(TypeError):
            json.dumps(person)

    def test_becomes_its_mask_through_the_hook(self) -> None:
        class Answer(msgspec.Struct):
            phone: Personal

        encoded = msgspec.json.encode(
            Answer(Personal("13800131234", "phone")), enc_hook=privacy.encode_hook
        )
        assert encoded == b'{"phone":"138****1234"}'

    def test_the_hook_leaves_other_types_alone(self) -> None:
        with pytest.raises(NotImplementedError):
            privacy.encode_hook(object())

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_cannot_be_pickled(self, protocol: int) -> None:
        with pytest.raises(TypeError, match="pickled"):
            pickle.dumps(Personal("张三", "name"), protocol)

    def test_copies_are_the_same_value(self) -> None:
        person = Personal("张三", "name")
        assert copy.copy(person) is person
        assert copy.deepcopy([person]) == [person]

    def test_equality_is_of_kind_and_text(self) -> None:
        person = Personal("13800131234", "phone")
        assert person == Personal("13800131234", "phone")
        assert hash(person) == hash(Personal("13800131234", "phone"))
        assert person != Personal("13800131235", "phone")
        assert person != Personal("13800131234", "name")
        assert person != "13800131234"

    @pytest.mark.parametrize("name", ["_value", "_kind", "other"])
    def test_cannot_be_changed(self, name: str) -> None:
        person = Personal("张三", "name")
        with pytest.raises(AttributeError):
            setattr(person, name, "李四")
        with pytest.raises(AttributeError):
            delattr(person, name)
        assert person.reveal() == "张三"

    def test_takes_text_of_a_known_kind_only(self) -> None:
        with pytest.raises(TypeError):
            Personal(13800131234, "phone")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="face"):
            Personal("…", "face")  # type: ignore[arg-type]


class TestKeyringInForce:
    def test_without_one_the_error_says_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(privacy._InForce, "keyring", None)
        with pytest.raises(KeyringError, match="no keyring in this process"):
            privacy.keyring()

    def test_use_sets_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(privacy._InForce, "keyring", None)
        ring = Keyring.parse(Keyring.new_key())
        privacy.use(ring)
        assert privacy.keyring() is ring
