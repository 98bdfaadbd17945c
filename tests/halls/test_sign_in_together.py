"""A hall signs in within minutes, and all its people share one address."""

import asyncio

import httpx

from tests.places import Place

SIGN_IN = "/api/v1/staff/sign-in"


async def test_a_hundred_tries_from_one_address_are_not_too_many(
    client: httpx.AsyncClient, place: Place
) -> None:
    tries = [{"login": f"nobody.{number}", "password": "wrong"} for number in range(100)]
    answers = await asyncio.gather(*(client.post(SIGN_IN, json=one, timeout=60) for one in tries))
    assert {answer.status_code for answer in answers} == {401}
