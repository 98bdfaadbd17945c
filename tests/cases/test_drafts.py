"""Drafts (草稿): saved as they are, sealed, kept with their photos, and fitted to a newer guide."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from hypothesis import given
from hypothesis import strategies as st

from app.cases.intake import draft_fit, drafts
from app.cases.intake.schemas import DraftContent, DraftDelivery, DraftMaterials
from app.catalog import service as catalog
from app.catalog.guide import Guide, Requirement
from app.catalog.questions import Choice, Question
from app.catalog.schemas import VersionIn
from app.core import db
from app.materials import service as materials
from tests.cases.builders import FORM, SHOP, Item, Person, World, content, ok, refused
from tests.cases.promised import HEALTH, RULES, count, supplied


async def _save(world: World, owner: Person, item: Item, **body: Any) -> httpx.Response:
    given = {"version_id": str(item.version_id)} | body
    return await world.client.put(f"/api/v1/drafts/{item.id}", json=given, headers=owner.headers)


async def _look(world: World, owner: Person, item: Item) -> httpx.Response:
    return await world.client.get(f"/api/v1/drafts/{item.id}", headers=owner.headers)


async def _sweep(world: World, **later: float) -> int:
    world.house.clock.shift(timedelta(**later))
    return await materials.sweep_unattached(world.act_as())


class TestSaving:
    async def test_only_citizens_have_drafts_and_each_only_their_own(self, world: World) -> None:
        item, owner = await world.item(), await world.citizen()
        path = f"/api/v1/drafts/{item.id}"
        refused(await world.client.get(path), 401, "not_signed_in")
        refused(await world.client.get(path, headers=await world.staff("clerk")), 403, "forbidden")
        ok(await _save(world, owner, item, form={"shop": SHOP}))
        other = await world.citizen("o-other")
        refused(await _look(world, other, item), 404, "not_found")
        assert ok(await world.client.get("/api/v1/drafts", headers=other.headers)) == []

    async def test_nothing_is_required_and_one_need_not_have_said_who_one_is(
        self, world: World
    ) -> None:
        item, owner = await world.item(), await world.citizen(known=False)
        ok(await _save(world, owner, item))
        ok(await _save(world, owner, item, form={"shop": ""}, delivery={"way": "post"}))
        seen = ok(await _look(world, owner, item))
        assert (seen["form"], seen["delivery"]["way"]) == ({"shop": ""}, "post")
        assert await count("case_drafts") == 1

    async def test_what_has_the_wrong_type_is_refused(self, world: World) -> None:
        item, owner = await world.item(), await world.citizen()
        for form in ({"shop": 5}, {"other": "x"}, {"shop": ["a"]}):
            refused(await _save(world, owner, item, form=form), 422, "catalog.form_invalid")
        too_long = await _save(world, owner, item, form={"shop": "长" * 30_000})
        refused(too_long, 422, "catalog.form_invalid", "过长")
        strange = await _save(world, owner, item, version_id=str(uuid4()))
        refused(strange, 404, "not_found")
        foreign = await world.item("X-2")
        mixed = await _save(world, owner, item, version_id=str(foreign.version_id))
        refused(mixed, 404, "not_found")
        assert await count("case_drafts") == 0

    async def test_it_is_sealed(self, world: World) -> None:
        item, owner = await world.item(), await world.citizen()
        ok(await _save(world, owner, item, form={"shop": SHOP}))
        row = await db.fetch_one("SELECT content, d::text AS said FROM case_drafts d")
        assert row
        assert SHOP.encode() not in bytes(row["content"])
        assert SHOP not in row["said"]

    async def test_one_can_have_only_so_many(self, world: World, monkeypatch: Any) -> None:
        monkeypatch.setattr(drafts, "MOST_DRAFTS", 2)
        owner = await world.citizen()
        items = [await world.item(f"X-{n}") for n in range(3)]
        for item in items[:2]:
            ok(await _save(world, owner, item))
        refused(await _save(world, owner, items[2]), 409, "cases.too_many_drafts")
        ok(await _save(world, owner, items[0], form={"shop": SHOP}))

    async def test_it_can_be_deleted(self, world: World) -> None:
        item, owner = await world.item(), await world.citizen()
        ok(await _save(world, owner, item))
        path = f"/api/v1/drafts/{item.id}"
        assert (await world.client.delete(path, headers=owner.headers)).status_code == 204
        refused(await world.client.delete(path, headers=owner.headers), 404, "not_found")


class TestPhotos:
    async def test_they_are_kept_for_as_long_as_the_draft_names_them(self, world: World) -> None:
        item, owner = await world.with_photos(), await world.citizen()
        kept, dropped, loose = [await world.photo(owner) for _ in range(3)]
        both = [{"requirement": "premises", "material_ids": [kept, dropped]}]
        ok(await _save(world, owner, item, materials=both))
        assert await _sweep(world, days=20) == 1, "the loose one"
        one = [{"requirement": "premises", "material_ids": [kept]}]
        owner = await world.citizen(known=False)
        ok(await _save(world, owner, item, materials=one))
        assert await _sweep(world, days=2) == 1, "the one that was taken out"
        left = await db.fetch("SELECT id::text AS id FROM materials")
        assert [row["id"] for row in left] == [kept]
        assert loose not in {row["id"] for row in left}

    async def test_what_is_not_there_is_left_out_and_told(self, world: World) -> None:
        item, owner = await world.with_photos(), await world.citizen()
        foreign = await world.photo(await world.citizen("o-other"))
        mine = await world.photo(owner)
        named = [{"requirement": "premises", "material_ids": [mine, foreign, str(uuid4())]}]
        saved = ok(await _save(world, owner, item, materials=named))
        assert len(saved["missing_photos"]) == 2
        seen = ok(await _look(world, owner, item))
        assert seen["materials"] == [{"requirement": "premises", "material_ids": [mine]}]
        await world.client.delete(f"/api/v1/materials/{mine}", headers=owner.headers)
        seen = ok(await _look(world, owner, item))
        assert (seen["materials"], seen["changes"]) == (
            [],
            ["有 1 张照片已不存在，请重新上传。"],
        )

    async def test_submission_ends_the_draft_and_a_job_lets_its_photos_go(
        self, world: World
    ) -> None:
        item, owner = await world.with_photos(), await world.citizen()
        used, unused = await world.photo(owner), await world.photo(owner)
        named = [{"requirement": "premises", "material_ids": [used, unused]}]
        ok(await _save(world, owner, item, form={"shop": SHOP}, materials=named))
        await world.filed(
            owner, item, materials=[{"requirement": "premises", "material_ids": [used]}]
        )
        refused(await _look(world, owner, item), 404, "not_found")
        assert await drafts.release_photos(world.act_as()) == 1
        assert await _sweep(world, days=2) == 1
        assert await count("material_holds") == 0
        assert await count("materials") == 1

    async def test_a_refused_submission_keeps_the_draft(self, world: World) -> None:
        item, owner = await world.with_photos(), await world.citizen()
        ok(await _save(world, owner, item, form={"shop": SHOP}))
        refused(await world.submit(owner, item), 422, "catalog.materials_missing")
        ok(await _look(world, owner, item))
        assert await drafts.release_photos(world.act_as()) == 0

    async def test_saving_and_submitting_at_once_never_fails(self, world: World) -> None:
        item, owner = await world.with_photos(), await world.citizen()
        for _ in range(4):
            photos = await supplied(owner, world, "premises", 2)
            ok(await _save(world, owner, item, materials=[photos]))
            less = photos | {"material_ids": photos["material_ids"][:1]}
            answers = await asyncio.gather(
                _save(world, owner, item, materials=[less]),
                world.submit(owner, item, materials=[photos]),
                _save(world, owner, item, materials=[photos]),
                drafts.release_photos(world.act_as()),
            )
            for answer in answers[:3]:
                assert answer.status_code in (200, 201), answer.text


class TestGrowingOld:
    async def test_what_nobody_saves_again_is_deleted(self, world: World) -> None:
        item, owner = await world.item(), await world.citizen()
        ok(await _save(world, owner, item))
        days = world.house.settings.draft_days
        world.house.clock.shift(timedelta(days=days - 1))
        assert await drafts.forget_old(world.act_as()) == 0
        owner = await world.citizen(known=False)
        ok(await _save(world, owner, item))
        world.house.clock.shift(timedelta(days=days, hours=1))
        assert await drafts.forget_old(world.act_as()) == 1


class TestNewerGuide:
    async def test_it_tells_what_changed_and_keeps_what_still_fits(self, world: World) -> None:
        item, owner = await world.with_photos(), await world.citizen()
        photo = await supplied(owner, world, "premises", 2)
        plan = await supplied(owner, world, "plan")
        ok(await _save(world, owner, item, form={"shop": SHOP}, materials=[photo, plan]))
        one = Requirement(code="premises", name="经营场所照片", max_photos=1)
        form = FORM | {
            "properties": FORM["properties"] | {"area": {"type": "integer", "title": "面积"}},
            "x-order": ["shop", "area"],
        }
        guide = {"form": form, "materials": (one, RULES), "delivery": ("counter",)}
        made = await catalog.add_version(
            world.act_as(), item.id, VersionIn(content=content(guide=guide))
        )
        seen = ok(await _look(world, owner, item))
        assert (seen["version_id"], seen["offered"]) == (str(made.id), True)
        assert seen["form"] == {"shop": SHOP}
        assert seen["materials"] == [photo | {"material_ids": photo["material_ids"][:1]}]
        assert seen["changes"] == [
            "办事指南已更新。",
            "材料“经营场所照片”最多提交 1 张照片，请重新选择。",
            "材料“平面图”不再需要提交。",
            "新增表单项：面积。",
            "新增材料：管理制度。",
        ]

    async def test_of_an_item_that_is_not_offered_any_more_it_is_shown_as_it_was(
        self, world: World
    ) -> None:
        item, owner = await world.item(), await world.citizen()
        ok(await _save(world, owner, item, form={"shop": SHOP}))
        await catalog.withdraw(world.act_as(), item.id, "机构改革")
        seen = ok(await _look(world, owner, item))
        assert (seen["offered"], seen["form"]) == (False, {"shop": SHOP})
        assert "停止办理" in seen["changes"][0]


_codes = st.sampled_from(["a", "b", "c"])
_lines = st.lists(
    st.builds(
        Requirement,
        code=_codes,
        name=st.just("材料"),
        deferrable=st.booleans(),
        pledge=st.booleans(),
        max_photos=st.integers(1, 3),
    ),
    unique_by=lambda line: line.code,
    max_size=3,
)
_questions = st.lists(
    st.builds(
        Question,
        code=_codes,
        text=st.just("问题"),
        kind=st.sampled_from(["one", "many"]),
        choices=st.lists(
            st.builds(Choice, code=_codes, text=st.just("选项")),
            min_size=1,
            max_size=3,
            unique_by=lambda choice: choice.code,
        ).map(tuple),
    ),
    unique_by=lambda question: question.code,
    max_size=3,
)
_types = st.dictionaries(_codes, st.sampled_from(["string", "integer", "boolean"]))
_guides = st.builds(
    lambda lines, questions, types: Guide(
        materials=tuple(lines),
        situations=tuple(questions),
        form={
            "type": "object",
            "properties": {name: {"type": kind, "title": name} for name, kind in types.items()},
            "x-order": list(types),
        },
    ),
    _lines,
    _questions,
    _types,
)
_contents = st.builds(
    DraftContent,
    answers=st.dictionaries(_codes, st.lists(_codes, max_size=2, unique=True)),
    form=st.dictionaries(_codes, st.one_of(st.text(max_size=3), st.integers(), st.booleans())),
    materials=st.lists(
        st.builds(
            DraftMaterials,
            requirement=_codes,
            material_ids=st.lists(st.uuids(), max_size=4, unique=True),
        ),
        unique_by=lambda entry: entry.requirement,
    ).map(tuple),
    delivery=st.builds(
        DraftDelivery, way=st.sampled_from([None, "post", "counter"]), address=st.just("")
    ),
    deferred=st.lists(_codes, unique=True).map(tuple),
    pledged=st.lists(_codes, unique=True).map(tuple),
)


@given(_contents, _guides, _guides)
def test_what_is_kept_can_always_be_saved_again_and_nothing_more_is_lost(
    draft: DraftContent, before: Guide, now: Guide
) -> None:
    kept, _ = draft_fit.fitted(draft, before, now)
    catalog.check_draft(now.form, kept.form)
    again, told = draft_fit.fitted(kept, now, now)
    assert (again, told) == (kept, [])
    assert kept.form.items() <= draft.form.items()
    assert kept.answers.items() <= draft.answers.items()


@given(_contents, st.sets(st.uuids()))
def test_photos_that_are_gone_are_counted_once(draft: DraftContent, there: set[UUID]) -> None:
    named = {found for entry in draft.materials for found in entry.material_ids}
    there |= set(sorted(named)[:2])
    kept, gone = draft_fit.without_photos(draft, there)
    left = {found for entry in kept.materials for found in entry.material_ids}
    assert (left, gone) == (named & there, len(named - there))


def test_a_promise_that_is_not_possible_any_more_is_told() -> None:
    strict = Guide(materials=(Requirement(code="health", name="健康证明"),))
    draft = DraftContent(deferred=("health",))
    kept, told = draft_fit.fitted(draft, Guide(materials=(HEALTH,)), strict)
    assert (kept.deferred, told) == ((), ["材料“健康证明”不能再容缺后补。"])
