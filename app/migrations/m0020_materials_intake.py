"""What is measured of a photo when it comes in; PDF."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
SELECT 1;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0019_projects")]
    operations = [RunSQL(SQL)]
