"""What supervision needs of a case."""

from collections.abc import Collection

from app.core import db


async def still_needed(subjects: Collection[str]) -> set[str]:
    """Those of these cases ("case:…") about which an entry still waits for somebody."""
    rows = await db.fetch(
        "SELECT DISTINCT 'case:' || case_number AS subject FROM supervision_entries"
        " WHERE state IN ('open', 'answered', 'returned') AND case_number = ANY($1::text[])",
        sorted(subject.removeprefix("case:") for subject in subjects),
    )
    return {row["subject"] for row in rows}
