"""Tables of the ground floor: sessions, repeated requests, the outbox, the trail, the jobs."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id


class Session(Model):
    """A signed-in phone or browser. Only a hash of its token is kept."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    token_hash = fields.BinaryField()
    kind = fields.CharField(max_length=16)
    subject_id = fields.UUIDField()
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    revoked_why = fields.CharField(max_length=64, null=True)
    device = fields.CharField(max_length=60, null=True)
    """What its owner will recognise it by, such as the kind of phone."""
    seen_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sessions"


class ReplacedToken(Model):
    """Hash of a token that a session had before the one it has now."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    token_hash = fields.BinaryField()
    session_id = fields.UUIDField()
    replaced_at = fields.DatetimeField()

    class Meta:
        table = "replaced_tokens"


class FirstAnswer(Model):
    """The answer that a request with an `Idempotency-Key` got the first time."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    actor = fields.CharField(max_length=64)
    key = fields.CharField(max_length=128)
    request_digest = fields.BinaryField()
    status = fields.SmallIntField(null=True)
    body = fields.BinaryField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "first_answers"
        unique_together = (("actor", "key"),)


class OutboxEntry(Model):
    """Something that must happen after a commit; kept in that commit, done at least once."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    topic = fields.CharField(max_length=64)
    key = fields.CharField(max_length=160)
    payload: Any = fields.JSONField()
    state = fields.CharField(max_length=8, default="waiting")
    created_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    claimed_until = fields.DatetimeField(null=True)
    attempts = fields.SmallIntField(default=0)
    last_error = fields.CharField(max_length=300, null=True)
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "outbox"


class AuditChain(Model):
    """The head of one chain of the trail."""

    id = fields.SmallIntField(primary_key=True, generated=False)
    seq = fields.BigIntField(default=0)
    digest = fields.BinaryField()

    class Meta:
        table = "audit_chains"


class AuditEntry(Model):
    """One act: who did what to which thing, when; chained to the entry before by its MAC."""

    id = fields.BigIntField(primary_key=True)
    chain = fields.SmallIntField()
    seq = fields.BigIntField()
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=64)
    verb = fields.CharField(max_length=64)
    subject = fields.CharField(max_length=80)
    hall_id = fields.UUIDField(null=True)
    request_id = fields.CharField(max_length=64, null=True)
    data: Any = fields.JSONField()
    key_id = fields.CharField(max_length=32)
    digest = fields.BinaryField()

    class Meta:
        table = "audit_entries"
        unique_together = (("chain", "seq"),)


class PeriodicRun(Model):
    """When a periodic job ran last, so that one worker runs it and not all of them."""

    name = fields.CharField(max_length=64, primary_key=True)
    last_at = fields.DatetimeField()

    class Meta:
        table = "periodic_runs"
