"""What an answer of the platform holds, or it is not the platform's."""

from typing import Any

from wechat.errors import PlatformDown


def text_of(answer: Any, name: str) -> str:
    """The text `name` of an answer.

    Raises:
        PlatformDown: the answer lacks it, so it is not the API's.
    """
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value:
        raise PlatformDown
    return value


def int_of(answer: Any, name: str) -> int:
    """The whole number `name` of an answer.

    Raises:
        PlatformDown: the answer lacks it, so it is not the API's.
    """
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, int) or isinstance(value, bool):
        raise PlatformDown
    return value
