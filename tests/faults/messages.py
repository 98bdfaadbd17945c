"""Messages on bad days: the platform and the SMS provider fail at 30 % of the calls, and senders
are killed. Each message arrives once or is a dead letter; none twice, none lost. The platform's
pushes come late, and some twice.

Senders are processes of their own, which are killed with SIGKILL in the middle of their work. The
stand-ins live here, so that what reached the phones is known apart from what the house believes.
"""

import asyncio
import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from uuid import UUID

import msgspec

from app import embedded, server
from app.core import db, inprocess, logs
from app.core.acts import system_act
from app.core.house import House
from app.core.privacy import Keyring
from app.notices import service
from app.notices.delivery_rules import OPEN, State
from app.notices.rules import Kind, Telling
from app.notices.sms import own_id
from app.settings import Settings, environment, read
from tests.faults import sender
from tests.notices import sms_house
from tests.notices.sms_house import SmsHouse
from wechat.sandbox import create_sandbox, serving
from wechat.sandbox.envelopes import Target
from wechat.sandbox.faults import Fault
from wechat.sandbox.server import RunningSandbox
from wechat.templates import sandbox_templates

SENDERS = 2
SHARE = 0.30
"""Of the calls, how many meet a fault."""
A_CITIZEN = 5
"""Messages to each citizen."""
TIMEOUT = 0.4
PUSH_TOKEN, PUSH_KEY = "token-of-pushes", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
MORE = timedelta(minutes=10)
"""By how much the clocks go on beyond the next thing to do, so that more comes with it."""
A_KILL = 120
"""Tries after which a sender is killed, in the middle of about twenty others."""
AT_ONCE = 500

# A new sender is a fork of one that has loaded the program already.
_nursery = multiprocessing.get_context("forkserver")
_nursery.set_forkserver_preload(["__main__", "tests.faults.sender"])


@dataclass
class Ledger:
    """What was told, and what became of it."""

    told: dict[str, str] = field(default_factory=dict)
    """Case number → key."""
    kills: int = 0
    calls: int = 0
    seconds: float = 0.0


class Storm:
    """The stand-ins with their faults, and the senders."""

    def __init__(self, settings: Settings, platform: RunningSandbox, sms: SmsHouse) -> None:
        self.settings = settings
        self.platform = platform.platform
        self.sms = sms
        self.ledger = Ledger()
        self.ahead = timedelta()
        self._senders: list[BaseProcess] = []
        self._chance = random.Random(5)
        self._kill_at = A_KILL // 2

    def let_loose(self) -> None:
        """Begin the bad day: kinds of faults with equal shares, 30 % of the calls in all."""
        short = {"path": "/", "seconds": 3 * TIMEOUT}
        kinds: list[dict[str, object]] = [
            {"kind": "latency", "path": "/", "seconds": TIMEOUT / 4},
            {"kind": "timeout", **short},
            {"kind": "lost", **short},
            {"kind": "http_5xx"},
            {"kind": "html"},
            {"kind": "busy"},
            {"kind": "token"},
            {"kind": "errcode", "errcode": 43108},
        ]
        each = 1 - (1 - SHARE) ** (1 / len(kinds))
        for given in kinds:
            self.platform.faults.add(msgspec.convert({**given, "probability": each}, Fault))
        send = "/cgi-bin/message/subscribe/send"
        for errcode, times in ((45011, 3), (45009, 2)):
            fault = Fault("errcode", send, probability=0.01, times=times, errcode=errcode)
            self.platform.faults.add(fault)
        self.sms.bad = SHARE
        self.sms.slow_seconds = 3 * TIMEOUT

    def start(self) -> None:
        """Have as many senders as there should be."""
        self._senders = [sender for sender in self._senders if sender.is_alive()]
        while len(self._senders) < SENDERS:
            given = (environment(self.settings), self.ahead.total_seconds())
            process = _nursery.Process(target=sender.work, args=given, daemon=True)
            process.start()
            self._senders.append(process)

    def kill(self, count: int = 1) -> None:
        """Kill senders, so that they can do nothing about it."""
        for process in self._chance.sample(self._senders, min(count, len(self._senders))):
            process.kill()
            process.join()
            self._senders.remove(process)

    async def pass_time(self) -> None:
        """All clocks go on to the next thing to do; so all senders begin anew, with that clock."""
        self.kill(SENDERS)
        (row,) = await db.fetch(
            "SELECT min(greatest(due_at, claimed_until)) AS at FROM outbox WHERE state = 'waiting'"
        )
        if row["at"]:
            self.ahead = max(self.ahead, row["at"] - datetime.now(UTC)) + MORE
        self.sms.ahead = self.ahead

    async def run(self) -> None:
        """Send until nothing is left to be done."""
        begun = time.monotonic()
        while await _waiting(self.ahead + timedelta(days=30)):
            self.start()
            while await _waiting(self.ahead):
                await asyncio.sleep(self._chance.uniform(0.1, 0.5))
                tries = await _tries()
                if tries >= self._kill_at:
                    self._kill_at = tries + A_KILL
                    self.kill()
                    self.ledger.kills += 1
                self.start()
                assert time.monotonic() - begun < 1_500, "the messages do not come to an end"
            await asyncio.sleep(3 * TIMEOUT)  # what is under way is not killed each time
            await self.platform.pushes.settled()
            await self.pass_time()
        self.ledger.calls = sum(self.platform.calls.values()) + sum(self.sms.calls.values())
        self.ledger.seconds = time.monotonic() - begun


