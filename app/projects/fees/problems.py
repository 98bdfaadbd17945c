"""What can stand in the way of acts on fees."""

from app.core.errors import Conflict, Problem


class NotDue(Conflict):
    """The fee is paid or waived already."""

    code = "fees.not_due"
    title = "这项费用已经缴纳或免收，不能再变动。"


class NothingDue(Conflict):
    """There is nothing to pay."""

    code = "fees.nothing_due"
    title = "没有待缴的费用，可能已经缴清。"


class AmountUnset(Conflict):
    """A fee cannot be paid before the department has set its amount; `detail` names it."""

    code = "fees.amount_unset"
    title = "有费用尚未核定金额，不能缴费。"


class OtherTotal(Conflict):
    """The payment is not the sum of what it is for; `due_fen` says what that is."""

    code = "fees.other_total"
    title = "缴费金额与待缴金额不一致，请刷新清单后核对。"


class ReceiptTaken(Conflict):
    """A payment or refund with this receipt is on record already."""

    code = "fees.receipt_taken"
    title = "这个票据号码已经登记过，请核对。"


class ReportChanged(Conflict):
    """The system reported another payment under this id before."""

    code = "fees.report_changed"
    title = "同一报送编号的内容与先前不一致。"


class TooMuch(Conflict):
    """More would be given back than was paid; `refundable_fen` says how much is left."""

    code = "fees.too_much"
    title = "退费金额超过可退金额。"


class PaidWhen(Problem):
    """A payment happened neither in the future nor before anything was applied for."""

    status = 422
    code = "fees.paid_when"
    title = "缴费时间不能晚于现在，也不能早于申请提交的时间。"
