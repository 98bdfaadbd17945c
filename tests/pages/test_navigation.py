"""Everybody is led to pages that exist and that let them in, and to no others."""

import functools

import pytest

from app.core.api import Endpoint
from app.core.auth import Role
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
