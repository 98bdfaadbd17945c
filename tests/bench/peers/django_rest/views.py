"""The view: who signed, what is sent, and the one transaction."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tests.bench.peers import shared
from tests.bench.peers.django_rest.models import Device, Rating, Service

_RAISE = (
    "INSERT INTO score_days (hall_id, dimension, day, key, measure, n) VALUES {rows}"
    " ON CONFLICT (hall_id, dimension, day, key, measure)"
    " DO UPDATE SET n = score_days.n + excluded.n"
)
_keys: dict[UUID, tuple[float, bytes, UUID, UUID | None]] = {}


@dataclass(frozen=True)
class Signer:
    """The device that signed, and how far its clock is off."""

    id: UUID
    hall_id: UUID
    window_id: UUID | None
    offset_ms: int
    is_authenticated: bool = True


def _refuse(refused: shared.Refused) -> APIException:
    error = APIException(refused.code, refused.code)
    error.status_code = refused.status
    return error


class DeviceAuthentication(BaseAuthentication):
    """By the four headers of a signature."""

    def authenticate(self, request: Request) -> tuple[Signer, None] | None:
        """The device that signed this request; None where nothing is signed."""
        if "Zhangban-Device" not in request.headers:
            return None
        try:
            return self._signer(request), None
        except shared.Refused as refused:
            raise _refuse(refused) from None

    def _signer(self, request: Request) -> Signer:
        given = shared.signed(request.headers)
        kept = _keys.get(given.device_id)
        if kept is None or time.monotonic() - kept[0] > shared.KEY_SECONDS:
            device = Device.objects.filter(pk=given.device_id).first()
            if device is None or device.secret is None:
                raise shared.Refused(401, "device.unknown")
            key = shared.open_key(bytes(device.secret))
            kept = _keys[device.id] = (time.monotonic(), key, device.hall_id, device.window_id)
        offset = shared.check_signature(given, kept[1], request.path, request._request.body)
        name = f"nonce:{given.device_id.hex}:{given.nonce}"
        if not cache.add(name, 1, timeout=shared.NONCE_SECONDS):
            raise shared.Refused(401, "device.replayed")
        return Signer(given.device_id, kept[2], kept[3], offset)


class RatingSerializer(serializers.ModelSerializer):
    """A tap on an evaluator, and the rating as it is kept."""

    service_id = serializers.UUIDField()
    event_id = serializers.UUIDField()
    level = serializers.IntegerField(min_value=1, max_value=5)
    tags = serializers.ListField(
        child=serializers.RegexField("^[0-9]{3}$"), max_length=8, required=False
    )
    comment = serializers.CharField(max_length=150, allow_blank=True, required=False)
    raw_level = serializers.IntegerField(
        min_value=-128, max_value=127, required=False, allow_null=True
    )

    class Meta:
        model = Rating
        fields = (
            "id",
            "event_id",
            "service_id",
            "level",
            "tags",
            "comment",
            "raw_level",
            "happened_at",
            "received_at",
        )
        read_only_fields = ("id", "received_at")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The rules of a rating."""
        attrs.setdefault("tags", [])
        attrs.setdefault("comment", "")
        try:
            shared.check_rating(attrs["level"], attrs["tags"], attrs["comment"])
        except shared.Refused as refused:
            raise serializers.ValidationError(refused.code) from None
        return attrs


class RateOnDevice(APIView):
    """Take a rating in: once, with its score rows, committed before the answer."""

    authentication_classes = (DeviceAuthentication,)

    def post(self, request: Request) -> Response:
        """A tap on an evaluator."""
        given = RatingSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            with transaction.atomic():
                rating = self._take_in(request.user, given)
        except IntegrityError:
            raise _refuse(shared.Refused(409, "rating.already_rated")) from None
        except shared.Refused as refused:
            raise _refuse(refused) from None
        return Response(RatingSerializer(rating).data, status=201)

    def _take_in(self, device: Signer, given: RatingSerializer) -> Rating:
        now = datetime.now(UTC)
        data = given.validated_data
        if Device.objects.values_list("revoked_at", flat=True).get(pk=device.id) is not None:
            raise shared.Refused(403, "device.revoked")
        service = Service.objects.select_for_update().filter(pk=data["service_id"]).first()
        if (
            service is None
            or service.hall_id != device.hall_id
            or (device.window_id and service.window_id != device.window_id)
        ):
            raise shared.Refused(404, "rating.no_such_service")
        moment, day = shared.counted_day(
            data["happened_at"], device.offset_ms, service.started_at, now
        )
        if service.rateable_until is not None and moment >= service.rateable_until:
            raise shared.Refused(409, "rating.too_late")
        channel = 5 if device.window_id else 4
        rating = given.save(
            tags_version=shared.VERSION,
            channel=channel,
            via="device",
            device_id=device.id,
            received_at=now,
            clock_offset_ms=device.offset_ms,
            day=day,
        )
        rows = shared.score_rows(service, rating.level, channel, rating.tags, day)
        with connection.cursor() as cursor:
            values = ", ".join(["(%s, %s, %s, %s, %s, 1)"] * len(rows))
            cursor.execute(_RAISE.format(rows=values), [part for row in rows for part in row])
        return rating
