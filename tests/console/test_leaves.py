"""Long tables are read leaf by leaf, and nothing of them is lost."""

import re
from datetime import timedelta
from typing import Any

import pytest

from app.console.charts import MOST_BARS
from app.console.leaves import MOST_ROWS
from app.core import db
from app.core.db import new_id
from evaluations.scores import schemas
from evaluations.scores import service as scores
from evaluations.scores.rules import Counts
from evaluations.scores.schemas import Figures
from tests.console.pages import Console, words

ITEMS = 2 * MOST_ROWS + 30
TABLES = ("/scores", "/ranking", "/compare")


async def many_items(console: Console, ratings: int) -> None:
    """So many items that were rated so many times each on one of the last days."""
    place, house = console.loops.place, console.loops.house
    await db.execute(
        "INSERT INTO score_days (hall_id, dimension, day, key, measure, n)"
        " SELECT $1, 5, $2, key, 5, $3 FROM unnest($4::text[]) AS key",
        place.hall_id,
        house.clock.now().date() - timedelta(days=2),
        ratings,
        [str(new_id()) for _ in range(ITEMS)],
    )


def keys(page: str) -> list[str]:
    """The items that a page's table names, each with a link to its ratings; charts have less."""
    table = max(re.findall(r"<tbody.*?</tbody>", page, re.DOTALL), key=len)
    return list(dict.fromkeys(re.findall(r"/console/ratings\?[^\"]*?key=([0-9a-f-]{36})", table)))


@pytest.mark.parametrize("path", TABLES)
async def test_all_leaves_together_are_the_whole_table(console: Console, path: str) -> None:
    await many_items(console, ratings=40)
    address: Any = f"{path}?by=item"
    seen: list[str] = []
    for rows, told in (
        (100, "第 1 至 100 个"),
        (100, "第 101 至 200 个"),
        (30, "第 201 至 230 个"),
    ):
        page = await console.page("manager", address)
        assert len(keys(page)) == rows
        assert f"{told}，共 230 个" in words(page)
        seen += keys(page)
        following = re.search(r'href="/console([^"]*)" rel="next"', page)
        address = following[1].replace("&amp;", "&") if following else None
    assert address is None
    assert len(set(seen)) == ITEMS


async def test_leaves_lead_back_too(console: Console) -> None:
    await many_items(console, ratings=40)
    page = await console.page("manager", "/scores?by=item&skip=100")
    back = re.search(r'href="([^"]*)" rel="prev"', page)
    assert back
    assert "skip" not in back[1]
    past_the_end = await console.page("manager", "/scores?by=item&skip=5000")
    assert 'rel="next"' not in past_the_end
    assert "skip=130" in past_the_end


async def test_a_short_table_has_no_leaves(console: Console) -> None:
    for path in TABLES:
        page = await console.page("manager", f"{path}?by=window")
        assert 'rel="next"' not in page
        assert 'rel="prev"' not in page


async def test_of_many_with_too_few_ratings_the_ranking_names_some_and_counts_the_rest(
    console: Console,
) -> None:
    await many_items(console, ratings=1)
    page = words(await console.page("manager", "/ranking?by=item"))
    assert "另有 130 个，见 满意度" in page or "另有 130 个，见满意度" in page


@pytest.mark.parametrize("path", TABLES)
async def test_a_page_works_out_the_figures_of_the_rows_that_it_shows(
    console: Console, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    await many_items(console, ratings=40)
    made: list[Counts] = []

    def figures(counts: Counts, *given: Any, **more: Any) -> Figures:
        made.append(counts)
        return schemas.figures(counts, *given, **more)

    monkeypatch.setattr(scores, "figures", figures)
    page = await console.page("manager", f"{path}?by=item")
    assert len(keys(page)) == MOST_ROWS
    total = 1
    assert MOST_ROWS <= len(made) <= total + MOST_ROWS + MOST_BARS
