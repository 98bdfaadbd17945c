"""Tables of what happens after a decision: certificates, the post, hand-overs."""

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id
from app.core.fields import PersonalField


class CaseCertificate(Model):
    """A certificate that was made out for a case; never changed. Its document can be revoked."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case_id = fields.UUIDField()
    position = fields.SmallIntField()
    document_id = fields.UUIDField(unique=True)
    department_id = fields.UUIDField()
    title = fields.CharField(max_length=200)
    number = fields.CharField(max_length=60)
    valid_until = fields.DateField(null=True)
    issued_at = fields.DatetimeField()

    class Meta:
        table = "case_certificates"
        unique_together = (("case_id", "position"), ("case_id", "number"))


class CaseShipment(Model):
    """One try to bring a result by post; a returned one is followed by another."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case_id = fields.UUIDField()
    hall_id = fields.UUIDField()
    attempt = fields.SmallIntField()
    state = fields.CharField(max_length=10)
    carrier = fields.CharField(max_length=40, null=True)
    tracking_number = fields.CharField(max_length=40, null=True)
    made_at = fields.DatetimeField()
    posted_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "case_shipments"
        unique_together = (("case_id", "attempt"),)


class ShipmentEvent(Model):
    """What a clerk or the carrier's system said of a shipment; never changed or deleted."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    shipment_id = fields.UUIDField()
    state = fields.CharField(max_length=10)
    at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()
    actor = fields.CharField(max_length=64)
    note = fields.CharField(max_length=200)
    moved = fields.BooleanField()
    client_id = fields.UUIDField(null=True)
    event_id = fields.CharField(max_length=64, null=True)
    digest = fields.BinaryField(null=True)

    class Meta:
        table = "shipment_events"
        unique_together = (("client_id", "event_id", "shipment_id"),)


class CaseHandover(Model):
    """That the result, or the refusal, reached the applicant, and how; never changed."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case_id = fields.UUIDField(unique=True)
    way = fields.CharField(max_length=12)
    at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()
    actor = fields.CharField(max_length=64)
    collected_by = fields.CharField(max_length=10, null=True)
    agent_name = PersonalField("name", "case_handovers.agent_name", null=True)
    agent_id_number = PersonalField("id_number", "case_handovers.agent_id_number", null=True)
    signature_note = fields.CharField(max_length=200)
    shipment_id = fields.UUIDField(null=True)

    class Meta:
        table = "case_handovers"


class ApprovalLink(Model):
    """That another approval system speaks for a department, from when to when."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    client_id = fields.UUIDField()
    department_id = fields.UUIDField()
    hall_id = fields.UUIDField()
    linked_by = fields.UUIDField()
    linked_at = fields.DatetimeField()
    ended_by = fields.UUIDField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "approval_links"


class ApprovalReport(Model):
    """What another approval system reported of a task, and what came of it; never changed."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    client_id = fields.UUIDField()
    report_id = fields.CharField(max_length=64)
    digest = fields.BinaryField()
    case_id = fields.UUIDField()
    task_id = fields.UUIDField()
    department_id = fields.UUIDField()
    kind = fields.CharField(max_length=10)
    at = fields.DatetimeField()
    by_name = fields.CharField(max_length=60)
    opinion = fields.CharField(max_length=500)
    basis = fields.CharField(max_length=300)
    outcome = fields.CharField(max_length=10)
    received_at = fields.DatetimeField()

    class Meta:
        table = "approval_reports"
        unique_together = (("client_id", "report_id"),)
