"""Addresses for the hall's big screens, which need nobody's session."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

# A name is free again when its screen was revoked: a new address for the same wall.
SQL = """
CREATE TABLE hall_screens (
    id uuid PRIMARY KEY,
    hall_id uuid NOT NULL REFERENCES halls (id),
    name varchar(60) NOT NULL,
    code_hash bytea NOT NULL UNIQUE,
    made_at timestamptz NOT NULL,
    last_seen_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX hall_screens_of_hall ON hall_screens (hall_id);
CREATE UNIQUE INDEX hall_screens_one_of_a_name ON hall_screens (hall_id, name)
    WHERE revoked_at IS NULL;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0035_enrolment_codes")]
    operations = [RunSQL(SQL)]
