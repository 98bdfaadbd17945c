"""What a hall has set of its ratings: which nodes are rated, points, invitations, second looks."""

from typing import Any
from uuid import UUID

import msgspec

from app.core import db
from app.core.acts import Act
from app.core.auth import Role, require_over_hall
from app.halls import service as halls
from evaluations.ratings.rules import HallRules
from evaluations.ratings.schemas import HallRulesIn, HallRulesShown

_FIELDS = "rate_acceptance, rate_issue, uses_points, invite_after_days, check_percent"


async def of(hall_id: UUID) -> HallRules:
    """What the hall has set; the defaults where it has set nothing."""
    row = await db.fetch_one(
        f"SELECT {_FIELDS} FROM hall_rating_settings WHERE hall_id = $1",  # noqa: S608 - a constant
        hall_id,
    )
    return HallRules(**row) if row else HallRules()


async def read(act: Act, hall_id: UUID) -> HallRulesShown:
    """The hall's settings, for its administrators, managers and supervisors."""
    require_over_hall(act.actor, hall_id, [Role.ADMIN, Role.MANAGER, Role.SUPERVISOR])
    return msgspec.convert(await of(hall_id), HallRulesShown, from_attributes=True)


async def change(act: Act, hall_id: UUID, new: HallRulesIn) -> HallRulesShown:
    """Set all of the hall's settings; they hold from now on and change nothing that was opened.

    The trail keeps what was changed, each beside what it was before (`before_…`).
    """
    require_over_hall(act.actor, hall_id, [Role.ADMIN, Role.MANAGER])
    await halls.hall(hall_id)
    async with act.transaction() as tx:
        await db.fetch("SELECT id FROM halls WHERE id = $1 FOR NO KEY UPDATE", hall_id)
        before = msgspec.structs.asdict(
            msgspec.convert(await of(hall_id), HallRulesShown, from_attributes=True)
        )
        await db.execute(
            "INSERT INTO hall_rating_settings (hall_id, rate_acceptance, rate_issue, uses_points,"
            " invite_after_days, check_percent, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
            " ON CONFLICT (hall_id) DO UPDATE SET rate_acceptance = excluded.rate_acceptance,"
            " rate_issue = excluded.rate_issue, uses_points = excluded.uses_points,"
            " invite_after_days = excluded.invite_after_days,"
            " check_percent = excluded.check_percent, updated_at = excluded.updated_at",
            hall_id,
            new.rate_acceptance,
            new.rate_issue,
            new.uses_points,
            new.invite_after_days,
            new.check_percent,
            act.at,
        )
        tx.audit(
            "ratings.settings_changed",
            f"hall:{hall_id}",
            hall_id=hall_id,
            **_changed(before, msgspec.structs.asdict(new)),
        )
    return msgspec.convert(await of(hall_id), HallRulesShown, from_attributes=True)


def _changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The settings that differ, each with what it was before."""
    differing = [name for name in after if after[name] != before[name]]
    return {name: after[name] for name in differing} | {
        f"before_{name}": before[name] for name in differing
    }
