"""The intake in FastAPI and SQLAlchemy: async sessions on asyncpg, as their guides show it.

`uvicorn tests.bench.peers.fastapi_sqlalchemy:app`, one worker, uvloop and httptools.
"""

import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from redis.asyncio import Redis
from sqlalchemy import ARRAY, BigInteger, Identity, SmallInteger, Text, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import DateTime

from tests.bench.peers import shared

engine = create_async_engine(shared.DATABASE_URL.replace("postgresql://", "postgresql+asyncpg://"))
Session = async_sessionmaker(engine, expire_on_commit=False)
redis = Redis.from_url(shared.REDIS_URL)
app = FastAPI()
_keys: dict[UUID, tuple[float, bytes, UUID, UUID | None]] = {}


class Base(DeclarativeBase):
    """The tables that are there."""

    type_annotation_map = {datetime: DateTime(timezone=True), list[str]: ARRAY(Text)}  # noqa: RUF012


class Device(Base):
    """An evaluator."""

    __tablename__ = "devices"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    hall_id: Mapped[UUID]
    window_id: Mapped[UUID | None]
    secret: Mapped[bytes | None]
    revoked_at: Mapped[datetime | None]


class Service(Base):
    """What is rated."""

    __tablename__ = "services"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    hall_id: Mapped[UUID]
    department_id: Mapped[UUID | None]
    window_id: Mapped[UUID | None]
    staff_id: Mapped[UUID | None]
    item_id: Mapped[UUID | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    rateable_until: Mapped[datetime | None]


class Rating(Base):
    """A rating."""

    __tablename__ = "ratings"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    service_id: Mapped[UUID]
    level: Mapped[int] = mapped_column(SmallInteger)
    tags: Mapped[list[str]]
    tags_version: Mapped[str]
    comment: Mapped[str]
    channel: Mapped[int] = mapped_column(SmallInteger)
    via: Mapped[str]
    device_id: Mapped[UUID | None]
    event_id: Mapped[UUID | None]
    raw_level: Mapped[int | None] = mapped_column(SmallInteger)
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    clock_offset_ms: Mapped[int]
    day: Mapped[date]


class ScoreDay(Base):
    """A figure of the score table."""

    __tablename__ = "score_days"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    hall_id: Mapped[UUID]
    dimension: Mapped[int] = mapped_column(SmallInteger)
    day: Mapped[date]
    key: Mapped[str] = mapped_column(Text)
    measure: Mapped[int] = mapped_column(SmallInteger)
    n: Mapped[int]


class RatingIn(BaseModel):
    """A tap on an evaluator."""

    model_config = ConfigDict(extra="forbid")
    event_id: UUID
    service_id: UUID
    level: Annotated[int, Field(ge=1, le=5)]
    happened_at: AwareDatetime
    tags: Annotated[
        list[Annotated[str, Field(pattern="^[0-9]{3}$", max_length=3)]], Field(max_length=8)
    ] = []
    comment: Annotated[str, Field(max_length=150)] = ""
    raw_level: Annotated[int, Field(ge=-128, le=127)] | None = None


class RatingOut(BaseModel):
    """A rating as it is kept."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    service_id: UUID
    level: int
    tags: list[str]
    comment: str
    received_at: datetime


class Signer(BaseModel):
    """The device that signed, and how far its clock is off."""

    id: UUID
    hall_id: UUID
    window_id: UUID | None
    offset_ms: int


async def session() -> AsyncIterator[AsyncSession]:
    """A session for a request."""
    async with Session() as found:
        yield found


@app.exception_handler(shared.Refused)
async def refused(_request: Request, error: shared.Refused) -> JSONResponse:
    """The problem as an answer."""
    return JSONResponse({"code": error.code}, error.status)


DB = Annotated[AsyncSession, Depends(session)]


async def signer(request: Request, db: DB) -> Signer:
    """Who signed this request."""
    given = shared.signed(request.headers)
    kept = _keys.get(given.device_id)
    if kept is None or time.monotonic() - kept[0] > shared.KEY_SECONDS:
        device = await db.get(Device, given.device_id)
        if device is None or device.secret is None:
            raise shared.Refused(401, "device.unknown")
        kept = (
            time.monotonic(),
            shared.open_key(device.secret),
            device.hall_id,
            device.window_id,
        )
        _keys[given.device_id] = kept
    offset = shared.check_signature(given, kept[1], request.url.path, await request.body())
    name = f"nonce:{given.device_id.hex}:{given.nonce}"
    if not await redis.set(name, b"", nx=True, ex=shared.NONCE_SECONDS):
        raise shared.Refused(401, "device.replayed")
    return Signer(id=given.device_id, hall_id=kept[2], window_id=kept[3], offset_ms=offset)


@app.get("/readyz")
async def ready() -> dict[str, str]:
    """It serves."""
    return {}


@app.post("/api/v1/ratings/device", status_code=201)
async def rate(given: RatingIn, device: Annotated[Signer, Depends(signer)], db: DB) -> RatingOut:
    """Take a rating in: once, with its score rows, committed before the answer."""
    shared.check_rating(given.level, given.tags, given.comment)
    now = datetime.now(UTC)
    revoked = await db.scalar(select(Device.revoked_at).where(Device.id == device.id))
    if revoked is not None:
        raise shared.Refused(403, "device.revoked")
    service = await db.scalar(
        select(Service).where(Service.id == given.service_id).with_for_update(read=True)
    )
    if (
        service is None
        or service.hall_id != device.hall_id
        or (device.window_id and service.window_id != device.window_id)
    ):
        raise shared.Refused(404, "rating.no_such_service")
    moment, day = shared.counted_day(given.happened_at, device.offset_ms, service.started_at, now)
    if service.rateable_until is not None and moment >= service.rateable_until:
        raise shared.Refused(409, "rating.too_late")
    channel = 5 if device.window_id else 4
    kept = await db.scalar(
        insert(Rating)
        .values(
            id=uuid4(),
            **given.model_dump(),
            tags_version=shared.VERSION,
            channel=channel,
            via="device",
            device_id=device.id,
            received_at=now,
            clock_offset_ms=device.offset_ms,
            day=day,
        )
        .on_conflict_do_nothing()
        .returning(Rating)
    )
    if kept is None:
        raise shared.Refused(409, "rating.already_rated")
    columns = ("hall_id", "dimension", "day", "key", "measure")
    rows = shared.score_rows(service, given.level, channel, given.tags, day)
    raised = insert(ScoreDay).values(
        [dict(zip(columns, row, strict=True)) | {"n": 1} for row in rows]
    )
    await db.execute(
        raised.on_conflict_do_update(
            index_elements=columns, set_={"n": ScoreDay.n + raised.excluded.n}
        )
    )
    await db.commit()
    return RatingOut.model_validate(kept)
