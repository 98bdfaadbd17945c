"""Copies of one photo are like it; other papers of its kind are not; the table does not tell."""

import io
import itertools
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.core.privacy import Keyring
from app.materials import likeness, quality
from app.settings import Settings

from . import odd_pictures as odd
from . import papers

BITS = Settings().likeness_bits
ONE, OTHER = UUID(int=1), UUID(int=2)
PAPERS = {
    "page": papers.page,
    "form": papers.form,
    "card": papers.card,
    "certificate": papers.certificate,
}


def photo(kind: str, seed: int) -> Image.Image:
    size = papers.SIZE if kind in ("page", "form") else (1600, 1200)
    return papers.lit(papers.on_table(PAPERS[kind](seed), size=size, angle=seed % 5 - 2), seed=seed)


def hashed(image: Image.Image) -> int:
    return likeness.of(quality.reduced(image, 480).convert("L"))


def apart(one: int, other: int) -> int:
    return (one ^ other).bit_count()


@pytest.mark.parametrize("kind", PAPERS)
class TestPapers:
    def test_sent_again_compressed_smaller_or_brighter_are_nearly_always_alike(self, kind):
        alike = 0
        for seed in range(3):
            first = photo(kind, seed)
            again = odd.saved(first, "JPEG", quality=45)
            with Image.open(io.BytesIO(again)) as saved:
                copies = [saved.convert("RGB")]
            copies.append(first.resize((first.width * 2 // 3, first.height * 2 // 3)))
            copies.append(first.point(lambda level: min(255, level * 1.1)))
            alike += sum(apart(hashed(first), hashed(copy)) <= BITS for copy in copies)
        assert alike >= 8

    def test_of_one_kind_in_the_same_place_are_nearly_never_alike(self, kind):
        hashes = [hashed(photo(kind, seed)) for seed in range(8)]
        assert sum(apart(*pair) <= BITS for pair in itertools.combinations(hashes, 2)) <= 1


class TestTheMask:
    hashes = st.integers(0, 2**64 - 1)
    ring = Keyring.parse(Keyring.new_key("one"))

    @given(hashes, hashes)
    def test_keeps_the_distance_between_two_of_one_owner(self, one, other):
        masked = [likeness.masked(self.ring, ONE, found)[0] for found in (one, other)]
        assert apart(masked[0] % 2**64, masked[1] % 2**64) == apart(one, other)

    @given(hashes)
    def test_fits_into_a_bigint(self, found):
        (masked,) = likeness.masked(self.ring, ONE, found)
        assert -(2**63) <= masked < 2**63

    @given(hashes)
    def test_is_another_for_another_owner_and_under_another_key(self, found):
        ring = Keyring.parse(f"{Keyring.new_key('two')},{Keyring.new_key('three')}")
        stored = {
            *likeness.masked(self.ring, ONE, found),
            *likeness.masked(self.ring, OTHER, found),
            *likeness.masked(ring, ONE, found),
        }
        assert len(stored) == 4
        assert found not in stored
