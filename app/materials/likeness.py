"""Whether two pictures are copies of one photo: a perceptual hash of 64 bits, kept masked.

The hash is of the ink, what differs from its surroundings, so that neither light nor table count:
the signs of its middle frequencies (a discrete cosine transform of 32 × 32, terms 2 to 9 of each
side, against their median). The same photo, compressed again, smaller or brighter, differs in 0
to 4 bits, seldom in 8; two papers of one kind on one table in 18, seldom in less than 8. A second
photo of the same paper is another picture.

Who has the table alone must not be able to look a known picture up in it (decision 0003). So each
owner's hashes stand there under a mask that follows from the house's key and the owner: it takes
nothing from the distance between two of the same owner, and leaves nothing else to compare.
"""

import math
from operator import mul
from uuid import UUID

from PIL import Image, ImageChops, ImageFilter

from app.core.crypto import Keyring

_SIDE, _FIRST, _TERMS = 32, 2, 8
_WAVES = tuple(
    tuple(math.cos((2 * at + 1) * term * math.pi / (2 * _SIDE)) for at in range(_SIDE))
    for term in range(_FIRST, _FIRST + _TERMS)
)
MASK = "materials.likeness"


def of(gray: Image.Image) -> int:
    """The hash of a picture by its gray copy, of whatever size; from 0 to 2^64 - 1."""
    small = gray.resize((2 * _SIDE, 2 * _SIDE), Image.Resampling.BOX)
    ink = ImageChops.difference(small, small.filter(ImageFilter.BoxBlur(2)))
    levels = ink.reduce(2).tobytes()
    rows = [levels[at : at + _SIDE] for at in range(0, len(levels), _SIDE)]
    across = [[sum(map(mul, wave, row)) for row in rows] for wave in _WAVES]
    terms = [sum(map(mul, wave, column)) for column in across for wave in _WAVES]
    middle = sorted(terms)[len(terms) // 2]
    return sum((term >= middle) << bit for bit, term in enumerate(terms))


def masked(keyring: Keyring, owner_id: UUID, found: int) -> list[int]:
    """How `found` stands in the table for this owner: under each key, the newest first.

    Whole numbers of 64 bits with a sign, as PostgreSQL's bigint.
    """
    masks = keyring.indexes(str(owner_id), MASK)
    return [_signed(found ^ int.from_bytes(mask[:8], "big")) for mask in masks]


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number
