"""Photos of staff, which the evaluator shows of whoever serves; what a device could not deliver."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
CREATE TABLE staff_photos (
    staff_id uuid PRIMARY KEY REFERENCES staff (id),
    version uuid NOT NULL UNIQUE,
    jpeg bytea NOT NULL,
    width integer NOT NULL CHECK (width > 0),
    height integer NOT NULL CHECK (height > 0),
    set_at timestamptz NOT NULL
);

ALTER TABLE devices ADD COLUMN refused_count integer CHECK (refused_count >= 0);
"""


class Migration(Base):
    dependencies = [("zhangban", "m0025_case_stamps")]
    operations = [RunSQL(SQL)]
