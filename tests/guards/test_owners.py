"""A thing that is somebody else's is not there: every route with an id, as the wrong owner.

A new route with an id fails here until it is entered below, with somebody's thing for it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.cases.approvals import service as approvals
from app.cases.approvals.schemas import LinkIn
from app.cases.rules import Step
from app.cases.schemas import LightTurned
from app.catalog import service as catalog
from app.catalog.guide import Requirement
from app.catalog.schemas import VersionIn
from app.citizens.consent_texts import CHILD
from app.core import db
from app.core.auth import Citizen, Role
from app.core.lights import Light
from app.halls import service as halls
from app.halls.schemas import DepartmentIn
from app.moderation import service as moderation
from app.supervision.opening import receive_light
from evaluations.devices import clients
from evaluations.devices import service as devices
from evaluations.devices.schemas import ClientIn, DeviceIn
from evaluations.exchange import queries as exchange_queries
from evaluations.exchange.rules import Kind as Queued
from evaluations.ratings import service as ratings
from evaluations.ratings.schemas import CitizenRating
from evaluations.rectification.rules import State as Waits
from evaluations.scores import publication
from evaluations.scores.publication_schemas import PublicationIn
from tests.agency import agents
from tests.agency import owned as agency
from tests.cases.builders import (
    ADDRESS,
    ID_NUMBER,
    NAME,
    PHONE,
    Filed,
    World,
    content,
    jpeg,
    ok,
)
from tests.evaluations.hub import NODES_RATED, decided_case, drawn_card, visit
from tests.evaluations.loop import CALLED, DONE, HAPPY, TO_INBOX, TRUE, Loops
from tests.guards import (
    account_things,
    board_things,
    console_things,
    desk_things,
    intake_things,
    joint_things,
    work_things,
)
from tests.guards.walk import PUBLIC, http_routes
from tests.places import Place, staff_headers

OPINION = {"opinion": "符合条件。"}
REASON = {"reason": "测试"}
NO = {"reason": "不符合条件。", "basis": "行政许可法第三十八条"}
ASK = {"points": ["照片不清楚。"]}
PAPER = {"title": "许可证", "number": "1"}
PARCEL = {"carrier": "邮政速递", "tracking_number": "EA123456789CN"}
AGREE = {"agree": True}
VISIT = {"kind": "site_visit", "reason": "核查现场。", "basis": "行政许可法第三十四条"}
LONGER = {"days": 3, "reason": "案情复杂。"}
SECOND = {"agree": False, "note": "证据不足。"}
MEASURES = {"measures": "统一告知单。", "until": "2199-12-31"}
SUPERVISED = {
    "answer": {"reason": "排期冲突。", "measures": "增派人员。", "until": "2199-12-31"},
    "judge": {"note": "情况属实。"},
}
BEGIN = {"Tus-Resumable": "1.0.0", "Upload-Length": "10"}
CLAIM = {"claim": "mistaken", "reason": "测试"}
Ids = dict[str, object]


async def _own(made: Filed) -> Ids:
    return {"case_id": made.id}


async def filed(world: World) -> Ids:
    return await _own(await world.filed())


async def in_correction(world: World) -> Ids:
    case = await world.filed()
    ok(await world.do("clerk", f"cases/{case.id}/ask-correction", ASK))
    return await _own(case)


async def granted(world: World) -> Ids:
    return await _own(await world.granted())


async def issued(world: World) -> Ids:
    case = await world.granted()
    ok(await world.do("clerk", f"cases/{case.id}/issue", PAPER))
    return await _own(case)


async def with_photo(world: World) -> Ids:
    citizen, item = await world.citizen(), await world.with_photos()
    photo = await world.photo(citizen)
    supplied = [{"requirement": "premises", "material_ids": [photo]}]
    case = await world.filed(citizen, item, materials=supplied)
    return {"case_id": case.id, "material_id": photo}


async def open_task(world: World) -> Ids:
    return {"task_id": await world.task(await world.accepted())}


async def under_review(world: World) -> Ids:
    return await _own(await world.accepted())


async def a_pause(world: World) -> Ids:
    case = await world.accepted()
    return {"pause_id": ok(await world.do("clerk", f"cases/{case.id}/pauses", VISIT), 201)["id"]}


async def proposal(world: World) -> Ids:
    case = await world.accepted()
    return {"proposal_id": ok(await world.refuse(case), 202)["id"]}


async def posted(world: World) -> Ids:
    by_post = {"way": "post", "address": ADDRESS}
    case = await world.granted(delivery=by_post)
    ok(await world.do("clerk", f"cases/{case.id}/issue", PAPER))
    ok(await world.do("clerk", f"cases/{case.id}/post", PARCEL))
    return await _own(case)


async def to_post(world: World) -> Ids:
    case = await world.granted(delivery={"way": "post", "address": ADDRESS})
    ok(await world.do("clerk", f"cases/{case.id}/issue", PAPER))
    return await _own(case)


async def a_holding(world: World) -> Ids:
    """A photo that was given before, of a case that was accepted."""
    citizen = await world.citizen()
    lasting = Requirement(code="premises", name="经营场所照片", valid_days=365)
    item = await world.item("LASTING", guide={"materials": (lasting,)})
    photo = await world.photo(citizen)
    supplied = [{"requirement": "premises", "material_ids": [photo]}]
    await world.accepted(owner=citizen, item=item, materials=supplied)
    row = await db.fetch_one("SELECT id FROM holdings WHERE owner_id = $1", citizen.id)
    assert row
    return {"holding_id": row["id"], "material_id": photo}


async def a_held_certificate(world: World) -> Ids:
    await issued(world)
    row = await db.fetch_one("SELECT id FROM holdings WHERE source = 'issued'")
    assert row
    return {"holding_id": row["id"]}


async def a_link(world: World) -> Ids:
    system = await a_system(world)
    admin = world.act_as(await world.place.actor(world.act_as(), "admin"))
    given = LinkIn(
        client_id=UUID(str(system["client_id"])), department_id=world.place.departments["market"]
    )
    return {"link_id": (await approvals.link(admin, given)).id}


async def a_held_text(world: World) -> Ids:
    """A rating whose text is held for the supervisor."""
    rating = await a_rating(world)
    subject, hall_id = f"rating:{rating['rating_id']}", world.place.hall_id
    author = (await world.citizen()).id
    await moderation.submit_text(world.act_as(), subject, author, "不好说", hall_id=hall_id)
    return await _held(subject)


async def a_held_photo(world: World) -> Ids:
    """A photo of an application that is held for the supervisor."""
    case = await with_photo(world)
    return await _held(f"material:{case['material_id']}")


async def _held(subject: str) -> Ids:
    rows = await db.fetch(
        "UPDATE content_checks SET state = 'held', why = 'platform', judged_at = created_at"
        " WHERE subject = $1 AND hall_id IS NOT NULL RETURNING id",
        subject,
    )
    return {"check_id": rows[0]["id"]}


async def photo(world: World) -> Ids:
    return {"material_id": await world.photo(await world.citizen())}


async def an_upload(world: World) -> Ids:
    owner = await world.citizen()
    begun = await world.client.post("/api/v1/uploads", headers=owner.headers | BEGIN)
    return _begun(begun)


async def an_upload_at_the_window(world: World) -> Ids:
    who = {"name": NAME, "phone": PHONE, "id_number": ID_NUMBER, "consent": True}
    ticket = ok(await world.do("clerk", "applicants", who))["ticket"]
    headers = await world.staff("clerk") | BEGIN
    path = f"/api/v1/desk/uploads?applicant={ticket}"
    return _begun(await world.client.post(path, headers=headers))


def _begun(answer: httpx.Response) -> Ids:
    override = {"X-HTTP-Method-Override": "PATCH"}
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0"} | override
    headers["Content-Type"] = "application/offset+octet-stream"
    return {"upload_id": answer.headers["Location"].rpartition("/")[2], "headers": headers}


async def message(world: World) -> Ids:
    case = await world.filed()
    row = await db.fetch_one("SELECT id FROM notices WHERE citizen_id = $1", case.owner.id)
    assert row
    return {"notice_id": row["id"]}


async def a_dead_letter(world: World) -> Ids:
    """A message that the platform does not take, as the settings stand."""
    await world.filed()
    (row,) = await db.fetch(
        "UPDATE notices SET wechat_state = 'dead', wechat_at = created_at RETURNING id"
    )
    await db.execute("UPDATE outbox SET state = 'dead' WHERE topic = 'notices.wechat'")
    return {"letter_id": row["id"]}


async def a_child(world: World) -> Ids:
    owner = await world.citizen()
    child = {
        "name": "欧阳小月",
        "id_number": agents.id_number(1, "20200101"),
        "relation": "parent",
        "consent": True,
        "consent_version": CHILD.version,
    }
    path = "/api/v1/citizens/me/children"
    made = await world.client.post(path, json=child, headers=owner.headers)
    return {"child_id": ok(made, 201)["id"]}


async def a_session(world: World) -> Ids:
    owner = await world.citizen()
    path = "/api/v1/citizens/me/sessions"
    listed = ok(await world.client.get(path, headers=owner.headers))
    return {"session_id": next(one["id"] for one in listed if one["here"])}


async def a_visit(world: World) -> Ids:
    made = await visit(world.act_as, world.place, about="咨询")
    return {"visit_id": made.id}


async def a_device(world: World) -> Ids:
    made = await devices.add(world.act_as(), DeviceIn(hall_id=world.place.hall_id, name="评价器"))
    return {"device_id": made.device.id}


async def a_push(world: World) -> Ids:
    act = world.act_as()
    async with act.transaction():
        service = await decided_case(act, world.place, "511602202610210000017")
    await exchange_queries.queue_new(Queued.RECORD, act.at, most=1)
    return {"push_id": service}


def _loops(world: World) -> Loops:
    return Loops(world.house, world.client, world.place, world.act_as)


def bad_rating(state: Waits) -> Callable[[World], Awaitable[Ids]]:
    """A rectification that waits for this."""

    async def make(world: World) -> Ids:
        await world.citizen()
        return {"rectification_id": await _loops(world).brought_to(state)}

    return make


async def a_topic(world: World) -> Ids:
    return {"topic_id": await _loops(world).topic()}


async def a_topic_with_measures(world: World) -> Ids:
    topic = await a_topic(world)
    path = f"/api/v1/improvement-topics/{topic['topic_id']}/measures"
    assert (await _loops(world).post("reviewer", path, MEASURES)).status_code == 200
    return topic


async def a_system(world: World) -> Ids:
    made = await clients.add(world.act_as(), ClientIn(hall_id=world.place.hall_id, name="叫号系统"))
    return {"client_id": made.client.id}


async def a_drawn_card(world: World) -> Ids:
    return {"rating_id": await drawn_card(world.act_as, world.place, world.house)}


async def a_rating(world: World) -> Ids:
    owner = await world.citizen()
    act = world.act_as(Citizen(owner.id, owner.id))
    number = "511602202610210000025"
    async with world.act_as().transaction():
        await decided_case(world.act_as(), world.place, number, owner.id)
    rating, _ = await ratings.rate(act, CitizenRating(level=5, case_number=number))
    return {"rating_id": rating.id}


async def a_publication(world: World) -> Ids:
    manager = world.act_as(await world.place.actor(world.act_as(), "manager"))
    new = PublicationIn(hall_id=world.place.hall_id, month="2024-01")
    return {"proposal_id": (await publication.propose(manager, new)).id}


async def published(world: World) -> Ids:
    item = await world.item()
    return {"item_id": item.id, "version_id": item.version_id}


async def draft(world: World) -> Ids:
    item = await world.item()
    new = VersionIn(content=content(promised_days=4), publish=False)
    made = await catalog.add_version(world.act_as(), item.id, new)
    return {"version_id": made.id}


async def with_receipt(world: World) -> Ids:
    made = await world.accepted()
    return {"case_id": made.id, "file": f"{made.number}-01.pdf"}


async def synonym(world: World) -> Ids:
    act, hall_id = world.act_as(), world.place.hall_id
    made = db.new_id()
    await db.execute(
        "INSERT INTO search_synonyms (id, hall_id, phrase, terms, changed_at)"
        " VALUES ($1, $2, '挖井', '{取水}', $3)",
        made,
        hall_id,
        act.at,
    )
    return {"hall_id": hall_id, "synonym_id": made}


async def compared(world: World) -> Ids:
    return await published(world) | {"query": "?from=1&to=1"}


async def hall(world: World) -> Ids:
    return {"hall_id": world.place.hall_id}


async def window(world: World) -> Ids:
    return {"window_id": world.place.windows["01"]}


async def photographed(world: World) -> Ids:
    staff_id = world.place.staff["clerk"]
    admin = await staff_headers(world.act_as(), world.place, "admin")
    sent = await world.client.post(
        f"/api/v1/staff/{staff_id}/photo",
        content=jpeg(),
        headers=admin | {"Content-Type": "image/jpeg"},
    )
    assert sent.status_code == 200, sent.text
    return {"staff_id": staff_id}


async def colleague(world: World) -> Ids:
    return {"staff_id": world.place.staff["clerk2"]}


async def an_entry(world: World) -> Ids:
    """A supervision entry that the hall's clerks must answer."""
    case = await world.accepted()
    turned = LightTurned(
        case_id=UUID(case.id),
        case_number=case.number,
        hall_id=world.place.hall_id,
        department_id=None,
        step=Step.CASE,
        light=Light.RED,
        due=date(2026, 3, 2),
    )
    await receive_light(world.act_as(), turned, case.number)
    [row] = await db.fetch("SELECT id FROM supervision_entries WHERE case_id = $1", case.id)
    return {"entry_id": row["id"]}


