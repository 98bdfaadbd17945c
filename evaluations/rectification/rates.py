"""The rates of the bad-rating loop, each with its numerator and denominator. Pure.

They are about the bad ratings received in a period, wherever they stand on the day they are asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.ratios import Ratio
from evaluations.rectification.rules import Verdict


@dataclass(frozen=True)
class Fact:
    """What the rates need to know of one rectification.

    Attributes:
        revisited: the rater was reached in a revisit, at least once.
        late: a rectification was done after its limit.
        passed: the limit of the rectification is over.
    """

    named: bool
    verdict: Verdict | None
    closed: bool
    revisited: bool
    late: bool
    passed: bool


@dataclass(frozen=True)
class Tally:
    """How many there are of what the rates are made of."""

    received: int = 0
    closed: int = 0
    true: int = 0
    true_closed: int = 0
    due: int = 0
    on_time: int = 0
    named: int = 0
    revisited: int = 0


def tally(facts: Iterable[tuple[Fact, int]]) -> Tally:
    """Counts out of facts, each with how many rectifications it is true of."""
    counts = dict.fromkeys(Tally.__dataclass_fields__, 0)
    for fact, n in facts:
        true = fact.verdict is Verdict.TRUE
        counts["received"] += n
        counts["closed"] += n * fact.closed
        counts["true"] += n * true
        counts["true_closed"] += n * (true and fact.closed)
        counts["due"] += n * (true and (fact.closed or fact.passed))
        counts["on_time"] += n * (true and fact.closed and not fact.late)
        counts["named"] += n * fact.named
        counts["revisited"] += n * (fact.named and fact.revisited)
    return Tally(**counts)


def rectification_rate(counts: Tally) -> Ratio:
    """整改率: verified true and closed ÷ verified true."""
    return Ratio(counts.true_closed, counts.true)


def on_time_rate(counts: Tally) -> Ratio:
    """按期整改率: closed with every rectification done within its limit ÷ due.

    Due are those verified true that are closed or whose limit is over.
    """
    return Ratio(counts.on_time, counts.due)


def revisit_rate(counts: Tally) -> Ratio:
    """回访率: raters reached in a revisit ÷ all named bad ratings; 100 % are wanted."""
    return Ratio(counts.revisited, counts.named)


FORMULAS = (
    ("整改率", "核实属实且已办结的差评数 ÷ 核实属实的差评数"),
    ("按期整改率", "每次整改都在时限内完成且已办结的差评数 ÷ 应整改数（属实，且已办结或时限已到）"),
    ("回访率", "已回访到本人的实名差评数 ÷ 实名差评总数"),
)
"""What each rate is, in the words of the ledger."""
