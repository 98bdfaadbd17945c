"""The 40 national tags of good and bad ratings, eight a level, as package data with a version."""

from pathlib import Path

import msgspec

from evaluations.ratings.rules import TagSet

NATIONAL = msgspec.json.decode(Path(__file__).with_name("tags.json").read_bytes(), type=TagSet)
"""The tags in force. A rating keeps the version of the tags that it was given with."""
