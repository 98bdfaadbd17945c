"""Who acts for whom: enterprises, their people, and helpers with consent."""

from tortoise.migrations.migration import Migration as Base
from tortoise.migrations.operations import RunSQL

SQL = """
SELECT 1;
"""


class Migration(Base):
    dependencies = [("zhangban", "m0014_documents")]
    operations = [RunSQL(SQL)]
