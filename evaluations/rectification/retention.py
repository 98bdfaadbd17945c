"""What a bad rating that is being dealt with needs of the case that it is about."""

from collections.abc import Collection

from app.core import db


async def still_needed(subjects: Collection[str]) -> set[str]:
    """Those of these cases ("case:…") with a rectification that is open, an appeal among them."""
    rows = await db.fetch(
        "SELECT DISTINCT o.subject FROM (SELECT split_part(s.subject, ':', 1) || ':'"
        "  || split_part(s.subject, ':', 2) AS subject FROM rectifications f"
        "  JOIN ratings r ON r.id = f.rating_id JOIN services s ON s.id = r.service_id"
        "  WHERE f.state <> 'closed') o WHERE o.subject = ANY($1::text[])",
        sorted(subjects),
    )
    return {row["subject"] for row in rows}
