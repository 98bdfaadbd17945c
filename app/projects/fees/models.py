"""Tables of fees. Amounts are in fen. What was paid, waived or given back is never changed."""

from tortoise import fields
from tortoise.models import Model

from app.core.db import new_id


class FeeList(Model):
    """The fees of a case were listed; from then on the list stays as it is."""

    case_id = fields.UUIDField(primary_key=True)
    hall_id = fields.UUIDField()
    opened_at = fields.DatetimeField()
    opened_by = fields.CharField(max_length=64)

    class Meta:
        table = "fee_lists"


class FeeLine(Model):
    """One fee of a case. `amount_fen` is None until the department sets it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    case_id = fields.UUIDField()
    position = fields.SmallIntField()
    hall_id = fields.UUIDField()
    department_id = fields.UUIDField()
    item_name = fields.CharField(max_length=200)
    name = fields.CharField(max_length=200)
    basis = fields.TextField()
    amount_text = fields.CharField(max_length=200)
    amount_fen = fields.BigIntField(null=True)
    calculation = fields.CharField(max_length=500, default="")
    amount_by = fields.UUIDField(null=True)
    amount_at = fields.DatetimeField(null=True)
    state = fields.CharField(max_length=8)
    payment_id = fields.UUIDField(null=True)
    waived_by = fields.UUIDField(null=True)
    waived_at = fields.DatetimeField(null=True)
    waived_why = fields.CharField(max_length=500, null=True)
    waived_basis = fields.CharField(max_length=300, null=True)

    class Meta:
        table = "fee_lines"
        unique_together = (("case_id", "position"),)


class FeePayment(Model):
    """One payment, with the number of its receipt; `client_id` where another system reported it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    hall_id = fields.UUIDField()
    case_id = fields.UUIDField(null=True)
    project_id = fields.UUIDField(null=True)
    total_fen = fields.BigIntField()
    channel = fields.CharField(max_length=8)
    receipt_number = fields.CharField(max_length=60)
    paid_at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()
    recorded_by = fields.CharField(max_length=64)
    client_id = fields.UUIDField(null=True)
    report_id = fields.CharField(max_length=60, null=True)
    digest = fields.BinaryField(null=True)

    class Meta:
        table = "fee_payments"
        unique_together = (("hall_id", "receipt_number"), ("client_id", "report_id"))


class FeeRefund(Model):
    """Money that was given back for a line, with the number of its voucher."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    line_id = fields.UUIDField()
    hall_id = fields.UUIDField()
    amount_fen = fields.BigIntField()
    reason = fields.CharField(max_length=500)
    voucher_number = fields.CharField(max_length=60)
    refunded_at = fields.DatetimeField()
    recorded_by = fields.UUIDField()

    class Meta:
        table = "fee_refunds"
        unique_together = (("hall_id", "voucher_number"),)
