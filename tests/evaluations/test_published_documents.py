"""Published documents prove themselves: whatever is changed in a chain of them is found."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from app.core.privacy import Keyring
from evaluations.scores import documents
from evaluations.scores.documents import Document, Kept, Previous, Row
from evaluations.scores.rules import Counts

HALL = UUID("018c0000-0000-7000-8000-000000000001")
AT = datetime(2026, 4, 2, 9, tzinfo=UTC)
KEYRING = Keyring.parse(Keyring.new_key("one"))
number = st.integers(0, 60)
counts = st.builds(Counts, st.tuples(*[number] * 5), number, number)
rows = st.lists(
    st.builds(Row, st.uuids().map(str), st.text(max_size=12), st.just(""), counts), max_size=6
)


def document(seq: int, windows: list[Row], before: Kept | None) -> Document:
    return Document(
        format=documents.FORMAT,
        hall_id=HALL,
        hall_name="青河县政务服务中心",
        month=f"2026-{seq:02}",
        counted_at=AT,
        small_sample_below=5,
        formulas=documents.FORMULAS,
        total=documents.figures_of(sum((row.counts for row in windows), Counts())),
        departments=[],
        windows=documents.table(windows, 5, all_withheld=False),
        items=[],
        seq=seq,
        previous=Previous(month="2026-00", digest=before.digest.hex()) if before else None,
        published_at=AT,
    )


def chain_of(months: list[list[Row]]) -> list[Kept]:
    chain: list[Kept] = []
    for seq, windows in enumerate(months, 1):
        made = document(seq, windows, chain[-1] if chain else None)
        chain.append(documents.seal(made, KEYRING))
    return chain


def faults(chain: list[Kept]) -> list[str]:
    beside = [None, *chain, None]
    return [
        fault
        for before, kept, after in zip(beside, chain, beside[2:], strict=False)
        for fault in documents.faults(kept, before, after, KEYRING)
    ]


chains = st.lists(rows, min_size=1, max_size=4).map(chain_of)


@given(chains)
def test_a_chain_holds_as_it_was_made(chain: list[Kept]) -> None:
    assert faults(chain) == []


@given(chains)
def test_a_document_is_read_back_and_written_the_same(chain: list[Kept]) -> None:
    for kept in chain:
        assert documents.text_of(documents.document_of(kept.content)) == kept.content


@given(chains)
def test_a_document_holds_whole_numbers_and_texts_alone(chain: list[Kept]) -> None:
    def plain(value: object) -> bool:
        if isinstance(value, dict):
            return all(plain(part) for part in value.values())
        if isinstance(value, list):
            return all(plain(part) for part in value)
        return value is None or isinstance(value, int | str)

    assert all(plain(msgspec.json.decode(kept.content)) for kept in chain)


@given(chains, st.data())
def test_one_changed_character_is_found(chain: list[Kept], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(chain) - 1))
    kept = chain[place]
    at = data.draw(st.integers(0, len(kept.content) - 1))
    other = "0" if kept.content[at] != "0" else "1"
    content = kept.content[:at] + other + kept.content[at + 1 :]
    chain[place] = replace(kept, content=content)
    assert faults(chain)


@given(st.lists(rows, min_size=3, max_size=4).map(chain_of), st.data())
def test_a_document_that_is_missing_or_moved_is_found(chain: list[Kept], data) -> None:
    place = data.draw(st.integers(0, len(chain) - 2))
    assert faults(chain[:place] + chain[place + 1 :])
    chain[place], chain[place + 1] = chain[place + 1], chain[place]
    assert faults(chain)


@given(rows)
def test_what_is_rewritten_without_the_key_is_found(windows: list[Row]) -> None:
    theirs = Keyring.parse(Keyring.new_key("one"))
    forged = documents.seal(document(1, windows, None), theirs)
    assert faults([forged]) == ["签名校验未通过。"]


@given(rows)
def test_no_row_of_a_small_sample_is_shown(windows: list[Row]) -> None:
    shown = documents.table(windows, 5, all_withheld=False)
    assert len(shown) == len(windows)
    assert all(row.figures is None or row.figures.rated >= 5 for row in shown)
    assert all(row.figures is None for row in documents.table(windows, 5, all_withheld=True))


def test_it_holds_while_keys_rotate_and_not_when_its_key_is_gone() -> None:
    old, new = Keyring.new_key("old"), Keyring.new_key("new")
    made = documents.seal(document(1, [], None), Keyring.parse(old))
    assert documents.faults(made, None, None, Keyring.parse(f"{new},{old}")) == []
    assert documents.faults(made, None, None, Keyring.parse(new)) == ["签名校验未通过。"]
