import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise import fields
from tortoise.exceptions import ConfigurationError
from tortoise.filters import list_encoder
from tortoise.models import Model

from app.core import privacy
from app.core.fields import PersonalField
from app.core.privacy import Keyring, KeyringError, Personal, Unsealable

RING = Keyring.parse(Keyring.new_key())


class Person(Model):
    id = fields.IntField(primary_key=True)
    name = PersonalField("name", "people.name")
    phone = PersonalField("phone", "people.phone", null=True)


NAME, PHONE = Person._meta.fields_map["name"], Person._meta.fields_map["phone"]


@pytest.fixture(autouse=True, scope="module")
def _keyring():
    before = privacy._InForce.keyring
    privacy.use(RING)
    yield
    privacy.use(before)


@given(st.text(max_size=60))
def test_what_is_written_is_read(text: str) -> None:
    person = Person(name=Personal(text, "name"))
    stored = NAME.to_db_value(person.name, person)
    assert isinstance(stored, bytes)
    assert NAME.to_python_value(stored) == Personal(text, "name")


def test_the_column_never_holds_the_text() -> None:
    stored = NAME.to_db_value(Personal("欧阳娜娜", "name"), Person())
    assert "欧阳娜娜".encode() not in stored
    assert stored != NAME.to_db_value(Personal("欧阳娜娜", "name"), Person())


def test_nothing_stays_nothing() -> None:
    assert PHONE.to_db_value(None, Person()) is None
    assert PHONE.to_python_value(None) is None


def test_a_row_is_made_with_personal_data_of_the_right_kind_only() -> None:
    assert str(Person(phone=Personal("13800131234", "phone")).phone) == "138****1234"
    with pytest.raises(TypeError, match=r"people\.phone takes Personal, not str"):
        Person(phone="13800131234")
    with pytest.raises(TypeError, match=r"people\.phone takes phone, not name"):
        Person(phone=Personal("张三", "name"))


def test_text_set_later_is_refused_when_written() -> None:
    person = Person()
    person.phone = "13800131234"
    with pytest.raises(TypeError, match="takes Personal, not str"):
        PHONE.to_db_value(person.phone, person)


def test_the_error_does_not_show_the_text() -> None:
    with pytest.raises(TypeError) as caught:
        Person(phone="13800131234")
    assert "13800131234" not in str(caught.value)


def test_a_value_moved_to_another_column_does_not_open() -> None:
    stored = NAME.to_db_value(Personal("13800131234", "name"), Person())
    with pytest.raises(Unsealable):
        PHONE.to_python_value(stored)


def test_it_cannot_be_filtered_by() -> None:
    person = Personal("张三", "name")
    with pytest.raises(TypeError, match="filter by its index column"):
        NAME.to_db_value(person, Person)
    with pytest.raises(TypeError, match="filter by its index column"):
        list_encoder([person], Person, NAME)


@pytest.mark.parametrize("option", ["db_index", "unique"])
def test_it_cannot_be_indexed(option: str) -> None:
    with pytest.raises(ConfigurationError):
        PersonalField("name", "people.name", **{option: True})


def test_without_a_keyring_nothing_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy._InForce, "keyring", None)
    with pytest.raises(KeyringError):
        NAME.to_db_value(Personal("张三", "name"), Person())


def test_migrations_can_write_it_down_and_build_it_again() -> None:
    path, args, options = PHONE.deconstruct()
    assert path == "app.core.fields.PersonalField"
    again = PersonalField(*args, **options)
    assert (again.kind, again.context, again.null) == ("phone", "people.phone", True)
    assert again.get_for_dialect("postgres", "SQL_TYPE") == "BYTEA"


def test_its_description_is_plain_data() -> None:
    described = PHONE.describe(serializable=True)
    assert described["python_type"] == "app.core.privacy.Personal"
    assert described["nullable"] is True
