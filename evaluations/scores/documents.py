"""What a published month says, and how its documents hang together.

A document is canonical JSON of whole numbers and texts, so that anybody can compute its SM3 digest
(GB/T 32905) again; each names the digest of the one its hall published before. It holds windows,
departments and items, and nobody: neither who rated nor who served.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from app.core.envelopes import sm3
from app.core.privacy import Keyring
from app.core.ratios import Ratio
from app.core.wire import Out
from evaluations.scores import rules
from evaluations.scores.rules import Counts

FORMAT = "zhangban.published-scores.1"
PURPOSE = "published-scores"
FORMULAS = {
    "satisfaction": "满意度 =（基本满意＋满意＋非常满意的评价数）÷ 有效评价总数",
    "good_rate": "好评率 =（满意＋非常满意的评价数）÷ 有效评价总数",
    "mean_level": "平均等级 = 各评价等级（1 至 5）之和 ÷ 有效评价总数",
    "participation": "主动评价率 = 期内应评服务中已评价的件数 ÷ 期内应评件数",
}


class Fraction(Out, frozen=True):
    """A rate as it is published: two whole numbers."""

    numerator: int
    denominator: int

    @classmethod
    def of(cls, ratio: Ratio) -> "Fraction":
        """The ratio as it is published."""
        return cls(numerator=ratio.numerator, denominator=ratio.denominator)


class PublishedFigures(Out, frozen=True):
    """Counts by level and the rates that are made of them."""

    levels: dict[str, int]
    rated: int
    due: int
    due_rated: int
    satisfaction: Fraction
    good_rate: Fraction
    mean_level: Fraction
    participation: Fraction


class PublishedRow(Out, frozen=True):
    """One department, window or item; `figures` is null where they are withheld as too few.

    `hall` names the hall below to which it belongs; empty for one of the hall itself.
    """

    key: str
    name: str
    hall: str
    figures: PublishedFigures | None


class Frozen(Out, frozen=True):
    """The figures of a month as they were counted at one moment."""

    format: str
    hall_id: UUID
    hall_name: str
    month: str
    counted_at: datetime
    small_sample_below: int
    formulas: dict[str, str]
    total: PublishedFigures | None
    departments: list[PublishedRow]
    windows: list[PublishedRow]
    items: list[PublishedRow]


class Previous(Out, frozen=True):
    """What the hall published before."""

    month: str
    digest: str


class Document(Frozen, frozen=True, kw_only=True):
    """A published month, at its place in the hall's chain: 1, 2, 3 …"""

    seq: int
    previous: Previous | None
    published_at: datetime


@dataclass(frozen=True)
class Kept:
    """A document as it is kept, with what proves it."""

    seq: int
    content: str
    previous: bytes | None
    digest: bytes
    key_id: str
    mac: bytes


def text_of(value: Frozen) -> str:
    """Canonical JSON: sorted names, no blanks."""
    return msgspec.json.encode(value, order="sorted").decode()


def frozen_of(text: str) -> Frozen:
    """The figures behind their text."""
    return msgspec.json.decode(text, type=Frozen)


def document_of(text: str) -> Document:
    """The document behind its text."""
    return msgspec.json.decode(text, type=Document)


def figures_of(counts: Counts) -> PublishedFigures:
    """Counts as they are published."""
    return PublishedFigures(
        levels={str(level): n for level, n in enumerate(counts.levels, 1)},
        rated=counts.ratings,
        due=counts.due,
        due_rated=counts.due_rated,
        satisfaction=Fraction.of(rules.satisfaction(counts)),
        good_rate=Fraction.of(rules.good_rate(counts)),
        mean_level=Fraction.of(rules.mean_level(counts)),
        participation=Fraction.of(rules.participation(counts)),
    )


@dataclass(frozen=True)
class Row:
    """One row before it is decided whether it can be shown."""

    key: str
    name: str
    hall: str
    counts: Counts


def table(rows: Sequence[Row], small_sample: int, *, all_withheld: bool) -> list[PublishedRow]:
    """The rows as they are published, by hall and name; see `rules.withheld`."""
    ordered = sorted(rows, key=lambda row: (row.hall, row.name, row.key))
    hidden = rules.withheld([row.counts.ratings for row in ordered], small_sample)
    return [
        PublishedRow(
            key=row.key,
            name=row.name,
            hall=row.hall,
            figures=None if hide or all_withheld else figures_of(row.counts),
        )
        for row, hide in zip(ordered, hidden, strict=True)
    ]


def seal(document: Document, keyring: Keyring) -> Kept:
    """The document as it is kept: its text, its digest, and the code of the house's newest key."""
    content = text_of(document)
    digest = sm3(content.encode())
    key_id = keyring.newest_id
    return Kept(
        seq=document.seq,
        content=content,
        previous=bytes.fromhex(document.previous.digest) if document.previous else None,
        digest=digest,
        key_id=key_id,
        mac=keyring.mac(digest, PURPOSE, key_id=key_id),
    )


def faults(kept: Kept, before: Kept | None, after: Kept | None, keyring: Keyring) -> list[str]:
    """What does not hold of a document and its neighbours in the chain, in a reader's words."""
    found = []
    if sm3(kept.content.encode()) != kept.digest:
        found.append("内容与摘要（SM3）不一致。")
    else:
        document = document_of(kept.content)
        told = bytes.fromhex(document.previous.digest) if document.previous else None
        if document.seq != kept.seq or told != kept.previous:
            found.append("内容中的序号或上期摘要与登记不一致。")
    if not keyring.verify_mac(kept.digest, kept.mac, PURPOSE, key_id=kept.key_id):
        found.append("签名校验未通过。")
    if kept.previous != (before.digest if before else None) or (kept.seq > 1) != bool(before):
        found.append("与上一期公布内容的链接断开。")
    if after is not None and after.previous != kept.digest:
        found.append("与下一期公布内容的链接断开。")
    return found
