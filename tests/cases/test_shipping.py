"""The way of a shipment: whatever the order of the reports, it only goes on."""

from hypothesis import given
from hypothesis import strategies as st

from app.cases.delivery.rules import ENDED, ON_ITS_WAY, REPORTED, SAYS, Shipment, moves

reports = st.lists(st.sampled_from(list(Shipment)), max_size=12)


def way(start: Shipment, told: list[Shipment]) -> list[Shipment]:
    """The states that a shipment passes through."""
    found = [start]
    for one in told:
        if moves(found[-1], one):
            found.append(one)
    return found


@given(reports)
def test_it_never_goes_back(told: list[Shipment]) -> None:
    passed = way(Shipment.POSTED, told)
    ranks = [len(ON_ITS_WAY) if state in ENDED else ON_ITS_WAY.index(state) for state in passed]
    assert ranks == sorted(set(ranks))


@given(reports)
def test_a_repeat_changes_nothing(told: list[Shipment]) -> None:
    twice = [one for one in told for _ in range(2)]
    assert way(Shipment.POSTED, twice) == way(Shipment.POSTED, told)


@given(reports)
def test_its_end_is_the_first_end_that_was_reported(told: list[Shipment]) -> None:
    ends = [one for one in told if one in ENDED and one in REPORTED]
    last = way(Shipment.POSTED, told)[-1]
    assert last == ends[0] if ends else last not in ENDED


@given(reports)
def test_what_is_not_posted_cannot_be_reported_of(told: list[Shipment]) -> None:
    assert way(Shipment.TO_POST, told) == [Shipment.TO_POST]


def test_every_state_is_said_in_words() -> None:
    assert set(SAYS) == set(Shipment)