async def an_answered_entry(world: World) -> Ids:
    ids = await an_entry(world)
    path = f"/api/v1/supervision/entries/{ids['entry_id']}/answer"
    clerk = await world.staff("clerk")
    ok(await world.client.post(path, json=SUPERVISED["answer"], headers=clerk))
    return ids


@dataclass(frozen=True)
class Owned:
    """Somebody's thing, who may ask for it so, and the body with which it works for them."""

    thing: Callable[[World], Awaitable[Ids]]
    owner: str
    body: Any = None


NEW_VERSION = {"content": {"name": "新名称", "kind": 1}}
NEW_STAFF = {"number": "88", "name": "新员工", "login": "newcomer", "password": "long-enough-1"}
CITIZENS: dict[str, Owned] = {
    "GET /api/v1/cases/<case_id>": Owned(filed, "citizen"),
    "GET /api/v1/cases/<case_id>/receipts/<file>": Owned(with_receipt, "citizen"),
    "POST /api/v1/cases/<case_id>/supplement": Owned(
        in_correction, "citizen", {"form": {"shop": "新字号"}}
    ),
    "POST /api/v1/cases/<case_id>/withdraw": Owned(filed, "citizen"),
    "GET /api/v1/cases/<case_id>/certificate.pdf": Owned(issued, "citizen"),
    "GET /api/v1/holdings/<holding_id>": Owned(a_holding, "citizen"),
    "DELETE /api/v1/holdings/<holding_id>": Owned(a_holding, "citizen"),
    "GET /api/v1/holdings/<holding_id>/pictures/<material_id>/<size>": Owned(a_holding, "citizen"),
    "GET /api/v1/holdings/<holding_id>/certificate.pdf": Owned(a_held_certificate, "citizen"),
    "POST /api/v1/cases/<case_id>/deferred": Owned(intake_things.owing, "citizen"),
    "GET /api/v1/drafts/<item_id>": Owned(intake_things.a_draft, "citizen"),
    "DELETE /api/v1/drafts/<item_id>": Owned(intake_things.a_draft, "citizen"),
    "GET /api/v1/materials/<material_id>": Owned(photo, "citizen"),
    "GET /api/v1/materials/<material_id>/display": Owned(photo, "citizen"),
    "GET /api/v1/materials/<material_id>/thumbnail": Owned(photo, "citizen"),
    "DELETE /api/v1/materials/<material_id>": Owned(photo, "citizen"),
    "POST /api/v1/materials/<material_id>/links": Owned(photo, "citizen", {}),
    "GET /api/v1/uploads/<upload_id>": Owned(an_upload, "citizen"),
    "PATCH /api/v1/uploads/<upload_id>": Owned(an_upload, "citizen", b"x"),
    "POST /api/v1/uploads/<upload_id>": Owned(an_upload, "citizen", b"x"),
    "DELETE /api/v1/uploads/<upload_id>": Owned(an_upload, "citizen", b"x"),
    "POST /api/v1/notices/<notice_id>/read": Owned(message, "citizen"),
    "POST /api/v1/ratings/<rating_id>/supplement": Owned(
        a_rating, "citizen", {"comment": "后来问题解决了。"}
    ),
    "GET /api/v1/cases/<case_id>/materials/<material_id>/<size>": Owned(with_photo, "citizen"),
    "GET /api/v1/enterprises/<enterprise_id>/people": Owned(agency.enterprise, "citizen"),
    "GET /api/v1/enterprises/<enterprise_id>/invitations": Owned(agency.enterprise, "citizen"),
    "GET /api/v1/enterprises/<enterprise_id>/acts": Owned(agency.enterprise, "citizen"),
    "POST /api/v1/enterprises/<enterprise_id>/invitations": Owned(
        agency.enterprise, "citizen", {"phone": "13700000000", "role": "viewer"}
    ),
    "DELETE /api/v1/enterprises/<enterprise_id>/invitations/<invitation_id>": Owned(
        agency.open_invitation, "citizen"
    ),
    "PUT /api/v1/enterprises/<enterprise_id>/people/<person_id>": Owned(
        agency.colleague, "citizen", {"role": "viewer"}
    ),
    "DELETE /api/v1/enterprises/<enterprise_id>/people/<person_id>": Owned(
        agency.colleague, "citizen"
    ),
    "POST /api/v1/enterprises/invitations/<invitation_id>/accept": Owned(
        agency.invitation, "citizen"
    ),
    "POST /api/v1/enterprises/invitations/<invitation_id>/decline": Owned(
        agency.invitation, "citizen"
    ),
    "DELETE /api/v1/citizens/me/children/<child_id>": Owned(a_child, "citizen"),
    "DELETE /api/v1/citizens/me/sessions/<session_id>": Owned(a_session, "citizen"),
    "GET /api/v1/assistance/<consent_id>/acts": Owned(agency.given, "citizen"),
    "POST /api/v1/assistance/<consent_id>/revoke": Owned(agency.given, "citizen", {}),
    "POST /api/v1/assistance/<consent_id>/accept": Owned(agency.offer, "citizen"),
    "POST /api/v1/assistance/<consent_id>/decline": Owned(agency.offer, "citizen"),
    "POST /api/v1/assistance/<consent_id>/give-back": Owned(agency.accepted, "citizen", {}),
}
"""Things of citizens: another citizen gets 404, as for what is not there."""
ABOUT_ONESELF = {"GET /api/v1/items/<item_id>/reusable", "PUT /api/v1/drafts/<item_id>"}
"""The id is of something public; whose things are shown is never anybody's but the caller's."""
STAFFS: dict[str, Owned] = {
    "GET /api/v1/uploads/<upload_id>": Owned(an_upload_at_the_window, "clerk"),
    "PATCH /api/v1/uploads/<upload_id>": Owned(an_upload_at_the_window, "clerk", b"x"),
    "POST /api/v1/uploads/<upload_id>": Owned(an_upload_at_the_window, "clerk", b"x"),
    "DELETE /api/v1/uploads/<upload_id>": Owned(an_upload_at_the_window, "clerk", b"x"),
    "GET /api/v1/desk/cases/<case_id>": Owned(filed, "manager"),
    "GET /api/v1/desk/cases/<case_id>/applicant": Owned(filed, "clerk"),
    "GET /api/v1/desk/cases/<case_id>/work": Owned(filed, "manager"),
    "GET /api/v1/desk/cases/<case_id>/receipts/<file>": Owned(with_receipt, "clerk"),
    "GET /api/v1/desk/cases/<case_id>/materials/<material_id>/<size>": Owned(with_photo, "clerk"),
    "POST /api/v1/desk/cases/<case_id>/accept": Owned(filed, "clerk"),
    "POST /api/v1/desk/cases/<case_id>/deferred": Owned(
        intake_things.brought_to_the_window, "clerk"
    ),
    "GET /desk/ratings/visits/<visit_id>": Owned(a_visit, "clerk2"),
    "POST /api/v1/desk/cases/<case_id>/pre-check": Owned(intake_things.to_pre_check, "clerk"),
    "POST /api/v1/desk/pledges/<pledge_id>/check": Owned(
        intake_things.to_check, "reviewer", intake_things.KEPT
    ),
    "POST /api/v1/desk/cases/<case_id>/ask-correction": Owned(filed, "clerk", ASK),
    "POST /api/v1/desk/cases/<case_id>/not-accept": Owned(filed, "clerk", NO),
    "POST /api/v1/desk/cases/<case_id>/issue": Owned(granted, "clerk", PAPER),
    "POST /api/v1/desk/cases/<case_id>/deliver": Owned(issued, "clerk", {}),
    "POST /api/v1/desk/cases/<case_id>/post": Owned(to_post, "clerk", PARCEL),
    "POST /api/v1/desk/cases/<case_id>/shipment": Owned(posted, "clerk", {"state": "arrived"}),
    "GET /api/v1/desk/cases/<case_id>/certificate.pdf": Owned(issued, "clerk"),
    "DELETE /api/v1/approvals/links/<link_id>": Owned(a_link, "admin"),
    "POST /api/v1/desk/tasks/<task_id>/grant": Owned(open_task, "reviewer", OPINION),
    "POST /api/v1/desk/tasks/<task_id>/refuse": Owned(open_task, "reviewer", NO),
    "POST /api/v1/desk/proposals/<proposal_id>/answer": Owned(proposal, "supervisor", AGREE),
    "POST /api/v1/desk/cases/<case_id>/pauses": Owned(under_review, "clerk", VISIT),
    "POST /api/v1/desk/pauses/<pause_id>/end": Owned(a_pause, "clerk"),
    "POST /api/v1/desk/cases/<case_id>/extend": Owned(under_review, "clerk", LONGER),
    "POST /api/v1/desk/cases/<case_id>/terminate": Owned(under_review, "clerk", NO),
    "GET /api/v1/scores/publications/<proposal_id>": Owned(a_publication, "manager"),
    "POST /api/v1/scores/publications/<proposal_id>/answer": Owned(
        a_publication, "supervisor", AGREE
    ),
    "POST /api/v1/desk/notices/letters/<letter_id>/replay": Owned(a_dead_letter, "admin", {}),
    "POST /api/v1/desk/notices/letters/<letter_id>/discard": Owned(
        a_dead_letter, "supervisor", REASON
    ),
    "GET /api/v1/visits/<visit_id>": Owned(a_visit, "clerk"),
    "POST /api/v1/visits/<visit_id>/end": Owned(a_visit, "clerk"),
    "GET /api/v1/visits/<visit_id>/code": Owned(a_visit, "clerk"),
    "GET /api/v1/windows/<window_id>/rating-code": Owned(window, "clerk"),
    "GET /api/v1/halls/<hall_id>/rating-settings": Owned(hall, "manager"),
    "PUT /api/v1/halls/<hall_id>/rating-settings": Owned(hall, "manager", NODES_RATED),
    "POST /api/v1/clients/<client_id>/revoke": Owned(a_system, "admin", REASON),
    "POST /api/v1/entered-ratings/<rating_id>/check": Owned(
        a_drawn_card, "supervisor", {"agrees": True}
    ),
    "POST /api/v1/devices/<device_id>/code": Owned(a_device, "admin"),
    "POST /api/v1/exchange/<push_id>/resend": Owned(a_push, "manager"),
    "POST /api/v1/devices/<device_id>/revoke": Owned(a_device, "admin", REASON),
    "GET /api/v1/rectifications/<rectification_id>": Owned(bad_rating(Waits.TO_RULE), "manager"),
    "GET /api/v1/rectifications/<rectification_id>/rater": Owned(
        bad_rating(Waits.TO_CONTACT), "reviewer"
    ),
    "POST /api/v1/rectifications/<rectification_id>/assign": Owned(
        bad_rating(Waits.TO_VERIFY), "supervisor", {"reason": "测试"}
    ),
    "POST /api/v1/rectifications/<rectification_id>/contact": Owned(
        bad_rating(Waits.TO_CONTACT), "reviewer", CALLED
    ),
    "POST /api/v1/rectifications/<rectification_id>/verify": Owned(
        bad_rating(Waits.TO_VERIFY), "reviewer", TRUE
    ),
    "POST /api/v1/rectifications/<rectification_id>/rule": Owned(
        bad_rating(Waits.TO_RULE), "supervisor", SECOND
    ),
    "POST /api/v1/rectifications/<rectification_id>/appeal": Owned(
        bad_rating(Waits.TO_CONTACT), "reviewer", CLAIM
    ),
    "POST /api/v1/rectifications/<rectification_id>/review": Owned(
        bad_rating(Waits.APPEALED), "supervisor", SECOND
    ),
    "POST /api/v1/rectifications/<rectification_id>/complex": Owned(
        bad_rating(Waits.TO_CONTACT), "supervisor", REASON
    ),
    "POST /api/v1/rectifications/<rectification_id>/rectify": Owned(
        bad_rating(Waits.TO_RECTIFY), "reviewer", DONE
    ),
    "POST /api/v1/rectifications/<rectification_id>/answer": Owned(
        bad_rating(Waits.TO_ANSWER), "reviewer", TO_INBOX
    ),
    "POST /api/v1/rectifications/<rectification_id>/revisit": Owned(
        bad_rating(Waits.TO_REVISIT), "supervisor", HAPPY
    ),
    "GET /api/v1/supervision/entries/<entry_id>": Owned(an_entry, "manager"),
    "POST /api/v1/supervision/entries/<entry_id>/answer": Owned(
        an_entry, "clerk", SUPERVISED["answer"]
    ),
    "POST /api/v1/supervision/entries/<entry_id>/accept": Owned(
        an_answered_entry, "supervisor", SUPERVISED["judge"]
    ),
    "POST /api/v1/supervision/entries/<entry_id>/return": Owned(
        an_answered_entry, "supervisor", SUPERVISED["judge"]
    ),
    "GET /api/v1/improvement-topics/<topic_id>": Owned(a_topic, "manager"),
    "POST /api/v1/improvement-topics/<topic_id>/owner": Owned(a_topic, "supervisor", {}),
    "POST /api/v1/improvement-topics/<topic_id>/measures": Owned(a_topic, "reviewer", MEASURES),
    "POST /api/v1/improvement-topics/<topic_id>/close": Owned(
        a_topic_with_measures, "supervisor", {"note": "没有再收到。"}
    ),
    "GET /api/v1/items/<item_id>/versions": Owned(published, "clerk"),
    "GET /api/v1/items/<item_id>/versions/compare": Owned(compared, "clerk"),
    "POST /api/v1/items/<item_id>/versions": Owned(published, "admin", NEW_VERSION),
    "POST /api/v1/items/<item_id>/withdraw": Owned(published, "admin", REASON),
    "GET /api/v1/item-versions/<version_id>": Owned(draft, "clerk"),
    "POST /api/v1/item-versions/<version_id>/publish": Owned(draft, "admin"),
    "GET /api/v1/halls/<hall_id>/staff": Owned(hall, "admin"),
    "POST /api/v1/halls/<hall_id>/staff": Owned(hall, "admin", NEW_STAFF),
    "POST /api/v1/halls/<hall_id>/samples": Owned(hall, "admin", jpeg()),
    "GET /api/v1/halls/<hall_id>/synonyms": Owned(hall, "clerk"),
    "PUT /api/v1/halls/<hall_id>/synonyms": Owned(
        hall, "admin", {"phrase": "挖井", "terms": ["取水"]}
    ),
    "DELETE /api/v1/halls/<hall_id>/synonyms/<synonym_id>": Owned(synonym, "admin"),
    "POST /api/v1/halls/<hall_id>/days": Owned(
        hall, "manager", {"day": "2026-03-02", "open": False, "reason": "停电"}
    ),
    "POST /api/v1/halls/<hall_id>/departments": Owned(hall, "admin", {"name": "档案局"}),
    "POST /api/v1/halls/<hall_id>/windows": Owned(hall, "admin", {"number": "9", "name": "新窗口"}),
    "POST /api/v1/windows/<window_id>/duty": Owned(window, "clerk"),
    "PUT /api/v1/staff/<staff_id>/roles": Owned(colleague, "admin", []),
    "POST /api/v1/staff/<staff_id>/deactivate": Owned(colleague, "admin", REASON),
    "POST /api/v1/staff/<staff_id>/photo": Owned(colleague, "admin", jpeg()),
    "GET /api/v1/staff/<staff_id>/photo": Owned(photographed, "clerk2"),
    "DELETE /api/v1/staff/<staff_id>/photo": Owned(photographed, "admin"),
    "GET /api/v1/desk/enterprise-registrations/<registration_id>": Owned(
        agency.registration, "clerk"
    ),
    "POST /api/v1/desk/enterprise-registrations/<registration_id>/answer": Owned(
        agency.registration, "clerk", {"confirm": True}
    ),
    "GET /api/v1/moderation/held/<check_id>/picture": Owned(a_held_photo, "supervisor"),
    "POST /api/v1/moderation/held/<check_id>/release": Owned(a_held_text, "supervisor", REASON),
    "POST /api/v1/moderation/held/<check_id>/keep-out": Owned(a_held_text, "supervisor", REASON),
    "GET /api/v1/desk/assistance/<consent_id>": Owned(agency.given, "clerk2"),
    "GET /api/v1/desk/assistance/<consent_id>/acts": Owned(agency.given, "clerk2"),
    "POST /api/v1/desk/assistance/<consent_id>/revoke": Owned(
        agency.given, "clerk", {"why": "本人要求"}
    ),
    "POST /api/v1/desk/assistance/<consent_id>/give-back": Owned(agency.given, "clerk2", {}),
    "GET /api/v1/desk/assisted/<case_id>": Owned(agency.assisted, "clerk2"),
    "POST /api/v1/desk/assisted/<case_id>/supplement": Owned(
        agency.assisted, "clerk2", agency.NEW_FORM
    ),
    "GET /api/v1/desk/assisted/<case_id>/materials/<material_id>/<size>": Owned(
        agency.assisted_photo, "clerk2"
    ),
}
"""Things of a hall: whoever holds every role in another hall gets 403 or 404."""

