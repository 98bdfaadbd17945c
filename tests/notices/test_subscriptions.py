"""The ledger over HTTP: what phones report, what sending shows, and what to ask for."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from app.core import db
from app.notices.rules import Kind
from tests.notices.conftest import Applicant
from tests.places import code_of

SendDue = Callable[[], Awaitable[int]]
ADDRESS = "/api/v1/notices/subscriptions"


async def report(
    client: httpx.AsyncClient, applicant: Applicant, key: str | None = None, **results: str
) -> dict[str, Any]:
    """Report a popup: kind → result; answers the standings by kind."""
    body = {"results": {f"sandbox-{kind}": result for kind, result in results.items()}}
    headers = applicant.headers | ({"Idempotency-Key": key} if key else {})
    answer = await client.post(ADDRESS, headers=headers, json=body)
    assert answer.status_code == 200, answer.text
    return {item["kind"]: item for item in answer.json()["items"]}


async def asked(client: httpx.AsyncClient, applicant: Applicant, at: str) -> dict[str, Any]:
    answer = await client.get(
        "/api/v1/notices/templates", headers=applicant.headers, params={"at": at}
    )
    assert answer.status_code == 200, answer.text
    return {item["kind"]: item for item in answer.json()["items"]}


async def test_every_agreement_is_good_for_one_message(
    client: httpx.AsyncClient, applicant: Applicant, send_due: SendDue
) -> None:
    await report(client, applicant, submitted="accept", ready="accept")
    found = await report(client, applicant, submitted="accept", ready="reject")
    assert (found["submitted"]["remaining"], found["ready"]["remaining"]) == (2, 1)
    assert (found["ready"]["word"], found["rate"]["word"]) == ("rejected", None)

    applicant.subscribe(count=2)
    await applicant.tell()
    await send_due()
    answer = await client.get(ADDRESS, headers=applicant.headers)
    left = {item["kind"]: item["remaining"] for item in answer.json()["items"]}
    assert left["submitted"] == 1


async def test_a_report_that_is_repeated_counts_once(
    client: httpx.AsyncClient, applicant: Applicant
) -> None:
    for _ in range(3):
        found = await report(client, applicant, key="popup-1", submitted="accept")
        assert found["submitted"]["remaining"] == 1


@pytest.mark.parametrize("result", ["acceptWithAudio", "acceptWithAlert"])
async def test_other_ways_to_agree_are_agreements(
    client: httpx.AsyncClient, applicant: Applicant, result: str
) -> None:
    assert (await report(client, applicant, rate=result))["rate"]["remaining"] == 1


async def test_filtered_means_nothing(client: httpx.AsyncClient, applicant: Applicant) -> None:
    assert (await report(client, applicant, rate="filter"))["rate"]["word"] is None


async def test_the_platforms_refusal_puts_the_ledger_right(
    client: httpx.AsyncClient, applicant: Applicant, send_due: SendDue
) -> None:
    await report(client, applicant, submitted="accept")
    await applicant.tell()  # the platform knows nothing of the agreement
    await send_due()
    found = await report(client, applicant, rate="filter")
    assert found["submitted"]["remaining"] == 0
    entries = await db.fetch("SELECT event, source FROM subscription_entries ORDER BY at")
    assert [(row["event"], row["source"]) for row in entries] == [
        ("accept", "phone"),
        ("used_up", "house"),
    ]


async def test_long_term_is_good_for_all(
    client: httpx.AsyncClient,
    applicant: Applicant,
    send_due: SendDue,
    settings_with: Callable[..., Any],
) -> None:
    settings_with(wechat_long_term="reminder,ready")
    found = await report(client, applicant, ready="accept", rate="accept")
    assert (found["ready"]["long_term"], found["rate"]["long_term"]) == (True, False)
    applicant.user.subscriptions["sandbox-ready"] = None
    await applicant.tell(Kind.READY)
    await send_due()
    assert (await report(client, applicant, rate="filter"))["ready"]["remaining"] is None
    assert not (await asked(client, applicant, "submission"))["ready"]["ask"]


async def test_at_a_submission_the_three_that_matter_are_asked_for(
    client: httpx.AsyncClient, applicant: Applicant
) -> None:
    found = await asked(client, applicant, "submission")
    assert list(found) == ["submitted", "reminder", "ready"]
    assert found["ready"] == {
        "kind": "ready",
        "title": "领件通知",
        "template_id": "sandbox-ready",
        "ask": True,
        "turned_off": False,
        "remaining": 0,
        "wanted": 1,
    }


async def test_what_is_left_for_another_case_is_not_enough_for_a_new_one(
    client: httpx.AsyncClient, applicant: Applicant
) -> None:
    await report(client, applicant, submitted="accept", ready="accept", reminder="accept")
    first = await asked(client, applicant, "submission")
    assert {kind: item["ask"] for kind, item in first.items()} == {
        "submitted": False,
        "reminder": False,
        "ready": False,
    }
    await applicant.tell()  # the case is under way; its messages are still to come
    again = await asked(client, applicant, "submission")
    assert again["ready"]["ask"]
    assert again["ready"]["wanted"] == 2


async def test_on_the_page_of_a_case_nothing_is_asked_for_that_cannot_come_any_more(
    client: httpx.AsyncClient, applicant: Applicant
) -> None:
    await applicant.tell()
    assert {
        kind for kind, item in (await asked(client, applicant, "case_page")).items() if item["ask"]
    } == {"rate", "ready", "reminder"}
    await applicant.tell(Kind.READY)
    assert {
        kind for kind, item in (await asked(client, applicant, "case_page")).items() if item["ask"]
    } == {"rate"}
    await applicant.tell(Kind.RATE)
    assert not any(item["ask"] for item in (await asked(client, applicant, "case_page")).values())


async def test_whoever_declined_is_asked_again_and_can_be_shown_the_settings(
    client: httpx.AsyncClient, applicant: Applicant
) -> None:
    await report(client, applicant, reminder="reject")
    found = (await asked(client, applicant, "submission"))["reminder"]
    assert (found["ask"], found["turned_off"]) == (True, True)
    await report(client, applicant, reminder="ban")
    assert not (await asked(client, applicant, "submission"))["reminder"]["ask"]


async def test_a_template_of_somebody_else_is_refused_and_nothing_noted(
    client: httpx.AsyncClient, applicant: Applicant
) -> None:
    body = {"results": {"sandbox-rate": "accept", "tmpl-x": "accept"}}
    refused = await client.post(ADDRESS, headers=applicant.headers, json=body)
    assert (refused.status_code, code_of(refused)) == (422, "notices.unknown_template")
    assert await db.fetch("SELECT id FROM subscriptions") == []
