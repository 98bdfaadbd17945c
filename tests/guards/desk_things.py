"""The desk's pages and forms: each does what a route of the API does, to the same things.

`SAME_AS` names that route for each of them, and what its form sends where that is not the API's
body.
"""

from typing import Any

_API, _DESK = "/api/v1/desk", "/desk"
_CASE = "cases/<case_id>"
AMOUNT = {"amount": "1,200.50", "calculation": "面积 × 单价"}
BACK = {"amount": "1", "reason": "多缴。", "voucher_number": "TF-2"}
SAME_AS: dict[str, tuple[str, Any]] = {
    f"GET {_DESK}/{_CASE}": (f"GET {_API}/{_CASE}", None),
    f"POST {_DESK}/{_CASE}/applicant": (f"GET {_API}/{_CASE}/applicant", None),
    **{
        f"POST {_DESK}/{_CASE}/{act}": (f"POST {_API}/{_CASE}/{act}", None)
        for act in (
            "pre-check",
            "accept",
            "not-accept",
            "pauses",
            "extend",
            "terminate",
            "issue",
            "deliver",
            "post",
            "shipment",
        )
    },
    f"POST {_DESK}/{_CASE}/ask-correction": (
        f"POST {_API}/{_CASE}/ask-correction",
        {"points": [{"text": "照片不清楚。"}]},
    ),
    f"POST {_DESK}/pauses/<pause_id>/end": (f"POST {_API}/pauses/<pause_id>/end", None),
    f"POST {_DESK}/tasks/<task_id>/grant": (f"POST {_API}/tasks/<task_id>/grant", None),
    f"POST {_DESK}/tasks/<task_id>/refuse": (f"POST {_API}/tasks/<task_id>/refuse", None),
    f"POST {_DESK}/proposals/<proposal_id>/answer": (
        f"POST {_API}/proposals/<proposal_id>/answer",
        None,
    ),
    f"POST {_DESK}/pledges/<pledge_id>/check": (f"POST {_API}/pledges/<pledge_id>/check", None),
    f"POST {_DESK}/visits/<visit_id>/end": ("POST /api/v1/visits/<visit_id>/end", None),
    f"GET {_DESK}/fees/{_CASE}": (f"GET {_API}/{_CASE}/fees", None),
    f"POST {_DESK}/fees/{_CASE}/open": (f"POST {_API}/{_CASE}/fees", None),
    f"POST {_DESK}/fees/{_CASE}/pay": (f"POST {_API}/{_CASE}/fees/pay", None),
    f"GET {_DESK}/fees/projects/<project_id>": (f"GET {_API}/projects/<project_id>/fees", None),
    f"POST {_DESK}/fees/projects/<project_id>/open": (
        f"POST {_API}/projects/<project_id>/fees",
        None,
    ),
    f"POST {_DESK}/fees/projects/<project_id>/pay": (
        f"POST {_API}/projects/<project_id>/fees/pay",
        None,
    ),
    f"POST {_DESK}/fees/lines/<line_id>/amount": (f"POST {_API}/fees/<line_id>/amount", AMOUNT),
    f"POST {_DESK}/fees/lines/<line_id>/waive": (f"POST {_API}/fees/<line_id>/waive", None),
    f"POST {_DESK}/fees/lines/<line_id>/refund": (f"POST {_API}/fees/<line_id>/refund", BACK),
    f"GET {_DESK}/handovers/{_CASE}": (f"GET {_API}/{_CASE}/results", None),
    f"POST {_DESK}/handovers/{_CASE}": (f"POST {_API}/{_CASE}/hand-over", None),
    f"GET {_DESK}/handovers/projects/<project_id>": (
        f"GET {_API}/projects/<project_id>/results",
        None,
    ),
    f"POST {_DESK}/handovers/projects/<project_id>": (
        f"POST {_API}/projects/<project_id>/hand-over",
        None,
    ),
    f"GET {_DESK}/supervision/<entry_id>": ("GET /api/v1/supervision/entries/<entry_id>", None),
    f"POST {_DESK}/supervision/<entry_id>/answer": (
        "POST /api/v1/supervision/entries/<entry_id>/answer",
        None,
    ),
    f"POST {_DESK}/card-checks/<rating_id>": (
        "POST /api/v1/entered-ratings/<rating_id>/check",
        None,
    ),
    f"GET {_DESK}/registrations/<registration_id>": (
        f"GET {_API}/enterprise-registrations/<registration_id>",
        None,
    ),
    f"POST {_DESK}/registrations/<registration_id>/read": (
        f"GET {_API}/enterprise-registrations/<registration_id>",
        None,
    ),
    f"POST {_DESK}/registrations/<registration_id>/answer": (
        f"POST {_API}/enterprise-registrations/<registration_id>/answer",
        None,
    ),
}


