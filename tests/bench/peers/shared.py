"""What the peers take from us, so that their work is the same: signature, rules, keys."""

import os
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.privacy import Keyring
from evaluations.devices.keys import CONTEXT
from evaluations.devices.rules import Signed, holds
from evaluations.ratings.rules import fault
from evaluations.ratings.tags import NATIONAL

CHINA = ZoneInfo("Asia/Shanghai")
DATABASE_URL = os.environ.get("DATABASE_URL", "")
REDIS_URL = os.environ.get("REDIS_URL", "")
CLOCK_WINDOW_MS = 3600 * 1000
NONCE_SECONDS = 2 * 3600 + 1
KEY_SECONDS = 5.0
"""How long a device's key is kept in the process, as with us."""
VERSION = NATIONAL.version

__all__ = ["CHINA", "Refused", "Signed", "check_signature", "holds", "open_key", "score_rows"]


class Refused(Exception):  # noqa: N818 - an answer, not a failure
    """The answer is this status with this code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


def open_key(secret: bytes) -> bytes:
    """A device's key, as it is sealed in the database."""
    return Keyring.parse(os.environ["ZHANGBAN_KEYS"]).open(secret, CONTEXT)


def signed(headers: Any) -> Signed:
    """The four headers of a signature. Raises Refused."""
    found = Signed.parse(
        headers.get("Zhangban-Device", ""),
        headers.get("Zhangban-Timestamp", ""),
        headers.get("Zhangban-Nonce", ""),
        headers.get("Zhangban-Signature", ""),
    )
    if found is None:
        raise Refused(401, "device.bad_signature")
    return found


def check_signature(given: Signed, key: bytes, path: str, body: bytes) -> int:
    """The offset of the device's clock in ms. Raises Refused."""
    if not holds(given, key, "POST", path, body):
        raise Refused(401, "device.bad_signature")
    offset = given.timestamp - round(datetime.now(UTC).timestamp() * 1000)
    if abs(offset) > CLOCK_WINDOW_MS:
        raise Refused(401, "device.expired")
    return offset


def check_rating(level: int, tags: list[str], comment: str) -> None:
    """The rules of a rating. Raises Refused."""
    if fault(level, tags, comment, NATIONAL):
        raise Refused(422, "rating.unfit")


def counted_day(
    happened_at: datetime, offset_ms: int, started_at: datetime, received_at: datetime
) -> tuple[datetime, date]:
    """When the rating counts, and the day of that in China."""
    told = happened_at - timedelta(milliseconds=offset_ms)
    moment = max(started_at, min(received_at, told))
    return moment, moment.astimezone(CHINA).date()


def score_rows(
    service: Any, level: int, channel: int, tags: list[str], day: date
) -> list[tuple[UUID, int, date, str, int]]:
    """The keys of the score table that a rating raises by one, in the order of their locks."""
    places = (
        (1, service.hall_id),
        (2, service.department_id),
        (3, service.window_id),
        (4, service.staff_id),
        (5, service.item_id),
    )
    rows: list[tuple[UUID, int, date, str, int]] = []
    for dimension, key in places:
        if key is None:
            continue
        rows.append((service.hall_id, dimension, day, str(key), level))
        if service.ended_at is not None:
            ended_on = service.ended_at.astimezone(CHINA).date()
            rows.append((service.hall_id, dimension, ended_on, str(key), 9))
    rows.append((service.hall_id, 6, day, str(channel), level))
    rows.extend((service.hall_id, 7, day, tag, level) for tag in tags)
    return sorted(rows)
