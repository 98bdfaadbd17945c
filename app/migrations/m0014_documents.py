"""Papers with a number and a code that verifies them."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
SELECT 1;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0013_catalog_in_full")]
    operations = [RunSQL(SQL)]