CITIZENS |= {key: Owned(*found) for key, found in joint_things.CITIZENS.items()}
STAFFS |= {key: Owned(*found) for key, found in joint_things.STAFFS.items()}
STAFFS |= {key: Owned(*found) for key, found in account_things.STAFFS.items()}
STAFFS |= {key: Owned(*found) for key, found in console_things.STAFFS.items()}
STAFFS |= {key: Owned(*found) for key, found in board_things.STAFFS.items()}
STAFFS |= {key: Owned(*found) for key, found in work_things.STAFFS.items()}


def _as_page(owned: Owned, body: Any) -> Owned:
    """The same thing for a page, whose form sends another body."""
    if body is None:
        return owned

    async def make(world: World) -> Ids:
        ids = await owned.thing(world)
        return {**ids, "body": body(ids["body"]) if callable(body) else body}

    return Owned(make, owned.owner)


STAFFS |= {
    page: _as_page(STAFFS[same], body)
    for page, (same, body) in (
        desk_things.SAME_AS | console_things.SAME_AS | board_things.SAME_AS
    ).items()
}


async def test_every_route_with_an_id_is_tried_as_the_wrong_owner(
    client: httpx.AsyncClient,
) -> None:
    kinds = ("citizen", "staff", "device", "client")
    by_kind: dict[str, set[str]] = {kind: set() for kind in kinds}
    for route in http_routes():
        if "<" in route.template and route.key not in PUBLIC:
            for kind in route.declared.guard.kinds:
                by_kind[kind].add(route.key)
    assert by_kind == {
        "citizen": set(CITIZENS) | ABOUT_ONESELF,
        "staff": set(STAFFS),
        "device": set(),
        "client": set(),
    }


