"""How values are written for people."""

from datetime import date

import pytest

from app.pages import words


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (1.0, "100.0%"),
        (2999 / 3000, "99.9%"),
        (0.99949, "99.9%"),
        (0.5, "50.0%"),
        (1 / 3000, "0.1%"),
        (0.0, "0.0%"),
        (None, "—"),
        (-0.2, "-20.0%"),
    ],
)
def test_only_all_is_a_hundred_per_cent_and_only_none_is_nothing(
    share: float | None, said: str
) -> None:
    assert words.percent(share) == said


def test_whole_per_cents_are_as_careful() -> None:
    assert [words.percent(share, 0) for share in (0.996, 1.0, 0.004, 0.0)] == [
        "99%",
        "100%",
        "1%",
        "0%",
    ]


def test_a_month_is_told_of_a_day_and_of_its_text() -> None:
    assert words.month(date(2026, 3, 9)) == words.month("2026-03") == "2026年3月"
