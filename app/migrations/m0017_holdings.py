"""What an applicant has given or got before, to be used again; what other systems report."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
SELECT 1;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0016_cases_in_full")]
    operations = [RunSQL(SQL)]
