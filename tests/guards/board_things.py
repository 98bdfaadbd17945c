"""Pages of the console about deadlines, publication and what needs somebody, with an id."""

from typing import Any

from tests.cases.builders import World

_API = "/api/v1"
NOTE = {"note": "情况属实。"}
WHY = {"reason": "材料齐全仍没有进展。"}
Ids = dict[str, object]


async def _case(world: World) -> Ids:
    return {"case_id": (await world.accepted()).id}


STAFFS: dict[str, tuple[Any, ...]] = {
    "GET /console/cases/<case_id>/supervise": (_case, "supervisor"),
    "POST /console/cases/<case_id>/supervise": (_case, "supervisor", WHY),
}
SAME_AS: dict[str, tuple[str, Any]] = {
    "GET /console/supervision/<entry_id>": (f"GET {_API}/supervision/entries/<entry_id>", None),
    **{
        f"POST /console/supervision/<entry_id>/{act}": (
            f"POST {_API}/supervision/entries/<entry_id>/{act}",
            NOTE,
        )
        for act in ("accept", "return")
    },
    "GET /console/publications/<proposal_id>": (
        f"GET {_API}/scores/publications/<proposal_id>",
        None,
    ),
    "POST /console/publications/<proposal_id>/answer": (
        f"POST {_API}/scores/publications/<proposal_id>/answer",
        None,
    ),
    **{
        f"POST /console/held/<check_id>/{act}": (
            f"POST {_API}/moderation/held/<check_id>/{act}",
            None,
        )
        for act in ("release", "keep-out")
    },
    **{
        f"POST /console/letters/<letter_id>/{act}": (
            f"POST {_API}/desk/notices/letters/<letter_id>/{act}",
            None,
        )
        for act in ("replay", "discard")
    },
}
"""Pages, and the endpoint whose thing, owner and body (unless another is given) are theirs."""
