"""The catalogue in full: what people type, sample pictures, most used."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = r"""
CREATE TABLE item_index (
    item_id uuid PRIMARY KEY REFERENCES items (id),
    version_id uuid NOT NULL UNIQUE REFERENCES item_versions (id),
    edition smallint NOT NULL,
    words text NOT NULL,
    name text NOT NULL,
    sound text NOT NULL,
    initials text NOT NULL
);
-- Found by their words at once; the job that fills in pinyin knows them by the edition 0.
INSERT INTO item_index (item_id, version_id, edition, words, name, sound, initials)
    SELECT item_id, id, 0, search_text,
        regexp_replace(lower(normalize(name, NFKC)), '[[:space:][:punct:]]', '', 'g'), '', ''
    FROM item_versions WHERE state = 'published';

CREATE TABLE item_uses (
    item_id uuid PRIMARY KEY REFERENCES items (id),
    count integer NOT NULL CHECK (count >= 0),
    counted_at timestamptz NOT NULL
);

CREATE TABLE search_synonyms (
    id uuid PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    phrase varchar(40) NOT NULL CHECK (length(phrase) > 1),
    terms text[] NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (hall_id, phrase)
);

CREATE TABLE sample_pictures (
    id uuid PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    digest bytea NOT NULL CHECK (length(digest) = 32),
    width integer NOT NULL CHECK (width > 0),
    height integer NOT NULL CHECK (height > 0),
    bytes integer NOT NULL CHECK (bytes > 0),
    created_at timestamptz NOT NULL,
    UNIQUE (hall_id, digest)
);
"""


class Migration(Base):
    dependencies = [("zhangban", "m0012_exchange")]
    operations = [RunSQL(SQL)]
