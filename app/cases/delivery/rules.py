"""The way of a result by post: its states, and what a report of the carrier moves.

Pure: no I/O, no clock of its own.
"""

from enum import StrEnum


class Shipment(StrEnum):
    """Where a shipment stands."""

    TO_POST = "to_post"  # 待寄出
    POSTED = "posted"  # 已寄出
    IN_TRANSIT = "in_transit"  # 运输中
    ARRIVED = "arrived"  # 已到达，待签收
    SIGNED = "signed"  # 已签收
    RETURNED = "returned"  # 已退回
    CANCELLED = "cancelled"  # 不再邮寄：改为窗口领取，或者决定已撤销


ON_ITS_WAY = (Shipment.POSTED, Shipment.IN_TRANSIT, Shipment.ARRIVED)
"""The hall does not have it any more, the applicant not yet."""
ENDED = frozenset({Shipment.SIGNED, Shipment.RETURNED, Shipment.CANCELLED})
REPORTED = (Shipment.IN_TRANSIT, Shipment.ARRIVED, Shipment.SIGNED, Shipment.RETURNED)
"""What can be reported of a shipment once it is posted."""

SAYS: dict[Shipment, str] = {
    Shipment.TO_POST: "待寄出",
    Shipment.POSTED: "已寄出",
    Shipment.IN_TRANSIT: "运输中",
    Shipment.ARRIVED: "已到达，等待签收",
    Shipment.SIGNED: "已签收",
    Shipment.RETURNED: "已退回",
    Shipment.CANCELLED: "不再邮寄",
}
"""What the applicant reads for each state."""


def moves(now: Shipment, reported: Shipment) -> bool:
    """Whether a report moves a shipment on.

    Reports come in any order and any number of times: one that says less than is known moves
    nothing, and nothing moves what is not posted yet or has come to its end.
    """
    if now not in ON_ITS_WAY or reported not in REPORTED:
        return False
    if reported in ENDED:
        return True
    return ON_ITS_WAY.index(reported) > ON_ITS_WAY.index(now)