async def _waiting(ahead: timedelta) -> int:
    """How many entries a sender whose clock is ahead by so much could take."""
    (row,) = await db.fetch(
        "SELECT count(*) AS n FROM outbox WHERE state = 'waiting' AND due_at <= $1"
        " AND (claimed_until IS NULL OR claimed_until <= $1)",
        datetime.now(UTC) + ahead,
    )
    return int(row["n"])


async def _tries() -> int:
    (row,) = await db.fetch(
        "SELECT (SELECT coalesce(sum(wechat_tries), 0) FROM notices)"
        " + (SELECT coalesce(sum(tries), 0) FROM texts) AS n"
    )
    return int(row["n"])


async def tell_all(house: House, storm: Storm, count: int) -> None:
    """Tell citizens of every kind: who agreed, who did not, who is banned, or is not there."""
    people = [await _citizen(house, storm, number) for number in range(-(-count // A_CITIZEN))]
    for first in range(0, count, AT_ONCE):
        act = system_act(house, "faults")
        async with act.transaction():
            for number in range(first, min(first + AT_ONCE, count)):
                told = _telling(act.at, people[number // A_CITIZEN], number)
                storm.ledger.told[told.case_number] = told.key
                assert await service.tell(act, told)


def _telling(at: object, citizen_id: UUID, number: int) -> Telling:
    case_number = f"5116022026{number:010d}"
    return Telling(
        citizen_id=citizen_id,
        kind=tuple(Kind)[number % len(Kind)],
        key=f"case:{case_number}:told",
        subject=f"case:{case_number}",
        case_number=case_number,
        item_name="食品小作坊登记",
        status="已办理",
        at=at,  # type: ignore[arg-type]
        remark="内含敏感词。" if number % 97 == 0 else "请留意办理进度。",
    )


async def _citizen(house: House, storm: Storm, number: int) -> UUID:
    citizen_id, openid = db.new_id(), f"o-faults-{number:06d}"
    sort = number % 10
    if sort != 1:  # of these the platform knows nothing (40003)
        user = storm.platform.people.user(openid=openid)
        user.banned = sort == 2
        if sort > 3:
            user.subscriptions = dict.fromkeys(sandbox_templates())
    sealed = house.keyring.seal
    phone = f"138{number:08d}"
    await db.execute(
        "INSERT INTO citizens (id, openid, created_at, seen_at, name, phone, id_number)"
        " VALUES ($1, $2, now(), now(), $3, $4, $5)",
        citizen_id,
        openid,
        sealed("张三".encode(), "citizens.name"),
        sealed(phone.encode(), "citizens.phone") if sort != 3 else None,
        sealed(b"51160219900307123X", "citizens.id_number"),
    )
    return citizen_id


async def check(storm: Storm) -> Counter[str]:
    """What the house says of each message is what happened; returns how many of each."""
    arrived = Counter(sent.data["character_string1"] for sent in storm.platform.sent)
    taken = Counter(text.out_id for text in storm.sms.taken)
    rows = await db.fetch(
        "SELECT n.key, n.wechat_state, t.state AS text_state, o.state AS outbox, p.state AS texts"
        " FROM notices n LEFT JOIN texts t ON t.notice_id = n.id"
        " LEFT JOIN outbox o ON o.topic = 'notices.wechat' AND o.key = n.key"
        " LEFT JOIN outbox p ON p.topic = 'notices.sms' AND p.key = n.key"
    )
    states = {row["key"]: row for row in rows}
    assert set(states) == set(storm.ledger.told.values()), "messages were lost, or made up"
    outcomes: Counter[str] = Counter()
    for number, key in storm.ledger.told.items():
        by_wechat, by_sms = arrived[number], taken[own_id(key)]
        assert by_wechat + by_sms <= 1, f"{key} arrived twice: {by_wechat} and {by_sms} by SMS"
        outcomes[_outcome(states[key], by_wechat, by_sms)] += 1
    return outcomes


def _outcome(row: dict[str, str], by_wechat: int, by_sms: int) -> str:
    """What became of one message; what the house believes must be true."""
    wechat, text = (
        State(row["wechat_state"]),
        State(row["text_state"]) if row["text_state"] else None,
    )
    assert wechat not in OPEN, f"{row['key']} is still {wechat}"
    assert text not in OPEN, f"{row['key']} is still {text} by SMS"
    if wechat is State.SENT:
        assert (by_wechat, text) == (1, None), f"{row['key']} did not arrive"
        return "sent"
    if wechat is State.DOUBTFUL or text is State.DOUBTFUL:
        assert "dead" in (row["outbox"], row["texts"])
        return "doubtful_arrived" if by_wechat + by_sms else "doubtful"
    if text is State.SENT:
        assert by_sms == 1, f"{row['key']} did not arrive by SMS"
        return "sms"
    assert by_wechat + by_sms == 0, f"{row['key']} arrived, and the house does not know"
    if State.DEAD in (wechat, text):
        assert "dead" in (row["outbox"], row["texts"])
        return "dead"
    return "inbox"


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[tuple[House, Storm]]:
    """Databases, both stand-ins, and a house in this process."""
    async with AsyncExitStack() as stack:
        sms = SmsHouse()
        sms_url = await stack.enter_async_context(inprocess.serving(sms.app()))
        sandbox = create_sandbox("wx-faults", "secret-faults", sandbox_templates())
        platform = await stack.enter_async_context(serving(sandbox))
        wanted = read(
            env={},
            state_dir=str(folder),
            keys=Keyring.new_key("faults"),
            wechat_base_url=platform.url,
            wechat_appid="wx-faults",
            wechat_secret="secret-faults",
            wechat_timeout=TIMEOUT,
            wechat_word_seconds=60,
            wechat_push_token=PUSH_TOKEN,
            wechat_push_aes_key=PUSH_KEY,
            wechat_pushes_per_minute=1_000_000,
            quiet_hours="",
            sms_provider="aliyun",
            sms_access_key=sms_house.KEY,
            sms_access_secret=sms_house.SECRET,
            sms_sign_name=sms_house.SIGN,
            sms_templates=sms_house.TEMPLATES,
            sms_endpoint=sms_url,
            sms_timeout=TIMEOUT,
            log_level="error",
        )
        settings = stack.enter_context(embedded.servers(wanted, durable=False))
        await db.migrate(server.database(settings))
        house = await stack.enter_async_context(server.open_house(settings))
        app = server.create_app(settings, house, name="zhangban-faults")
        ours = await stack.enter_async_context(inprocess.serving(app))
        pushes = platform.platform.pushes
        pushes.aim(Target(f"{ours}/wechat/push", PUSH_TOKEN, PUSH_KEY))
        stack.push_async_callback(pushes.aclose)
        storm = Storm(settings, platform, sms)
        stack.callback(storm.kill, SENDERS)
        yield house, storm


def run(count: int, folder: Path) -> tuple[Counter[str], Ledger]:
    """The whole of it, for `count` messages."""

    async def whole() -> tuple[Counter[str], Ledger]:
        async with stage(folder) as (house, storm):
            await tell_all(house, storm, count)
            storm.let_loose()
            await storm.run()
            return await check(storm), storm.ledger

    logs.configure("console", "error")
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("REDIS_URL", None)
    return asyncio.run(whole())
