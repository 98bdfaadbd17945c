"""Repeated requests: whoever sends the same `Idempotency-Key` again gets the first answer.

The key is claimed, the act done and its answer kept in one transaction, so that there is no
moment at which the one stands without the other. A repeat that comes while the first is still at
work waits for it at the unique key.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from app.core import db
from app.core.acts import Act
from app.core.errors import Problem

MOST_KEY_LENGTH = 128
KEEP = timedelta(days=2)


class BadKey(Problem):
    """The `Idempotency-Key` is empty, too long or not printable ASCII."""

    status = 422
    code = "idempotency.bad_key"
    title = "重复提交的标识（Idempotency-Key）格式不正确。"


class KeyReused(Problem):
    """The key was used before, with another request."""

    status = 422
    code = "idempotency.key_reused"
    title = "这个提交标识已经用于另一项提交，请刷新后重试。"


async def answer_once(
    act: Act, key: str, digest: bytes, run: Callable[[], Awaitable[tuple[int, bytes]]]
) -> tuple[int, bytes]:
    """Status and body of the first request with this key by this actor; runs it if this is it.

    Args:
        digest: of the method, path and body; the same key with another digest is refused.
        run: does the act inside `act`'s transaction. What it raises is not kept: the whole
            transaction is undone, and a repeat tries again.
    """
    if not (0 < len(key) <= MOST_KEY_LENGTH and key.isascii() and key.isprintable()):
        raise BadKey
    async with act.transaction():
        claimed = await db.fetch(
            "INSERT INTO first_answers (id, actor, key, request_digest, created_at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (actor, key) DO NOTHING RETURNING id",
            db.new_id(),
            act.actor.key,
            key,
            digest,
            act.at,
        )
        if not claimed:
            first = await db.fetch_one(
                "SELECT request_digest, status, body FROM first_answers"
                " WHERE actor = $1 AND key = $2",
                act.actor.key,
                key,
            )
            if first is None or first["request_digest"] != digest:
                raise KeyReused
            return first["status"], first["body"]
        status, body = await run()
        await db.execute(
            "UPDATE first_answers SET status = $2, body = $3 WHERE id = $1",
            claimed[0]["id"],
            status,
            body,
        )
        return status, body


async def forget_old(now: datetime, keep: timedelta = KEEP) -> int:
    """Delete keys older than `keep`; the answers may hold personal data."""
    return await db.execute("DELETE FROM first_answers WHERE created_at < $1", now - keep)
