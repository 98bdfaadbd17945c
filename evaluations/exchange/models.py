"""Tables of the exchange: what is to be sent with its state, and how far the queue has read."""

from tortoise import fields
from tortoise.models import Model


class Push(Model):
    """One record or rating on its way to the province.

    Its id is that of the service or rating itself, so that each is queued once. Without `due_at`
    it is held: a record until its service has ended, a rating until its record was accepted.
    """

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=8)
    service_id = fields.UUIDField()
    hall_id = fields.UUIDField()
    project_no = fields.CharField(max_length=40)
    service_number = fields.SmallIntField()
    state = fields.CharField(max_length=10, default="waiting")
    code = fields.CharField(max_length=16, null=True)
    reason = fields.CharField(max_length=200, null=True)
    attempts = fields.SmallIntField(default=0)
    created_at = fields.DatetimeField()
    due_at = fields.DatetimeField(null=True)
    claimed_until = fields.DatetimeField(null=True)
    sent_at = fields.DatetimeField(null=True)
    answered_at = fields.DatetimeField(null=True)

    class Meta:
        table = "exchange_pushes"


class Mark(Model):
    """The last service or rating that was queued; ids sort by the time they were made."""

    kind = fields.CharField(max_length=8, primary_key=True)
    last_id = fields.UUIDField()

    class Meta:
        table = "exchange_marks"
