"""Supervision entries and the figures of handling time."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
SELECT 1;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0017_holdings")]
    operations = [RunSQL(SQL)]
