"""The catalogue: lists, searches and guides of 1,135 items, by people who are not signed in."""

import random
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import httpx

from app.catalog.guide import FLAGS, Kind
from app.catalog.pronunciation import syllables
from app.catalog.search import everyday_words
from tests.bench import town
from tests.bench.ground import Ground
from tests.bench.reading import SEED, Reading, Readings, get
from tests.bench.table import Figure, out

DATABASE = "bench_catalog"
PATH = "/api/v1/items"


def _list(ground: Ground) -> list[bytes]:
    """The hall's list page by page, and the first page of every department, kind and mark."""
    hall = {"hall_id": str(town.HALL_ID)}
    departments = {department for _, _, department in town.items(ground, DATABASE)}
    filters: list[dict[str, str]] = [
        {},
        {"order": "most_used"},
        *({"kind": str(kind.value)} for kind in Kind),
        *({flag: "true"} for flag in (*FLAGS, "bundle")),
        *({"department_id": str(department)} for department in sorted(departments)),
    ]
    paths = [f"{PATH}?{urlencode(hall | chosen)}" for chosen in filters]
    with ground.serving(DATABASE) as url, httpx.Client(base_url=url) as client:
        paths += _following(client, hall)
    return [get(path) for path in paths]


def _following(client: httpx.Client, hall: dict[str, str]) -> Iterator[str]:
    after = client.get(PATH, params=hall).json()["next"]
    while after:
        path = f"{PATH}?{urlencode(hall | {'after': after})}"
        yield path
        after = client.get(path).json()["next"]


def _typed(names: list[str]) -> Iterator[str]:
    """What people type for each item: a piece, two pieces, initials, pinyin, with a slip."""
    drawn = random.Random(SEED)
    for name in names:
        at = drawn.randrange(max(1, len(name) - 4))
        yield name[at : at + 4]
        yield f"{name[:2]} {name[-2:]}"
        yield "".join(said[0] for said in syllables(name[:6]))
        yield "".join(syllables(name[at : at + 3]))
        yield f"{name[:3]}{name[4:8]}"
    yield from everyday_words()


def run(ground: Ground) -> list[Figure]:
    """Import the catalogue; then ratios, then tails."""
    town.make(ground, DATABASE)
    items = town.items(ground, DATABASE)
    typed = [text for text in _typed([name for _, name, _ in items]) if text.strip()]
    out.print(f"  {len(items)} items, {len(typed)} searches")
    hall = town.HALL_ID
    readings = [
        Reading("catalog_list", "a page of the list, 20 items", _list(ground), 0.4),
        Reading(
            "guide", "an item with its whole guide", [get(f"{PATH}/{i}") for i, *_ in items], 0.4
        ),
        Reading(
            "search",
            "a search, mostly one that nobody has made before",
            [get(f"{PATH}?hall_id={hall}&q={quote(text)}") for text in typed],
        ),
    ]
    found = Readings(ground, DATABASE)
    return found.ratios(readings) + found.tails(readings)
