"""What is measured of a photo when it comes in; PDF."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
ALTER TABLE pictures
    DROP CONSTRAINT pictures_source_format_check,
    ADD CONSTRAINT pictures_source_format_check
        CHECK (source_format IN ('JPEG', 'PNG', 'WEBP', 'HEIF', 'PDF')),
    ADD COLUMN pages integer NOT NULL DEFAULT 1 CHECK (pages > 0),
    ADD COLUMN findings text[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT pictures_of_photos_are_one CHECK (pages = 1 OR source_format = 'PDF');

ALTER TABLE materials ADD COLUMN likeness bigint;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0019_projects")]
    operations = [RunSQL(SQL)]
