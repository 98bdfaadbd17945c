"""The console's pages and forms: each shows or does what a route of the API does.

`SAME_AS` names that route for each of them, and what its form sends where that is not the API's
body.
"""

from typing import Any

from tests.cases.builders import World
from tests.evaluations.loop import Loops

Ids = dict[str, object]
_API, _CONSOLE = "/api/v1", "/console"
_LOOP = "rectifications/<rectification_id>"
_TOPIC = "topics/<topic_id>"
SAME_AS: dict[str, tuple[str, Any]] = {
    f"GET {_CONSOLE}/ratings/<rating_id>": (f"GET {_API}/scores/ratings/<rating_id>", None),
    f"GET {_CONSOLE}/cases/<case_id>": (f"GET {_API}/desk/cases/<case_id>", None),
    f"GET {_CONSOLE}/{_LOOP}": (f"GET {_API}/{_LOOP}", None),
    f"POST {_CONSOLE}/{_LOOP}/rater": (f"GET {_API}/{_LOOP}/rater", None),
    **{
        f"POST {_CONSOLE}/{_LOOP}/{act}": (f"POST {_API}/{_LOOP}/{act}", None)
        for act in (
            "contact",
            "verify",
            "rule",
            "appeal",
            "review",
            "complex",
            "rectify",
            "answer",
            "revisit",
        )
    },
    f"GET {_CONSOLE}/{_TOPIC}": (f"GET {_API}/improvement-topics/<topic_id>", None),
    f"POST {_CONSOLE}/{_TOPIC}/measures": (
        f"POST {_API}/improvement-topics/<topic_id>/measures",
        None,
    ),
    f"POST {_CONSOLE}/{_TOPIC}/close": (f"POST {_API}/improvement-topics/<topic_id>/close", None),
}


def _loops(world: World) -> Loops:
    return Loops(world.house, world.client, world.place, world.act_as)


async def _rating(world: World) -> Ids:
    return {"rating_id": await _loops(world).rated_case()}


async def _numbered(world: World) -> Ids:
    return {"number": (await world.filed()).number}


async def _to_assign_anew(world: World) -> Ids:
    await world.citizen()
    fire = str(world.place.departments["fire"])
    body = {"department_id": fire, "reason": "属于消防事项。"}
    return {"rectification_id": await _loops(world).named(), "body": body}


async def _topic(world: World) -> Ids:
    return {"topic_id": await _loops(world).topic()}


async def _topic_to_own(world: World) -> Ids:
    ids = await _topic(world)
    return ids | {"body": {"staff_id": str(world.place.staff["reviewer"])}}


STAFFS: dict[str, tuple[Any, ...]] = {
    f"GET {_API}/scores/ratings/<rating_id>": (_rating, "manager"),
    f"GET {_CONSOLE}/cases/of/<number>": (_numbered, "manager"),
    f"POST {_CONSOLE}/{_LOOP}/assign": (_to_assign_anew, "supervisor"),
    f"POST {_CONSOLE}/{_TOPIC}/mine": (_topic, "reviewer"),
    f"POST {_CONSOLE}/{_TOPIC}/owner": (_topic_to_own, "supervisor"),
}
"""What no route of the API does to the same thing, or only with a body that must be made."""