def record_form(body: Any) -> Any:
    """The record of a meeting, as its form sends it."""
    return {
        "attended": {one["department_id"]: "、".join(one["people"]) for one in body["attended"]},
        "items": [
            {
                "conclusion": item["conclusion"],
                "words": {
                    said["department_id"]: {
                        name: value for name, value in said.items() if name != "department_id"
                    }
                    for said in item["words"]
                },
            }
            for item in body["items"]
        ],
    }


def photos_form(body: Any) -> Any:
    """Materials, as a form sends them: each photo's id under a name of its own."""
    return body | {
        "materials": [
            line | {"material_ids": dict(enumerate(line["material_ids"]))}
            for line in body["materials"]
        ]
    }


_MEETING = "meetings/<meeting_id>"
_PROJECT = "projects/<project_id>"
SAME_AS |= {
    f"GET {_DESK}/{_MEETING}": (f"GET {_API}/{_MEETING}", None),
    f"GET {_DESK}/{_MEETING}/hold": (f"POST {_API}/{_MEETING}/hold", None),
    f"POST {_DESK}/{_MEETING}/hold": (f"POST {_API}/{_MEETING}/hold", record_form),
    **{
        f"POST {_DESK}/{_MEETING}/{act}": (f"POST {_API}/{_MEETING}/{act}", None)
        for act in ("reply", "cancel", "minutes", "answer", "close")
    },
    f"GET {_DESK}/{_PROJECT}": (f"GET {_API}/{_PROJECT}", None),
    f"POST {_DESK}/{_PROJECT}/site": (f"GET {_API}/{_PROJECT}/site", None),
    f"POST {_DESK}/{_PROJECT}/move": (f"POST {_API}/{_PROJECT}/cases", None),
    f"POST {_DESK}/{_PROJECT}/detach": (f"POST {_API}/{_PROJECT}/detach", None),
    f"POST {_DESK}/{_PROJECT}/close": (f"POST {_API}/{_PROJECT}/close", None),
    f"POST {_DESK}/{_CASE}/deferred": (f"POST {_API}/{_CASE}/deferred", photos_form),
    f"GET {_DESK}/{_CASE}/project": ("POST /desk/cases/<case_id>/project", None),
}


def as_form(body: Any) -> dict[str, Any]:
    """A body as a form sends it: names with dots for what is nested, repeated ones for lists."""
    found: dict[str, Any] = {"csrf": "-"}  # a form is never quite empty
    _flatten(body or {}, "", found)
    return found


def _flatten(value: Any, name: str, found: dict[str, Any]) -> None:
    if isinstance(value, dict):
        for key, one in value.items():
            _flatten(one, f"{name}.{key}" if name else key, found)
    elif isinstance(value, list | tuple) and any(isinstance(one, dict) for one in value):
        for position, one in enumerate(value):
            _flatten(one, f"{name}.{position}", found)
    elif isinstance(value, bool):
        found[name] = str(value).lower()
    else:
        found[name] = value
