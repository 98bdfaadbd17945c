"""How a paper looks: a letter of the hall, or a certificate."""

from datetime import date, datetime

from app.core.clock import day_of
from app.documents.blocks import Block, KeyValues, Paragraph, Proof, Sheet, Signed, Space
from app.documents.rules import Kind, Paper, shown_code

_HIDDEN = "（姓名已隐去）"
_SIZE = 14.0
"""四号, of a certificate: it has more to say on its one page than a letter."""


def sheet(paper: Paper, code: str, address: str, *, anonymous: bool = False) -> Sheet:
    """The sheet of a paper.

    Args:
        address: what its QR code says.
        anonymous: the holder's name and the personal details are left out.
    """
    framed = paper.kind is Kind.CERTIFICATE
    compose = _certificate if framed else _letter
    return Sheet(
        title=paper.title,
        head=paper.hall_name,
        number=paper.number,
        blocks=tuple(compose(paper, anonymous=anonymous)),
        frame=framed,
        made_at=paper.issued_at,
        proof=Proof(address, shown_code(code), _notes(paper, address)),
    )


def chinese_day(moment: datetime | date) -> str:
    """A day as a paper writes it, without leading zeros (GB/T 9704—2012, clause 7.3.5.4)."""
    day = day_of(moment) if isinstance(moment, datetime) else moment
    return f"{day.year}年{day.month}月{day.day}日"


def _letter(paper: Paper, *, anonymous: bool) -> list[Block]:
    blocks: list[Block] = []
    if paper.holder:
        blocks.append(Paragraph(f"{_holder(paper, anonymous=anonymous)}：", indent=False))
    blocks += [Paragraph(line) for line in paper.lines]
    if paper.details and not anonymous:
        blocks.append(KeyValues(paper.details))
    if paper.valid_until:
        blocks.append(Paragraph(f"有效期至{chinese_day(paper.valid_until)}。"))
    return [*blocks, Signed(paper.hall_name, chinese_day(paper.issued_at))]


def _certificate(paper: Paper, *, anonymous: bool) -> list[Block]:
    rows: list[tuple[str, str]] = []
    if paper.holder:
        rows.append(("持证人", _holder(paper, anonymous=anonymous)))
    if paper.item_name:
        rows.append(("事项", paper.item_name))
    if not anonymous:
        rows += paper.details
    rows.append(("有效期", _validity(paper)))
    blocks: list[Block] = [KeyValues(tuple(rows), _SIZE), Space(6)]
    blocks += [Paragraph(line, _SIZE) for line in paper.lines]
    return [*blocks, Signed(paper.hall_name, chinese_day(paper.issued_at), _SIZE)]


def _holder(paper: Paper, *, anonymous: bool) -> str:
    assert paper.holder is not None
    return _HIDDEN if anonymous else paper.holder.reveal()


def _validity(paper: Paper) -> str:
    begins = chinese_day(paper.issued_at)
    return f"{begins}至{chinese_day(paper.valid_until)}" if paper.valid_until else f"{begins}起长期"


def _notes(paper: Paper, address: str) -> tuple[str, ...]:
    what = "证照" if paper.kind is Kind.CERTIFICATE else "文书"
    return (
        f"本{what}由{paper.hall_name}以电子形式出具。",
        f"用手机扫描右侧二维码，或打开 {address.rpartition('/')[0]} 输入二维码下方的核验码，"
        "可查看其真伪和当前效力。内容与核验结果不一致的，请向出具单位核实。",
    )
