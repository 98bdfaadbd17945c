"""Bodies for a schema: some that fit it, some that fit but for one field, some that are junk."""

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec import inspect as kinds

EXAMPLES = 15
"""How many for each schema."""
ODD_NUMBERS = (0, -1, 2**31, 2**53, 2**63, 2**64, -(2**63) - 1, 10**400, 1e308, -0.0, 1.5)
ODD_TEXTS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "\udfff\ud800",
    "a\u202eb",
    "' OR 1=1; --",
    "%00",
    "x" * 5_000,
    "中" * 2_000,
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "9999-12-31T23:59:59+00:00",
    "0001-01-01T00:00:00+14:00",
    "00000000-0000-0000-0000-000000000000",
)
scalars = st.one_of(
    st.none(), st.booleans(), st.sampled_from(ODD_NUMBERS), st.sampled_from(ODD_TEXTS), st.text()
)
junk = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


class Bodies:
    """Makes bodies for the schemas of the endpoints, out of ids that exist and values that fit."""

    def __init__(self, ids: list[str]) -> None:
        self._ids = st.one_of(st.sampled_from(ids), st.uuids().map(str))
        self._structs: dict[type, st.SearchStrategy[Any]] = {}

    def examples(self, shape: Any) -> list[Any]:
        """Always the same ones, so that a failure can be looked at again."""
        found: list[Any] = []
        fitting = self._of(kinds.type_info(shape))

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.one_of(fitting, fitting, _spoilt(fitting), junk))
        def collect(body: Any) -> None:
            found.append(body)

        collect()
        return found

    def _of(self, info: Any) -> st.SearchStrategy[Any]:
        """Values of a type, at their edges too."""
        match info:
            case kinds.Metadata():
                found = self._of(info.type)
            case kinds.UnionType():
                found = st.one_of(*map(self._of, info.types))
            case kinds.StructType():
                found = self._struct(info)
            case kinds.EnumType():
                found = st.sampled_from([member.value for member in info.cls])
            case kinds.LiteralType():
                found = st.sampled_from(list(info.values))
            case kinds.IntType():
                low = -5 if info.ge is None else info.ge
                found = st.integers(low, low + 50 if info.le is None else info.le)
            case kinds.StrType():
                found = _text(info)
            case kinds.ListType() | kinds.VarTupleType():
                least = info.min_length or 0
                found = st.lists(self._of(info.item_type), min_size=least, max_size=least + 2)
            case kinds.UUIDType():
                found = self._ids
            case _:
                found = _PLAIN.get(type(info), junk)
        return found

    def _struct(self, info: Any) -> st.SearchStrategy[Any]:
        """A struct may be inside itself, as conditions are."""
        if info.cls not in self._structs:
            self._structs[info.cls] = st.deferred(lambda: self._fields(info))
        return self._structs[info.cls]

    def _fields(self, info: Any) -> st.SearchStrategy[Any]:
        tag = {info.tag_field: st.just(info.tag)} if info.tag_field else {}
        return st.fixed_dictionaries(
            tag | {f.encode_name: self._of(f.type) for f in info.fields if f.required},
            optional={f.encode_name: self._of(f.type) for f in info.fields if not f.required},
        )


def _text(info: Any) -> st.SearchStrategy[str]:
    least, most = info.min_length or 0, info.max_length or 2_000
    if info.pattern not in (None, r"\S"):
        return st.from_regex(info.pattern, fullmatch=False).map(lambda text: text[:most])
    usual = st.text(st.characters(codec="utf-8"), min_size=least, max_size=least + 8)
    longest = st.sampled_from("x中\u202e").map(lambda letter: letter * most)
    return st.one_of(usual, usual, longest, st.sampled_from(ODD_TEXTS))


_PLAIN: dict[type, st.SearchStrategy[Any]] = {
    kinds.BoolType: st.booleans(),
    kinds.NoneType: st.none(),
    kinds.DateType: st.dates().map(str),
    kinds.DateTimeType: st.datetimes().map(lambda at: f"{at.isoformat()}Z"),
    kinds.DictType: st.dictionaries(st.text(max_size=6), junk, max_size=3),
}


def _spoilt(fitting: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A body that fits but for one of its fields."""

    @st.composite
    def spoil(draw: st.DrawFn) -> Any:
        body = draw(fitting)
        if isinstance(body, dict) and body:
            body[draw(st.sampled_from(sorted(body)))] = draw(junk)
        return body

    return spoil()
