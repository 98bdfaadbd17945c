"""What a desk's form sends, made into what a service takes."""

from typing import Any, TypeVar

import msgspec

from app.core import wording
from app.core.errors import InvalidBody

Shape = TypeVar("Shape", bound=msgspec.Struct)


def fitted(shape: type[Shape], values: dict[str, Any], **names: str) -> Shape:
    """The values as a `shape`, those that are None left out.

    Args:
        names: what the form calls those of the shape's fields that it names otherwise.

    Raises:
        InvalidBody: a value is missing or does not fit; `field` says which of the form.
    """
    given = {name: value for name, value in values.items() if value is not None}
    try:
        return msgspec.convert(given, shape)
    except msgspec.ValidationError as error:
        sentence, field = wording.explain(str(error))
        if field is None:
            raise InvalidBody(sentence) from None
        raise InvalidBody(sentence, field=names.get(field.partition(".")[0], field)) from None
