"""Whatever JSON is sent to an endpoint, the answer is never the server's fault."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.auth import Role
from tests.guards.walk import Callers, Route, http_routes

EXAMPLES = 15
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


def _plausible(shape: Any) -> st.SearchStrategy[Any]:
    """Bodies of the right fields: most of them right, one or two odd."""
    try:
        fields = msgspec.structs.fields(shape)
    except TypeError:
        return st.lists(junk, max_size=3)
    return st.fixed_dictionaries(
        {f.encode_name: st.one_of(_fitting(f.type), scalars, junk) for f in fields if f.required},
        optional={
            f.encode_name: st.one_of(_fitting(f.type), junk) for f in fields if not f.required
        },
    )


def _fitting(kind: Any) -> st.SearchStrategy[Any]:
    """Values that a field of this type is likely to take, at their edges too."""
    info = msgspec.inspect.type_info(kind)
    while isinstance(info, msgspec.inspect.Metadata):
        info = info.type
    if isinstance(info, msgspec.inspect.UnionType):
        return st.one_of(*(_of(part) for part in info.types))
    return _of(info)


def _of(info: Any) -> st.SearchStrategy[Any]:
    known: dict[type, st.SearchStrategy[Any]] = {
        msgspec.inspect.UUIDType: st.uuids().map(str),
        msgspec.inspect.BoolType: st.booleans(),
        msgspec.inspect.NoneType: st.none(),
        msgspec.inspect.DateType: st.dates().map(str),
        msgspec.inspect.DateTimeType: st.datetimes().map(lambda at: f"{at.isoformat()}Z"),
        msgspec.inspect.DictType: st.dictionaries(st.text(max_size=6), junk, max_size=3),
    }
    if isinstance(info, msgspec.inspect.StructType):
        return _plausible(info.cls)
    if isinstance(info, msgspec.inspect.EnumType):
        return st.sampled_from([member.value for member in info.cls])
    if isinstance(info, msgspec.inspect.LiteralType):
        return st.sampled_from(list(info.values))
    if isinstance(info, msgspec.inspect.IntType):
        return st.integers(info.ge or -5, info.le or 5)
    if isinstance(info, msgspec.inspect.StrType):
        return st.text(min_size=info.min_length or 0, max_size=min(info.max_length or 30, 60))
    if isinstance(info, msgspec.inspect.ListType | msgspec.inspect.VarTupleType):
        return st.lists(_of(info.item_type), max_size=3)
    return known.get(type(info), junk)


def _encode(body: Any) -> bytes:
    # The standard library writes what msgspec refuses to: lone surrogates and huge numbers.
    return json.dumps(body, ensure_ascii=True).encode()


def _caller(route: Route) -> str:
    guard = route.declared.guard
    if guard.roles:
        return sorted(guard.roles)[0]
    order = ("nobody", "citizen", "device", "staff")
    kind = next(kind for kind in order if kind in guard.kinds)
    return Role.CLERK if kind == "staff" else kind


@pytest.mark.slow
async def test_no_body_is_the_servers_fault(callers: Callers) -> None:
    wrong: list[str] = []
    for route in http_routes():
        if route.declared.body is None:
            continue
        for body in _examples(route.declared.body):
            content = _encode(body)
            answer = await callers.send(_caller(route), route, content)
            if answer.status_code >= 500:
                wrong.append(f"{route.key} {content[:200]!r}: {answer.text[:200]}")
    assert wrong == []


def _examples(shape: Any) -> list[Any]:
    """The same bodies at every run: a failure can be looked at again."""
    found: list[Any] = []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(_plausible(shape), _plausible(shape), junk))
    def collect(body: Any) -> None:
        found.append(body)

    collect()
    return found