async def _send(world: World, key: str, owned: Owned, ids: Ids, headers: dict[str, str]) -> Any:
    route = next(found for found in http_routes() if found.key == key)
    body: Any = ids.get("body", owned.body)
    if key == "POST /api/v1/halls/<hall_id>/staff":
        body = body | {"roles": [{"role": "clerk", "hall_id": str(world.place.hall_id)}]}
    if key == "POST /api/v1/rectifications/<rectification_id>/assign":
        body = body | {"department_id": str(world.place.departments["fire"])}
    if key == "POST /api/v1/improvement-topics/<topic_id>/owner":
        body = {"staff_id": str(world.place.staff["reviewer"])}
    path = route.path(**ids) + str(ids.get("query", ""))
    if route.declared.page and route.method == "POST" and not isinstance(body, bytes):
        form = desk_things.as_form(body)
        return await world.client.request(route.method, path, data=form, headers=headers)
    if isinstance(body, bytes):
        headers = headers | {"Content-Type": "image/jpeg"} | ids.get("headers", {})
        return await world.client.request(route.method, path, content=body, headers=headers)
    return await world.client.request(route.method, path, json=body, headers=headers)


@pytest.mark.parametrize("key", CITIZENS)
async def test_another_citizens_thing_is_not_there(world: World, key: str) -> None:
    owned = CITIZENS[key]
    ids = await owned.thing(world)
    other = await world.citizen("o-other")
    answer = await _send(world, key, owned, ids, other.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), answer.text
    owner = await world.citizen()
    answer = await _send(world, key, owned, ids, owner.headers)
    assert answer.status_code < 300, answer.text


@pytest.mark.parametrize("key", STAFFS)
async def test_a_thing_of_another_hall_is_out_of_reach(world: World, key: str) -> None:
    owned = STAFFS[key]
    ids = await owned.thing(world)
    await _every_role_elsewhere(world, "far_clerk")
    stranger = await staff_headers(world.act_as(), world.place, "far_clerk")
    answer = await _send(world, key, owned, ids, stranger)
    assert answer.status_code in (403, 404), answer.text
    owner = await staff_headers(world.act_as(), world.place, owned.owner)
    answer = await _send(world, key, owned, ids, owner)
    assert answer.status_code < 400, answer.text  # a form leads on to a page


async def _every_role_elsewhere(world: World, name: str) -> None:
    place: Place = world.place
    far: UUID = place.other_hall_id
    department = await halls.add_department(
        world.act_as(), far, DepartmentIn(name="邻县市场监管局")
    )
    place.departments["far"] = department.id
    for role in Role:
        of = "far" if role is Role.REVIEWER else None
        if role is not Role.CLERK:
            await world.add_role(name, role, of, hall=far)
