"""Pushes of the platform, and what is checked of texts and pictures."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
SELECT 1;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0021_materials_keeping")]
    operations = [RunSQL(SQL)]
