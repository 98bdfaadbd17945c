"""Everybody is led to pages that exist and that let them in, and to no others."""

import functools
from uuid import UUID

import pytest

from app.core.api import Endpoint
from app.core.auth import Grant, Role, Staff
from app.pages import navigation
from tests.guards.walk import http_routes

ENTRIES = [entry for chapter in navigation.CHAPTERS for entry in chapter.entries]


@functools.cache
def pages() -> dict[str, Endpoint]:
    return {route.template: route.declared for route in http_routes() if route.method == "GET"}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.address)
def test_an_entry_leads_to_a_page_that_lets_its_readers_in(
    entry: navigation.Entry, server_url: str
) -> None:
    endpoint = pages().get(entry.address)
    assert endpoint is not None
    assert endpoint.page
    admitted = endpoint.guard.roles or frozenset(Role)
    assert entry.roles <= admitted


def test_addresses_are_told_apart() -> None:
    addresses = [entry.address for entry in ENTRIES]
    assert len(addresses) == len(set(addresses))


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/console", "总览"),
        ("/console/handling/cases", "办理时长"),
        ("/console/participation/unrated", "参评与缺失"),
        ("/console/cases/1", "办理期限"),
        ("/console/supervision/1", "办理期限"),
        ("/console/topics/1", "差评整改"),
        ("/console/ledger", "差评整改"),
        ("/console/nowhere", None),
        ("/consoles", None),
    ],
)
def test_a_reader_sees_where_they_are(path: str, entry: str | None) -> None:
    manager = Staff(
        id=UUID(int=1),
        hall_id=UUID(int=2),
        name="员工",
        number="001",
        session_id=UUID(int=3),
        grants=(Grant(Role.MANAGER, frozenset({UUID(int=2)})),),
    )
    shown = [place for _, places in navigation.of(manager, path) for place in places]
    here = [place.name for place in shown if place.here]
    assert here == ([entry] if entry else [])


def test_every_page_of_the_console_lies_below_an_entry() -> None:
    lost = [
        template
        for template, endpoint in pages().items()
        if endpoint.page and template.startswith("/console")
        if not any(entry.nearness(template) for entry in ENTRIES)
    ]
    assert lost == []
