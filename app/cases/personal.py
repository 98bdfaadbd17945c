"""What is kept of a person's applications, for their rights to it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from app.cases.models import Case, CaseDraft
from app.cases.rules import FINAL
from app.citizens.service import Filed, Share
from app.core import db
from app.core.acts import Act

_COUNT = "SELECT count(*) AS n, count(*) FILTER (WHERE state <> ALL($2::text[])) AS open FROM cases"


async def of_citizens(citizen_ids: Sequence[UUID]) -> Filed:
    """How many applications these accounts made, for themselves or others."""
    return await _filed("applicant_id = ANY($1::uuid[])", list(citizen_ids))


async def of_child(child_id: UUID) -> Filed:
    """How many applications were made for this child."""
    return await _filed("child_id = $1", child_id)


async def _filed(where: str, value: Any) -> Filed:
    row = await db.fetch_one(f"{_COUNT} WHERE {where}", value, sorted(FINAL))
    assert row
    return Filed(all=row["n"], open=row["open"])


async def _export(act: Act, citizen_ids: Sequence[UUID]) -> dict[str, Any]:  # noqa: ARG001
    ids = list(citizen_ids)
    drafts = await CaseDraft.filter(citizen_id__in=ids).order_by("id")
    return {
        "cases": [_case(row) for row in await Case.filter(applicant_id__in=ids).order_by("id")],
        "drafts": [
            {
                "item_id": row.item_id,
                "content": msgspec.json.decode(row.content.reveal()),
                "saved_at": row.updated_at,
            }
            for row in drafts
        ],
    }


def _case(row: Case) -> dict[str, Any]:
    facts = {
        "number": row.number,
        "item": row.item_name,
        "state": row.state,
        "filed_by": row.filed_by,
        "enterprise": row.enterprise_name,
        "submitted_at": row.submitted_at,
        "decided_at": row.decided_at,
        "decision": row.decision,
        "closed_at": row.closed_at,
        "erased_at": row.erased_at,
    }
    return facts if row.erased_at else facts | _personal(row)


def _personal(row: Case) -> dict[str, Any]:
    """What is there until the case's retention is over."""
    return {
        "applicant_name": row.applicant_name.reveal(),
        "applicant_phone": row.applicant_phone.reveal(),
        "applicant_id_number": row.applicant_id_number.reveal(),
        "answers": row.answers,
        "form": msgspec.json.decode(row.form.reveal()),
        "delivery": row.delivery,
        "delivery_address": row.delivery_address.reveal() if row.delivery_address else None,
    }


async def _forget(act: Act, citizen_ids: Sequence[UUID]) -> None:
    """Drafts go; what was submitted is the hall's file."""
    async with act.transaction() as tx:
        rows = await db.fetch(
            "DELETE FROM case_drafts WHERE citizen_id = ANY($1::uuid[]) RETURNING citizen_id",
            list(citizen_ids),
        )
        for row in rows:
            tx.audit("draft.deleted", f"citizen:{row['citizen_id']}")


SHARE = Share("applications", _export, _forget)
