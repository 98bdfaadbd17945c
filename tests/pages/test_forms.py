"""What a browser sends in a form, as a schema wants it."""

from datetime import date
from types import SimpleNamespace
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta
from sanic.request.form import RequestParameters

from app.core.errors import InvalidBody, UnsupportedMedia
from app.core.wire import In
from app.pages import forms

FORM = "application/x-www-form-urlencoded; charset=UTF-8"


class Part(In, frozen=True):
    text: str
    level: int = 0


class Asked(In, frozen=True):
    name: str
    word: Annotated[str, Meta(extra={"as_typed": True})] = ""
    count: int = 1
    sure: bool = False
    day: date | None = None
    tags: list[str] = msgspec.field(default_factory=list)
    parts: list[Part] = msgspec.field(default_factory=list)


def sent(fields: dict[str, list[str]], kind: str = FORM) -> Any:
    headers = SimpleNamespace(getone=lambda name, default="": kind)
    request = SimpleNamespace(headers=headers, get_form=lambda: RequestParameters(fields))
    return forms.decode(request, Asked)  # type: ignore[arg-type]


def test_texts_become_what_the_schema_says() -> None:
    found = sent({"name": [" 张 "], "count": ["3"], "sure": ["true"], "day": ["2026-03-02"]})
    assert found == Asked(name="张", count=3, sure=True, day=date(2026, 3, 2))


def test_a_password_is_taken_as_it_was_typed() -> None:
    assert sent({"name": [" a "], "word": [" a b "]}) == Asked(name="a", word=" a b ")


def test_blank_is_as_good_as_absent_and_the_token_is_no_field() -> None:
    assert sent({"name": ["a"], "count": [""], "day": [" "], "csrf": ["x"]}) == Asked(name="a")


def test_names_with_dots_nest_and_numbers_make_a_list_in_their_order() -> None:
    found = sent(
        {"name": ["a"], "parts.10.text": ["z"], "parts.2.text": ["y"], "parts.2.level": ["4"]}
    )
    assert found.parts == [Part(text="y", level=4), Part(text="z")]


def test_a_list_takes_its_name_several_times_and_anything_else_once() -> None:
    assert sent({"name": ["a"], "tags": ["1", "", "2"]}).tags == ["1", "2"]
    with pytest.raises(InvalidBody, match="只能填写一次"):
        sent({"name": ["a", "b"]})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"name": ["a"], "count": ["many"]},
        {"name": ["a"], "unknown": ["x"]},
        {"name": ["a"], "name.b": ["x"]},
        {"name": ["a"], "parts.0": ["x"]},
        {"name": ["a\x00"]},
        {"name": ["a"], ".".join("abcdefg"): ["x"]},
        {"name": ["a"], **{f"parts.{n}.text": ["x"] for n in range(600)}},
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(fields: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidBody) as refused:
        sent(fields)
    assert str(refused.value)


def test_json_is_no_form() -> None:
    with pytest.raises(UnsupportedMedia):
        sent({"name": ["a"]}, "application/json")
