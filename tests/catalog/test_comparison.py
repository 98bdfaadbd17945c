"""Versions side by side: what was cut is told exactly, and to the public in sentences."""

from collections.abc import Callable
from uuid import UUID

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog import service
from app.catalog.comparison import compare
from app.catalog.guide import Content, Guide, Requirement
from app.catalog.schemas import ItemIn, VersionIn
from app.core.acts import Act
from tests.catalog.makers import content
from tests.catalog.situated import asked, yes
from tests.places import Place, code_of, staff_headers

ActAs = Callable[..., Act]
requirements = st.builds(
    Requirement,
    code=st.sampled_from(["a", "b", "c", "d"]),
    name=st.sampled_from(["身份证", "平面图", "合同", "章程"]),
    required=st.booleans(),
    deferrable=st.booleans(),
    kind=st.sampled_from(["original", "copy"]),
    max_photos=st.integers(1, 3),
    when=st.sampled_from([None, yes("q", "a")]),
)
versions = st.lists(requirements, max_size=4, unique_by=lambda r: r.code).map(
    lambda found: with_materials(*found)
)


def with_materials(*materials: Requirement, **given: int) -> Content:
    return content(guide=Guide(situations=(asked("q"),), materials=materials), **given)


@given(versions, versions)
def test_every_material_of_both_versions_is_accounted_for_once(
    before: Content, after: Content
) -> None:
    found = compare(before, after)
    both = len(found.kept) + len(found.changed)
    assert len(found.cut) + both == len(before.guide.materials)
    now = [m.code for m in (*found.added, *found.kept, *found.changed)]
    assert sorted(now) == sorted(m.code for m in after.guide.materials)
    assert {m.code for m in found.cut} <= {m.code for m in before.guide.materials}


@given(versions)
def test_a_version_beside_itself_is_kept_whole(version: Content) -> None:
    found = compare(version, version)
    assert [m.code for m in found.kept] == [m.code for m in version.guide.materials]
    assert (found.added, found.cut, found.changed, found.said) == ([], [], [], [])


@given(versions, versions)
def test_what_was_cut_one_way_was_added_the_other_way(before: Content, after: Content) -> None:
    there, back = compare(before, after), compare(after, before)
    assert len(there.cut) - len(there.added) == len(back.added) - len(back.cut)
    assert there.promised_days.cut == -back.promised_days.cut


def test_a_material_under_another_code_is_found_by_its_name() -> None:
    before = with_materials(Requirement(code="lease", name="租赁合同"))
    found = compare(before, with_materials(Requirement(code="premises", name="租赁合同")))
    assert [m.code for m in found.kept] == ["premises"]
    assert (found.added, found.cut) == ([], [])


def test_changes_are_told_field_by_field_in_words() -> None:
    before = with_materials(Requirement(code="a", name="健康证", kind="original"))
    after = with_materials(
        Requirement(code="a", name="健康证", kind="copy", deferrable=True, when=yes("q", "a"))
    )
    (changed,) = compare(before, after).changed
    assert [(f.label, f.before, f.after) for f in changed.fields[:2]] == [
        ("原件或复印件", "原件", "复印件"),
        ("可否容缺", "否", "是"),
    ]
    assert changed.fields[2].before == "所有情形"


def test_every_field_of_a_material_but_its_code_is_compared() -> None:
    before = Requirement(code="a", name="甲")
    other = {
        "name": "乙",
        "required": False,
        "kind": "copy",
        "source": "源",
        "sample": "例",
        "deferrable": True,
        "defer_days": 3,
        "waived": True,
        "pledge": True,
        "pledge_text": "承诺",
        "max_photos": 9,
        "formats": ("photo", "pdf"),
        "note": "注",
        "when": yes("q", "a"),
        "type": "证件",
        "valid_days": 30,
        "sample_picture": "0197a3f0-0000-7000-8000-000000000000",
    }
    assert other.keys() | {"code"} == set(Requirement.__struct_fields__)
    after = msgspec.structs.replace(before, **other)
    (changed,) = compare(with_materials(before), with_materials(after)).changed
    assert {change.field for change in changed.fields} == other.keys()


def test_the_public_is_told_what_became_less_and_nothing_else() -> None:
    before = with_materials(
        Requirement(code="a", name="申请书"),
        Requirement(code="b", name="身份证"),
        Requirement(code="c", name="健康证"),
        promised_days=10,
        visits=2,
    )
    after = with_materials(
        Requirement(code="b", name="身份证", waived=True),
        Requirement(code="c", name="健康证", deferrable=True),
        Requirement(code="d", name="平面图"),
        promised_days=5,
        visits=3,
    )
    assert compare(before, after).said == [
        "减少 1 份材料：申请书。",
        "1 份材料改为免提交：身份证。",
        "1 份材料改为可以容缺后补：健康证。",
        "承诺时限由 10 个工作日减为 5 个工作日。",
    ]


# --- over HTTP


@pytest.fixture
async def item(act_as: ActAs, place: Place) -> str:
    """An item with a version that asked for more, the published one, and a draft."""
    act = act_as()
    first = ItemIn(
        hall_id=place.hall_id,
        implementation_code="C-1",
        department_id=place.departments["water"],
        content=with_materials(
            Requirement(code="a", name="申请书"), Requirement(code="b", name="身份证")
        ),
    )
    made = await service.add_item(act, first)
    less = with_materials(Requirement(code="b", name="身份证"), promised_days=8)
    await service.add_version(act, made.item_id, VersionIn(content=less))
    draft = VersionIn(content=with_materials(promised_days=3), publish=False)
    await service.add_version(act, made.item_id, draft)
    return str(made.item_id)


async def test_staff_compare_any_two_versions(
    client: httpx.AsyncClient, item: str, act_as: ActAs, place: Place
) -> None:
    clerk = await staff_headers(act_as(), place, "clerk")
    path = f"/api/v1/items/{item}/versions/compare"
    answer = await client.get(path, params={"from": 1, "to": 3}, headers=clerk)
    shown = answer.json()
    assert [m["name"] for m in shown["cut"]] == ["申请书", "身份证"]
    assert shown["promised_days"] == {"before": 20, "after": 3, "cut": 17}
    missing = await client.get(path, params={"from": 1, "to": 9}, headers=clerk)
    assert code_of(missing) == "not_found"
    assert code_of(await client.get(path, params={"from": 1}, headers=clerk)) == "invalid_query"
    far = await staff_headers(act_as(), place, "far_clerk")
    hidden = await client.get(path, params={"from": 1, "to": 2}, headers=far)
    assert code_of(hidden) == "not_found"


async def test_everybody_reads_what_the_published_version_cut_and_no_draft(
    client: httpx.AsyncClient, item: str, act_as: ActAs
) -> None:
    path = f"/api/v1/items/{item}/reduced"
    shown = (await client.get(path)).json()
    assert shown["cut"] == ["申请书"]
    assert shown["said"][-1] == "承诺时限由 20 个工作日减为 8 个工作日。"
    assert shown["since"] is not None
    await service.withdraw(act_as(), UUID(item), "测试")
    assert code_of(await client.get(path)) == "not_found"


async def test_of_a_first_version_nothing_was_reduced(
    client: httpx.AsyncClient, act_as: ActAs, place: Place
) -> None:
    first = ItemIn(
        hall_id=place.hall_id,
        implementation_code="C-2",
        department_id=place.departments["water"],
        content=content(),
    )
    made = await service.add_item(act_as(), first)
    shown = (await client.get(f"/api/v1/items/{made.item_id}/reduced")).json()
    assert shown == {"since": None, "cut": [], "said": []}
