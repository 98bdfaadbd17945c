"""How materials are kept and shown: uploads that go on, links, retention."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = r"""
ALTER TABLE materials
    ADD COLUMN file_digest bytea CHECK (length(file_digest) = 32),
    ADD COLUMN links_from timestamptz;
CREATE INDEX materials_file ON materials (owner_id, file_digest) WHERE file_digest IS NOT NULL;

CREATE TABLE uploads (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL REFERENCES citizens (id),
    sender varchar(64) NOT NULL,
    filename varchar(120) NOT NULL,
    size integer NOT NULL CHECK (size > 0),
    material_id uuid REFERENCES materials (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at)
);
CREATE INDEX uploads_sender ON uploads (sender);
CREATE INDEX uploads_expires ON uploads (expires_at);
CREATE INDEX uploads_material ON uploads (material_id) WHERE material_id IS NOT NULL;

ALTER TABLE cases ADD COLUMN erased_at timestamptz CHECK (erased_at IS NULL OR closed_at < erased_at);
CREATE INDEX cases_to_erase ON cases (closed_at) WHERE erased_at IS NULL AND closed_at IS NOT NULL;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0020_materials_intake")]
    operations = [RunSQL(SQL)]
