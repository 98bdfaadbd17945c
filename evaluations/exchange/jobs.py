"""The rounds in which the exchange goes on: queue what is new, send what is due, keep the answers.

Nothing of it is in the way of a rating into the hub. A worker that dies between sending and
keeping the answer leaves the push claimed for a while; then it is sent again, and the province
calls it a duplicate, which counts as accepted.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import structlog
from prometheus_client import Counter

from app.core.acts import Act
from app.core.schedule import Periodic
from evaluations.exchange import queries
from evaluations.exchange.contents import Contents
from evaluations.exchange.line import NoAnswer, ProvinceLine
from evaluations.exchange.messages import Content, Result, key_of
from evaluations.exchange.queries import Settled
from evaluations.exchange.rules import Kind, State, back_off, message_size, state_after

log = structlog.get_logger(__name__)
EVERY = timedelta(seconds=5)
MOST_QUEUED = 50_000
"""Services, and ratings, that one round queues, at most."""
MOST_MESSAGES = 40
"""Messages of each kind that one round sends, at most."""
LOOK_BACK = timedelta(days=31)
"""How far back the nightly look goes for what was queued by no round."""

outcomes = Counter("zhangban_exchange_total", "Pushes to the province.", ["kind", "outcome"])


async def go_on(act: Act) -> None:
    """One round. Without a province nothing is done: what is new is found when there is one."""
    line = act.house.part(ProvinceLine)
    if not line.open:
        return
    for kind in Kind:
        await queries.queue_new(kind, act.at, most=MOST_QUEUED)
    await queries.release(act.at)
    contents = Contents(act)
    async with line.client() as client:
        for kind in Kind:
            if not await _send_due(act, line, client, contents, kind):
                break
            await queries.release(act.house.clock.now())


async def look_back(act: Act) -> None:
    """Queue what no round has found: what was committed late, or made by a clock far behind."""
    if act.house.part(ProvinceLine).open:
        for kind in Kind:
            found = await queries.queue_new(kind, act.at, most=MOST_QUEUED, back=LOOK_BACK)
            if found:
                log.info("exchange.found_late", kind=kind, count=found)


async def _send_due(
    act: Act, line: ProvinceLine, client: httpx.AsyncClient, contents: Contents, kind: Kind
) -> bool:
    """Send what is due of a kind; False if the province is silent."""
    house = act.house
    for _ in range(MOST_MESSAGES):
        now = house.clock.now()
        attempts = await queries.tried(kind, now)
        if attempts is None:
            break
        size = message_size(house.settings.exchange_batch, attempts)
        rows = await queries.claim(kind, attempts, size, now)
        if not rows:
            break
        made = await _contents(act, contents, kind, rows)
        try:
            results = await line.send(client, kind, made, now)
        except NoAnswer as nothing:
            await _keep_unanswered(act, kind, rows, nothing.reason)
            if nothing.silent:
                return False
        else:
            await _keep(act, kind, rows, made, results)
    return True


async def _contents(
    act: Act, contents: Contents, kind: Kind, rows: Sequence[dict[str, Any]]
) -> list[Content]:
    if kind is Kind.RATING:
        return list(await contents.evaluations(rows))
    async with act.transaction() as tx:
        return [await contents.record(tx, row) for row in rows]


async def _keep(
    act: Act,
    kind: Kind,
    rows: Sequence[dict[str, Any]],
    made: Sequence[Content],
    results: dict[tuple[str, str], Result],
) -> None:
    """Keep what was answered, and that nothing was said of the others."""
    settled: list[Settled] = []
    silent: list[dict[str, Any]] = []
    for row, content in zip(rows, made, strict=True):
        result = results.get(key_of(content))
        if result is None:
            silent.append(row)
            continue
        state = state_after(result.code)
        said = result.reason.replace("\x00", "")[:200]
        reason = (said or "省平台没有说明原因。") if state is State.REJECTED else None
        settled.append(Settled(row["id"], state, result.code.replace("\x00", "")[:16], reason))
        outcomes.labels(kind, state).inc()
    await queries.settle(settled, act.house.clock.now())
    if silent:
        await _keep_unanswered(act, kind, silent, "省平台的答复中没有这一条。")


async def _keep_unanswered(
    act: Act, kind: Kind, rows: Sequence[dict[str, Any]], reason: str
) -> None:
    attempts = max(row["attempts"] for row in rows)
    outcomes.labels(kind, State.NO_ANSWER).inc(len(rows))
    log.warning("exchange.no_answer", kind=kind, count=len(rows), reason=reason)
    due_at = act.house.clock.now() + back_off(attempts)
    await queries.unanswered([row["id"] for row in rows], reason, due_at)


PERIODICS = [
    Periodic("exchange.round", EVERY, go_on),
    Periodic("exchange.look_back", timedelta(days=1), look_back),
]
