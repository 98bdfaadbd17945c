"""What leads from a handling figure to the cases behind it."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
SELECT 1;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0031_score_months")]
    operations = [RunSQL(SQL)]
