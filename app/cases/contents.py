"""What an applicant hands in: the answers to the form, and photos for the material list."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from app.cases.models import Case
from app.cases.schemas import Supplied
from app.catalog import service as catalog
from app.catalog.guide import Guide
from app.core import db
from app.core.acts import Act
from app.core.auth import Citizen
from app.core.privacy import Personal
from app.materials import service as materials

Photos = Mapping[str, Sequence[UUID]]
"""Photos by the line of the material list that they are for."""


async def offered_of(case: Case) -> catalog.Offered:
    """What applies to a case: its version of the item, in the situation that it was filed in."""
    return catalog.narrowed(await catalog.version(case.version_id), case.answers)


async def guide_of(case: Case) -> Guide:
    """The guide of a case, in the situation that it was filed in: what everybody works with."""
    return (await offered_of(case)).guide


def sealed(form: dict[str, object]) -> Personal:
    """The answers as they are stored: one sealed text."""
    return Personal(msgspec.json.encode(form).decode(), "form")


def by_requirement(supplied: Sequence[Supplied]) -> dict[str, list[UUID]]:
    """The photos by the line of the material list that they are for, each once, in order."""
    found: dict[str, list[UUID]] = {}
    for entry in supplied:
        for material_id in entry.material_ids:
            if material_id not in found.setdefault(entry.requirement, []):
                found[entry.requirement].append(material_id)
    return found


def counts(supplied: Photos) -> dict[str, int]:
    """How many photos there are for each line."""
    return {code: len(ids) for code, ids in supplied.items()}


async def claim(
    act: Act, applicant_id: UUID, hall_id: UUID, supplied: Photos, guide: Guide
) -> None:
    """Make sure that the photos are there for good, whose they are, and which hall's now.

    They are of whoever sends the application: a helper's or an operator's own too. What a clerk
    takes at the window is the applicant's.

    Raises:
        NotFound: one is not theirs.
        MaterialRefused: one is a PDF where the guide wants a photo, or the other way round.
    """
    ids = sorted({material_id for listed in supplied.values() for material_id in listed})
    if ids:
        owner_id = act.actor.id if isinstance(act.actor, Citizen) else applicant_id
        facts = await materials.claim(act, owner_id, ids)
        formats = {code: {facts[one].format for one in listed} for code, listed in supplied.items()}
        catalog.check_formats(guide, formats)
        await materials.in_hall(act, hall_id, ids)


async def attach(
    act: Act, case: Case, supplied: Photos, guide: Guide, *, owner_id: UUID | None = None
) -> None:
    """Make the photos part of the case. Raises NotFound, MaterialRefused as `claim` does.

    Args:
        owner_id: whose the photos are that a clerk took at the window; else the applicant's.
    """
    await claim(act, owner_id or case.applicant_id, case.hall_id, supplied, guide)
    pairs = [(code, material_id) for code, listed in supplied.items() for material_id in listed]
    if not pairs:
        return
    await db.execute(
        "INSERT INTO case_materials (id, case_id, requirement, material_id, added_at)"
        " SELECT id, $1, requirement, material_id, $2"
        " FROM unnest($3::uuid[], $4::text[], $5::uuid[]) AS m(id, requirement, material_id)",
        case.id,
        act.at,
        [db.new_id() for _ in pairs],
        [code for code, _ in pairs],
        [material_id for _, material_id in pairs],
    )


async def end_links(act: Act, case: Case) -> None:
    """What was shown of a case that is revoked or terminated opens under no link made before."""
    rows = await db.fetch(
        "SELECT DISTINCT material_id AS id FROM case_materials WHERE case_id = $1", case.id
    )
    await materials.revoke_links(act, [row["id"] for row in rows])
