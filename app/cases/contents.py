"""What an applicant hands in: the answers to the form, and photos for the material list."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from app.cases.models import Case, CaseMaterial
from app.cases.schemas import Supplied
from app.core.acts import Act
from app.core.privacy import Personal
from app.materials import service as materials


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


async def attach(act: Act, case: Case, supplied: dict[str, list[UUID]]) -> None:
    """Make the photos part of the case. Raises NotFound if one is not the applicant's."""
    ids = sorted({material_id for listed in supplied.values() for material_id in listed})
    await materials.claim(act, case.applicant_id, ids)
    await CaseMaterial.bulk_create(
        CaseMaterial(
            case_id=case.id, requirement=requirement, material_id=material_id, added_at=act.at
        )
        for requirement, listed in supplied.items()
        for material_id in listed
    )
