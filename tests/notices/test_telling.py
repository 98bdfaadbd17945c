"""Telling an applicant something: in the transaction, once, without waiting for WeChat."""

from collections.abc import Callable

import pytest

from app.core import db
from app.core.acts import Act
from app.notices import service
from app.notices.rules import Kind
from tests.notices.conftest import NUMBER, Applicant


async def count(table: str) -> int:
    rows = await db.fetch(f"SELECT count(*) AS n FROM {table}")
    return int(rows[0]["n"])


async def test_a_message_is_kept_with_its_entry_in_the_outbox(applicant: Applicant) -> None:
    assert await applicant.tell() is True
    (entry,) = await db.fetch("SELECT topic, key, state FROM outbox")
    assert entry == {
        "topic": "notices.wechat",
        "key": f"case:{NUMBER}:submitted",
        "state": "waiting",
    }
    assert applicant.received() == []


async def test_a_repeat_of_the_same_key_has_no_second_effect(applicant: Applicant) -> None:
    await applicant.tell()
    assert await applicant.tell(remark="换了说法。") is False
    assert (await count("notices"), await count("outbox")) == (1, 1)
    (kept,) = await service.of_subject(f"case:{NUMBER}")
    assert kept.body.endswith("请留意办理进度。")


async def test_it_happens_with_the_act_or_not_at_all(
    applicant: Applicant, act_as: Callable[..., Act]
) -> None:
    async def fail_after_telling() -> None:
        act = act_as()
        async with act.transaction():
            await service.tell(act, applicant.told())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_after_telling()
    assert (await count("notices"), await count("outbox")) == (0, 0)


async def test_the_outbox_holds_nothing_about_the_applicant(applicant: Applicant) -> None:
    await applicant.tell()
    (entry,) = await db.fetch("SELECT payload::text AS payload FROM outbox")
    assert applicant.user.openid not in entry["payload"]
    assert str(applicant.actor.id) not in entry["payload"]


async def test_staff_see_every_message_of_a_case_in_order(applicant: Applicant) -> None:
    await applicant.tell(Kind.SUBMITTED)
    await applicant.tell(Kind.READY, status="准予许可")
    await applicant.tell(Kind.RATE, key="case:other:rate", subject="case:other")
    found = await service.of_subject(f"case:{NUMBER}")
    assert [trace.kind for trace in found] == [Kind.SUBMITTED, Kind.READY]
    assert [trace.wechat.state for trace in found if trace.wechat] == ["waiting", "waiting"]
