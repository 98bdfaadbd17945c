"""Personal data as a type of its own: readable only when asked for, masked everywhere else.

Masks follow what counters print: a person recognises their own entry, a bystander learns nothing
new (Personal Information Protection Law, articles 6 and 51).
"""

import re
from collections.abc import Callable
from typing import Any, Literal, NoReturn, final

from app.core.crypto import Keyring, KeyringError, Unsealable, key_id_of

__all__ = [
    "Keyring",
    "KeyringError",
    "Kind",
    "Personal",
    "Unsealable",
    "encode_hook",
    "key_id_of",
    "keyring",
    "mask_address",
    "mask_form",
    "mask_id_number",
    "mask_name",
    "mask_phone",
    "use",
]

Kind = Literal["name", "phone", "id_number", "address", "form"]

_MOBILE = re.compile(r"1[0-9]{10}")


def mask_name(value: str) -> str:
    """The first character, and the last from three characters on: 张*, 张*明, 欧**娜.

    One character is hidden.
    """
    return _ends(value, 1 if len(value) > 1 else 0, 1 if len(value) > 2 else 0)


def mask_phone(value: str) -> str:
    """The first three and last four of a mainland mobile number: 138****1234.

    Of any other number the last three if it has eight characters or more, else nothing.
    """
    if _MOBILE.fullmatch(value):
        return _ends(value, 3, 4)
    return _ends(value, 0, 3 if len(value) >= 8 else 0)


def mask_id_number(value: str) -> str:
    """The first three and last four of 15 characters or more: 511***********123X.

    Of 6 to 14 characters (passports, permits) the first and the last two; of fewer, nothing.
    """
    if len(value) >= 15:
        return _ends(value, 3, 4)
    return _ends(value, 1, 2) if len(value) >= 6 else _ends(value, 0, 0)


def mask_address(value: str) -> str:
    """The first six characters, at most half of them, and four stars: 四川省广安市****."""
    return value[: min(6, len(value) // 2)] + "****"


def mask_form(value: str) -> str:  # noqa: ARG001 - all masks are called alike
    """Four stars, whatever the text is."""
    return "****"


_MASKS: dict[Kind, Callable[[str], str]] = {
    "name": mask_name,
    "phone": mask_phone,
    "id_number": mask_id_number,
    "address": mask_address,
    "form": mask_form,
}


def _ends(value: str, first: int, last: int) -> str:
    hidden = len(value) - first - last
    return value[:first] + "*" * hidden + value[len(value) - last :]


@final
class Personal:
    """A person's name, phone, ID or document number, address, or form answers.

    `reveal()` is the only way to the text. `str`, `repr`, formatting and logging show the mask;
    JSON needs `encode_hook`, which writes the mask; pickling is refused. Immutable; equal when
    kind and text are.

    Raises:
        TypeError: the value is not text.
        ValueError: the kind is not one of `Kind`.
    """

    __slots__ = ("_kind", "_value")

    _kind: Kind
    _value: str

    def __init__(self, value: str, kind: Kind) -> None:
        if not isinstance(value, str):
            raise TypeError(f"personal data is text, not {type(value).__name__}")
        if kind not in _MASKS:
            raise ValueError(f"no such kind of personal data: {kind}")
        object.__setattr__(self, "_value", value)
        object.__setattr__(self, "_kind", kind)

    @property
    def kind(self) -> Kind:
        """What this is: decides the mask."""
        return self._kind

    def reveal(self) -> str:
        """The text itself. Whoever shows it to a person logs that (PIPL, articles 51 and 54)."""
        return self._value

    def masked(self) -> str:
        """The text with what identifies the person hidden; see the mask of its kind."""
        return _MASKS[self._kind](self._value)

    def __str__(self) -> str:
        return self.masked()

    def __repr__(self) -> str:
        return f"<{self._kind} {self.masked()}>"

    def __format__(self, spec: str) -> str:
        return format(self.masked(), spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Personal):
            return NotImplemented
        return (self._kind, self._value) == (other._kind, other._value)

    def __hash__(self) -> int:
        return hash((self._kind, self._value))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("personal data cannot be changed in place")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("personal data cannot be changed in place")

    def __copy__(self) -> "Personal":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Personal":
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("personal data cannot be pickled")


def encode_hook(value: Any) -> Any:
    """`enc_hook` for msgspec: personal data leaves as its mask.

    Raises:
        NotImplementedError: for anything else, as msgspec expects of a hook.
    """
    if isinstance(value, Personal):
        return value.masked()
    raise NotImplementedError(f"{type(value).__name__} has no wire form")


class _InForce:
    keyring: Keyring | None = None


def use(keyring: Keyring | None) -> None:
    """Make `keyring` the one of this process; None takes it away."""
    _InForce.keyring = keyring


def keyring() -> Keyring:
    """The keyring of this process.

    Raises:
        KeyringError: none was set with `use`.
    """
    if _InForce.keyring is None:
        raise KeyringError("no keyring in this process: call app.core.privacy.use(keyring) first")
    return _InForce.keyring
