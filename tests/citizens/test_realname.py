"""Asking a service whether a name and an ID number belong together, over a real connection."""

import time
from collections.abc import AsyncIterator

import pytest

from app.citizens.realname import (
    Answered,
    Asked,
    HttpVerifier,
    RealNames,
    StandIn,
    Verdict,
    VerifierDown,
)
from app.core import inprocess
from app.core.privacy import Personal
from app.settings import read
from tests.citizens.registry import APP, KEY, PATH, Registry, create_registry

NUMBER = "11010519491231002X"


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[tuple[str, Registry]]:
    app = create_registry()
    async with inprocess.serving(app) as url:
        yield url + PATH, app.ctx.registry


@pytest.fixture
def registry(running: tuple[str, Registry]) -> Registry:
    registry = running[1]
    registry.fault = ""
    registry.people = {NUMBER: "欧阳明月"}
    registry.questions.clear()
    registry.refused.clear()
    return registry


@pytest.fixture
async def verifier(
    running: tuple[str, Registry], registry: Registry
) -> AsyncIterator[HttpVerifier]:
    made = HttpVerifier(running[0], APP, KEY.encode(), timeout=10.0)
    yield made
    await made.aclose()


def _asked(name: str = "欧阳明月", number: str = NUMBER, phone: str | None = None) -> Asked:
    return Asked(
        "key-1",
        Personal(name, "name"),
        Personal(number, "id_number"),
        Personal(phone, "phone") if phone else None,
    )


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        (_asked(), Verdict.MATCH),
        (_asked("欧阳朋月"), Verdict.MISMATCH),
        (_asked(number="511602198001010010"), Verdict.UNKNOWN),
    ],
)
async def test_it_says_whether_they_belong_together(
    verifier: HttpVerifier, asked: Asked, verdict: Verdict
) -> None:
    assert await verifier.check(asked) == Answered(verdict, "R" * 80)


async def test_it_is_told_what_it_needs_and_no_more(
    verifier: HttpVerifier, registry: Registry
) -> None:
    await verifier.check(_asked())
    await verifier.check(_asked(phone="13800000001"))
    first, second = registry.questions
    assert first == {
        "request_id": "key-1",
        "name": "欧阳明月",
        "id_number": NUMBER,
        "phone": None,
    }
    assert second["phone"] == "13800000001"
    assert len(registry.nonces) >= 2


async def test_a_question_of_somebody_else_is_not_believed(
    running: tuple[str, Registry], registry: Registry
) -> None:
    for app, key, now, why in (
        (APP, b"another-key-altogether", time.time, "signature"),
        ("hall-2", KEY.encode(), time.time, "app"),
        (APP, KEY.encode(), lambda: time.time() - 3600, "time"),
    ):
        made = HttpVerifier(running[0], app, key, timeout=1.0, now=now)
        with pytest.raises(VerifierDown, match="401"):
            await made.check(_asked())
        await made.aclose()
        assert registry.refused.pop() == why


@pytest.mark.parametrize(
    "fault", ["slow", "error", "nonsense", "unsigned", "forged", "other", "endless"]
)
async def test_an_answer_that_cannot_be_believed_is_none(
    verifier: HttpVerifier, registry: Registry, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.fault = fault
    if fault == "slow":  # by a minute
        monkeypatch.setattr(verifier._client, "timeout", 0.3)
    began = time.monotonic()
    with pytest.raises(VerifierDown) as raised:
        await verifier.check(_asked("欧阳朋月"))
    assert time.monotonic() - began < 30
    assert NUMBER not in str(raised.value)
    assert "欧阳" not in str(raised.value)


async def test_nobody_there_is_no_answer() -> None:
    made = HttpVerifier("http://127.0.0.1:9/x", APP, KEY.encode(), timeout=1.0)
    with pytest.raises(VerifierDown):
        await made.check(_asked())
    await made.aclose()


async def test_the_stand_in_says_what_a_demonstration_needs() -> None:
    stand_in = StandIn()
    assert (await stand_in.check(_asked())).verdict is Verdict.MATCH
    assert (await stand_in.check(_asked("张不符"))).verdict is Verdict.MISMATCH
    assert (await stand_in.check(_asked("张查无"))).verdict is Verdict.UNKNOWN
    with pytest.raises(VerifierDown):
        await stand_in.check(_asked("张停机"))


# --- settings
def test_without_an_address_nobody_is_asked() -> None:
    assert RealNames.from_settings(read(env={})).verifier is None
    named = RealNames.from_settings(read(env={}, real_name_url="demo:")).verifier
    assert isinstance(named, StandIn)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"real_name_url": "http://registry.example/check"}, "https alone"),
        ({"real_name_url": "ftp://127.0.0.1/check"}, "https alone"),
        ({"real_name_url": "https://r.example/check"}, "APP_ID is not set"),
        ({"real_name_url": "https://r.example/check", "real_name_app_id": "h"}, "REAL_NAME_KEY"),
    ],
)
def test_a_wrong_setting_is_named(given: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        RealNames.from_settings(read(env={}, **given))


async def test_with_all_of_them_it_is_asked_over_http() -> None:
    settings = read(
        env={},
        real_name_url="https://registry.example/check",
        real_name_app_id=APP,
        real_name_key=KEY,
    )
    made = RealNames.from_settings(settings)
    assert isinstance(made.verifier, HttpVerifier)
    assert made.verifier.name == "service:registry.example"
    await made.aclose()
