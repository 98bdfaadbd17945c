"""Materials: the pictures that are kept, each once, and who supplied which of them."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = r"""
CREATE TABLE pictures (
    digest bytea PRIMARY KEY CHECK (length(digest) = 32),
    stored_as uuid NOT NULL UNIQUE,
    data_key bytea NOT NULL,
    width integer NOT NULL CHECK (width > 0),
    height integer NOT NULL CHECK (height > 0),
    display_bytes integer NOT NULL CHECK (display_bytes > 0),
    thumbnail_bytes integer NOT NULL CHECK (thumbnail_bytes > 0),
    source_format varchar(8) NOT NULL CHECK (source_format IN ('JPEG', 'PNG', 'WEBP', 'HEIF')),
    created_at timestamptz NOT NULL
);

CREATE TABLE materials (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES citizens (id),
    digest bytea NOT NULL REFERENCES pictures (digest),
    filename varchar(120) NOT NULL CHECK (filename ~ '\S'),
    attached_at timestamptz,
    created_at timestamptz NOT NULL,
    sent_at timestamptz NOT NULL CHECK (sent_at >= created_at),
    UNIQUE (owner_id, digest)
);
CREATE INDEX materials_of_owner ON materials (owner_id, id);
CREATE INDEX materials_digest ON materials (digest);
CREATE INDEX materials_unattached ON materials (sent_at) WHERE attached_at IS NULL;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0004_catalog")]
    operations = [RunSQL(SQL)]
