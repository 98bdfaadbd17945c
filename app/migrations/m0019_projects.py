"""Construction projects, joint meetings, fees and certificates handed over at once."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
SELECT 1;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0018_supervision")]
    operations = [RunSQL(SQL)]
