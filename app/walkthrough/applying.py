"""Filling in an application as its guide tells it, whoever files it and wherever."""

from collections.abc import Awaitable, Callable
from typing import Any

from app.demo.applications import Application
from app.demo.drawings import drawn
from app.walkthrough.cast import Client

Upload = Callable[[str, bytes], Awaitable[Any]]


async def item_of(client: Client, hall: str, name: str) -> dict[str, Any]:
    """The published item of this name, with its guide."""
    rows = (await client.get("/api/v1/items", hall_id=hall, q=name))["items"]
    found = next(row for row in rows if row["name"] == name)
    shown: dict[str, Any] = await client.get(f"/api/v1/items/{found['id']}")
    return shown


async def filled_in(
    client: Client,
    hall: str,
    wanted: Application,
    upload: Upload,
    *,
    reused: dict[str, str] | None = None,
    delivery: str = "electronic",
) -> dict[str, Any]:
    """The body of an application: a photo for each material that is asked for in this situation.

    What can be deferred is, what can be pledged is.

    Args:
        reused: holdings to use again, by the line of the material list.
    """
    item = await item_of(client, hall, wanted.item)
    path = f"/api/v1/items/{item['id']}/situation"
    told = (await client.post(path, {"answers": wanted.answers}))["told"]
    lines = [
        line
        for line in told["materials"]
        if line["required"] and not line["waived"] and line["code"] not in (reused or {})
    ]
    pledged = [line["code"] for line in lines if line["pledge"]]
    deferred = [line["code"] for line in lines if line["deferrable"] and not line["pledge"]]
    photos = [
        {"requirement": code, "material_ids": [(await upload(f"{code}.jpg", drawn(code)))["id"]]}
        for line in lines
        if (code := line["code"]) not in (*pledged, *deferred)
    ]
    return {
        "item_id": item["id"],
        "version_id": item["version_id"],
        "answers": wanted.answers,
        "form": wanted.form,
        "materials": photos,
        "deferred": deferred,
        "deferral_pledge": bool(deferred),
        "pledged": pledged,
        "pledge_agreed": bool(pledged),
        "reuse": [{"requirement": k, "holding_id": v} for k, v in (reused or {}).items()],
        "reuse_consent": bool(reused),
        "delivery": {"way": delivery},
    }
